-- What makes the data believable. Each rule selects the keys of the rows that break it; names in braces are those of
-- the domain (see template.rs). A rule about `*` is meant for each record.

-- rule *: was not changed before it was made
select t.{*.id} from {*} t where t.{*.updated_at} < t.{*.created_at};

-- rule *: was made before the reference instant
select t.{*.id} from {*} t where t.{*.created_at} > {value as_of};

-- rule *: is looked after by who made it
select t.{*.id} from {*} t where t.{*.assigned_to} is distinct from t.{*.created_by};

-- rule organizations: was founded before the year in which it was entered
select o.{organizations.id} from {organizations} o
where o.{organizations.founded_year} >= extract(year from o.{organizations.created_at});

-- rule organizations: has web and e-mail addresses of one domain, where nobody lives
select o.{organizations.id} from {organizations} o
where substring(o.{organizations.email}::text from '@([a-z0-9.-]+)') !~ '\.(example|test)$'
    or position(substring(o.{organizations.email}::text from '@([a-z0-9.-]+)') in o.{organizations.website}::text) = 0;

-- rule organizations: has an e-mail domain made of its name
select o.{organizations.id} from {organizations} o
cross join lateral (
    select regexp_replace(regexp_replace(lower(o.{organizations.name}), ' (of|no\.) ', ' ', 'g'), '[^a-z0-9]', '', 'g')
) as slug (text)
where not starts_with(
    regexp_replace(substring(o.{organizations.email}::text from '@([a-z0-9-]+)'), '-(of-)?', '', 'g'), slug.text
);

-- rule organizations: has a LinkedIn address made of its name, where nobody lives
select o.{organizations.id} from {organizations} o
cross join lateral (
    select regexp_replace(regexp_replace(lower(o.{organizations.name}), ' (of|no\.) ', ' ', 'g'), '[^a-z0-9]', '', 'g')
) as slug (text)
where o.{organizations.linkedin_url} !~ '^https://[a-z.]+\.(example|test)/'
    or not starts_with(
        regexp_replace(substring(o.{organizations.linkedin_url} from '/company/([a-z0-9-]+)'), '-(of-)?', '', 'g'),
        slug.text
    );

-- rule organizations: has a telephone number that nobody has
select o.{organizations.id} from {organizations} o
where regexp_replace(o.{organizations.phone}::text, '555-01[0-9][0-9]', '', 'g') ~ '[0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]';

-- rule organizations: is not its own parent, and has one of the same owner
select o.{organizations.id} from {organizations} o
join {organizations} parent on parent.{organizations.id} = o.{organizations.parent_organization_id}
where parent.{organizations.id} = o.{organizations.id}
    or parent.{organizations.assigned_to} is distinct from o.{organizations.assigned_to};

-- rule organizations: is a principal, if its type says so
select o.{organizations.id} from {organizations} o
where o.{organizations.organization_type}::text = {only organizations.organization_type:principal}
    and not o.{organizations.is_principal};

-- rule organizations: is a distributor, if its type says so
select o.{organizations.id} from {organizations} o
where o.{organizations.is_distributor}
    is distinct from (o.{organizations.organization_type}::text = {only organizations.organization_type:distributor});

-- rule organizations: has notes that read like some
select o.{organizations.id} from {organizations} o
where o.{organizations.notes} ~* 'lorem ipsum|\x7b|  ' or length(o.{organizations.notes}) < 10;

-- rule contacts: has an e-mail address at its primary organization
select c.{contacts.id} from {contacts} c
join {met contact_organizations} link on link.{contact_organizations.contact_id} = c.{contacts.id}
    and link.{contact_organizations.is_primary}
join {organizations} o on o.{organizations.id} = link.{contact_organizations.organization_id}
where substring(c.{contacts.email}::text from '@([a-z0-9.-]+)')
    is distinct from substring(o.{organizations.email}::text from '@([a-z0-9.-]+)');

-- rule contacts: has e-mail addresses where nobody lives
select c.{contacts.id} from {contacts} c
where regexp_replace(c.{contacts.email}::text, '@[a-z0-9.-]+\.(example|test)\y', '', 'g') like '%@%';

