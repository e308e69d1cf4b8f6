-- What principals (suppliers) sell.

create type public.product_status as enum ('active', 'discontinued', 'seasonal', 'coming_soon');

create table public.products (
    id uuid primary key default gen_random_uuid(),
    name text not null check (name <> ''),
    sku text not null unique check (sku <> ''),
    principal_id uuid not null references public.organizations (id),
    -- A slug: which ones there are depends on the industry.
    category text not null check (category ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'),
    subcategory text,
    description text,
    brand text,
    upc text,
    status public.product_status not null default 'active',
    unit_of_measure text,
    list_price numeric(12, 2) check (list_price >= 0),
    cost_per_unit numeric(12, 2) check (cost_per_unit >= 0),
    map_price numeric(12, 2) check (map_price >= 0),
    min_order_quantity integer check (min_order_quantity > 0),
    units_per_case integer check (units_per_case > 0),
    lead_time_days integer check (lead_time_days >= 0),
    certifications text[] not null default '{}',
    allergens text[] not null default '{}',
    nutrition jsonb check (jsonb_typeof(nutrition) = 'object'),
    assigned_to bigint default private.sales_id() references public.sales (id) on delete set null,
    created_by bigint default private.sales_id() references public.sales (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint products_prices_in_order check (cost_per_unit <= map_price and map_price <= list_price)
);

comment on column public.products.map_price is 'minimum advertised price, between cost and list price';
comment on column public.products.nutrition is 'nutrition facts panel, for food';

create index on public.products (principal_id);
create index on public.products (category);
create index on public.products (assigned_to);
create index on public.products (created_by);

create trigger set_updated_at before update on public.products
for each row execute function private.set_updated_at();

-- A product belongs to a principal, and an organization with products stays one. Definer, for the one who adds a
-- product may not be allowed to see its principal.
create function private.require_principal() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    if exists (select from public.organizations where id = new.principal_id and not is_principal) then
        raise check_violation using
            message = format('organization %s is no principal', new.principal_id),
            hint = 'Set is_principal on the organization, or choose another one.',
            schema = 'public', table = 'products', column = 'principal_id', constraint = 'products_principal_check';
    end if;
    return new;
end;
$$;

create function private.keep_principal() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    if exists (select from public.products where principal_id = new.id) then
        raise check_violation using
            message = format('organization %s has products and must stay a principal', new.id),
            schema = 'public', table = 'organizations', column = 'is_principal',
            constraint = 'organizations_principal_check';
    end if;
    return new;
end;
$$;

revoke execute on function private.require_principal(), private.keep_principal() from public;

create trigger require_principal before insert or update of principal_id on public.products
for each row execute function private.require_principal();

create trigger keep_principal before update of is_principal on public.organizations
for each row when (old.is_principal and not new.is_principal)
execute function private.keep_principal();
