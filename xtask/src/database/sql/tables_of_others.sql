-- The tables whose owner the current role is not, nor a member of; $1 are their schemas, $2 their names.
select format('%s.%s owned by %s', n.nspname, c.relname, pg_get_userbyid(c.relowner))
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_namespace n on n.nspname = wanted.schema
join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
where not pg_has_role(c.relowner, 'usage')
order by 1
