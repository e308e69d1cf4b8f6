-- What the runs wrote, in the order in which they wrote it.
select
  run_id, position, table_schema, table_name, record, owner_slot, first_row, last_row, row_count, key_column, first_key,
  last_key, key_step, digest
from seedbed.run_tables
order by run_id, position
