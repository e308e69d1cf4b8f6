-- Buckets and objects, with the columns and helpers that policies and seeds rely on.

grant usage on schema storage to postgres, anon, authenticated, service_role, seedbed_rest;
grant all on schema storage to supabase_storage_admin, dashboard_user;
grant usage, create on schema storage to postgres;

set role supabase_storage_admin;

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
    id text not null primary key,
    name text not null,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    public boolean default false,
    avif_autodetection boolean default false,
    file_size_limit bigint,
    allowed_mime_types text[],
    owner_id text,
    type storage.buckettype not null default 'STANDARD'
);
create unique index bname on storage.buckets (name);
comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';

create table storage.objects (
    id uuid not null primary key default gen_random_uuid(),
    bucket_id text constraint "objects_bucketId_fkey" references storage.buckets (id),
    name text,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    last_accessed_at timestamptz default now(),
    metadata jsonb,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored,
    version text,
    owner_id text,
    user_metadata jsonb
);
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';

create table storage.migrations (
    id integer primary key,
    name varchar(100) not null unique,
    hash varchar(40) not null,
    executed_at timestamp default current_timestamp
);

create table storage.s3_multipart_uploads (
    id text primary key,
    in_progress_size bigint not null default 0,
    upload_signature text not null,
    bucket_id text not null references storage.buckets (id),
    key text not null collate "C",
    version text not null,
    owner_id text,
    created_at timestamptz not null default now(),
    user_metadata jsonb
);

create table storage.s3_multipart_uploads_parts (
    id uuid primary key default gen_random_uuid(),
    upload_id text not null references storage.s3_multipart_uploads (id) on delete cascade,
    size bigint not null default 0,
    part_number integer not null,
    bucket_id text not null references storage.buckets (id),
    key text not null collate "C",
    etag text not null,
    owner_id text,
    version text not null,
    created_at timestamptz not null default now()
);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.migrations enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;

create function storage.foldername(name text) returns text[] language sql immutable as $$
    select (string_to_array(name, '/'))[1 : cardinality(string_to_array(name, '/')) - 1]
$$;

create function storage.filename(name text) returns text language sql immutable as $$
    select (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))]
$$;

create function storage.extension(name text) returns text language sql immutable as $$
    select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

create function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language sql stable as $$
    select sum((metadata ->> 'size')::bigint)::bigint, bucket_id from storage.objects group by bucket_id
$$;

create function storage.operation() returns text language sql stable as $$
    select current_setting('storage.operation', true)
$$;

create function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
language plpgsql as $$
begin
    insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
    raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
    new.updated_at = now();
    return new;
end
$$;
create trigger update_objects_updated_at before update on storage.objects
    for each row execute function storage.update_updated_at_column();

-- One level of a folder: objects by name under the prefix, and folders with no id.
create function storage.search(
    prefix text, bucketname text, limits integer default 100, levels integer default 1,
    offsets integer default 0, search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
    name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $$
declare
    place constant text := coalesce(prefix, '') || coalesce(search, '');
    sort_column constant text := case
        when sortcolumn in ('name', 'updated_at', 'created_at', 'last_accessed_at') then sortcolumn else 'name' end;
    sort_order constant text := case when lower(sortorder) = 'desc' then 'desc' else 'asc' end;
begin
    return query execute format($query$
        with found as (
            select o.*, cardinality(o.path_tokens) > $1 as is_deeper, o.path_tokens[$1] as part
            from storage.objects o
            where o.bucket_id = $2 and starts_with(lower(o.name), lower($3)) and cardinality(o.path_tokens) >= $1
        ), level as (
            select distinct part as name, null::uuid as id, null::timestamptz as updated_at,
                null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
            from found where is_deeper
            union all
            select part, id, updated_at, created_at, last_accessed_at, metadata from found where not is_deeper
        )
        select * from level order by id is not null, %I %s limit $4 offset $5
    $query$, sort_column, sort_order) using levels, bucketname, place, limits, offsets;
end
$$;

grant all on all tables in schema storage to postgres with grant option;
grant all on all routines in schema storage to postgres with grant option;
grant select, insert, update, delete on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on all tables in schema storage to service_role, dashboard_user;
grant execute on all routines in schema storage to anon, authenticated, service_role, dashboard_user;

reset role;
