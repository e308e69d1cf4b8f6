-- Foreign keys that end at the tables $1, wherever they start.
select
  n.nspname::text as schema,
  t.relname::text as table,
  f.conname::text as constraint,
  f.confdeltype::text as on_delete,
  rn.nspname::text as referenced_schema,
  rt.relname::text as referenced_table,
  (
    select array_agg(a.attname::text order by k.position)
    from unnest(f.conkey) with ordinality as k (attnum, position)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
  ) as columns,
  (
    select array_agg(not a.attnotnull order by k.position)
    from unnest(f.conkey) with ordinality as k (attnum, position)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
  ) as nullable,
  (
    select array_agg(a.attname::text order by k.position)
    from unnest(f.confkey) with ordinality as k (attnum, position)
    join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum
  ) as referenced_columns
from pg_constraint f
join pg_class t on t.oid = f.conrelid
join pg_namespace n on n.oid = t.relnamespace
join pg_class rt on rt.oid = f.confrelid
join pg_namespace rn on rn.oid = rt.relnamespace
where f.contype = 'f'
  and f.conparentid = 0
  and f.confrelid = any ($1::text[]::regclass[])
order by n.nspname, t.relname, f.conname
