-- Rows that this transaction has inserted into each table, and whether it has changed any.
select schemaname::text as schema, relname::text as name, n_tup_ins as inserted, n_tup_upd > 0 as has_changed
from pg_stat_xact_user_tables
where n_tup_ins > 0
