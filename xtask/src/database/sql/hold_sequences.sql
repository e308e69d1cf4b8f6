-- Restarts every sequence that is ours where it stands, so that the end of the transaction undoes what follows.
do $$
declare
  held record;
  next_value numeric;
begin
  for held in
    select c.oid::regclass as name, s.seqincrement as step, s.seqmin as lowest, s.seqmax as highest
    from pg_sequence s
    join pg_class c on c.oid = s.seqrelid
    where c.relpersistence <> 't' and pg_has_role(current_user, c.relowner, 'usage')
    order by c.oid
  loop
    execute format('select last_value::numeric + case when is_called then %s else 0 end from %s', held.step, held.name)
    into next_value;
    -- One that has come to its end gives no number in any case.
    if next_value between held.lowest and held.highest then
      execute format('alter sequence %s restart with %s', held.name, next_value);
    end if;
  end loop;
end
$$
