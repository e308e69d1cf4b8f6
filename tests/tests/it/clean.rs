//! `cargo xtask clean`: what was seeded goes, and nothing else.

use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::{Lent, content};

async fn run(client: &Client, sql: &str) {
    client
        .batch_execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn number(client: &Client, what: &str) -> i64 {
    let row = client.query_one(&format!("select ({what})::bigint"), &[]).await;
    row.expect(what).get(0)
}

/// Everything but what the tool keeps for itself, and what moves with each sign-in.
async fn peoples_content(client: &Client) -> std::collections::BTreeMap<String, String> {
    let mut content = content(client).await;
    content.retain(|name, _| {
        let of_users = [
            "auth.",
            "seedbed.test_user_metadata",
            "public.test_user_metadata",
            "public.sales",
        ];
        !of_users.iter().any(|own| name.starts_with(own))
    });
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_had_is_as_it_was_whatever_was_seeded() {
    for (fixture, by_hand) in [
        (
            "reference",
            "insert into organizations (name, is_principal) values ('By Hand Ltd', true);
             insert into contacts (first_name, last_name) values ('Bea', 'Hand');
             insert into contact_organizations (contact_id, organization_id, is_primary)
                 select c.id, o.id, true from contacts c, organizations o;
             insert into products (name, sku, principal_id, category) select 'Jam', 'JAM-1', id, 'jam' from organizations;
             delete from tags where name in ('Chef', 'Buyer')",
        ),
        (
            "atomic_crm",
            "insert into companies (name) values ('By Hand Ltd');
             insert into contacts (first_name, last_name, company_id) select 'Bea', 'Hand', id from companies;
             insert into tags (name, color) values ('Mine', '#123456')",
        ),
        (
            "trigger_crm",
            "insert into organizations (name) values ('By Hand Ltd');
             insert into contacts (first_name, last_name, organization_id) select 'Bea', 'Hand', id from organizations",
        ),
    ] {
        let project = match fixture {
            "reference" => Lent::reference(UNSEEDED),
            name => Lent::fixture(name, UNSEEDED),
        };
        let client = project.database().await;
        run(&client, by_hand).await;
        if fixture != "trigger_crm" {
            // Tags stay, so they are there before.
            project.xtask(&["seed", "--tables", "tags"]).exits(0);
            project.xtask(&["clean", "--all-seeded"]).exits(0);
        }
        let before = peoples_content(&client).await;

        project.xtask(&["seed", "--count", "40", "--tags", "20"]).exits(0);
        project.xtask(&["add", "--contacts", "10", "--organizations", "3"]).exits(0);
        assert_ne!(peoples_content(&client).await, before, "{fixture}");
        let rehearsed = project.xtask(&["clean", "--all-seeded", "--dry-run", "--json"]).exits(0).json();
        let cleaned = project.xtask(&["clean", "--all-seeded", "--json"]).exits(0).json();
        assert_eq!(rehearsed["taken_back"], cleaned["taken_back"], "{fixture}");
        assert_eq!(peoples_content(&client).await, before, "{fixture}");
        project.xtask(&["clean"]).exits(0).says("nothing was seeded");

        // The same seed again gives the same rows.
        let digests = |run: serde_json::Value| -> Vec<serde_json::Value> {
            run["tables"].as_array().unwrap().iter().map(|table| table["digest"].clone()).collect()
        };
        let first = digests(project.xtask(&["seed", "--json"]).exits(0).json());
        let again = digests(project.xtask(&["seed", "--clean", "--json"]).exits(0).json());
        assert_eq!(first, again, "{fixture}");
        project.xtask(&["verify"]).exits(0);
        let other = project.xtask(&["seed", "--clean", "--seed", "7"]).exits(0);
        assert!(other.stderr.contains("taken back before"), "{other:?}");
        project.xtask(&["verify"]).exits(0);
        project.xtask(&["clean"]).exits(0);
        assert_eq!(peoples_content(&client).await, before, "{fixture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_made_of_seeded_rows_is_said_and_left_alone_unless_detached() {
    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    run(
        &client,
        "insert into contact_notes (contact_id, text) select min(id::text)::uuid, 'Mine' from contacts;
         insert into activities (type, subject, opportunity_id) select 'note', 'Mine', min(id::text)::uuid from opportunities;
         insert into organizations (name) values ('By Hand Ltd');
         insert into opportunities (name, stage, customer_organization_id, contact_ids)
             select 'Mine', 'new_lead', o.id, (select jsonb_build_array(max(id::text)) from contacts)
             from organizations o where o.name = 'By Hand Ltd'",
    )
    .await;
    let mine = "select (select count(*) from contact_notes where text = 'Mine')
        + (select count(*) from activities where subject = 'Mine' and opportunity_id is not null)
        + (select count(*) from opportunities o where o.name = 'Mine'
            and exists (select from contacts c where c.id::text = o.contact_ids ->> 0))";
    assert_eq!(number(&client, mine).await, 3);

    let cleaned = project
        .xtask(&["clean"])
        .exits(0)
        .says("1 row that the ledger does not name points from `public.contact_notes` at `public.contacts` by `contact_id`: both stay; `contact_id` cannot be null, so delete one of them")
        .says("1 row that the ledger does not name points from `public.activities` at `public.opportunities` by `opportunity_id`: both stay; `cargo xtask clean --detach` lets it point nowhere")
        .says("1 row that the ledger does not name points from `public.opportunities` at `public.contacts` by `contact_ids`: both stay; `cargo xtask clean --detach` lets it point nowhere");
    assert!(cleaned.stderr.contains(" stay"), "{cleaned:?}");
    assert_eq!(number(&client, mine).await, 3);
    assert_eq!(number(&client, "select count(*) from contacts").await, 2);
    assert_eq!(number(&client, "select count(*) from opportunities").await, 2);
    // What is left of a run is no whole run.
    project
        .xtask(&["seed"])
        .exits(1)
        .says("the database has another seed already");
    project
        .xtask(&["seed", "--clean"])
        .exits(1)
        .says("some of it has to stay, for rows that were not seeded hang on it: ")
        .says("`public.opportunities` points at `public.contacts` by `contact_ids`")
        .says("delete those rows, for not all of them can point nowhere");
    project
        .xtask(&["add"])
        .exits(1)
        .says("are what is left of a run that was taken back");
    project.xtask(&["verify"]).exits(0);

    project
        .xtask(&["clean", "--detach"])
        .exits(0)
        .says("it points nowhere now");
    assert_eq!(
        number(
            &client,
            "select count(*) from activities where opportunity_id is null"
        )
        .await,
        1
    );
    assert_eq!(
        number(
            &client,
            "select count(*) from opportunities where contact_ids = '[]'"
        )
        .await,
        1
    );
    // A note without its contact cannot be.
    assert_eq!(number(&client, "select count(*) from contacts").await, 1);
    run(&client, "delete from contact_notes").await;
    project.xtask(&["clean"]).exits(0);
    assert_eq!(number(&client, "select count(*) from contacts").await, 0);
    assert_eq!(number(&client, "select count(*) from seedbed.runs").await, 0);
    assert_eq!(number(&client, "select count(*) from organizations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_or_one_users_rows_go_alone() {
    let project = Lent::fixture("trigger_crm", UNSEEDED);
    let client = project.database().await;
    let seed = project.xtask(&["seed", "--json"]).exits(0).json();
    let first = seed["run"].as_str().unwrap();
    project.xtask(&["add", "--opportunities", "10"]).exits(0);
    project
        .xtask(&["clean", "--run", &first[..8]])
        .exits(1)
        .says("goes on from it")
        .says("--all-seeded");
    project
        .xtask(&["clean", "--run", "ffffffffff"])
        .exits(1)
        .says("none whose id begins so")
        .says("cargo xtask runs");
    project
        .xtask(&["clean", "--user", "nobody@test.local"])
        .exits(1)
        .says("Auth has none");
    project
        .xtask(&["clean"])
        .exits(0)
        .says("1 other run is still there");

    let of = |email: &str| {
        format!("select count(*) from tasks where sales_id = (select id from sales where email = '{email}')")
    };
    let [director, manager] = [of("director@test.local"), of("manager@test.local")];
    let before = number(&client, &manager).await;
    // Its own, and those that triggers made of its deals.
    assert_eq!(number(&client, &director).await, 100);
    project
        .xtask(&["clean", "--user", "director@test.local"])
        .exits(0);
    assert_eq!(number(&client, &director).await, 0);
    assert_eq!(number(&client, &manager).await, before);
    assert_eq!(
        number(&client, "select count(*) from organization_settings").await,
        70
    );
    project.xtask(&["verify"]).exits(0);
    project.xtask(&["seed", "--user", "director@test.local"]).exits(0);
    project.xtask(&["verify"]).exits(0);
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    assert_eq!(number(&client, "select count(*) from organizations").await, 0);
    assert_eq!(
        number(&client, "select count(*) from organization_settings").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_somebody_deleted_or_changed_are_said() {
    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    run(
        &client,
        "delete from tasks where created_at < '2026-06-01'; delete from contact_notes",
    )
    .await;
    let cleaned = project.xtask(&["clean", "--json"]).exits(0).json();
    let tables = cleaned["taken_back"]["tables"].as_array().unwrap();
    let notes = tables
        .iter()
        .find(|table| table["table"] == "contact_notes")
        .unwrap();
    assert_eq!((&notes["removed"], &notes["gone"]), (&0.into(), &120.into()));
    assert_eq!(number(&client, "select count(*) from contacts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_that_is_killed_leaves_everything() {
    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    let before = peoples_content(&client).await;
    for signal in [libc::SIGINT, libc::SIGKILL] {
        let guard = project.database().await;
        run(&guard, "begin; lock table organizations in share mode").await;
        let mut clean = project.spawn(&["clean", "--verbose"]);
        clean.wait_for("rows of organizations");
        clean.signal(signal);
        clean.finish();
        run(&guard, "rollback").await;
        let sessions = "select count(*) from pg_stat_activity where application_name = 'cargo xtask clean'";
        while number(&client, sessions).await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(peoples_content(&client).await, before);
    }
    project.xtask(&["clean"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_table_that_is_gone_are_forgotten_and_tags_stay() {
    let project = Lent::fixture("odd_crm", UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    run(&client, "alter table crm.tasks rename to gone_tasks").await;
    project
        .xtask(&["clean"])
        .exits(0)
        .says("`crm.tasks` is not there any more, or has another name")
        .says("that the ledger does not name point from `crm.gone_tasks`");
    run(&client, "delete from crm.gone_tasks").await;
    project.xtask(&["clean"]).exits(0);
    assert_eq!(number(&client, "select count(*) from seedbed.runs").await, 0);

    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed", "--industry", "saas"]).exits(0);
    let seed = |industry: &str| {
        project
            .xtask(&["seed", "--clean", "--industry", industry])
            .exits(0)
    };
    for industry in ["real_estate", "healthcare", "food_beverage"] {
        seed(industry).says(" tags stay: they are everybody's");
    }
    seed("manufacturing");
    project.xtask(&["verify"]).exits(0);
    let client = project.database().await;
    assert!(number(&client, "select count(*) from tags").await > 80);

    // The run that goes on for the others holds the tags; the admin's rows begin anew.
    project.xtask(&["clean", "--user", "admin@test.local"]).exits(0);
    project
        .xtask(&[
            "add",
            "--user",
            "admin@test.local",
            "--organizations",
            "4",
            "--contacts",
            "9",
        ])
        .exits(0);
    project.xtask(&["verify"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_stay_stays_whole_and_is_not_taken_for_peoples_own() {
    let project = Lent::fixture("atomic_crm", UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    run(
        &client,
        "alter table \"contactNotes\" alter column contact_id set not null;
         insert into \"contactNotes\" (contact_id, text) select min(id), 'Mine' from contacts",
    )
    .await;
    let contact = "select count(*) from contacts c join companies o on o.id = c.company_id
        join \"contactNotes\" n on n.contact_id = c.id where n.text = 'Mine'";
    for flags in [&["clean", "--json"][..], &["clean", "--detach", "--json"]] {
        let cleaned = project.xtask(flags).exits(0).json();
        let hanging = cleaned["taken_back"]["hanging"].as_array().unwrap();
        let from: Vec<_> = hanging.iter().map(|one| one["table"].as_str().unwrap()).collect();
        assert_eq!(from, ["public.contactNotes"], "{cleaned}");
        // The company that the contact needs stays with it, and the contact keeps pointing at it.
        assert_eq!(number(&client, contact).await, 1);
        assert_eq!(number(&client, "select count(*) from contacts").await, 1);
        assert_eq!(number(&client, "select count(*) from companies").await, 1);
    }
}
