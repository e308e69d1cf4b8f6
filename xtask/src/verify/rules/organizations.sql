-- Every record, companies and people. Each rule selects the keys of the rows that break it; names in braces are those of the domain
-- (see template.rs). A rule about `*` is meant for each record.

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
