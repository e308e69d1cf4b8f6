-- Tables that hold rows and that a try could reach, triggers included: all but PostgreSQL's, Supabase's and seedbed's own.
select n.nspname::text as schema, c.relname::text as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r'
  and c.relpersistence <> 't'
  and n.nspname !~ '^(pg_|_)'
  and n.nspname not in (
    'information_schema', 'auth', 'cron', 'extensions', 'graphql', 'graphql_public', 'net', 'pgsodium', 'realtime',
    'seedbed', 'storage', 'supabase_functions', 'supabase_migrations', 'vault'
  )
  and has_table_privilege(c.oid, 'select')
order by n.nspname, c.relname
