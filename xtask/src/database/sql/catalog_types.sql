-- Every type that the columns of the tables $1 are made of: their own, what domains stand on, what arrays hold.
with recursive used as (
  select distinct atttypid as oid
  from pg_attribute
  where attrelid = any ($1) and attnum > 0 and not attisdropped
  union
  select case when t.typtype = 'd' then t.typbasetype else t.typelem end
  from used
  join pg_type t on t.oid = used.oid
  where t.typtype = 'd' or (t.typtype = 'b' and t.typelem <> 0 and t.typlen = -1)
)
select
  t.oid,
  t.typname::text as name,
  t.typtype = 'd' as is_domain,
  t.typbasetype as base_oid,
  t.typtypmod as base_modifier,
  t.typnotnull as not_null,
  t.typdefault as default_expression,
  case when t.typtype = 'b' and t.typlen = -1 then t.typelem else 0::oid end as element_oid,
  format_type(t.oid, null) as printed,
  quote_ident(n.nspname) || '.' || quote_ident(t.typname) as qualified_name,
  (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels,
  (select array_agg(c.conname::text order by c.conname) from pg_constraint c where c.contypid = t.oid and c.contype = 'c') as check_names,
  (select array_agg(pg_get_expr(c.conbin, 0) order by c.conname) from pg_constraint c where c.contypid = t.oid and c.contype = 'c') as check_expressions
from used
join pg_type t on t.oid = used.oid
join pg_namespace n on n.oid = t.typnamespace
