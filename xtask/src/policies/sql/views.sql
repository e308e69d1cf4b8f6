-- The views $1, which tables with row level security they read past the policies, and through which view.
--
-- A view asks for its tables as its owner, unless it is `security_invoker`: then as the one who asks for the view,
-- who is the owner of the view around it where there is one. `through` is the view whose owner asks; null where the
-- caller does.
with recursive view as (
  select
    c.oid, c.relowner,
    c.relkind = 'v' and coalesce((
      select option_value::boolean from pg_options_to_table(c.reloptions) where option_name = 'security_invoker'
    ), false) as is_invoker
  from pg_class c
  where c.relkind in ('v', 'm')
),
beneath as (
  select v.oid as root, v.oid as relation, case when not v.is_invoker then v.oid end as through
  from view v
  where v.oid = any ($1)
  union
  select b.root, d.refobjid, case when v.oid is null or v.is_invoker then b.through else v.oid end
  from beneath b
  join pg_rewrite r on r.ev_class = b.relation
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> b.relation
  left join view v on v.oid = d.refobjid
)
select
  b.root as view,
  bool_or(through.relkind = 'm') as is_kept,
  array_agg(distinct format('%I.%I', through_schema.nspname, through.relname)) as through,
  array_agg(distinct format(case n.nspname when 'public' then '%2$s' else '%1$s.%2$s' end, n.nspname, c.relname)) as tables
from beneath b
join pg_class c on c.oid = b.relation and c.relkind in ('r', 'p') and c.relrowsecurity
join pg_namespace n on n.oid = c.relnamespace
join pg_class through on through.oid = b.through
join pg_namespace through_schema on through_schema.oid = through.relnamespace
join pg_roles o on o.oid = through.relowner
where o.rolsuper or o.rolbypassrls or (pg_has_role(o.oid, c.relowner, 'usage') and not c.relforcerowsecurity)
group by b.root
