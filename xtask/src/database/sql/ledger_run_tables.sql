-- What the runs wrote, in the order in which they wrote it; of run $1, if it is given, what triggers made beside it.
select
  run_id, position, table_schema, table_name, record, owner_slot, first_row, last_row, row_count, key_column, first_key,
  last_key, key_step, digest
from seedbed.run_tables
where $1::uuid is null or run_id = $1 and owner_slot is null
order by run_id, position
