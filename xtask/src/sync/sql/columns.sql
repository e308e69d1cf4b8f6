-- Columns of the tables in schemas $1, as far as it depends on them which rows the tables take.
select
  n.nspname::text as schema,
  c.relname::text as table,
  a.attname::text as column,
  -- Schemas are left out: where an extension lives changes nothing.
  regexp_replace(format_type(a.atttypid, a.atttypmod), '^.*\.', '') || coalesce(
    ' of ' || (
      select string_agg(e.enumlabel, ', ' order by e.enumsortorder)
      from pg_enum e
      where e.enumtypid = coalesce(nullif(t.typelem, 0), t.oid)
    ),
    ''
  ) as type,
  a.attnotnull as not_null,
  a.atthasdef or a.attidentity <> '' or t.typdefault is not null as has_default,
  a.attgenerated <> '' as is_computed
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
where n.nspname = any ($1)
  and c.relkind in ('r', 'p')
  and not c.relispartition
  and a.attnum > 0
  and not a.attisdropped
order by 1, 2, a.attnum
