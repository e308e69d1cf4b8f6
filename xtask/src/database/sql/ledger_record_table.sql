-- What run $1 wrote into one table.
insert into seedbed.run_tables (run_id, position, table_schema, table_name, first_row, last_row, row_count, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8)
