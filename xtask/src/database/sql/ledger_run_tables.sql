-- What the run $1 wrote, in the order in which it wrote it.
select table_schema, table_name, owner_slot, first_row, last_row, row_count, first_key, last_key, digest
from seedbed.run_tables
where run_id = $1
order by position
