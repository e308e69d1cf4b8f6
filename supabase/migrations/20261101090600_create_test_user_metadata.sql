-- Which users are test users, and what each of them owns. Written by tools with the service key.

create table public.test_user_metadata (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null unique references auth.users (id) on delete cascade,
    role text not null check (role in ('admin', 'sales_director', 'account_manager')),
    created_by text not null default 'automated_script',
    created_at timestamptz not null default now(),
    last_sync_at timestamptz,
    test_data_counts jsonb not null default '{}' check (jsonb_typeof(test_data_counts) = 'object')
);
