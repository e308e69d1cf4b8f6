-- Schemas, the extensions that every project has, and who may use what.

create schema extensions;
create schema auth;
create schema storage;
create schema realtime;
create schema _realtime;
create schema graphql;
create schema graphql_public;
create schema vault;
create schema supabase_functions;
create schema pgbouncer;
create schema supabase_migrations authorization postgres;

grant all on schema public to postgres;

create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;
create extension pg_stat_statements with schema extensions;
create extension pg_graphql with schema graphql;
create extension supabase_vault with schema vault;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

grant usage on schema public, extensions, graphql_public
    to postgres, anon, authenticated, service_role;
grant all on schema public, extensions, graphql_public to postgres with grant option;
grant create on schema public to supabase_auth_admin, supabase_storage_admin;
grant usage on schema extensions, public to supabase_auth_admin, supabase_storage_admin, authenticator, seedbed_rest;
grant all on schema extensions to dashboard_user;

grant all on all routines in schema extensions to postgres with grant option;
grant execute on all routines in schema extensions to anon, authenticated, service_role, dashboard_user;
grant all on all tables in schema extensions to postgres with grant option;
grant all on all routines in schema graphql, graphql_public to postgres, anon, authenticated, service_role;
grant usage on schema graphql to postgres, anon, authenticated, service_role;

alter default privileges for role supabase_admin in schema extensions
    grant all on routines to postgres with grant option;
alter default privileges for role supabase_admin in schema extensions
    grant all on tables to postgres with grant option;
alter default privileges for role supabase_admin in schema extensions
    grant all on sequences to postgres with grant option;

-- New objects in `public` are open to the API roles; row level security is what keeps them shut.
do $$
declare
    creator text;
    kind text;
    place text;
begin
    foreach creator in array array['postgres', 'supabase_admin'] loop
        foreach place in array array['public', 'graphql_public'] loop
            foreach kind in array array['tables', 'sequences', 'routines'] loop
                execute format(
                    'alter default privileges for role %I in schema %I grant all on %s to '
                    'postgres, anon, authenticated, service_role', creator, place, kind);
            end loop;
        end loop;
    end loop;
end
$$;
