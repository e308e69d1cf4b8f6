-- The columns of the tables in the schemas $1, each with what it is in words that two servers print alike.
select
  n.nspname::text as schema,
  c.relname::text as table,
  a.attname::text as column,
  concat_ws(
    ' ',
    format_type(a.atttypid, a.atttypmod),
    (
      select '(' || string_agg(e.enumlabel, ', ' order by e.enumsortorder) || ')'
      from pg_enum e
      where e.enumtypid = a.atttypid
    ),
    case when a.attnotnull then 'not null' end,
    case when a.attgenerated <> '' then 'generated as ' || pg_get_expr(d.adbin, d.adrelid) end
  ) as shape
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relkind in ('r', 'p')
  and not c.relispartition
  and n.nspname = any ($1)
  and not exists (
    select from pg_depend p
    where p.classid = 'pg_class'::regclass and p.objid = c.oid and p.deptype = 'e'
  )
order by 1, 2, 3
