-- What run $1 wrote into one table for one owner.
insert into seedbed.run_tables
  (run_id, position, table_schema, table_name, owner_slot, first_row, last_row, row_count, first_key, last_key,
   digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
