-- Tables and views in the schemas $1, without partitions and without what belongs to an extension; for each column
-- which of the roles $2 may do what with it.
select
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  c.relrowsecurity as row_security,
  coalesce(
    (
      select jsonb_agg(jsonb_build_object(
        'name', p.policyname,
        'command', p.cmd,
        'roles', p.roles::text[],
        'permissive', p.permissive = 'PERMISSIVE',
        'using', p.qual,
        'check', p.with_check
      ) order by p.policyname)
      from pg_policies p
      where p.schemaname = n.nspname and p.tablename = c.relname
    ),
    '[]'
  ) as policies,
  coalesce(
    (
      select jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, null),
        'is_json', t.oid in ('json'::regtype, 'jsonb'::regtype),
        'is_plain', t.typcategory in ('B', 'D', 'E', 'I', 'N', 'S', 'T') or t.oid = 'uuid'::regtype,
        'is_required', a.attnotnull and not a.atthasdef and a.attidentity = '',
        'is_computed', a.attgenerated <> '' or a.attidentity = 'a' or c.relkind = 'v' and exists (
          -- A view shows it under the name that it has in its table.
          select
          from pg_rewrite r
          join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
          join pg_attribute b on b.attrelid = d.refobjid and b.attnum = d.refobjsubid and b.attname = a.attname
          where r.ev_class = c.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
            and (b.attgenerated <> '' or b.attidentity = 'a')
        ),
        'is_partition_key', exists (
          select from pg_partitioned_table p where p.partrelid = c.oid and a.attnum = any (p.partattrs::int2[])
        ),
        'select', array(
          select r from unnest($2::text[]) r where has_column_privilege(r, c.oid, a.attnum, 'select')
        ),
        'insert', array(
          select r from unnest($2::text[]) r where has_column_privilege(r, c.oid, a.attnum, 'insert')
        ),
        'update', array(
          select r from unnest($2::text[]) r where has_column_privilege(r, c.oid, a.attnum, 'update')
        )
      ) order by a.attnum)
      from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ),
    '[]'
  ) as columns,
  coalesce(
    (
      select jsonb_agg(jsonb_build_object(
        'name', t.tgname,
        'verbs', array_remove(array[
          case when t.tgtype & 4 <> 0 then 'insert' end,
          case when t.tgtype & 16 <> 0 then 'update' end,
          case when t.tgtype & 8 <> 0 then 'delete' end
        ], null)
      ) order by t.tgname)
      from pg_trigger t
      -- After, not before and not instead.
      where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 66 = 0
    ),
    '[]'
  ) as followers,
  coalesce(
    (
      select jsonb_agg(distinct verb.name)
      from (
        select t.tgtype
        from pg_trigger t
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A')
        union all
        -- A removal or a change of a key goes on to the rows that point here.
        select 24
        from pg_constraint f
        where f.contype = 'f' and f.confrelid = c.oid
          and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd'))
          and exists (
            select from pg_trigger t
            where t.tgrelid = f.conrelid and not t.tgisinternal and t.tgenabled in ('O', 'A')
          )
      ) as trigger
      join (values (4, 'insert'), (16, 'update'), (8, 'delete')) as verb (bit, name) on trigger.tgtype & verb.bit <> 0
    ),
    '[]'
  ) as guarded,
  -- For a view the key of a table that it reads, where it shows all of it.
  coalesce(
    (
      select jsonb_agg(key.columns order by key.is_primary desc, key.name)
      from (
        select
          i.indisprimary as is_primary,
          i.indexrelid::regclass::text as name,
          jsonb_agg(k.attname order by k.attname) as columns
        from pg_index i
        join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey::int2[])
        left join pg_attribute a on a.attrelid = c.oid and a.attname = k.attname and not a.attisdropped
        where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
          and (
            i.indrelid = c.oid
            or c.relkind in ('v', 'm') and i.indrelid in (
              select d.refobjid
              from pg_rewrite r
              join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
              where r.ev_class = c.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
            )
          )
        group by i.indexrelid, i.indisprimary
        having bool_and(a.attname is not null and k.attnotnull)
      ) key
    ),
    '[]'
  ) as keys
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not c.relispartition
  and n.nspname = any ($1)
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by n.nspname, c.relname
