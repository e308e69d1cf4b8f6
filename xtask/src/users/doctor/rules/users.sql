-- Rows of `auth.users`. How a rule is written stands in ../rules.rs. `everyone` and `identity` are `auth.users` and
-- `auth.identities` in the shape of today, whatever their age; a `person` is one of everyone who is not marked as deleted.

-- rule soft_deleted: the user is a test user, but marked as deleted
-- fix of test users: takes the mark away
-- Whom Auth has deleted has no address any more, and cannot be brought back.
-- each: auth.users.deleted_at
select id::text, 'since ' || {column}::date from {table} where {column} is not null and email like '%@%'
-- mend
update {table} set {column} = null where id::text = any ($1);

-- rule banned: the user is a test user, but banned, and sign-in answers "User is banned"
-- fix of test users: ends the ban
-- each: auth.users.banned_until
select id::text, 'until ' || {column}::date from {table} where {column} > now()
-- mend
update {table} set {column} = null where id::text = any ($1);

-- rule null_column: a column is NULL where Auth reads a value, and sign-in answers 500 "Database error querying schema"
-- fix: writes the empty value that Auth itself writes
-- quietly
-- each: auth.users.confirmation_token '', auth.users.recovery_token '', auth.users.email_change_token_new ''
-- each: auth.users.email_change '', auth.users.email_change_token_current '', auth.users.phone_change ''
-- each: auth.users.phone_change_token '', auth.users.reauthentication_token ''
-- each: auth.users.email_change_confirm_status 0, auth.users.is_sso_user false, auth.users.is_anonymous false
select id::text, '{column}' from {table} where {column} is null
-- mend
update {table} set {column} = {value} where id::text = any ($1) and {column} is null;

-- rule null_time: nothing says when the user was made or changed, and sign-in answers 500 "Database error querying schema"
-- fix: writes the earliest time that the row has, else that of now
-- quietly
-- each: auth.users.created_at, auth.users.updated_at
select id::text, '{column}' from {table} where {column} is null
-- mend
update {table}
set {column} = coalesce(least(created_at, updated_at, email_confirmed_at, last_sign_in_at), now())
where id::text = any ($1) and {column} is null;

-- rule wrong_instance: `instance_id` is not the zero UUID, and Auth does not find the user
-- fix: writes the zero UUID
-- quietly
select id::text, coalesce(instance_id::text, 'NULL') from person
where instance_id is distinct from '00000000-0000-0000-0000-000000000000'
-- mend
update auth.users set instance_id = '00000000-0000-0000-0000-000000000000' where id::text = any ($1);

-- rule wrong_aud: `aud` is not "authenticated", and Auth does not find the user
-- fix: writes "authenticated"
-- quietly
select id::text, coalesce(quote_literal(aud), 'NULL') from person where aud is distinct from 'authenticated'
-- mend
update auth.users set aud = 'authenticated' where id::text = any ($1);

-- rule no_role: the user has no `role`, and what it asks the API for is refused
-- fix: writes "authenticated"
-- quietly
select id::text, coalesce(quote_literal(role), 'NULL') from person where role is null or role = ''
-- mend
update auth.users set role = 'authenticated' where id::text = any ($1);

-- What a token of a service may do is not for a user, and the API becomes no other role than it was given.
-- rule wrong_role: the user's `role` is one of a service, or none that the API can become
-- fix of test users: writes "authenticated"
-- by hand: it decides what the user may do: set `role` in `auth.users` to "authenticated", or grant the role to `authenticator`
-- quietly
select id::text, quote_literal(role) from person
where role <> '' and role <> 'authenticated' and (
    role in ('service_role', 'supabase_admin')
    or not exists (
        select from pg_roles as api join pg_roles as other on pg_has_role(api.oid, other.oid, 'member')
        where api.rolname = 'authenticator' and other.rolname = person.role
    )
)
-- mend
update auth.users set role = 'authenticated' where id::text = any ($1);

-- rule empty_address: an empty text stands where there is no e-mail or phone number, and only one user can have it
-- fix: writes NULL
-- quietly
-- each: auth.users.email, auth.users.phone
select id::text, '{column}' from {table} where {column} = ''
-- mend
update {table} set {column} = null where id::text = any ($1) and {column} = '';

-- rule duplicate_email: users have the same e-mail but for capitals and blanks, and who is signed in is left to chance
-- by hand: decide who stays, hand over what the others own, delete them (DELETE /auth/v1/admin/users/ID), then run it again
select p.id::text, 'also ' || string_agg(other.id::text, ', ' order by other.id)
from person as p
join everyone as other on lower(btrim(other.email, E' \t\r\n')) = lower(btrim(p.email, E' \t\r\n'))
where other.id <> p.id and p.email <> '' and p.is_sso_user is not true and other.is_sso_user is not true
group by p.id;

-- The project's triggers run, so that what keeps a copy of the e-mail follows.
-- rule email_form: the e-mail has capitals or blanks, and those who look for it as Auth writes it do not find it
-- fix: writes it in lower case, without blanks
select id::text, case when email ~ '\s' then 'blanks' else 'capitals' end from person
where email <> lower(btrim(email, E' \t\r\n')) and not exists (
    select from everyone as other
    where other.id <> person.id and lower(btrim(other.email, E' \t\r\n')) = lower(btrim(person.email, E' \t\r\n'))
)
-- mend
update auth.users set email = lower(btrim(email, E' \t\r\n')) where id::text = any ($1);

