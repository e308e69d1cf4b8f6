-- The text of the functions that the policies of the schemas $1 call, and of those that these call in turn: what a
-- function reads is in no catalog, so whoever asks must look for names in the text.
with recursive own as (
  select p.oid, p.proname, pg_get_functiondef(p.oid) as definition,
    format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as signature
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where p.prokind in ('f', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname <> all ($2)
),
called as (
  select distinct o.oid, o.definition, o.signature
  from own o
  join pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = o.oid and d.classid = 'pg_policy'::regclass
  join pg_policy p on p.oid = d.objid
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1)
  union
  select o.oid, o.definition, o.signature
  from called c
  join own o on o.oid <> c.oid and strpos(c.definition, o.proname || '(') > 0
)
select definition, signature from called order by signature
