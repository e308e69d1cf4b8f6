//! `cargo xtask verify`: what is broken is found, and named.

use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project};

use crate::rules::{Headline, headlines, rules};

/// How to break each rule of the domain: a statement under one headline or several.
const BROKEN_RULES: &str = include_str!("../../fixtures/damage.sql");

/// How to break what is no rule of the domain: a statement, the table and the check that must fail.
const DAMAGE: &[(&str, &str, &str)] = &[
    (
        "delete from tasks where id = (select id from tasks order by id desc limit 1)",
        "tasks",
        "has the 300 rows that were seeded",
    ),
    (
        "update contact_notes set assigned_to = (select max(id) from sales)",
        "contact_notes",
        "has 40 rows of the admin",
    ),
    (
        "update contact_organizations set organization_id = gen_random_uuid()
         where id = (select id from contact_organizations order by id desc limit 1)",
        "contact_organizations",
        "organization_id points at rows of organizations that exist",
    ),
    (
        "update auth.users set encrypted_password = null where email = 'director@test.local'",
        "users",
        "director@test.local signs in",
    ),
    (
        "create policy of_oneself on tags for select to authenticated using (exists (select from tags))",
        "tags",
        "its policies work for each role",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_is_found_and_named() {
    let project = Project::reference();
    project.xtask(&["reset", "--count", "100"]).exits(0);
    let whole = project.xtask(&["verify", "--json"]).exits(0).json();
    assert_eq!(
        (&whole["failed"], &whole["skipped"]),
        (&0.into(), &0.into()),
        "{whole}"
    );

    let client = project.database().await;
    // What triggers and foreign keys would not let through is damage too.
    let damage = ["set session_replication_role = replica", BROKEN_RULES].into_iter();
    for statement in damage.chain(DAMAGE.iter().map(|(statement, ..)| *statement)) {
        client
            .batch_execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    let run = project.xtask(&["verify"]).exits(1);
    let report = project.xtask(&["verify", "--json"]).exits(1).json();
    let broken_rules = headlines(BROKEN_RULES);
    assert_eq!(broken_rules, rules(), "`fixtures/damage.sql` breaks each rule");
    let others = DAMAGE
        .iter()
        .map(|(_, table, check)| Headline { table, text: check });
    let missed: Vec<String> = broken_rules
        .into_iter()
        .chain(others)
        .filter(|check| {
            let is_said = run.stdout.contains(&format!("{}: ", check.text));
            !is_said || !check.outcomes(&report).contains(&"failed")
        })
        .map(|check| check.to_string())
        .collect();
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn peoples_own_rows_break_no_rule() {
    let project = Lent::reference(RESET);
    let by_hand =
        "insert into organizations (name, email, created_at) values ('Real Ltd', 'a@real.com', '2100-01-01');
        insert into opportunities (name, stage, status, customer_organization_id)
            select 'A deal', 'closed_won', 'open', id from organizations where name = 'Real Ltd'";
    project.database().await.batch_execute(by_hand).await.unwrap();
    project.xtask(&["verify"]).exits(0);
}
