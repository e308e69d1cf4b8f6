//! `cargo xtask verify`: what is broken is found, and named.

use serde_json::Value;
use workspace_tests::Project;

/// Each breaks one rule on the seeded rows: a statement, the table and the rule that must fail.
const DAMAGE: &[(&str, &str, &str)] = &[
    (
        "update opportunities set status = 'open' where stage = 'closed_won'",
        "opportunities",
        "has the status of its stage",
    ),
    (
        "update opportunities set probability = 11 where stage = 'new_lead'",
        "opportunities",
        "has the probability of its stage",
    ),
    (
        "update opportunities set contact_ids = '[\"00000000-0000-0000-0000-000000000000\"]'
         where id = (select max(id::text)::uuid from opportunities)",
        "opportunities",
        "has contacts that exist",
    ),
    (
        "update opportunities set actual_close_date = null where stage = 'closed_lost'",
        "opportunities",
        "was closed in the past, if it is closed",
    ),
    (
        "update opportunities set name = 'A deal'",
        "opportunities",
        "is named for its customer",
    ),
    (
        "update activities set participants = '[{\"contact_id\": \"x\"}]' where type = 'email'",
        "activities",
        "has participants only in meetings and calls, four at most",
    ),
    (
        "update activities set participants = '[{\"contact_id\": \"x\"}]' where type = 'call'",
        "activities",
        "has participants who exist",
    ),
    (
        "update activities set due_date = '2020-01-01' where status = 'pending'",
        "activities",
        "is due in the future, if it is open",
    ),
    (
        "update contacts set email = '[{\"email\": \"a@gmail.com\"}]'",
        "contacts",
        "has e-mail addresses where nobody lives",
    ),
    (
        "update contacts set phone = '[{\"number\": \"(212) 867-5309\"}]'",
        "contacts",
        "has telephone numbers that nobody has",
    ),
    (
        "update contact_organizations set is_primary = false",
        "contacts",
        "has exactly one primary organization",
    ),
    (
        "update organizations set created_at = '2100-01-01'",
        "organizations",
        "was made before the reference instant",
    ),
    ("delete from tasks", "tasks", "has the 200 rows that were seeded"),
    (
        "update contact_notes set assigned_to = (select max(id) from sales)",
        "contact_notes",
        "has 60 rows of the admin",
    ),
    (
        "set session_replication_role = replica; delete from products; delete from organizations
         where id = (select min(organization_id::text)::uuid from contact_organizations)",
        "contact_organizations",
        "organization_id points at rows of organizations that exist",
    ),
    (
        "update auth.users set encrypted_password = null where email = 'director@test.local'",
        "users",
        "director@test.local signs in",
    ),
    (
        "create policy everybody on organizations for select to authenticated using (true)",
        "organizations",
        "shows an account manager own rows only",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_is_found_and_named() {
    let project = Project::reference();
    project.xtask(&["reset"]).exits(0);
    let whole = project.xtask(&["verify", "--json"]).exits(0).json();
    assert_eq!(
        (&whole["failed"], &whole["skipped"]),
        (&0.into(), &0.into()),
        "{whole}"
    );

    let client = project.database().await;
    for (statement, ..) in DAMAGE {
        client
            .batch_execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let run = project.xtask(&["verify"]).exits(1);
    let checks = project.xtask(&["verify", "--json"]).exits(1).json();
    for (_, table, rule) in DAMAGE {
        let found = checks["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| is(check, table, rule));
        let found = found.unwrap_or_else(|| panic!("no check `{table}`: {rule}"));
        assert_eq!(found["outcome"], "failed", "{found}");
        assert!(
            run.stdout.contains(&format!("{table}: {rule}: ")),
            "{}",
            run.stdout
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn peoples_own_rows_break_no_rule() {
    let project = Project::reference();
    project.xtask(&["reset"]).exits(0);
    let by_hand =
        "insert into organizations (name, email, created_at) values ('Real Ltd', 'a@real.com', '2100-01-01');
        insert into opportunities (name, stage, status, customer_organization_id)
            select 'A deal', 'closed_won', 'open', id from organizations where name = 'Real Ltd'";
    project.database().await.batch_execute(by_hand).await.unwrap();
    project.xtask(&["verify"]).exits(0);
}

fn is(check: &Value, table: &str, rule: &str) -> bool {
    check["table"] == table && check["rule"] == rule
}
