-- Every column that a rule may speak of, as `schema.table.column`.
select quote_ident(n.nspname) || '.' || c.relname || '.' || a.attname as name
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p')
    and (n.nspname in ('auth', 'seedbed') or c.relname = 'test_user_metadata');
