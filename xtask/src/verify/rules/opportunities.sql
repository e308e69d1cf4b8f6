-- Deals. Each rule selects the keys of the rows that break it; names in braces are those of the domain
-- (see template.rs). A rule about `*` is meant for each record.

-- rule opportunities: has the status of its stage
select o.{opportunities.id} from {opportunities} o
where not exists (
    select from {value pipeline}
    where stage.name = o.{opportunities.stage}::text and stage.status = o.{opportunities.status}::text
);

-- rule opportunities: has the probability of its stage
select o.{opportunities.id} from {opportunities} o
where not exists (
    select from {value pipeline}
    where stage.name = o.{opportunities.stage}::text
        -- Some hold parts of one in place of percent.
        and stage.probability in (o.{opportunities.probability}, (o.{opportunities.probability} * 100)::numeric)
);

-- rule opportunities: is in a stage of the pipeline
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.stage}::text <> all ({value stages});

-- rule opportunities: has an amount within bounds
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.amount} not between 0 and {value max_amount};

-- rule opportunities: crowds in the early stages
select 'early stages hold fewer than late ones' from {opportunities} o
having count(*) >= 50
    and count(*) filter (where array_position({value stages}, o.{opportunities.stage}::text) * 2 <= cardinality({value stages}))
    < count(*) filter (where array_position({value stages}, o.{opportunities.stage}::text) * 2 > cardinality({value stages}));

-- rule opportunities: was closed in the past, if it is closed
select o.{opportunities.id} from {opportunities} o
where (o.{opportunities.status}::text in ({opportunities.status:won}, {opportunities.status:lost}))
    is distinct from coalesce(o.{opportunities.actual_close_date} <= {value as_of}, false);

-- rule opportunities: was closed after it was made
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.actual_close_date}::date < o.{opportunities.created_at}::date;

-- rule opportunities: was to close after it was made
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.estimated_close_date}::date < o.{opportunities.created_at}::date;

-- rule opportunities: has a next action, if it is open
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.status}::text in ({opportunities.status:open}, {opportunities.status:stalled})
    and o.{opportunities.next_action} is null;

-- rule opportunities: has its next action in the future, if it is open
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.status}::text in ({opportunities.status:open}, {opportunities.status:stalled})
    and coalesce(o.{opportunities.next_action_date} < {value as_of}, true);

-- rule opportunities: is seldom overdue
select 'more than half are overdue' from {opportunities} o
where o.{opportunities.status}::text in ({opportunities.status:open}, {opportunities.status:stalled})
having count(*) >= 20 and count(*) filter (where o.{opportunities.estimated_close_date} < {value as_of}) * 2 > count(*);

-- rule opportunities: is named for its customer
select o.{opportunities.id} from {opportunities} o
join {organizations} customer on customer.{organizations.id} = o.{opportunities.customer_organization_id}
where not starts_with(o.{opportunities.name}, customer.{organizations.name} || ' - ');

-- rule opportunities: came after its customer
select o.{opportunities.id} from {opportunities} o
join {organizations} customer on customer.{organizations.id} = o.{opportunities.customer_organization_id}
where o.{opportunities.created_at} < customer.{organizations.created_at};

-- rule opportunities: came after its contacts
select o.{opportunities.id} from {opportunities} o
cross join lateral {each o.opportunities.contact_ids} as contact (id)
join {contacts} c on c.{contacts.id}::text = contact.id
where o.{opportunities.created_at} < c.{contacts.created_at};

-- rule opportunities: has the owner of its customer
select o.{opportunities.id} from {opportunities} o
join {organizations} customer on customer.{organizations.id} = o.{opportunities.customer_organization_id}
where o.{opportunities.assigned_to} is distinct from customer.{organizations.assigned_to};

-- rule opportunities: has a principal that is one
select o.{opportunities.id} from {opportunities} o
join {organizations} principal on principal.{organizations.id} = o.{opportunities.principal_organization_id}
where not principal.{organizations.is_principal};

-- rule opportunities: has a principal that is not its customer
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.principal_organization_id} = o.{opportunities.customer_organization_id};

-- rule opportunities: has one to three contacts
select o.{opportunities.id} from {opportunities} o
where exists (select from {contacts})
    and (select count(*) from {each o.opportunities.contact_ids}) not between 1 and 3;

-- rule opportunities: has contacts that exist
select o.{opportunities.id} from {opportunities} o
cross join lateral {each o.opportunities.contact_ids} as contact (id)
where not exists (select from {contacts} c where c.{contacts.id}::text = contact.id);

-- rule opportunities: has no contact twice
select o.{opportunities.id} from {opportunities} o
where (select count(*) > count(distinct contact.id) from {each o.opportunities.contact_ids} as contact (id));

-- rule opportunities: has contacts who work at its customer
select o.{opportunities.id} from {opportunities} o
cross join lateral {each o.opportunities.contact_ids} as contact (id)
where not exists (
    select from {met contact_organizations} link
    where link.{contact_organizations.organization_id} = o.{opportunities.customer_organization_id}
        and link.{contact_organizations.contact_id}::text = contact.id
);

-- rule opportunities: has a place of its own on the board
select min(o.{opportunities.id}::text) from {opportunities} o
group by o.{opportunities.assigned_to}, o.{opportunities.stage}, o.{opportunities.index}
having count(*) > 1;

-- rule opportunities: are spread unevenly
select 'no organization has two' from {opportunities} o
having count(*) >= 20 and count(*) = count(distinct o.{opportunities.customer_organization_id});

-- rule opportunities: reads like a deal
select o.{opportunities.id} from {opportunities} o
where o.{opportunities.description} ~* 'lorem ipsum|\x7b|  '
    or length(o.{opportunities.description}) < 10;
