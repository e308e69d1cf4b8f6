//! `cargo xtask seed`, `add`, `products` and `runs`: runs beside each other and on top of each other.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::{Lent, content};

const DAY: &str = "2026-11-22";

async fn number(client: &Client, what: &str) -> i64 {
    let row = client.query_one(&format!("select ({what})::bigint"), &[]).await;
    row.expect(what).get(0)
}

/// Rows of a run, by table.
fn rows(run: &Value) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for table in run["tables"].as_array().unwrap() {
        *rows
            .entry(table["table"].as_str().unwrap().to_owned())
            .or_default() += table["rows"].as_u64().unwrap();
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_go_on_top_and_change_none_that_is_there() {
    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed", "--as-of", DAY, "--count", "30"]).exits(0);
    let client = project.database().await;
    let before = content(&client).await;

    let added = project.xtask(&["add", "--json"]).exits(0).json();
    let expected = BTreeMap::from([("organizations".to_owned(), 5), ("products".to_owned(), 25)]);
    assert_eq!(rows(&added), expected);
    assert_eq!(added["as_of"], format!("{DAY}T00:00:00Z"));
    let more = [
        "add",
        "--contacts",
        "40",
        "--opportunities",
        "50",
        "--activities",
        "60",
        "--notes",
        "30",
        "--tasks",
        "9",
    ];
    project.xtask(&more).exits(0);
    project.xtask(&more).exits(0);
    project
        .xtask(&["add", "--tasks", "3", "--user", "manager@test.local"])
        .exits(0);
    project.xtask(&["verify"]).exits(0);

    let after = content(&client).await;
    let lines = |content: &BTreeMap<String, String>, table: &str| {
        let rows = content[table].split(" (").map(str::to_owned);
        rows.collect::<std::collections::BTreeSet<_>>()
    };
    for table in [
        "organizations",
        "contacts",
        "contact_organizations",
        "opportunities",
        "activities",
        "tasks",
    ] {
        let name = format!("public.{table}");
        assert!(lines(&before, &name).len() >= 30, "{table}");
        let lost: Vec<_> = lines(&before, &name)
            .difference(&lines(&after, &name))
            .cloned()
            .collect();
        // The last line of all has no separator behind it.
        assert!(lost.len() <= 1, "{table}: {lost:?}");
    }
    let counts = "select test_data_counts ->> 'tasks' from test_user_metadata where role = 'account_manager'";
    assert_eq!(number(&client, counts).await, 33);
    let runs = project.xtask(&["runs", "--json"]).exits(0).json();
    let words: Vec<&str> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["command"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["seed", "add", "add", "add", "add"]);
    project
        .xtask(&["seed", "--count", "30"])
        .exits(0)
        .says("are there already");
    project
        .xtask(&["add", "--tasks", "0"])
        .exits(1)
        .says("none are asked for")
        .says("hint:");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_for_whom_they_are_asked_for() {
    let project = Lent::reference(UNSEEDED);
    let client = project.database().await;
    let user = "insert into auth.users (id, instance_id, aud, role, email, raw_user_meta_data)
        values (gen_random_uuid(), '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated',
            'someone@test.local', '{\"first_name\": \"Some\", \"last_name\": \"One\"}')";
    client.batch_execute(user).await.unwrap();
    let two = [
        "seed",
        "--user",
        "Someone@test.local",
        "--user",
        "director@test.local",
        "--json",
        "--count",
        "20",
    ];
    let run = project.xtask(&two).exits(0).json();
    let owners: Vec<(&str, u64)> = run["owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|owner| (owner["email"].as_str().unwrap(), owner["slot"].as_u64().unwrap()))
        .collect();
    assert_eq!(owners, [("someone@test.local", 3), ("director@test.local", 1)]);
    assert_eq!(
        number(&client, "select count(distinct assigned_to) from contacts").await,
        2
    );

    // Owners who have no rows yet can have some by another seed.
    project
        .xtask(&[
            "seed",
            "--user",
            "admin@test.local",
            "--seed",
            "7",
            "--industry",
            "real_estate",
        ])
        .exits(0);
    project.xtask(&["verify"]).exits(0);
    project
        .xtask(&["seed", "--user", "someone@test.local", "--seed", "9"])
        .exits(1)
        .says("the database has another seed already")
        .says("seed --clean")
        .says("cargo xtask add");
    project
        .xtask(&["seed", "--user", "nobody@test.local"])
        .exits(1)
        .says("find the user `nobody@test.local`: Auth has none with this e-mail")
        .says("hint:");

    let id: String = client
        .query_one(
            "select id::text from auth.users where email = 'manager@test.local'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    let run = project
        .xtask_with("TEST_USER_ID", &id, &["seed", "--json"])
        .exits(0)
        .json();
    assert_eq!(run["owners"][0]["email"], "manager@test.local");
    project.xtask(&["verify"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_tables_that_are_named_are_filled() {
    let project = Lent::reference(UNSEEDED);
    let client = project.database().await;
    let before = content(&client).await;
    project
        .xtask(&["seed", "--tables", "contcts"])
        .exits(1)
        .says("no record lives in a table `contcts`")
        .says("did you mean `contacts`?");
    project
        .xtask(&["seed", "--tables", "contacts"])
        .exits(1)
        .says("no organizations that they could belong to")
        .says("hint:");
    project
        .xtask(&["seed", "--tables", "organizations,contacts", "--dry-run"])
        .exits(0);
    assert_eq!(content(&client).await, before);

    let run = project
        .xtask(&[
            "seed",
            "--tables",
            "organizations,contacts,contact_notes",
            "--json",
        ])
        .exits(0)
        .json();
    let tables: Vec<String> = rows(&run).into_keys().collect();
    assert_eq!(
        tables,
        [
            "contact_notes",
            "contact_organizations",
            "contacts",
            "organizations"
        ]
    );
    project
        .xtask(&["add", "--opportunities", "20", "--notes", "10"])
        .exits(0);
    project.xtask(&["verify"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_for_each_table_goes_before_the_count_of_all() {
    let project = Lent::reference(UNSEEDED);
    let flags = [
        "seed",
        "--count",
        "8",
        "--contacts",
        "20",
        "--notes",
        "10",
        "--products",
        "0",
        "--user",
        "admin@test.local",
        "--json",
    ];
    let run = project.xtask(&flags).exits(0).json();
    let rows = rows(&run);
    let of = |table: &str| rows.get(table).copied().unwrap_or(0);
    assert_eq!(
        [
            "organizations",
            "contacts",
            "opportunities",
            "contact_notes",
            "opportunity_notes",
            "products",
            "tasks"
        ]
        .map(of),
        [8, 20, 8, 4, 6, 0, 8]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_goes_to_the_principals_that_are_there_or_makes_one() {
    let project = Lent::reference(UNSEEDED);
    let client = project.database().await;
    let made = project.xtask(&["products", "--json"]).exits(0).json();
    assert_eq!(
        rows(&made),
        BTreeMap::from([("organizations".to_owned(), 1), ("products".to_owned(), 40)])
    );
    assert_eq!(
        number(
            &client,
            "select count(*) from products where nutrition ? 'calories' and nutrition ? 'sodium_mg' and nutrition ? 'iron_mg'"
        )
        .await,
        number(&client, "select count(*) from products where nutrition is not null").await
    );
    assert!(
        number(
            &client,
            "select count(*) from products where nutrition is not null"
        )
        .await
            > 20
    );
    project
        .xtask(&["products"])
        .exits(0)
        .says("are there already")
        .says("cargo xtask add");
    project.xtask(&["clean"]).exits(0);

    // The shop comes first wherever one is looked for, and a trigger refuses products of it.
    let by_hand = "insert into organizations (id, name, is_principal) values
        ('00000000-0000-4000-8000-000000000001', 'Shop', false),
        ('ffffffff-0000-4000-8000-000000000001', 'Mill A', true), ('ffffffff-0000-4000-8000-000000000002', 'Mill B', true)";
    client.batch_execute(by_hand).await.unwrap();
    let found = project
        .xtask(&["products", "--count", "30", "--json"])
        .exits(0)
        .json();
    assert_eq!(rows(&found), BTreeMap::from([("products".to_owned(), 30)]));
    let spread = "select count(distinct o.name) from products p join organizations o on o.id = p.principal_id
        where o.name in ('Mill A', 'Mill B')";
    assert_eq!(number(&client, spread).await, 2);
    project.xtask(&["verify"]).exits(0);
    project.xtask(&["add", "--products", "15"]).exits(0);
    assert_eq!(
        number(&client, "select count(distinct sku) from products").await,
        45
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_seeds_waits_or_is_told_who_is_first() {
    let project = Lent::reference(UNSEEDED);
    let guard = project.database().await;
    guard
        .batch_execute("begin; lock table tasks in share row exclusive mode")
        .await
        .unwrap();
    let mut first = project.spawn(&["seed", "--verbose"]);
    first.wait_for("rows of tasks");
    project
        .xtask(&["seed", "--verbose"])
        .exits(1)
        .says("waiting: `cargo xtask seed`")
        .says("take the lock for seeding: `cargo xtask seed` (server pid ")
        .says("hint: wait for it");
    let mut second = project.spawn(&["seed", "--verbose"]);
    second.wait_for("waiting: `cargo xtask seed`");
    guard.batch_execute("rollback").await.unwrap();
    first.finish().exits(0);
    second.finish().exits(0).says("are there already");
    project.xtask(&["verify"]).exits(0);
}
