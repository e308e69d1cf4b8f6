-- Tables with triggers of people's own that fire when rows come.
select distinct
  n.nspname::text as schema,
  c.relname::text as name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal
  and t.tgenabled in ('O', 'A')
  and t.tgtype & 4 = 4
