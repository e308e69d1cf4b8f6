-- Columns of the tables $1, in order of their position.
select
  a.attrelid as table_oid,
  a.attname::text as name,
  a.atttypid as type_oid,
  a.atttypmod as type_modifier,
  a.attnotnull as not_null,
  a.attidentity::text as identity,
  a.attgenerated <> '' as generated,
  pg_get_expr(d.adbin, d.adrelid) as default_expression,
  pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) as sequence
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any ($1)
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
