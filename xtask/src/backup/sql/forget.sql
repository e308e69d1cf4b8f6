-- The ledger and the last sync tell about the rows that go now.
delete from seedbed.run_rows;
delete from seedbed.run_tables;
delete from seedbed.run_parts;
delete from seedbed.runs;
delete from seedbed.test_user_metadata;
delete from seedbed.synced_users;
delete from seedbed.syncs;
