-- Columns of the tables $1, in order of their position.
select
  a.attrelid as table_oid,
  a.attname::text as name,
  a.atttypid as type_oid,
  a.atttypmod as type_modifier,
  a.attnotnull as not_null,
  a.attidentity::text as identity,
  a.attgenerated <> '' as generated,
  pg_get_expr(d.adbin, d.adrelid) as default_expression
from pg_attribute a
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any ($1)
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
