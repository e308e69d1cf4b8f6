-- Users who were made after somebody had noted that they were about to be; who was there before is somebody's own.
select u.id as user_id, a.email, coalesce(u.raw_app_meta_data ->> 'role', u.raw_user_meta_data ->> 'role', '') as role
from seedbed.announced_users as a join auth.users as u on lower(u.email) = a.email
where a.announced_at <= u.created_at + interval '1 second'
order by a.email;
