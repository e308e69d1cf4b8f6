-- The roles of a Supabase project, for the whole cluster. Run by supabase_admin, and safe to run again: a
-- full reset runs it to undo what migrations changed on these roles. `:password` is put in by the caller.

create function pg_temp.ensure_role(name text, attributes text) returns void language plpgsql as $$
begin
    if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I', name);
    end if;
    execute format('alter role %I with %s', name, attributes);
    execute format('alter role %I reset all', name);
    -- Tells it from a role that a migration made.
    execute format('comment on role %I is %L', name, 'made by seedbed');
end
$$;

do $$
declare
    login constant text := format('login password %L', :password);
begin
    -- The owner of migrations is no superuser, as in production: what needs one fails here as it does there.
    perform pg_temp.ensure_role('postgres',
        'nosuperuser createdb createrole replication bypassrls inherit ' || login);
    perform pg_temp.ensure_role('anon', 'nologin noinherit');
    perform pg_temp.ensure_role('authenticated', 'nologin noinherit');
    perform pg_temp.ensure_role('service_role', 'nologin noinherit bypassrls');
    perform pg_temp.ensure_role('authenticator', 'noinherit ' || login);
    perform pg_temp.ensure_role('supabase_auth_admin', 'noinherit createrole ' || login);
    perform pg_temp.ensure_role('supabase_storage_admin', 'noinherit createrole ' || login);
    perform pg_temp.ensure_role('supabase_functions_admin', 'nologin noinherit createrole');
    perform pg_temp.ensure_role('supabase_replication_admin', 'nologin replication');
    perform pg_temp.ensure_role('supabase_read_only_user', 'nologin bypassrls');
    perform pg_temp.ensure_role('supabase_realtime_admin', 'nologin noinherit');
    perform pg_temp.ensure_role('dashboard_user', 'nologin createrole createdb replication');
    perform pg_temp.ensure_role('pgbouncer', 'nologin');
    -- The REST service: it may become every API role and read the catalog, but owns and grants nothing.
    perform pg_temp.ensure_role('seedbed_rest', 'noinherit bypassrls ' || login);
    execute format('alter role supabase_admin with password %L', :password);
end
$$;

grant anon, authenticated, service_role to authenticator, supabase_storage_admin;
-- With the admin option migrations may set parameters of these roles.
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant supabase_realtime_admin, supabase_functions_admin to postgres;
grant supabase_auth_admin, supabase_storage_admin to postgres;
grant pg_monitor, pg_read_all_data, pg_signal_backend, pg_create_subscription to postgres with admin option;
grant pg_read_all_data to supabase_read_only_user;
grant supabase_auth_admin, supabase_storage_admin, supabase_functions_admin to supabase_admin;
grant authenticator to seedbed_rest with inherit false;
grant pg_read_all_data, pg_write_all_data to seedbed_rest with inherit true;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
-- The detail of an error may be a whole row, with its tokens and hashes: it is for the client, not for the log.
alter role supabase_auth_admin set log_error_verbosity = terse;
alter role supabase_storage_admin set search_path = storage;
alter role supabase_functions_admin set search_path = supabase_functions;

-- What Supabase lets its `postgres` set although PostgreSQL keeps it for superusers.
grant set on parameter
    session_replication_role, log_min_messages, log_min_duration_statement, log_statement,
    "app.settings.jwt_secret", "app.settings.jwt_exp", "app.settings.jwt_expiry",
    "app.settings.anon_key", "app.settings.service_role_key", "app.settings.service_key",
    "app.settings.supabase_url", "app.settings.supabase_anon_key", "app.settings.supabase_service_role_key",
    "app.settings.api_url", "app.settings.project_url", "app.settings.environment",
    "pgrst.db_schemas", "pgrst.db_extra_search_path", "pgrst.db_max_rows", "pgrst.db_pre_request",
    "pgrst.db_aggregates_enabled", "pgrst.db_plan_enabled", "pgrst.db_tx_end", "pgrst.openapi_mode",
    "pgrst.jwt_secret", "pgrst.app_settings", "pgrst.db_hoisted_tx_settings", "pgrst.server_cors_allowed_origins"
to postgres;
