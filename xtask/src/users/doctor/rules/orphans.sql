-- Rows whose user is gone, which would be in the way of the rules after these. How a rule is written stands in
-- ../rules.rs.

-- rule orphaned_row: rows belong to a user who is gone
-- fix: deletes them
-- each: auth.identities.user_id, auth.sessions.user_id, auth.refresh_tokens.user_id, auth.one_time_tokens.user_id
-- each: auth.mfa_factors.user_id, *.test_user_metadata.user_id
select {column}::text, '{table}' from {table}
where {column} is not null and not exists (select from auth.users as u where u.id::text = {table}.{column}::text)
group by {column}
-- mend
delete from {table} where {column}::text = any ($1);

-- A run that was just started is about to make the user.
-- rule orphaned_announcement: a test user was announced and never made
-- fix: forgets the announcement
-- each: seedbed.announced_users.email
select {column}, '{table}' from {table}
where announced_at < now() - interval '1 hour'
    and not exists (select from auth.users as u where lower(u.email) = {table}.{column})
-- mend
delete from {table} where {column} = any ($1);
