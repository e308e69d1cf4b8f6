-- Check constraints of the tables $1.
select
  c.conrelid as table_oid,
  c.conname::text as name,
  pg_get_expr(c.conbin, c.conrelid) as expression,
  coalesce(
    (
      select array_agg(a.attname::text order by a.attnum)
      from pg_attribute a
      where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    ),
    '{}'
  ) as columns
from pg_constraint c
where c.conrelid = any ($1)
  and c.contype = 'c'
order by c.conrelid, c.conname
