-- After each change of the schema the REST service reads it again, as PostgREST's own event triggers ask for.

create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
declare
    command record;
begin
    for command in select * from pg_event_trigger_ddl_commands() loop
        if command.schema_name is distinct from 'pg_temp' and command.command_tag !~ '(INDEX|STATISTICS)$' then
            notify pgrst, 'reload schema';
            return;
        end if;
    end loop;
end
$$;

create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
declare
    dropped record;
begin
    for dropped in select * from pg_event_trigger_dropped_objects() loop
        if not dropped.is_temporary then
            notify pgrst, 'reload schema';
            return;
        end if;
    end loop;
end
$$;

create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
