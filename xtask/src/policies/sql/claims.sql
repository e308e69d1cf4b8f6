-- What the token of the user $1 says, as far as the database knows.
select jsonb_build_object(
  'sub', u.id, 'role', 'authenticated', 'aud', u.aud, 'email', u.email, 'phone', coalesce(u.phone, ''),
  'app_metadata', coalesce(u.raw_app_meta_data, '{}'), 'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
  'aal', 'aal1', 'is_anonymous', false
)::text as claims
from auth.users u
where u.id = $1
