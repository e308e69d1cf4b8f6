-- Opportunities and what is done about them: activities, tasks, notes.

create type public.opportunity_status as enum ('open', 'won', 'lost', 'stalled');
create type public.opportunity_priority as enum ('low', 'medium', 'high', 'critical');
create type public.activity_type as enum ('meeting', 'call', 'email', 'task', 'note', 'event');
create type public.activity_status as enum ('pending', 'in_progress', 'completed', 'cancelled');
create type public.activity_priority as enum ('low', 'medium', 'high', 'critical');
create type public.interaction_type as enum (
    'sales_call', 'support_ticket', 'product_demo', 'follow_up', 'negotiation'
);
create type public.note_type as enum ('general', 'meeting', 'call', 'email', 'internal');

create table public.opportunities (
    id uuid primary key default gen_random_uuid(),
    name text not null check (name <> ''),
    category text not null default 'new_business',
    -- Not an enum: each team names the stages of its own pipeline.
    stage text not null default 'new_lead' check (stage <> ''),
    status public.opportunity_status not null default 'open',
    priority public.opportunity_priority not null default 'medium',
    amount numeric(14, 2) check (amount >= 0),
    probability smallint check (probability between 0 and 100),
    estimated_close_date date,
    actual_close_date date,
    customer_organization_id uuid not null references public.organizations (id),
    principal_organization_id uuid references public.organizations (id),
    contact_ids jsonb not null default '[]' check (jsonb_typeof(contact_ids) = 'array'),
    index integer not null default 0,
    description text,
    next_action text,
    next_action_date date,
    competition text,
    decision_criteria text,
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

comment on column public.opportunities.contact_ids is 'ids of contacts of the customer organization';
comment on column public.opportunities.index is 'place on the board within its stage';

create table public.activities (
    id uuid primary key default gen_random_uuid(),
    type public.activity_type not null,
    subject text not null check (subject <> ''),
    description text,
    status public.activity_status not null default 'pending',
    priority public.activity_priority not null default 'medium',
    opportunity_id uuid references public.opportunities (id) on delete set null,
    contact_id uuid references public.contacts (id) on delete set null,
    due_date timestamptz,
    completed_at timestamptz,
    interaction_type public.interaction_type,
    outcome text,
    participants jsonb check (jsonb_typeof(participants) = 'array'),
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

comment on column public.activities.participants is
'[{"contact_id": "…", "participated": true, "notes": "…"}], for meetings and calls';

create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    title text not null check (title <> ''),
    type text,
    due_date timestamptz,
    completed_at timestamptz,
    contact_id uuid references public.contacts (id) on delete set null,
    opportunity_id uuid references public.opportunities (id) on delete set null,
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table public.contact_notes (
    id uuid primary key default gen_random_uuid(),
    contact_id uuid not null references public.contacts (id) on delete cascade,
    text text not null check (text <> ''),
    type public.note_type not null default 'general',
    date timestamptz not null default now(),
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table public.opportunity_notes (
    id uuid primary key default gen_random_uuid(),
    opportunity_id uuid not null references public.opportunities (id) on delete cascade,
    text text not null check (text <> ''),
    type public.note_type not null default 'general',
    date timestamptz not null default now(),
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create index on public.opportunities (stage, index);
create index on public.opportunities (customer_organization_id);
create index on public.opportunities (principal_organization_id);
create index on public.opportunities (assigned_to);
create index on public.opportunities (created_by);
create index on public.activities (opportunity_id);
create index on public.activities (contact_id);
create index on public.activities (due_date);
create index on public.activities (assigned_to);
create index on public.activities (created_by);
create index on public.tasks (contact_id);
create index on public.tasks (opportunity_id);
create index on public.tasks (due_date);
create index on public.tasks (assigned_to);
create index on public.tasks (created_by);
create index on public.contact_notes (contact_id);
create index on public.contact_notes (assigned_to);
create index on public.contact_notes (created_by);
create index on public.opportunity_notes (opportunity_id);
create index on public.opportunity_notes (assigned_to);
create index on public.opportunity_notes (created_by);

create trigger set_updated_at before update on public.opportunities
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.activities
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.tasks
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.contact_notes
for each row execute function private.set_updated_at();
create trigger set_updated_at before update on public.opportunity_notes
for each row execute function private.set_updated_at();
