//! What columns point at in other people's schemas: tenants that are there, users and their own rows.

use seed_core::catalog::{Catalog, ColumnType, ForeignKey, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::Plan;
use seed_core::spec::PresentRow;

use crate::checks::{add, plan, point, two_owners};
use crate::support::{reference, rows, table_mut};

/// Tenants, and a tenant in every key of companies and people.
fn with_tenants(catalog: &mut Catalog) {
    for table in ["organizations", "contact_organizations"] {
        add(catalog, table, "tenant_id", ColumnType::Uuid);
    }
    point(catalog, "organizations", &["tenant_id"], "tenants", &["id"]);
    table_mut(catalog, "organizations").primary_key = vec!["tenant_id".into(), "id".into()];
    let links = table_mut(catalog, "contact_organizations");
    links
        .foreign_keys
        .retain(|key| key.referenced_table != "organizations");
    point(
        catalog,
        "contact_organizations",
        &["tenant_id", "organization_id"],
        "organizations",
        &["tenant_id", "id"],
    );
}

#[test]
fn composite_references_share_the_tenant_that_is_there() {
    let mut catalog = reference();
    with_tenants(&mut catalog);
    let tenant = "11111111-1111-4111-8111-111111111111";
    let mut spec = two_owners();
    let error = Plan::new(&catalog, &spec).unwrap_err();
    assert!(
        error
            .hint()
            .contains("put a row into `tenants` by `supabase/seed.sql`"),
        "{}",
        error.hint()
    );
    assert!(
        error
            .hint()
            .contains("`[tables.organizations.columns]` `tenant_id = "),
        "{}",
        error.hint()
    );
    spec.present.rows.push(PresentRow {
        schema: "public".into(),
        table: "tenants".into(),
        values: [("id".to_owned(), tenant.to_owned())].into(),
    });
    let plan = Plan::new(&catalog, &spec).unwrap();
    let organizations = crate::support::by_id(&plan, Record::Organization);
    assert!(
        organizations
            .values()
            .all(|organization| organization.get("tenant_id") == tenant)
    );
    for link in rows(&plan, Record::ContactOrganization) {
        assert_eq!(link.get("tenant_id"), tenant);
        assert!(organizations.contains_key(link.get("organization_id")));
    }
    let binding = plan.binding(Record::ContactOrganization).unwrap();
    assert_eq!(binding.column(Field::Organization), Some("organization_id"));
}

#[test]
fn a_required_reference_to_a_user_is_the_owner_whatever_it_is_called() {
    let plan = plan(|catalog| {
        add(catalog, "tasks", "responsible", ColumnType::BigInt);
        point(catalog, "tasks", &["responsible"], "sales", &["id"]);
    });
    let tasks = rows(&plan, Record::Task);
    assert!(
        tasks
            .iter()
            .all(|task| task.get("responsible") == task.get("assigned_to"))
    );
}

#[test]
fn owners_are_found_where_the_users_own_rows_are_keyed_by_them() {
    let mut catalog = reference();
    let people = table_mut(&mut catalog, "sales").clone();
    let profiles = Table {
        name: "profiles".into(),
        primary_key: vec!["id".into()],
        foreign_keys: vec![ForeignKey {
            columns: vec!["id".into()],
            ..people.foreign_keys[0].clone()
        }],
        ..people
    };
    catalog.tables.push(profiles);
    add(&mut catalog, "tasks", "responsible", ColumnType::Uuid);
    point(&mut catalog, "tasks", &["responsible"], "profiles", &["id"]);
    let mut spec = two_owners();
    let user = "22222222-2222-4222-8222-222222222222";
    spec.owners
        .iter_mut()
        .for_each(|owner| owner.user_id = Some(user.parse().unwrap()));
    let tasks = rows(&Plan::new(&catalog, &spec).unwrap(), Record::Task);
    assert!(tasks.iter().all(|task| task.get("responsible") == user));
}
