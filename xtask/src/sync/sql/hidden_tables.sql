-- Those of the tables $1 whose policies bind the role that asks, so that it neither sees nor writes all rows.
select wanted.name
from unnest($1::text[]) as wanted (name)
where row_security_active(wanted.name)
order by 1
