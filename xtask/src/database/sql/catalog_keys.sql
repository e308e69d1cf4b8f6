-- Primary and unique keys of the tables $1, unique indexes on plain columns included.
select
  i.indrelid as table_oid,
  c.relname::text as name,
  i.indisprimary as is_primary,
  i.indpred is not null as partial,
  array_agg(a.attname::text order by k.position) as columns
from pg_index i
join pg_class c on c.oid = i.indexrelid
cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indrelid = any ($1)
  and i.indisunique
  and i.indislive
  and i.indexprs is null
  and k.position <= i.indnkeyatts
group by i.indrelid, c.relname, i.indisprimary, i.indpred is not null
order by i.indrelid, c.relname
