-- All runs, in the order in which they were written.
select id, command, fingerprint, seed::text as seed, industry, as_of, tool_version, owners, settings, created_at,
  is_remnant
from seedbed.runs
order by created_at, id
