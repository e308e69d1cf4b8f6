-- Seedbed's own tables, in the database that they tell about. No API role reaches them: the schema is not exposed,
-- and nobody but its owner may use it. Two commands that begin together make it one after the other.
select pg_advisory_xact_lock(1936024932, 3);
create schema if not exists seedbed;
revoke all on schema seedbed from public;

-- What this database is for; destructive commands ask it first.
create table if not exists seedbed.environment (
  is_only_row boolean primary key default true check (is_only_row),
  kind text not null check (kind in ('development', 'staging', 'production')),
  name text not null,
  marked_at timestamptz not null default now()
);

-- One row for each run of `seed`, `add` or `products`. A remnant is what `clean` had to leave of one. A run of several
-- parts is written by as many transactions; its basis is what the database held before the first of them.
create table if not exists seedbed.runs (
  id uuid primary key,
  command text not null,
  fingerprint text not null unique,
  seed numeric(20) not null,
  industry text not null,
  as_of timestamptz not null,
  tool_version text not null,
  owners jsonb not null,
  settings jsonb not null,
  created_at timestamptz not null,
  is_remnant boolean not null default false,
  parts integer not null default 1,
  basis jsonb
);

-- The parts of each run that are there, each with the transaction that wrote it: a row that another one has touched
-- since was changed.
create table if not exists seedbed.run_parts (
  run_id uuid not null references seedbed.runs on delete cascade,
  part integer not null,
  transaction_id xid8 not null default pg_current_xact_id(),
  primary key (run_id, part)
);

-- What each run wrote for each owner: rows `first_row` to `last_row` of the owner's block, both included. Where the
-- rows have a key of one column, it goes from `first_key` to `last_key`, both included, integers by `key_step`; else
-- they are listed in `run_rows`. Rows without an owner were made by the database's own triggers.
create table if not exists seedbed.run_tables (
  run_id uuid not null references seedbed.runs on delete cascade,
  position integer not null,
  table_schema text not null,
  table_name text not null,
  record text,
  owner_slot integer,
  first_row bigint not null,
  last_row bigint not null,
  row_count bigint not null,
  key_column text,
  first_key text,
  last_key text,
  key_step bigint,
  digest text not null,
  primary key (run_id, position)
);

-- Rows that no range of keys tells apart, each by its primary key, or as a whole where its table has none.
create table if not exists seedbed.run_rows (
  run_id uuid not null,
  position integer not null,
  key jsonb not null,
  foreign key (run_id, position) references seedbed.run_tables on delete cascade
);
-- It has no key, and a publication for all tables would let nobody delete from it. Asked first: both statements wait for
-- whoever writes to the table, although there is nothing to do.
do $$
begin
  if not exists (select from pg_class where oid = 'seedbed.run_rows'::regclass and relreplident = 'f') then
    alter table seedbed.run_rows replica identity full;
  end if;
  if to_regclass('seedbed.run_rows_by_table') is null then
    create index run_rows_by_table on seedbed.run_rows (run_id, position);
  end if;
end
$$;

-- The syncs into this database: rows that their transactions have written, and that nobody has touched since, are ours.
-- One stays until another has written all tables again.
create table if not exists seedbed.syncs (
  transaction_id xid8 primary key default pg_current_xact_id(),
  source text not null,
  synced_at timestamptz not null
);

-- The users whom the last one brought: signing in changes their rows.
create table if not exists seedbed.synced_users (
  user_id uuid primary key
);

-- E-mails of users that are about to be made, so that one that was made by a killed run is known as ours.
create table if not exists seedbed.announced_users (
  email text primary key,
  announced_at timestamptz not null default now()
);

-- Rows that `policies` places to try on, or may put in, where the API does not undo writes: each by its key. They are
-- removed at its end, or by the next run.
create table if not exists seedbed.placed_rows (
  id uuid primary key default gen_random_uuid(),
  table_schema text not null,
  table_name text not null,
  key jsonb not null
);

-- Stands in where the project has no table of this name.
create table if not exists seedbed.test_user_metadata (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique,
  role text not null,
  created_by text not null default 'automated_script',
  created_at timestamptz not null default now(),
  last_sync_at timestamptz,
  test_data_counts jsonb
);
-- A PostgreSQL alone has no users.
do $$
begin
  if to_regclass('auth.users') is not null and not exists (
    select from pg_constraint where conrelid = 'seedbed.test_user_metadata'::regclass and contype = 'f'
  ) then
    alter table seedbed.test_user_metadata add foreign key (user_id) references auth.users on delete cascade;
  end if;
end
$$;