-- rule contacts: has an e-mail address made of its name
select c.{contacts.id} from {contacts} c
where not starts_with(
    regexp_replace(substring(c.{contacts.email}::text from '([a-z0-9._-]+)@'), '[^a-z0-9]', '', 'g'),
    regexp_replace(lower(c.{contacts.first_name} || c.{contacts.last_name}), '[^a-z0-9]', '', 'g')
);

-- rule contacts: has telephone numbers that nobody has
select c.{contacts.id} from {contacts} c
where regexp_replace(c.{contacts.phone}::text, '555-01[0-9][0-9]', '', 'g') ~ '[0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]';

-- rule contacts: works at one to three organizations
select c.{contacts.id} from {contacts} c
left join {met contact_organizations} link on link.{contact_organizations.contact_id} = c.{contacts.id}
where exists (select from {organizations})
group by c.{contacts.id}
having count(link.{contact_organizations.organization_id}) not between 1 and 3;

-- rule contacts: has exactly one primary organization
select link.{contact_organizations.contact_id} from {met contact_organizations} link
group by link.{contact_organizations.contact_id}
having count(*) filter (where link.{contact_organizations.is_primary}) <> 1;

-- rule contacts: belonged to its primary organization first
select link.{contact_organizations.contact_id} from {contact_organizations} link
join {contact_organizations} other
    on other.{contact_organizations.contact_id} = link.{contact_organizations.contact_id}
where link.{contact_organizations.is_primary}
    and other.{contact_organizations.created_at} < link.{contact_organizations.created_at};

-- rule contacts: are spread unevenly
select 'no organization has three' from (
    select count(*) as contacts from {met contact_organizations} link
    where link.{contact_organizations.is_primary}
    group by link.{contact_organizations.organization_id}
) as size
having sum(size.contacts) >= 50 and max(size.contacts) < 3;

-- rule contacts: was met after its organizations were entered
select c.{contacts.id} from {contacts} c
join {met contact_organizations} link on link.{contact_organizations.contact_id} = c.{contacts.id}
    and link.{contact_organizations.is_primary}
join {organizations} o on o.{organizations.id} = link.{contact_organizations.organization_id}
where c.{contacts.created_at} < o.{organizations.created_at};

-- rule contacts: has the owner of its organizations
select c.{contacts.id} from {contacts} c
join {met contact_organizations} link on link.{contact_organizations.contact_id} = c.{contacts.id}
join {organizations} o on o.{organizations.id} = link.{contact_organizations.organization_id}
where c.{contacts.assigned_to} is distinct from o.{organizations.assigned_to};

-- rule contacts: carries tags that exist
select c.{contacts.id} from {contacts} c
cross join lateral {each c.contacts.tags} as tag (name)
where not exists (select from {tags} t where t.{tags.name}::text = tag.name)
    and not exists (select from {tags} t where t.{tags.id}::text = tag.name);

-- rule contact_organizations: began before it was known
select link.{contact_organizations.id} from {contact_organizations} link
where link.{contact_organizations.started_at}::date > link.{contact_organizations.created_at}::date;

-- rule contact_organizations: was known after both its ends
select link.{contact_organizations.id} from {contact_organizations} link
join {contacts} c on c.{contacts.id} = link.{contact_organizations.contact_id}
join {organizations} o on o.{organizations.id} = link.{contact_organizations.organization_id}
where link.{contact_organizations.created_at} < c.{contacts.created_at}
    or link.{contact_organizations.created_at} < o.{organizations.created_at};

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

-- rule activities: came after its opportunity
select a.{activities.id} from {activities} a
join {opportunities} o on o.{opportunities.id} = a.{activities.opportunity_id}
where a.{activities.created_at} < o.{opportunities.created_at};

-- rule activities: came after its contact
select a.{activities.id} from {activities} a
join {contacts} c on c.{contacts.id} = a.{activities.contact_id}
where a.{activities.created_at} < c.{contacts.created_at};

-- rule activities: has the owner of its opportunity
select a.{activities.id} from {activities} a
join {opportunities} o on o.{opportunities.id} = a.{activities.opportunity_id}
where a.{activities.assigned_to} is distinct from o.{opportunities.assigned_to};

