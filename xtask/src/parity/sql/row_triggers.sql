-- The enabled triggers before a row of a table in the schemas $1 is written, each with what its function does.
select
  n.nspname::text as schema,
  c.relname::text as table,
  p.proname::text as function,
  coalesce(p.prosrc, '') as source,
  string_to_array(encode(t.tgargs, 'escape'), '\000') as arguments
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal
  and t.tgenabled in ('O', 'A')
  and t.tgtype & 3 = 3
  and n.nspname = any ($1)
