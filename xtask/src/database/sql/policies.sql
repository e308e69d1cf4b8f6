-- Whether the table $1 has row level security, and whether a policy for reading it speaks of the column $2.
select
  c.relrowsecurity as enabled,
  exists (
    select from pg_policy p
    where p.polrelid = c.oid
      and p.polcmd in ('r', '*')
      and pg_get_expr(p.polqual, p.polrelid) ~ ('\m' || $2 || '\M')
  ) as ask_for_owner
from pg_class c
where c.oid = $1::text::regclass
