-- Triggers of people on the tables $1.$2 that fire when rows are put in or deleted, in a session as this one is.
select n.nspname::text, c.relname::text, t.tgname::text
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_namespace n on n.nspname = wanted.schema
join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
join pg_trigger t on t.tgrelid = c.oid
where not t.tgisinternal
  and t.tgenabled in ('A', case current_setting('session_replication_role') when 'replica' then 'R' else 'O' end)
  -- INSERT is bit 4, DELETE bit 8 of the type.
  and t.tgtype & 12 <> 0
order by 1, 2, 3
