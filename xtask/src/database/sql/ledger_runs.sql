-- All runs, in the order in which they were written.
select id, command, fingerprint, seed::text as seed, industry, as_of, tool_version, owners, settings, created_at,
  is_remnant, parts, basis,
  array(select p.part from seedbed.run_parts p where p.run_id = r.id order by 1) as written
from seedbed.runs r
order by created_at, id
