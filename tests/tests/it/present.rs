//! The rows of a real database that seeded rows must point at.

use seed_core::catalog::Table;
use seed_core::spec::PresentRow;
use workspace_tests::shared;
use xtask::database::catalog;
use xtask::seeding::present;

/// `deals` must point at `tenants`, `regions` and `companies`, may point at `teams`, and points at `currencies` by
/// itself; `sales` is where the people are.
const POINTED_AT: &str = "
    drop schema if exists pointed cascade;
    create schema pointed;
    create table pointed.tenants (id integer primary key, slug text not null unique, name text);
    create table pointed.regions (country text, code integer, note text, unique (country, code));
    create table pointed.teams (id integer primary key);
    create table pointed.currencies (code text primary key);
    create table pointed.sales (id integer primary key, user_id uuid references auth.users);
    create table pointed.companies (id integer primary key, tenant_id integer not null references pointed.tenants);
    create table pointed.deals (
        id integer primary key,
        tenant text not null references pointed.tenants (slug),
        country text not null,
        region integer not null,
        company_id integer not null references pointed.companies,
        team_id integer references pointed.teams,
        currency text not null default 'EUR' references pointed.currencies,
        sales_id integer not null references pointed.sales,
        user_id uuid not null references auth.users,
        foreign key (country, region) references pointed.regions (country, code)
    );
    insert into pointed.tenants values (7, 'second', 'Second'), (3, 'first', 'First');
    insert into pointed.teams values (1);
    insert into pointed.currencies values ('EUR');
    insert into pointed.sales values (1);
";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_row_is_read_where_rows_must_point_at_one() {
    let client = shared().database().await;
    client.batch_execute(POINTED_AT).await.expect("make the tables");
    let catalog = catalog::read(&client, &["pointed".to_owned()])
        .await
        .expect("read the catalog");
    let is_filled = |table: &&Table| ["companies", "deals"].contains(&table.name.as_str());
    let filled: Vec<&Table> = catalog.tables.iter().filter(is_filled).collect();
    let row = |table: &str, values: &[(&str, &str)]| PresentRow {
        schema: "pointed".into(),
        table: table.into(),
        values: values
            .iter()
            .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let tenant = row("tenants", &[("id", "3"), ("slug", "first")]);
    let read = async || {
        present::rows(&client, &catalog, &filled)
            .await
            .expect("read the rows")
    };
    assert_eq!(read().await, std::slice::from_ref(&tenant));

    let regions = "insert into pointed.regions values ('FR', 2, 'b'), ('DE', 1, 'a')";
    client.batch_execute(regions).await.expect("insert a region");
    let region = row("regions", &[("country", "DE"), ("code", "1")]);
    assert_eq!(read().await, [region, tenant]);
    client
        .batch_execute("drop schema pointed cascade")
        .await
        .expect("clean up");
}
