-- Rows of `auth.identities`. How a rule is written stands in ../rules.rs.

-- rule double_identity: the user has several identities of its e-mail
-- fix: keeps the one that bears the user's id, else the oldest
select user_id::text, count(*) || ' identities' from identity
where provider = 'email' and user_id in (select id from person) group by user_id having count(*) > 1
-- mend
delete from auth.identities as i using (
    select ctid, row_number() over (
        partition by user_id order by ({provider_id} = user_id::text) desc, created_at, ctid
    ) as place
    from auth.identities
    where provider = 'email' and user_id::text = any ($1)
) as double
where i.ctid = double.ctid and double.place > 1;

-- Two users can bear each other's: the first statement makes room.
-- rule wrong_provider_id: the identity of the e-mail bears something else than the user's id, or another user's
-- fix: writes the user's id
select i.user_id::text, case
    when exists (select from auth.users as u where u.id::text = i.provider_id) then 'the id of another user'
    when i.provider_id like '%@%' then 'an e-mail'
    else 'what is no user''s'
end
from identity as i
where provider = 'email' and provider_id <> user_id::text and user_id in (select id from person)
-- mend
update auth.identities set {provider_id} = 'of ' || user_id
where provider = 'email' and user_id::text = any ($1);
update auth.identities set {provider_id} = user_id::text
where provider = 'email' and user_id::text = any ($1);

-- rule wrong_identity_data: the identity of the e-mail has the data of somebody else, or none
-- fix: writes the user's id and e-mail into it
select i.user_id::text, concat_ws(', ',
    case when jsonb_typeof(identity_data) <> 'object' then 'no object' end,
    case when identity_data ->> 'sub' is distinct from i.user_id::text then 'sub' end,
    case when lower(identity_data ->> 'email') is distinct from lower(btrim(p.email, E' \t\r\n')) then 'email' end
)
from identity as i join person as p on p.id = i.user_id
where i.provider = 'email' and p.email <> '' and (
    identity_data ->> 'sub' is distinct from i.user_id::text
    or lower(identity_data ->> 'email') is distinct from lower(btrim(p.email, E' \t\r\n'))
)
-- mend
update auth.identities as i
set identity_data = jsonb_build_object('email_verified', false, 'phone_verified', false)
    || case when jsonb_typeof(i.identity_data) = 'object' then i.identity_data else '{}' end
    || jsonb_build_object('sub', u.id, 'email', u.email)
from auth.users as u
where u.id = i.user_id and i.provider = 'email' and i.user_id::text = any ($1);

-- rule null_identity_time: nothing says when an identity was made or changed, and sign-in answers 500
-- fix: writes the time at which the user was made
-- each: auth.identities.created_at, auth.identities.updated_at
select user_id::text, '{column}' from {table} where {column} is null and user_id in (select id from auth.users)
-- mend
update {table} as i set {column} = coalesce(i.created_at, u.created_at, now())
from auth.users as u
where u.id = i.user_id and i.user_id::text = any ($1) and i.{column} is null;

-- rule no_identity: the user has no identity, and cannot change its e-mail or link another way to sign in
-- fix: makes the one that Auth makes for an e-mail or a phone number
select id::text, case when email <> '' then 'email' else 'phone' end from person
where is_anonymous is not true and is_sso_user is not true and (email <> '' or phone <> '')
    and not exists (select from auth.identities as i where i.user_id = person.id)
-- mend
insert into auth.identities ({provider_id}, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
select id::text, id, case when email <> '' then 'email' else 'phone' end,
    jsonb_strip_nulls(jsonb_build_object(
        'sub', id, 'email', nullif(email, ''), 'phone', case when email <> '' then null else to_jsonb(u) ->> 'phone' end,
        'email_verified', false, 'phone_verified', false
    )),
    last_sign_in_at, coalesce(created_at, now()), coalesce(updated_at, now())
from auth.users as u where id::text = any ($1);
