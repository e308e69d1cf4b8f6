-- The sequences of the project that this role may set, each with the column that it numbers.
select
  s.seqrelid::regclass::text as name,
  s.seqincrement as step,
  n.nspname::text as schema,
  c.relname::text as table,
  a.attname::text as column
from pg_sequence s
join pg_class q on q.oid = s.seqrelid
join pg_namespace qn on qn.oid = q.relnamespace
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.seqrelid
  and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
left join pg_class c on c.oid = d.refobjid
left join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where q.relpersistence <> 't'
  and pg_has_role(current_user, q.relowner, 'usage')
  and qn.nspname !~ '^(pg_|_)'
  and qn.nspname not in (
    'auth', 'cron', 'extensions', 'graphql', 'net', 'pgsodium', 'realtime', 'seedbed', 'storage',
    'supabase_functions', 'supabase_migrations', 'vault'
  )
order by 1
