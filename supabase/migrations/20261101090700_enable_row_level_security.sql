-- Who may do what.
--
--   admin            reads and writes everything
--   sales director   reads everything, writes own rows
--   account manager  reads and writes own rows
--   signed out, disabled: nothing
--
-- Own is what one looks after or made: the caller is `assigned_to` or `created_by`. Helpers stand in `(select …)`
-- so that they run once per statement instead of once per row.

do $$
declare
    owned_table text;
begin
    foreach owned_table in array array[
        'organizations', 'contacts', 'contact_organizations', 'opportunities', 'activities', 'tasks',
        'contact_notes', 'opportunity_notes', 'products'
    ] loop
        execute format('alter table public.%I enable row level security', owned_table);
        execute format(
            'create policy "write own, admins any: insert" on public.%I for insert to authenticated
             with check ((select private.is_admin()) or (select private.sales_id()) = created_by)',
            owned_table
        );
        execute format(
            'create policy "write own, admins any: update" on public.%I for update to authenticated
             using ((select private.is_admin()) or (select private.sales_id()) in (assigned_to, created_by))
             with check ((select private.is_admin()) or (select private.sales_id()) in (assigned_to, created_by))',
            owned_table
        );
        execute format(
            'create policy "write own, admins any: delete" on public.%I for delete to authenticated
             using ((select private.is_admin()) or (select private.sales_id()) in (assigned_to, created_by))',
            owned_table
        );
        -- The catalogue is for everyone, see below.
        continue when owned_table = 'products';
        execute format(
            'create policy "read own, admins and directors all" on public.%I for select to authenticated
             using ((select private.reads_all()) or (select private.sales_id()) in (assigned_to, created_by))',
            owned_table
        );
    end loop;
end;
$$;

-- The catalogue is shared: whoever sells must see it, whoever made the entry.
create policy "read all while enabled" on public.products for select to authenticated
using ((select private.sales_id()) is not null);

-- Colleagues see each other. What decides rights is out of reach of this policy by the grants below.
alter table public.sales enable row level security;
create policy "read all while enabled" on public.sales for select to authenticated
using ((select private.sales_id()) is not null);
create policy "update oneself, admins anyone" on public.sales for update to authenticated
using ((select private.is_admin()) or (select private.sales_id()) = id)
with check ((select private.is_admin()) or (select private.sales_id()) = id);

alter table public.tags enable row level security;
create policy "read all while enabled" on public.tags for select to authenticated
using ((select private.sales_id()) is not null);
create policy "admins insert" on public.tags for insert to authenticated
with check ((select private.is_admin()));
create policy "admins update" on public.tags for update to authenticated
using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "admins delete" on public.tags for delete to authenticated
using ((select private.is_admin()));

alter table public.test_user_metadata enable row level security;
create policy "admins read" on public.test_user_metadata for select to authenticated
using ((select private.is_admin()));

-- Grants: nothing for `anon`, now or later; for `authenticated` what a policy can allow.
revoke all on all tables in schema public from anon, authenticated;
revoke all on all sequences in schema public from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges in schema public revoke all on functions from anon, authenticated;

grant select, insert, update, delete on
    public.organizations, public.contacts, public.contact_organizations, public.opportunities, public.activities,
    public.tasks, public.contact_notes, public.opportunity_notes, public.products, public.tags
to authenticated;
grant select on public.sales, public.test_user_metadata to authenticated;
-- Role, administrator and disabled are set by the function `users` alone, e-mail by Auth.
grant update (first_name, last_name, avatar) on public.sales to authenticated;

grant all on all tables in schema public to service_role;
grant all on all sequences in schema public to service_role;
