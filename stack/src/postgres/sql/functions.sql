-- Database webhooks: the trigger function that the dashboard writes into migrations, over pg_net's queue.

create table supabase_functions.migrations (
    version text primary key,
    inserted_at timestamptz not null default now()
);

create table supabase_functions.hooks (
    id bigserial primary key,
    hook_table_id integer not null,
    hook_name text not null,
    created_at timestamptz not null default now(),
    request_id bigint
);

create function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = supabase_functions as $$
declare
    request_id bigint;
    payload jsonb := jsonb_build_object(
        'old_record', old, 'record', new, 'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema);
begin
    if to_regnamespace('net') is not null then
        if upper(tg_argv[1]) = 'GET' then
            execute 'select net.http_get($1, $2, $3)' into request_id
                using tg_argv[0], coalesce(tg_argv[3], '{}')::jsonb, coalesce(tg_argv[2], '{}')::jsonb;
        else
            execute 'select net.http_post($1, $2, $3, $4)' into request_id
                using tg_argv[0], payload, coalesce(tg_argv[3], '{}')::jsonb, coalesce(tg_argv[2], '{}')::jsonb;
        end if;
    end if;
    insert into supabase_functions.hooks (hook_table_id, hook_name, request_id)
    values (tg_relid, tg_name, request_id);
    return coalesce(new, old);
end
$$;

grant usage on schema supabase_functions to postgres, anon, authenticated, service_role;
grant all on schema supabase_functions to supabase_functions_admin;
grant all on all tables in schema supabase_functions
    to postgres, anon, authenticated, service_role, supabase_functions_admin;
grant all on all sequences in schema supabase_functions
    to postgres, anon, authenticated, service_role, supabase_functions_admin;
grant execute on all routines in schema supabase_functions to postgres, anon, authenticated, service_role;
