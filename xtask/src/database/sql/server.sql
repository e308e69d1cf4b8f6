-- What a server says of itself and of who is connected.
select
  current_setting('server_version_num')::int / 10000 as version,
  pg_size_pretty(pg_database_size(current_database())) as size,
  pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as is_read_only,
  extract(epoch from clock_timestamp())::float8 as now,
  current_user::text as role,
  has_parameter_privilege('session_replication_role', 'set') as may_be_quiet,
  has_database_privilege(current_database(), 'create') as may_make_schemas,
  case
    when to_regclass('auth.users') is not null then
      has_table_privilege(to_regclass('auth.users'), 'select, insert, update, delete')
  end as may_write_users
