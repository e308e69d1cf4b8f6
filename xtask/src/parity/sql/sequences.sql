-- The sequences that number a column of a table in the schemas $1, and what each would give next.
select
  n.nspname::text as schema,
  c.relname::text as table,
  a.attname::text as column,
  format('%I.%I', sn.nspname, s.relname) as sequence
from pg_depend d
join pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_namespace sn on sn.oid = s.relnamespace
join pg_class c on c.oid = d.refobjid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
join pg_sequence q on q.seqrelid = s.oid and q.seqincrement > 0
where d.classid = 'pg_class'::regclass
  and d.refclassid = 'pg_class'::regclass
  and d.deptype in ('a', 'i')
  and n.nspname = any ($1)
  and has_sequence_privilege(q.seqrelid, 'select')
order by 1, 2, 3
