-- Rows that point at rows which are gone, from the tables of the backup to others and from others to them, go the way
-- that their foreign key says; then those that point at them. Told in the setting `seedbed.let_go`.
do $$
declare
  brought constant oid[] := array['BROUGHT']::text[]::regclass[]::oid[];
  cut oid[] := '{}'::oid[];
  is_first boolean := true;
  next_cut oid[];
  let_go jsonb := '[]';
  key record;
  rows_changed bigint;
  statement text;
begin
  loop
    next_cut := '{}'::oid[];
    for key in
      select f.conrelid, f.conrelid::regclass as child, f.confrelid::regclass as parent, f.conname, f.confdeltype,
        columns.sets, columns.sets_default, columns.dangles
      from pg_constraint f
      cross join lateral (
        select
          string_agg(format('%I = null', a.attname), ', ')
            filter (where f.confdelsetcols is null or a.attnum = any (f.confdelsetcols)) as sets,
          string_agg(format('%I = default', a.attname), ', ')
            filter (where f.confdelsetcols is null or a.attnum = any (f.confdelsetcols)) as sets_default,
          string_agg(format('t.%I is not null', a.attname), ' and ') || format(
            ' and not exists (select from %s p where %s)', f.confrelid::regclass,
            string_agg(format('p.%I = t.%I', r.attname, a.attname), ' and ')
          ) as dangles
        from unnest(f.conkey, f.confkey) as k (own, referenced)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.own
        join pg_attribute r on r.attrelid = f.confrelid and r.attnum = k.referenced
      ) columns
      where f.contype = 'f' and f.conparentid = 0
        -- Among themselves the rows of the backup are what they were.
        and case when is_first
          then (f.conrelid = any (brought)) <> (f.confrelid = any (brought))
          else f.confrelid = any (cut) end
      order by f.conrelid, f.conname
    loop
      if key.confdeltype in ('a', 'r') then
        execute format('select count(*) from %s t where %s', key.child, key.dangles) into rows_changed;
        if rows_changed > 0 then
          raise foreign_key_violation using
            message = format('%s rows of %s would point at rows of %s that are not there', rows_changed, key.child, key.parent),
            detail = format('Their foreign key %I lets nobody remove what they point at.', key.conname);
        end if;
        continue;
      end if;
      statement := case key.confdeltype
        when 'c' then format('delete from %s t where %s', key.child, key.dangles)
        when 'n' then format('update %s t set %s where %s', key.child, key.sets, key.dangles)
        else format('update %s t set %s where %s', key.child, key.sets_default, key.dangles)
      end;
      execute statement;
      get diagnostics rows_changed = row_count;
      if rows_changed > 0 then
        let_go := let_go || jsonb_build_object(
          'table', key.child::text, 'constraint', key.conname, 'rows', rows_changed, 'are_removed', key.confdeltype = 'c'
        );
        if key.confdeltype = 'c' then
          next_cut := next_cut || key.conrelid;
        end if;
      end if;
    end loop;
    exit when next_cut = '{}'::oid[];
    cut := next_cut;
    is_first := false;
  end loop;
  perform set_config('seedbed.let_go', let_go::text, true);
end
$$;
-- The rows are the ledger's as they are now: who changes one from here on has changed it.
update seedbed.run_parts set transaction_id = pg_current_xact_id();
