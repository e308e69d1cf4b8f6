//! `cargo xtask verify --against`: two databases that hold the same are in parity, and what differs is named.

use workspace_tests::Lent;
use workspace_tests::lent::{MIGRATED, RESET};
use xtask::database::checksum;

/// What both sides have beside what was seeded: the same columns in another order, rows that people made, a table without
/// a key, one with a secret.
const ALIKE: &str = "
    insert into tasks (title) values ('by hand');
    create table lines (line text);
    insert into lines values ('a'), ('a'), ('b');
    insert into lines select 'c' || number from generate_series(1, 2500) number;
    create table clients (id serial primary key, api_key text, seen text);
    insert into clients (api_key, seen) values ('sk_hunter2', 'today');";

/// What differs on the other side, each with what is said of it.
const DAMAGE: &[(&str, &str)] = &[
    (
        "update organizations set notes = '' where id = (select id from organizations where notes is null order by id limit 1)",
        ": column notes: null here, '' there",
    ),
    (
        "update contacts set assigned_to = (select id from sales where email = 'manager@test.local')
         where id = (select id from contacts order by id limit 1)",
        "column assigned_to: 'admin@test.local' here, 'manager@test.local' there",
    ),
    (
        "update sales set first_name = 'Dina' where email = 'director@test.local'",
        "user_id director@test.local: column first_name: 'Dana' here, 'Dina' there",
    ),
    (
        "insert into products (name, sku, principal_id, category)
         select 'more', 'one-more', principal_id, 'more' from products limit 1",
        "products: 100 rows here, 101 there",
    ),
    (
        "delete from contact_notes where id = (select id from contact_notes order by id limit 1)",
        ": only here",
    ),
    (
        "update lines set line = 'b' where ctid = (select min(ctid) from lines)",
        "line a: only here\n  line b: only there",
    ),
    (
        "insert into lines select 'd' || number from generate_series(1, 9) number",
        "line d2: only there\n  line d3: only there\n  and more: `--verbose` shows up to 50",
    ),
    (
        "update clients set api_key = 'sk_hunter3'",
        "id 1: column api_key: '****' here, '****' there",
    ),
    (
        "alter table tags add column weight integer",
        "column weight of tags: only there",
    ),
    (
        "alter table products alter column brand type varchar(200)",
        "column brand of products: text here, character varying(200) there",
    ),
    (
        "create table only_there as select 1 as x",
        "only_there: no such table here, 1 row there",
    ),
    (
        "insert into supabase_migrations.schema_migrations (version) values ('20990101000000')",
        "migration 20990101000000: only there",
    ),
    (
        "update auth.users set encrypted_password = null where email = 'director@test.local'",
        "test user director@test.local: cannot sign in there: Invalid login credentials (invalid_credentials)",
    ),
    (
        "select setval('clients_id_seq', 1, false)",
        "clients: the sequence of id gives 1 next there, and 1 is in use",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn two_resets_are_in_parity_and_what_differs_is_named() {
    let (here, there) = (Lent::reference(RESET), Lent::reference(RESET));
    here.has_cloud(&there, "acme");
    let (client, other) = (here.database().await, there.database().await);
    let order = [
        "add column a text, add column b text",
        "add column b text, add column a text",
    ];
    for (client, columns) in [&client, &other].into_iter().zip(order) {
        client
            .batch_execute(&format!("alter table activities {columns}; {ALIKE}"))
            .await
            .unwrap();
    }
    let against = ["verify", "--against", "cloud"];
    let run = here.xtask(&against).exits(0).says("in parity: 14 tables");
    assert!(
        run.stdout
            .contains("not compared, because a trigger sets it by the clock: updated_at of"),
        "{}",
        run.stdout
    );
    let report = here
        .xtask(&["verify", "--against", "cloud", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&report["parity"], &report["users"][2]["there"]["signs_in"]),
        (&true.into(), &true.into()),
        "{report}"
    );
    let table = |report: &serde_json::Value, name: &str| -> serde_json::Value {
        let mut tables = report["tables"].as_array().unwrap().iter();
        tables.find(|table| table["table"] == name).unwrap().clone()
    };
    let contacts = table(&report, "contacts");
    assert_eq!(contacts["here"], contacts["there"], "{contacts}");
    assert_eq!(
        contacts["left_out"][0]["column"], "updated_at",
        "what the seed gives is compared: {contacts}"
    );

    // A value that the clock or `seedbed.toml` makes volatile is no difference.
    here.write(
        "seedbed.toml",
        "[tables.clients.columns]\nseen = { volatile = true }\n",
    );
    let volatile = "set session_replication_role = replica; update organizations set updated_at = now();
        update clients set seen = 'tomorrow'; update sales set created_at = now();
        update test_user_metadata set last_sync_at = now(), test_data_counts = '{}'";
    other.batch_execute(volatile).await.unwrap();
    let run = here.xtask(&against).exits(0);
    assert!(
        run.stdout
            .contains("because `seedbed.toml` says so: seen of clients"),
        "{}",
        run.stdout
    );

    for (statement, _) in DAMAGE {
        other
            .batch_execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    let run = here
        .xtask(&against)
        .exits(1)
        .says("not in parity: 8 of 15 tables differ");
    let missed: Vec<&str> = DAMAGE
        .iter()
        .map(|(_, said)| *said)
        .filter(|said| !run.stdout.contains(said))
        .collect();
    assert!(missed.is_empty(), "not said: {missed:#?}\n{}", run.stdout);
    let json = here.xtask(&["verify", "--against", "cloud", "--json"]).exits(1);
    for text in [&run.stdout, &run.stderr, &json.stdout] {
        assert!(!text.contains("hunter"), "{text}");
    }
    let report = json.json();
    let notes = table(&report, "contact_notes");
    let gone = &notes["differences"][0];
    assert!(
        gone["what"] == "only_here" && gone["key"]["id"].as_str().unwrap().starts_with("5eed"),
        "{notes}"
    );
    assert_eq!(table(&report, "opportunities")["equal"], true);
    // The other way round it is the same; production is read, and nobody signs in to it.
    other
        .batch_execute("update seedbed.environment set kind = 'production'")
        .await
        .unwrap();
    let run = here
        .xtask(&["verify", "--target", "cloud", "--against", "embedded", "--json"])
        .exits(1);
    let report = run.json();
    assert_eq!(
        table(&report, "contact_notes")["differences"][0]["what"],
        "only_there"
    );
    assert_eq!(
        report["users"][0]["here"]["signs_in"],
        serde_json::Value::Null,
        "{report}"
    );
    assert_eq!(report["users"][0]["there"]["signs_in"], true, "{report}");

    here.xtask(&["verify", "--against", "embedded"])
        .exits(1)
        .says("they are one database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_is_another_when_any_value_is() {
    let project = Lent::reference(MIGRATED);
    let client = project.database().await;
    checksum::print_alike(&client).await.unwrap();
    let columns = ["t.a".to_owned(), "t.b".to_owned()];
    let sum = async |rows: &str| {
        let query = format!("select * from (values {rows}) v (a, b)");
        checksum::of_query(&client, "rows", &query, &columns)
            .await
            .unwrap()
    };
    let whole = sum("('x', 1.5::numeric), ('', null), ('', null), ('y', 2)").await;
    assert_eq!(
        whole,
        sum("('y', 2), ('', null), ('x', 1.5::numeric), ('', null)").await,
        "order counts"
    );
    for other in [
        "('z', 1.5::numeric), ('', null), ('', null), ('y', 2)",
        "('x', 1.50::numeric), ('', null), ('', null), ('y', 2)",
        "('x', 2::numeric), ('', null), ('', null), ('y', 1.5)",
        "('x', 1.5::numeric), (null, null), ('', null), ('y', 2)",
        "('x', 1.5::numeric), ('', null), ('y', 2)",
        "('x', 1.5::numeric), ('', null), ('', null), ('y', 2), ('y', 2)",
        "('x', 1.5::numeric), ('x', 1.5), ('', null), ('y', 2)",
        "('x,1.5', null::numeric), ('', null), ('', null), ('y', 2)",
    ] {
        assert_ne!(whole, sum(other).await, "{other}");
    }
}
