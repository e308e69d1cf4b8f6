//! Projects whose tables are not ours: each is filled as it is, and verified.

use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, workspace_root};

use crate::fixtures;

fn fixture(name: &str) -> Project {
    Project::copy_of(
        &workspace_root()
            .join("tests/fixtures")
            .join(name)
            .join("supabase"),
    )
}

/// Asserts that each condition holds in the project's database.
async fn holds(client: &Client, conditions: &[&str]) {
    for condition in conditions {
        let row = client.query_one(&format!("select {condition}"), &[]).await;
        assert!(row.expect(condition).get::<_, bool>(0), "not so: {condition}");
    }
}

/// Asserts that a rule was looked at and holds, as `verify --json` says.
#[track_caller]
fn check_passed(verified: &serde_json::Value, rule: &str) {
    let checks = verified["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["rule"] == rule).expect(rule);
    assert_eq!(check["outcome"], "passed", "{check}");
}

#[tokio::test]
async fn atomic_crm_is_filled_as_it_is() {
    let project = Lent::fixture("atomic_crm", RESET);
    let verified = project.xtask(&["verify", "--json"]).exits(0).json();
    // The company that each contact names takes the place of a table of memberships.
    for rule in ["works at one to three organizations", "carries tags that exist"] {
        check_passed(&verified, rule);
    }
    let client = project.database().await;
    holds(
        &client,
        &[
            "(select count(*) from companies) = 100 and (select count(*) from contacts) = 200",
            "(select count(*) from deals) = 140 and (select count(*) from tasks) = 200",
            "(select count(*) from \"contactNotes\") + (select count(*) from \"dealNotes\") = 300",
            "not exists (select from contacts where company_id is null or sales_id is null or tags is null)",
            "(select count(distinct sales_id) from deals) = 3",
            "not exists (select from contacts, unnest(tags) as tag where tag not in (select id from tags))",
            "not exists (select from contacts where email_jsonb -> 0 ->> 'email' is null
               or phone_jsonb -> 0 ->> 'number' is null)",
            "not exists (select from deals where cardinality(contact_ids) not between 1 and 3)",
            "not exists (select from deals d, unnest(d.contact_ids) as one
               join contacts c on c.id = one where c.company_id <> d.company_id)",
            "exists (select from tasks where done_date is not null) and exists (select from tasks where done_date is null)",
            "not exists (select from contacts where last_seen < first_seen)",
            "(select bool_and(attachments is null or attachments = '{}') from \"dealNotes\")",
            "(select bool_and(archived_at is null) from deals)",
        ],
    )
    .await;
    client
        .batch_execute("insert into deals (name, stage) values ('By hand', 'new_lead')")
        .await
        .expect("the sequence is past the seeded keys");
    // Keys go on from those of the run by now, and its tags are there.
    fixtures::are_there(&project, &["tags", "companies", "deals", "tasks"]).await;
}

#[tokio::test]
async fn tenants_are_pointed_at_and_constraints_are_kept() {
    let project = Lent::fixture("tenant_crm", RESET);
    let verified = project.xtask(&["verify", "--json"]).exits(0).json();
    // Parts of one in place of percent.
    check_passed(&verified, "has the probability of its stage");
    let client = project.database().await;
    holds(
        &client,
        &[
            "(select count(*) from companies) = 100 and (select count(*) from activities) = 400",
            // The first by its key, in all tables.
            "(select array_agg(distinct tenant_id) from companies) = (select array[id] from tenants order by id limit 1)",
            "(select array_agg(distinct tenant_id) from activities) = (select array[id] from tenants order by id limit 1)",
            // Labels of its own.
            "(select count(distinct stage) from deals) = 7",
            "not exists (select from deals where (stage = 'Won') <> (status = 'Closed Won'))",
            "not exists (select from deals where (stage = 'Lost') <> (status = 'Closed Lost'))",
            "(select array_agg(distinct priority order by priority) from deals) = '{P1,P2,P3,P4}'",
            "(select count(distinct type) from activities) = 6",
            "not exists (select from activities where (status = 'Done') <> (completed_at is not null))",
            // Columns that no one knows.
            "(select count(distinct reference) from companies) = 100",
            "(select count(distinct size_class) from companies) = 4",
            "(select min(discount) >= 0 and max(discount) < 1 from deals)",
            "not exists (select from companies where customer_since > now())",
            "(select count(distinct email) from contacts) = 200",
            "not exists (select from contacts where email::text not like '%@%')",
            "not exists (select from companies where owner_id is null)",
        ],
    )
    .await;
    let plan = project
        .xtask(&["seed", "--dry-run", "--seed", "42"])
        .exits(0)
        .stdout;
    for line in [
        "  from the row in `tenants`: tenant_id",
        "  made up, as type and checks allow: salutation, rating, locale, newsletter",
        "  profiles: its rows are the users' own",
    ] {
        assert!(plan.lines().any(|said| said == line), "`{line}` is not in {plan}");
    }
}

