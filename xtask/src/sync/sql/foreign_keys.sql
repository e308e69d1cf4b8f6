-- All foreign keys, each with what finds rows that point nowhere: SQL over a row `t` and one `r` that it points at.
select
  n.nspname::text as schema,
  c.relname::text as table,
  rn.nspname::text as referenced_schema,
  rc.relname::text as referenced_table,
  f.confdeltype::text as on_delete,
  (
    select string_agg(format('t.%I = r.%I', a.attname, ra.attname), ' and ')
    from unnest(f.conkey, f.confkey) as k (attnum, referenced)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
    join pg_attribute ra on ra.attrelid = f.confrelid and ra.attnum = k.referenced
  ) as is_parent,
  (
    select string_agg(format('t.%I is not null', a.attname), ' and ')
    from unnest(f.conkey) as k (attnum)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
  ) as points,
  (
    select string_agg(format('%I = null', a.attname), ', ')
    from unnest(f.conkey) as k (attnum)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum
  ) as pointing_nowhere
from pg_constraint f
join pg_class c on c.oid = f.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class rc on rc.oid = f.confrelid
join pg_namespace rn on rn.oid = rc.relnamespace
where f.contype = 'f'
  and f.conparentid = 0
order by 1, 2, f.conname
