-- What the run $1 wrote, in the order in which it wrote it.
select table_schema, table_name, first_row, last_row, row_count, digest
from seedbed.run_tables
where run_id = $1
order by position
