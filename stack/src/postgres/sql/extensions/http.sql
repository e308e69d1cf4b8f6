-- The types and signatures are there; a call is refused.
create domain @extschema@.http_method as text;
create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_response as (
    status integer, content_type varchar, headers @extschema@.http_header[], content varchar
);
create type @extschema@.http_request as (
    method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar,
    content varchar
);

create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql as $$ select row(field, value)::@extschema@.http_header $$;

create function @extschema@.http(request @extschema@.http_request) returns @extschema@.http_response
language plpgsql as $$
begin
    raise exception 'the embedded stack has no `http` extension, only its signatures'
        using hint = 'run the project on Docker to send requests from SQL';
end
$$;

create function @extschema@.http_get(uri varchar) returns @extschema@.http_response language sql as $$
    select @extschema@.http(row('GET', uri, null, null, null)::@extschema@.http_request)
$$;

create function @extschema@.http_post(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
    select @extschema@.http(row('POST', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_put(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
    select @extschema@.http(row('PUT', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_delete(uri varchar) returns @extschema@.http_response language sql as $$
    select @extschema@.http(row('DELETE', uri, null, null, null)::@extschema@.http_request)
$$;