-- rule no_metadata: the metadata is NULL or a JSON null
-- fix: writes an empty object
-- quietly
-- each: auth.users.raw_app_meta_data, auth.users.raw_user_meta_data
select id::text, '{column}' from {table} where {column} is null or jsonb_typeof({column}) = 'null'
-- mend
update {table} set {column} = '{}' where id::text = any ($1);

-- rule odd_metadata: the metadata is not a JSON object, and Auth cannot read it
-- fix of test users: writes an empty object; `cargo xtask users` fills it
-- by hand: write an object that keeps what is in it; a text with an object in it was encoded twice
-- quietly
-- each: auth.users.raw_app_meta_data, auth.users.raw_user_meta_data
select id::text, '{column}: ' || jsonb_typeof({column}) from {table}
where jsonb_typeof({column}) not in ('object', 'null')
-- mend
update {table} set {column} = '{}' where id::text = any ($1);

-- rule no_provider: `raw_app_meta_data` does not say by which provider the user signs in
-- fix: writes the providers of the user's identities, "email" where it has none
-- quietly
select id::text, '' from person
where jsonb_typeof(raw_app_meta_data) = 'object' and not raw_app_meta_data ?& array['provider', 'providers']
    and is_anonymous is not true and (email <> '' or phone <> '')
-- mend
update auth.users as u
set raw_app_meta_data = jsonb_build_object('provider', used.providers -> 0, 'providers', used.providers)
    || u.raw_app_meta_data
from (
    select p.id, coalesce(
        jsonb_agg(distinct i.provider) filter (where i.provider is not null),
        jsonb_build_array(case when p.email <> '' then 'email' else 'phone' end)
    ) as providers
    from auth.users as p left join auth.identities as i on i.user_id = p.id
    where p.id::text = any ($1)
    group by p.id
) as used
where u.id = used.id;

-- The project's triggers run, so that the profile follows. Users whom no setting names may have any role.
-- rule role_lost: the user is a test user, but its `raw_app_meta_data` does not have the role or the claims of its account
-- fix of test users: writes them; `cargo xtask users` brings the row of the profile in line, too
select p.id::text, coalesce(
    (
        select string_agg(quote_ident(c.key) || coalesce(' is ' || (p.raw_app_meta_data -> c.key)::text, ' is missing'), ', ' order by c.key)
        from jsonb_each(account.claims) as c where p.raw_app_meta_data -> c.key is distinct from c.value
    ),
    ''
)
from person as p join {account} as account on account.id = p.id::text
where jsonb_typeof(p.raw_app_meta_data) = 'object' and exists (
    select from jsonb_each(account.claims) as c where p.raw_app_meta_data -> c.key is distinct from c.value
)
-- mend
update auth.users as u set raw_app_meta_data = u.raw_app_meta_data || account.claims
from {account} as account where account.id = u.id::text and u.id::text = any ($1);

-- The project's triggers run: some make the profile at this moment.
-- rule unconfirmed: the e-mail was never confirmed, and sign-in answers "Email not confirmed"
-- fix of test users: confirms it
-- no fault of others: they follow the link that Auth has sent them
select id::text, '' from person
where email <> '' and email_confirmed_at is null and is_anonymous is not true
-- mend
update auth.users set email_confirmed_at = now(), confirmation_token = '' where id::text = any ($1);

-- rule unknown_hash: the password is kept in a form that Auth cannot compare, and sign-in answers 500
-- fix of test users: sets the test password anew through the Auth admin API
-- by hand: they choose a new password: send each a link by `auth.resetPasswordForEmail`
select id::text, case
    when encrypted_password ~ '^\$2' then 'bcrypt, garbled or cut off'
    when encrypted_password ~ '^\$argon2' then 'Argon2 of another kind'
    when encrypted_password ~ '^\$(1|apr1)\$' then 'MD5-crypt'
    when encrypted_password ~ '^\$5\$' then 'SHA-256-crypt'
    when encrypted_password ~ '^\$6\$' then 'SHA-512-crypt'
    when encrypted_password ~ '^\$?pbkdf2' then 'PBKDF2'
    when encrypted_password ~ '^(\$y\$|\$7\$|\$?scrypt)' then 'scrypt'
    when encrypted_password ~ '^\$fbscrypt' then 'scrypt of Firebase, of another version'
    when encrypted_password ~ '^(md5)?[0-9a-fA-F]{32}$' then 'as long as MD5'
    when encrypted_password ~ '^[0-9a-fA-F]{40}$' then 'as long as SHA-1'
    when encrypted_password ~ '^[0-9a-fA-F]{64}$' then 'as long as SHA-256'
    when encrypted_password ~ '^[0-9a-fA-F]{128}$' then 'as long as SHA-512'
    else 'no hash, perhaps the password itself'
end
from person
where encrypted_password <> ''
    and encrypted_password !~ '^\$2[abxy]?\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$'
    and encrypted_password !~ '^\$argon2(i|id)\$v=19\$[^$]+\$[^$]+\$[^$]+$'
    and encrypted_password !~ '^\$fbscrypt\$v=1,[^$]+\$[^$]+\$[^$]+$'
-- mend by the test password

-- rule no_password: the user is a test user, but has no password
-- fix of test users: sets the test password through the Auth admin API
select id::text, '' from person where coalesce(encrypted_password, '') = ''
-- mend by the test password
