-- What the API shows of the schemas $1, and what its roles are granted on it. What belongs to an extension is left out.
select
  c.oid,
  n.nspname as schema,
  c.relname as name,
  c.relkind::text as kind,
  c.relrowsecurity as row_security,
  array(
    select verb from unnest(array['select', 'insert', 'update', 'delete']) as verb
    where has_schema_privilege('anon', n.oid, 'usage') and case verb
      when 'delete' then has_table_privilege('anon', c.oid, verb)
      else has_any_column_privilege('anon', c.oid, verb)
    end
  ) as granted_to_anon,
  array(
    select verb from unnest(array['select', 'insert', 'update', 'delete']) as verb
    where has_schema_privilege('authenticated', n.oid, 'usage') and case verb
      when 'delete' then has_table_privilege('authenticated', c.oid, verb)
      else has_any_column_privilege('authenticated', c.oid, verb)
    end
  ) as granted_to_authenticated
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1)
  and c.relkind in ('r', 'p', 'f', 'v', 'm')
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by 2, 3
