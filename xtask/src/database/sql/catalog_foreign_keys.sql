-- Foreign keys that start at the tables $1.
select
  f.conrelid as table_oid,
  f.conname::text as name,
  n.nspname::text as referenced_schema,
  t.relname::text as referenced_table,
  (
    select array_agg(a.attname::text order by k.position)
    from unnest(f.conkey) with ordinality as k (attnum, position)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
  ) as columns,
  (
    select array_agg(a.attname::text order by k.position)
    from unnest(f.confkey) with ordinality as k (attnum, position)
    join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum
  ) as referenced_columns
from pg_constraint f
join pg_class t on t.oid = f.confrelid
join pg_namespace n on n.oid = t.relnamespace
where f.conrelid = any ($1)
  and f.contype = 'f'
  and f.conparentid = 0
order by f.conrelid, f.conname
