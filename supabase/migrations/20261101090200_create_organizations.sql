-- Companies, the people in them, and who belongs where.
--
-- Every business table carries its owner: `assigned_to` looks after the row, `created_by` made it. Both are the
-- caller unless said otherwise, and are emptied when that person leaves.

create type public.organization_type as enum (
    'customer', 'principal', 'distributor', 'prospect', 'partner', 'unknown'
);
create type public.organization_priority as enum ('A', 'B', 'C', 'D');

create table public.organizations (
    id uuid primary key default gen_random_uuid(),
    name text not null check (name <> ''),
    organization_type public.organization_type not null default 'unknown',
    is_principal boolean not null default false,
    is_distributor boolean not null default false,
    industry text,
    priority public.organization_priority not null default 'C',
    website text,
    phone text,
    email text,
    address text,
    city text,
    state text,
    postal_code text,
    country text,
    linkedin_url text,
    annual_revenue numeric(15, 2) check (annual_revenue >= 0),
    employee_count integer check (employee_count >= 0),
    founded_year smallint check (founded_year between 1000 and 2100),
    parent_organization_id uuid references public.organizations (id) on delete set null,
    notes text,
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    check (parent_organization_id <> id)
);

comment on column public.organizations.priority is 'A is the highest';

create table public.contacts (
    id uuid primary key default gen_random_uuid(),
    first_name text not null,
    last_name text not null,
    email jsonb not null default '[]' check (jsonb_typeof(email) = 'array'),
    phone jsonb not null default '[]' check (jsonb_typeof(phone) = 'array'),
    title text,
    department text,
    linkedin_url text,
    notes text,
    tags text[] not null default '{}',
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

comment on column public.contacts.email is '[{"email": "…", "type": "work"}]';
comment on column public.contacts.phone is '[{"number": "…", "type": "work"}]';
comment on column public.contacts.tags is 'names of `tags`';

create table public.contact_organizations (
    id uuid primary key default gen_random_uuid(),
    contact_id uuid not null references public.contacts (id) on delete cascade,
    organization_id uuid not null references public.organizations (id) on delete cascade,
    is_primary boolean not null default false,
    role text,
    started_at date,
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    unique (contact_id, organization_id)
);

create index on public.organizations (name);
create index on public.organizations (parent_organization_id);
create index on public.organizations (assigned_to);
create index on public.organizations (created_by);
create index on public.contacts (last_name, first_name);
create index on public.contacts using gin (tags);
create index on public.contacts (assigned_to);
create index on public.contacts (created_by);
create index on public.contact_organizations (organization_id);
create index on public.contact_organizations (assigned_to);
create index on public.contact_organizations (created_by);
create unique index contact_organizations_one_primary on public.contact_organizations (contact_id) where is_primary;

create trigger set_updated_at before update on public.organizations
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.contacts
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.contact_organizations
for each row execute function private.set_updated_at();
