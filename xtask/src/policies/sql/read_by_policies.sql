-- Columns that the policies of the schemas $1 read by themselves: their own table's, and those of tables they ask.
select distinct
  p.polrelid = c.oid as of_own_table,
  n.nspname as schema,
  c.relname as name,
  a.attname as column
from pg_policy p
join pg_class t on t.oid = p.polrelid
join pg_namespace tn on tn.oid = t.relnamespace
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
join pg_class c on c.oid = d.refobjid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
where tn.nspname = any ($1)
