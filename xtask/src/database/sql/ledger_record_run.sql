-- One run; its seed comes as text, for it can be larger than a bigint.
insert into seedbed.runs (id, fingerprint, seed, industry, as_of, tool_version, owners, settings)
values ($1, $2, $3::text::numeric, $4, $5, $6, $7, $8)
