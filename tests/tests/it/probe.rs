//! Sample rows that are shown to a real database before any is written.

use seed_core::catalog::{Catalog, Column};
use seed_core::industry::IndustryPack;
use seed_core::plan::{Owner, Plan, SeedSpec, Volume};
use stack::hint::hints;
use tokio_postgres::Client;
use workspace_tests::shared;
use xtask::database::catalog;
use xtask::seeding::probe::{self, example};

/// Constraints that no one reads off a catalog; those whose names begin with `holds` are kept by every row.
const PROBED: &str = r#"
    drop schema if exists probed cascade;
    create schema probed;
    create domain probed.even as integer check (value % 2 = 0);
    create domain probed.given as text not null default 'given';
    create table probed.companies (
        id uuid primary key,
        name text not null constraint three_letters check (name ~ '^[A-Z]{3}$'),
        founded_year probed.even,
        website text not null,
        email text not null,
        country text not null default 'US',
        standing text not null default 'open',
        origin probed.given,
        slug text generated always as (lower(name)) stored,
        number serial,
        constraint alike check (left(website, 2) = left(email, 2)),
        constraint divided check (1 / (length(name) - length(name)) > 0),
        constraint holds_by_default check (standing is not null and standing = 'open' and name is not null),
        constraint holds_once_written check (slug is not null and number is not null)
    );
"#;

async fn probed() -> (Client, Catalog, Plan) {
    let client = shared().database().await;
    client.batch_execute(PROBED).await.expect("make the tables");
    let catalog = catalog::read(&client, &["probed".to_owned()])
        .await
        .expect("read the catalog");
    let owner = Owner {
        slot: 0,
        user_id: None,
        profile_id: None,
        volume: Volume {
            organizations: 1000,
            ..Volume::default()
        },
        earlier: vec![],
    };
    let pack = IndustryPack::bundled("saas").unwrap();
    let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse().unwrap(), pack, vec![owner]);
    let plan = Plan::new(&catalog, &spec).expect("the binder sees nothing wrong");
    (client, catalog, plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_would_refuse_is_named_before_it_is_written() {
    let (mut client, catalog, plan) = probed().await;
    let transaction = client.transaction().await.unwrap();
    let error = probe::ask(&transaction, &catalog, &plan).await.unwrap_err();
    let said = error.to_string();
    for part in [
        "\n  column `name` of `probed.companies` (`three_letters`): `(name ~ '^[A-Z]{3}$'::text)` does not hold for `",
        "\n  column `founded_year` of `probed.companies` (`even_check`): `((VALUE % 2) = 0)` does not hold for `",
        "\n  columns `website`, `email` of `probed.companies` (`alike`): `(\"left\"(website, 2) = \"left\"(email, 2))` does not hold for website `http",
        "\n  column `name` of `probed.companies` (`divided`): `((1 / (length(name) - length(name))) > 0)` fails: division by zero",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(said.lines().count(), 5, "{said}");
    let hint = hints(&error)[0];
    for line in [
        "[tables.\"probed.companies\".columns]",
        "founded_year = { skip = true }",
        "name = { value = \"...\" }",
    ] {
        assert!(hint.lines().any(|said| said == line), "{line} is not in {hint}");
    }

    let mut asked_more = catalog.clone();
    asked_more.tables[0].columns.push(Column {
        name: "tenant".into(),
        not_null: true,
        ..Column::default()
    });
    let error = probe::ask(&transaction, &asked_more, &plan).await.unwrap_err();
    let missing = "column `tenant` of `probed.companies` (`not null`): not every row has a value";
    assert!(error.to_string().contains(missing), "{error}");

    let trigger = "create function probed.change() returns trigger language plpgsql as 'begin return new; end';
        create trigger change before insert on probed.companies for each row execute function probed.change()";
    transaction.batch_execute(trigger).await.unwrap();
    let error = probe::ask(&transaction, &catalog, &plan).await.unwrap_err();
    // Whatever the trigger makes of the rows, it must be able to read them.
    assert!(error.to_string().contains("even_check"), "{error}");
    assert_eq!(error.to_string().lines().count(), 2, "{error}");

    // The transaction can go on.
    let rows = transaction
        .query_one("select count(*) from probed.companies", &[])
        .await
        .unwrap();
    assert_eq!(rows.get::<_, i64>(0), 0);
    transaction.rollback().await.unwrap();
    client.batch_execute("drop schema probed cascade").await.unwrap();
}

/// Columns for which somebody has to think of a value.
const POINTING: &str = "
    create schema pointing;
    create table pointing.workspaces (id uuid primary key);
    insert into pointing.workspaces values
        ('22222222-2222-4222-8222-222222222222'), ('11111111-1111-4111-8111-111111111111');
    create table pointing.teams (id bigint primary key);
    create table pointing.companies (
        tenant uuid not null,
        workspace_id uuid not null references pointing.workspaces (id),
        team_id bigint not null references pointing.teams (id)
    );
";

#[tokio::test(flavor = "multi_thread")]
async fn an_example_is_a_key_that_can_be_pointed_at() {
    let mut client = shared().database().await;
    let client = client.transaction().await.unwrap();
    client.batch_execute(POINTING).await.expect("make the tables");
    let catalog = catalog::read(&client, &["pointing".to_owned()])
        .await
        .expect("read the catalog");
    let mut tables = catalog.tables.iter();
    let table = tables
        .find(|table| table.name == "companies")
        .expect("it is there");
    let mut examples = Vec::new();
    for column in &table.columns {
        examples.push(
            example::of(&client, table, column)
                .await
                .expect("ask the database"),
        );
    }
    let expected = [
        Some("00000000-0000-0000-0000-000000000000"),
        Some("11111111-1111-4111-8111-111111111111"),
        None,
    ];
    assert_eq!(examples, expected.map(|example| example.map(str::to_owned)));
}