-- rule activities: has the owner of its contact
select a.{activities.id} from {activities} a
join {contacts} c on c.{contacts.id} = a.{activities.contact_id}
where a.{activities.assigned_to} is distinct from c.{contacts.assigned_to};

-- rule activities: has a contact of its opportunity
select a.{activities.id} from {activities} a
join {opportunities} o on o.{opportunities.id} = a.{activities.opportunity_id}
where a.{activities.contact_id}::text not in (select contact.id from {each o.opportunities.contact_ids} as contact (id));

-- rule activities: belongs to an opportunity in most cases
select 'less than 60 or more than 80 of a hundred do' from {pipelined activities} a
having count(*) >= 50 and count(a.{activities.opportunity_id}) * 100 / count(*) not between 60 and 80;

-- rule activities: was completed in the past, if it is completed
select a.{activities.id} from {activities} a
where (a.{activities.status}::text = {only activities.status:completed})
    is distinct from coalesce(a.{activities.completed_at} <= {value as_of}, false);

-- rule activities: is due in the future, if it is open
select a.{activities.id} from {activities} a
where a.{activities.status}::text in ({activities.status:pending}, {activities.status:in_progress})
    and a.{activities.due_date} < {value as_of};

-- rule activities: was completed after it was made
select a.{activities.id} from {activities} a
where a.{activities.completed_at} < a.{activities.created_at};

-- rule activities: has an outcome, if it is completed
select a.{activities.id} from {activities} a
where a.{activities.status}::text = {only activities.status:completed} and a.{activities.outcome} is null;

-- rule activities: has participants only in meetings and calls, four at most
select a.{activities.id} from {activities} a
where jsonb_array_length(a.{activities.participants}) > case
    when a.{activities.type}::text in ({activities.type:meeting}, {activities.type:call}) then 4
    else 0
end;

-- rule activities: has two participants at least in meetings and calls
select a.{activities.id} from {activities} a
where a.{activities.type}::text in ({only activities.type:meeting}, {only activities.type:call})
    and coalesce(jsonb_array_length(a.{activities.participants}), 0) < 2;

-- rule activities: has no participant twice
select a.{activities.id} from {activities} a
cross join lateral jsonb_array_elements(a.{activities.participants}) as participant (entry)
group by a.{activities.id}
having count(*) > count(distinct participant.entry ->> 'contact_id');

-- rule activities: has participants of its opportunity, where that has enough
select a.{activities.id} from {activities} a
join {opportunities} o on o.{opportunities.id} = a.{activities.opportunity_id}
cross join lateral jsonb_array_elements(a.{activities.participants}) as participant (entry)
where (select count(*) from {each o.opportunities.contact_ids}) >= jsonb_array_length(a.{activities.participants})
    and participant.entry ->> 'contact_id' not in (
        select contact.id from {each o.opportunities.contact_ids} as contact (id)
    );

-- rule activities: has participants who exist
select a.{activities.id} from {activities} a
cross join lateral jsonb_array_elements(a.{activities.participants}) as participant (entry)
where not exists (
    select from {contacts} c where c.{contacts.id}::text = participant.entry ->> 'contact_id'
);

-- rule activities: reads like an activity
select a.{activities.id} from {activities} a
where a.{activities.subject} ~* 'lorem ipsum|\x7b|  ' or length(a.{activities.subject}) < 5;

-- rule contact_notes: was written between its contact's first day and the reference instant
select n.{contact_notes.id} from {contact_notes} n
join {contacts} c on c.{contacts.id} = n.{contact_notes.contact_id}
where n.{contact_notes.date} < c.{contacts.created_at} or n.{contact_notes.date} > {value as_of};

-- rule contact_notes: was written by the contact's owner
select n.{contact_notes.id} from {contact_notes} n
join {contacts} c on c.{contacts.id} = n.{contact_notes.contact_id}
where n.{contact_notes.created_by} is distinct from c.{contacts.assigned_to};

-- rule contact_notes: reads like a note
select n.{contact_notes.id} from {contact_notes} n
where n.{contact_notes.text} ~* 'lorem ipsum|\x7b|  ' or length(n.{contact_notes.text}) < 10;

