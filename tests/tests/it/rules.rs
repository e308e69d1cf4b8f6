//! The rules that make the data believable, asked of a database with rows of every industry, few and many.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::{Lent, Project};
use xtask::verify::rules::Rule;

/// What a rule is about and what must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Headline<'t> {
    /// The table; `*` for each.
    pub table: &'t str,
    /// What must hold, in words.
    pub text: &'t str,
}

/// All that stand in a file: `-- rule contacts: has one primary organization`.
pub fn headlines(file: &str) -> BTreeSet<Headline<'_>> {
    let heads = file.lines().filter_map(|line| line.strip_prefix("-- rule "));
    heads
        .map(|head| {
            let (table, text) = head.split_once(": ").expect("a rule is about a table");
            Headline { table, text }
        })
        .collect()
}

/// Those of the rules, as `cargo xtask verify` has them.
pub fn rules() -> BTreeSet<Headline<'static>> {
    let headline = |rule: Rule| Headline {
        table: rule.record,
        text: rule.text,
    };
    xtask::verify::rules::all().map(headline).collect()
}

impl Headline<'_> {
    /// What came of it in a report of `verify --json`.
    pub fn outcomes<'r>(&self, report: &'r Value) -> Vec<&'r str> {
        let checks = report["checks"].as_array().expect("a report has checks").iter();
        let is_it = |check: &&Value| {
            check["rule"] == self.text && (self.table == "*" || check["table"] == self.table)
        };
        let outcomes = checks.filter(is_it).map(|check| &check["outcome"]);
        outcomes
            .map(|outcome| outcome.as_str().expect("a check has an outcome"))
            .collect()
    }
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.table, self.text)
    }
}

/// Asserts that each rule was looked at and holds.
#[track_caller]
fn all_hold(project: &Project, rows: &str) {
    let run = project.xtask(&["verify", "--json"]);
    let report = run.json();
    for rule in rules() {
        let outcomes = rule.outcomes(&report);
        let holds = !outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == "passed");
        assert!(holds, "{rows}: `{rule}`: {outcomes:?}\n{report:#}");
    }
    run.exits(0);
}

/// More deals and what belongs to them, for the people who are there.
const ADD_TO_ALL: [&str; 9] = [
    "add",
    "--opportunities",
    "11",
    "--activities",
    "23",
    "--notes",
    "12",
    "--tasks",
    "7",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_holds_for_few_rows_and_for_many_and_for_more_on_top() {
    let project = Lent::reference(UNSEEDED);
    let client = project.database().await;
    let usual: &[&str] = &[];
    for (industry, seed, counts) in [
        ("food_beverage", "42", &["--count", "3"][..]),
        ("saas", "7", &["--count", "3"]),
        ("healthcare", "42", usual),
        ("manufacturing", "7", usual),
        ("real_estate", "42", &["--count", "300"]),
        ("food_beverage", "7", &["--count", "300"]),
    ] {
        let what = ["seed", "--clean", "--industry", industry, "--seed", seed];
        let what = [&what[..], counts].concat();
        project.xtask(&what).exits(0);
        let rows = what.join(" ");
        all_hold(&project, &rows);
        if counts != ["--count", "3"] {
            assert_eq!(percent_of_notes_on_deals(&client).await, 60, "{rows}");
        }

        project.xtask(&["add"]).exits(0);
        project.xtask(&ADD_TO_ALL).exits(0);
        all_hold(&project, &format!("{rows}, add"));
    }
}

/// Notes are one stream in two tables.
async fn percent_of_notes_on_deals(client: &Client) -> i64 {
    let sql = "select (select count(*) from opportunity_notes) * 100
        / ((select count(*) from opportunity_notes) + (select count(*) from contact_notes))";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_holds_for_one_owner_and_for_deals_that_come_later() {
    let project = Lent::reference(UNSEEDED);
    let mine = ["--user", "director@test.local"];
    project
        .xtask(&[&["seed", "--count", "1"], &mine[..]].concat())
        .exits(0);
    all_hold(&project, "one row of each");

    let people = ["seed", "--clean", "--count", "60", "--opportunities", "0"];
    project.xtask(&[&people[..], &mine[..]].concat()).exits(0);
    project
        .xtask(&[
            "add",
            "--opportunities",
            "40",
            "--activities",
            "70",
            "--notes",
            "9",
        ])
        .exits(0);
    all_hold(&project, "people first, deals later");
}
