-- Keeps `sales` in step with `auth.users`.
--
-- Names come from `raw_user_meta_data`. The role comes from `raw_app_meta_data` alone: user metadata is written by
-- the user (sign-up, `auth.updateUser`), so a role taken from there could be chosen by anyone.

create function private.sales_role_in(app_metadata jsonb) returns public.sales_role
language sql immutable
set search_path = ''
as $$
    select label
    from unnest(enum_range(null::public.sales_role)) as label
    where label::text = app_metadata ->> 'role'
$$;

-- Auth inserts the bare user first and sets application metadata and confirmation by updates of the same
-- transaction, so neither of them can be expected here.
create function private.handle_new_user() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    insert into public.sales (user_id, first_name, last_name, email, role)
    values (
        new.id,
        coalesce(new.raw_user_meta_data ->> 'first_name', ''),
        coalesce(new.raw_user_meta_data ->> 'last_name', ''),
        new.email,
        coalesce(private.sales_role_in(new.raw_app_meta_data), 'account_manager')
    )
    on conflict (user_id) do nothing;
    return null;
end;
$$;

-- Takes over what changed and nothing else: a name missing from the metadata leaves the person's name alone.
create function private.handle_update_user() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    update public.sales
    set
        email = new.email,
        first_name = coalesce(
            nullif(new.raw_user_meta_data ->> 'first_name', old.raw_user_meta_data ->> 'first_name'), first_name
        ),
        last_name = coalesce(
            nullif(new.raw_user_meta_data ->> 'last_name', old.raw_user_meta_data ->> 'last_name'), last_name
        ),
        role = coalesce(
            nullif(private.sales_role_in(new.raw_app_meta_data), private.sales_role_in(old.raw_app_meta_data)), role
        )
    where user_id = new.id;
    return null;
end;
$$;

revoke execute on function private.sales_role_in(jsonb), private.handle_new_user(), private.handle_update_user()
from public;

create trigger on_auth_user_created after insert on auth.users
for each row execute function private.handle_new_user();

create trigger on_auth_user_updated after update on auth.users
for each row
when (
    (old.email, old.raw_user_meta_data, old.raw_app_meta_data)
    is distinct from (new.email, new.raw_user_meta_data, new.raw_app_meta_data)
)
execute function private.handle_update_user();

-- Users from before this migration.
insert into public.sales (user_id, first_name, last_name, email, role)
select
    id,
    coalesce(raw_user_meta_data ->> 'first_name', ''),
    coalesce(raw_user_meta_data ->> 'last_name', ''),
    email,
    coalesce(private.sales_role_in(raw_app_meta_data), 'account_manager')
from auth.users
on conflict (user_id) do nothing;
