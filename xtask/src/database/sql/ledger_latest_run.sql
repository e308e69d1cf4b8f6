-- The run that was written last.
select id, fingerprint, seed::text as seed, industry, as_of, tool_version, owners, settings
from seedbed.runs
order by created_at desc
limit 1
