-- Lets the transaction ask as the API does for a signed-in user; `:claims` is put in by the caller.
set local statement_timeout = '5s';
set local lock_timeout = '5s';
select
  set_config('request.jwt.claims', claims, true),
  set_config('request.jwt.claim.sub', claims::jsonb ->> 'sub', true),
  set_config('request.jwt.claim.role', claims::jsonb ->> 'role', true)
from (select :claims) as given (claims);
set local role authenticated
