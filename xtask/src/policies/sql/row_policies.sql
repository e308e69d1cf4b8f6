-- The policies of the tables in the schemas $1, and to which roles of the API each of them applies.
select
  p.polrelid as relation,
  p.polname as name,
  p.polpermissive as permissive,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' end as verb,
  array(
    select role from unnest(array['anon', 'authenticated']) as role
    where exists (
      select from unnest(p.polroles) as one
      where case one when 0 then true else pg_has_role(role, one, 'usage') end
    )
  ) as roles,
  pg_get_expr(p.polqual, p.polrelid) as rows,
  pg_get_expr(p.polwithcheck, p.polrelid) as written
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1)
order by 1, 2
