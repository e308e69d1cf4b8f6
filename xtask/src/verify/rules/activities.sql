-- What happened and what is due: activities, notes, to-dos. Each rule selects the keys of the rows that break it; names in braces are those of the domain
-- (see template.rs). A rule about `*` is meant for each record.

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
