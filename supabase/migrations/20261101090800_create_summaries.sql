-- What a user interface asks for most, counted where the rows are and under the policies of the one who asks.

create view public.organizations_summary
with (security_invoker = true)
as
select
    organization.id,
    organization.name,
    organization.organization_type,
    organization.priority,
    organization.industry,
    organization.city,
    organization.state,
    organization.assigned_to,
    (
        select count(*)
        from public.contact_organizations as link
        join public.contacts as contact on contact.id = link.contact_id
        where link.organization_id = organization.id and link.deleted_at is null and contact.deleted_at is null
    ) as contact_count,
    coalesce(deals.open_count, 0) as open_opportunity_count,
    coalesce(deals.open_amount, 0) as open_amount,
    coalesce(deals.won_amount, 0) as won_amount
from public.organizations as organization
left join (
    select
        customer_organization_id,
        count(*) filter (where status in ('open', 'stalled')) as open_count,
        sum(amount) filter (where status in ('open', 'stalled')) as open_amount,
        sum(amount) filter (where status = 'won') as won_amount
    from public.opportunities
    where deleted_at is null
    group by customer_organization_id
) as deals on deals.customer_organization_id = organization.id
where organization.deleted_at is null;

create function public.pipeline_summary()
returns table (stage text, opportunity_count bigint, amount numeric, weighted_amount numeric)
language sql stable
set search_path = ''
as $$
    select
        opportunity.stage,
        count(*),
        coalesce(sum(opportunity.amount), 0),
        coalesce(round(sum(opportunity.amount * opportunity.probability / 100), 2), 0)
    from public.opportunities as opportunity
    where opportunity.deleted_at is null
    group by opportunity.stage
    order by min(opportunity.probability), opportunity.stage
$$;

comment on function public.pipeline_summary() is
'per stage: opportunities the caller may see, their amount, and the amount weighted by probability';

revoke all on public.organizations_summary from anon, authenticated;
revoke execute on function public.pipeline_summary() from public, anon;
grant select on public.organizations_summary to authenticated, service_role;
grant execute on function public.pipeline_summary() to authenticated, service_role;
