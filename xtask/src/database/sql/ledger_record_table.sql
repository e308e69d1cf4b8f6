-- What run $1 wrote into one table for one owner.
insert into seedbed.run_tables
  (run_id, position, table_schema, table_name, record, owner_slot, first_row, last_row, row_count, key_column,
   first_key, last_key, key_step, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
