-- Functions of the schemas $1 that run as their owner and that whoever is not signed in may call through the API.
select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as signature
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef
  and p.prokind = 'f'
  and n.nspname = any ($1)
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and has_schema_privilege('anon', n.oid, 'usage')
  and has_function_privilege('anon', p.oid, 'execute')
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
order by 1
