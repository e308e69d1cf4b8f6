-- Seedbed's own tables, in the database that they tell about. No API role reaches them: the schema is not exposed,
-- and nobody but its owner may use it.
create schema if not exists seedbed;
revoke all on schema seedbed from public;

-- What this database is for; destructive commands ask it first.
create table if not exists seedbed.environment (
  is_only_row boolean primary key default true check (is_only_row),
  kind text not null check (kind in ('development', 'staging', 'production')),
  name text not null,
  marked_at timestamptz not null default now()
);

-- One row for each run of `seed`.
create table if not exists seedbed.runs (
  id uuid primary key,
  fingerprint text not null unique,
  seed numeric(20) not null,
  industry text not null,
  as_of timestamptz not null,
  tool_version text not null,
  owners jsonb not null,
  settings jsonb not null,
  created_at timestamptz not null default now()
);

-- What each run wrote for each owner: rows `first_row` to `last_row`, both included, by the numbers that the plan
-- gives them.
create table if not exists seedbed.run_tables (
  run_id uuid not null references seedbed.runs on delete cascade,
  position integer not null,
  table_schema text not null,
  table_name text not null,
  owner_slot integer not null,
  first_row bigint not null,
  last_row bigint not null,
  row_count bigint not null,
  first_key bigint,
  last_key bigint,
  digest text not null,
  primary key (run_id, position)
);

-- E-mails of users that are about to be made, so that one that was made by a killed run is known as ours.
create table if not exists seedbed.announced_users (
  email text primary key,
  announced_at timestamptz not null default now()
);

-- Stands in where the project has no table of this name.
create table if not exists seedbed.test_user_metadata (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique references auth.users on delete cascade,
  role text not null check (role in ('admin', 'sales_director', 'account_manager')),
  created_by text not null default 'automated_script',
  created_at timestamptz not null default now(),
  last_sync_at timestamptz,
  test_data_counts jsonb
);
