-- The row that the project keeps for each user. How a rule is written stands in ../rules.rs.

-- Some triggers make no row for somebody who has not even an address.
-- rule no_profile: the user has no row in {profile}, although a trigger on `auth.users` makes one
-- fix of test users: makes the row
-- by hand: it can decide what the user may do: insert it as the trigger does
select id::text, '' from person
where is_anonymous is not true
    and not exists (select from {profile} as own where own.{profile_user} = person.id)
    and exists (
        select from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
        -- 4 is the bit of triggers that run after an insert or before it.
        where t.tgrelid = 'auth.users'::regclass and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 4 <> 0
            and p.prosrc ~* ('\minto\s+(\w+\.|"\w+"\.)?"?' || '{profile_name}' || '\M')
    )
-- mend by the profile

-- Other rows can hang on it, so that it is not simply deleted.
-- rule orphaned_profile: a row of {profile} belongs to a user who is gone
-- by hand: see what hangs on the row, then delete it or give it to a user who is there
select distinct own.{profile_user}::text, '' from {profile} as own
where own.{profile_user} is not null
    and not exists (select from auth.users as u where u.id::text = own.{profile_user}::text);
