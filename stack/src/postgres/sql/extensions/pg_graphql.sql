-- The entry points are there; every query is answered with an error.
create function graphql.resolve(
    query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql stable as $$
    select jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'message', 'the embedded stack has no GraphQL: run the project on Docker to use it')))
$$;

create function graphql_public.graphql(
    "operationName" text default null, query text default null, variables jsonb default null,
    extensions jsonb default null
) returns jsonb language sql stable as $$
    select graphql.resolve(query, coalesce(variables, '{}'), "operationName", extensions)
$$;
