-- Who holds the advisory lock ($1, $2) in this database.
select
  l.pid,
  coalesce(a.application_name, ''),
  a.xact_start
from pg_locks l
left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory'
  and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = $1::integer::bigint::oid
  and l.objid = $2::integer::bigint::oid
  and l.objsubid = 2
limit 1
