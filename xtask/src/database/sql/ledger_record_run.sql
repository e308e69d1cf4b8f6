-- One run; its seed comes as text, for it can be larger than a bigint.
insert into seedbed.runs
  (id, command, fingerprint, seed, industry, as_of, tool_version, owners, settings, created_at, parts, basis)
values ($1, $2, $3, $4::text::numeric, $5, $6, $7, $8, $9, $10, $11, $12)