#[tokio::test]
async fn rows_that_triggers_make_are_met() {
    let project = Lent::fixture("trigger_crm", RESET);
    project.xtask(&["verify"]).exits(0);
    let client = project.database().await;
    holds(
        &client,
        &[
            "(select count(*) from organization_settings) = (select count(*) from organizations)",
            "(select count(*) from tasks where title = 'Say hello') = (select count(*) from deals)",
            "(select count(*) from tasks where title <> 'Say hello') = 200",
            "(select bool_and(cardinality(emails) > 0 and emails[1] like '%@%') from contacts)",
            "not exists (select from contacts c where organization_id is null or not exists (
               select from contact_organizations l where (l.contact_id, l.organization_id) = (c.id, c.organization_id)))",
            "(select min(amount) >= 0 from deals)",
        ],
    )
    .await;
    let before = "(select count(*) from organizations) + (select count(*) from tasks)
        + (select count(*) from organization_settings) + (select count(*) from contact_organizations) = 0";
    project.xtask(&["clean", "--all-seeded"]).exits(0);
    holds(&client, &[before]).await;
}

/// What nobody can guess of `account_crm`.
const ACCOUNTS: &str = r#"
    [tables.crm_accounts]
    record = "organizations"
    rows = 12

    [tables.crm_accounts.columns]
    caption = { field = "name" }
    account_code = { value = "ACC-0042" }
    region = { values = ["north", "south"] }

    [tables.crm_people]
    record = "contacts"

    [tables.crm_people.columns]
    mail = { field = "email" }

    [tables.tasks]
    skip = true
"#;

#[tokio::test]
async fn seedbed_toml_says_what_nobody_can_guess() {
    let project = fixture("account_crm");
    project.write("seedbed.toml", ACCOUNTS);
    project.xtask(&["reset"]).exits(0);
    project.xtask(&["verify"]).exits(0);
    let client = project.database().await;
    holds(
        &client,
        &[
            "(select count(*) from crm_accounts) = 36",
            "(select array_agg(distinct account_code) from crm_accounts) = '{ACC-0042}'",
            "(select array_agg(distinct region order by region) from crm_accounts) = '{north,south}'",
            "(select count(*) from crm_people where mail like '%@%') = 200",
            "not exists (select from tasks)",
        ],
    )
    .await;
    drop(client);

    let rehearsal = ["seed", "--clean", "--dry-run", "--json"];
    let plan = project
        .xtask_with("SEED_ORGANIZATION_COUNT", "5", &rehearsal)
        .exits(0)
        .json();
    let accounts = &plan["tables"][0];
    assert_eq!(
        (&accounts["table"], &accounts["rows"]),
        (&"crm_accounts".into(), &15.into()),
        "{plan}"
    );
    let region = &accounts["columns"].as_array().unwrap()[3];
    assert_eq!(
        (&region["column"], &region["source"]),
        (&"region".into(), &"seedbed.toml".into()),
        "{plan}"
    );
    project.change("seedbed.toml", "\"south\"", "\"east\"");
    project
        .xtask(&["seed"])
        .exits(1)
        .says("with another `seedbed.toml`");
    let again = project.xtask(&["reset", "--json"]).exits(0).json();
    assert_eq!(again["from_template"], false, "{again}");
    let client = project.database().await;
    holds(
        &client,
        &["exists (select from crm_accounts where region = 'east')"],
    )
    .await;

    project.change("seedbed.toml", "caption", "captoin");
    project
        .xtask(&["verify"])
        .exits(1)
        .says("read `seedbed.toml:7:5`: table `crm_accounts` has no column `captoin`")
        .says("did you mean `caption`?");
}

#[tokio::test]
async fn the_lines_that_an_error_proposes_make_it_pass() {
    let project = fixture("tenant_crm");
    project.write(
        "supabase/migrations/20250304000000_add_codes.sql",
        "alter table public.deals add column code text not null constraint coded check (code ~ '^[A-Z]{2}-\\d{3}$');
         alter table public.companies add constraint plain check (website !~ '^https');",
    );
    project.xtask(&["reset"]).exits(1).says("only rows are missing");
    let client = project.database().await;
    for said in [
        // What the catalog tells.
        "column `code` of `public.deals` (`coded`): ",
        // What the database tells about the rows.
        "column `website` of `public.companies` (`plain`): `((website)::text !~ '^https'::text)` does not hold for `https",
    ] {
        let refused = project.xtask(&["seed", "--json"]).exits(1).says(said).json();
        holds(
            &client,
            &["(select count(*) from companies) + (select count(*) from tags) = 0"],
        )
        .await;
        let hint = refused["error"]["hints"][0].as_str().expect("a hint");
        let lines = hint.strip_prefix("put into `seedbed.toml`:\n").expect(hint);
        let before = std::fs::read_to_string(project.folder().join("seedbed.toml")).unwrap_or_default();
        project.write("seedbed.toml", &format!("{before}{lines}\n"));
    }
    project.xtask(&["seed"]).exits(0);
    project.xtask(&["verify"]).exits(0);
    holds(
        &client,
        &[
            "(select array_agg(distinct code) from deals) = '{AA-000}'",
            "(select count(*) = 100 and bool_and(website is null) from companies)",
        ],
    )
    .await;
}
