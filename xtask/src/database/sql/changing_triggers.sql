-- Tables with triggers that may change a row before its checks are asked: before insert, for each row.
select
  n.nspname::text as schema,
  c.relname::text as name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal
  and t.tgenabled in ('O', 'A')
  and t.tgtype & 7 = 7
