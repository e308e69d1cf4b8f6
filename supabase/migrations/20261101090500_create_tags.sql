-- Labels for contacts, shared by all, with a count of the contacts that carry them.

create table public.tags (
    id uuid primary key default gen_random_uuid(),
    name text not null unique check (name <> ''),
    color text not null default '#64748b' check (color ~ '^#[0-9a-f]{6}$'),
    description text,
    usage_count integer not null default 0 check (usage_count >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A change of the count is no change of the tag.
create trigger set_updated_at before update of name, color, description on public.tags
for each row execute function private.set_updated_at();

-- Counts anew for the tags that a statement touched; definer, for only administrators write tags.
create function private.count_tag_usage() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    update public.tags as tag
    set usage_count = (select count(*) from public.contacts where tags @> array[tag.name])
    from (select distinct unnest(tags) as name from touched) as changed
    where tag.name = changed.name;
    return null;
end;
$$;

-- On an update, tags may be taken off (old rows) or put on (new rows): one trigger sees one side only.
create trigger count_tag_usage_inserted after insert on public.contacts
referencing new table as touched
for each statement execute function private.count_tag_usage();
create trigger count_tag_usage_taken_off after update on public.contacts
referencing old table as touched
for each statement execute function private.count_tag_usage();
create trigger count_tag_usage_put_on after update on public.contacts
referencing new table as touched
for each statement execute function private.count_tag_usage();
create trigger count_tag_usage_deleted after delete on public.contacts
referencing old table as touched
for each statement execute function private.count_tag_usage();

create function private.count_new_tag_usage() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
    new.usage_count := (select count(*) from public.contacts where tags @> array[new.name]);
    return new;
end;
$$;

create trigger count_new_tag_usage before insert or update of name on public.tags
for each row execute function private.count_new_tag_usage();

revoke execute on function private.count_tag_usage(), private.count_new_tag_usage() from public;
