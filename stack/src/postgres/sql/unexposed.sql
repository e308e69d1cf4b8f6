-- `[api] auto_expose_new_tables = false`: migrations grant the API roles what they may use.

do $$
declare
    creator text;
begin
    foreach creator in array array['postgres', 'supabase_admin'] loop
        execute format('alter default privileges for role %I in schema public '
            'revoke select, insert, update, delete on tables from anon, authenticated, service_role', creator);
        execute format('alter default privileges for role %I in schema public '
            'revoke usage, select on sequences from anon, authenticated, service_role', creator);
        execute format('alter default privileges for role %I in schema public '
            'revoke execute on routines from anon, authenticated, service_role', creator);
        execute format('alter default privileges for role %I revoke execute on routines from public', creator);
    end loop;
end
$$;
