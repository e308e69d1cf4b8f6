set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local client_min_messages = warning;
set local statement_timeout = 0;
set local lock_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
set local synchronous_commit = on;
-- Values are read as they were printed.
set local datestyle = 'ISO, YMD';
set local timezone = 'UTC';
set local xmloption = content;
set local lc_monetary = 'C';
-- A policy that would hide rows is an error.
set local row_security = off;
-- Triggers keep still where the role may ask that of them; those that guard tables let the service through.
set local request.jwt.claims = '{"role":"service_role"}';
do $$
begin
  set local session_replication_role = replica;
exception when insufficient_privilege then
  null;
end
$$;