-- rule opportunity_notes: was written between its opportunity's first day and the reference instant
select n.{opportunity_notes.id} from {opportunity_notes} n
join {opportunities} o on o.{opportunities.id} = n.{opportunity_notes.opportunity_id}
where n.{opportunity_notes.date} < o.{opportunities.created_at} or n.{opportunity_notes.date} > {value as_of};

-- rule opportunity_notes: was written by the opportunity's owner
select n.{opportunity_notes.id} from {opportunity_notes} n
join {opportunities} o on o.{opportunities.id} = n.{opportunity_notes.opportunity_id}
where n.{opportunity_notes.created_by} is distinct from o.{opportunities.assigned_to};

-- rule opportunity_notes: reads like a note
select n.{opportunity_notes.id} from {opportunity_notes} n
where n.{opportunity_notes.text} ~* 'lorem ipsum|\x7b|  ' or length(n.{opportunity_notes.text}) < 10;

-- rule products: has a principal that is one
select p.{products.id} from {products} p
join {organizations} principal on principal.{organizations.id} = p.{products.principal_id}
where not principal.{organizations.is_principal};

-- rule products: was listed after its principal was entered
select p.{products.id} from {products} p
join {organizations} principal on principal.{organizations.id} = p.{products.principal_id}
where p.{products.created_at} < principal.{organizations.created_at};

-- rule products: has a number of its own in stock
select min(p.{products.id}::text) from {products} p
group by p.{products.sku}
having count(*) > 1;

-- rule products: has a nutrition panel, if it has allergens
select p.{products.id} from {products} p
where exists (select from {each p.products.allergens}) and p.{products.nutrition} is null;

-- rule products: has a full nutrition panel, if it has one
select p.{products.id} from {products} p
where not p.{products.nutrition}::jsonb ?& array[
    'serving_size', 'calories', 'total_fat_g', 'cholesterol_mg', 'sodium_mg', 'total_carbohydrate_g', 'protein_g'
];

-- rule products: costs no more than its advertised price, and that no more than the list price
select p.{products.id} from {products} p
where p.{products.cost_per_unit} < 0
    or p.{products.cost_per_unit} > p.{products.map_price}
    or p.{products.map_price} > p.{products.list_price};

-- rule tasks: has the owner of its opportunity
select t.{tasks.id} from {tasks} t
join {opportunities} o on o.{opportunities.id} = t.{tasks.opportunity_id}
where t.{tasks.assigned_to} is distinct from o.{opportunities.assigned_to};

-- rule tasks: has the owner of its contact
select t.{tasks.id} from {tasks} t
join {contacts} c on c.{contacts.id} = t.{tasks.contact_id}
where t.{tasks.assigned_to} is distinct from c.{contacts.assigned_to};

-- rule tasks: has a contact of its opportunity
select t.{tasks.id} from {tasks} t
join {opportunities} o on o.{opportunities.id} = t.{tasks.opportunity_id}
where t.{tasks.contact_id}::text not in (select contact.id from {each o.opportunities.contact_ids} as contact (id));

-- rule tasks: came after its opportunity
select t.{tasks.id} from {tasks} t
join {opportunities} o on o.{opportunities.id} = t.{tasks.opportunity_id}
where t.{tasks.created_at} < o.{opportunities.created_at};

-- rule tasks: came after its contact
select t.{tasks.id} from {tasks} t
join {contacts} c on c.{contacts.id} = t.{tasks.contact_id}
where t.{tasks.created_at} < c.{contacts.created_at};

-- rule tasks: is due in the future, if it is open
select t.{tasks.id} from {tasks} t
where t.{tasks.completed_at} is null and t.{tasks.due_date} < {value as_of};

-- rule tasks: reads like a to-do
select t.{tasks.id} from {tasks} t
where t.{tasks.title} ~* 'lorem ipsum|\x7b|  ' or length(t.{tasks.title}) < 5;

-- rule tasks: was completed in the past, if it is completed
select t.{tasks.id} from {tasks} t
where t.{tasks.completed_at} > {value as_of} or t.{tasks.completed_at} < t.{tasks.created_at};
