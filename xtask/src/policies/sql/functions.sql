-- Functions that run as their owner with the search path of the caller: those in the schemas $1, and those that
-- policies and triggers of the project call. A body that was parsed when it was made looks no name up again.
select
  format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as signature,
  array(
    select role from unnest(array['anon', 'authenticated']) as role
    where n.nspname = any ($1) and p.prorettype <> 'trigger'::regtype
      and has_schema_privilege(role, n.oid, 'usage') and has_function_privilege(role, p.oid, 'execute')
  ) as callers
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where p.prosecdef
  and p.prosqlbody is null
  and l.lanname not in ('c', 'internal')
  and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')
  and n.nspname <> all ($2)
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
  and (
    n.nspname = any ($1)
    or exists (select from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal)
    or exists (
      select from pg_depend d
      where d.classid = 'pg_policy'::regclass
        and d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
    )
  )
order by 1
