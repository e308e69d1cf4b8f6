//! Whether the database is where the project's migrations are.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use tokio_postgres::Client;

use super::super::Finding;
use crate::context::Context;
use crate::migrations;

/// How many are named.
const NAMED: usize = 5;

/// Compares the project's migrations with those that the database has seen.
///
/// # Errors
/// The files cannot be read, or the database does not answer.
pub async fn examine(context: &Context, client: &Client) -> Result<Finding> {
    let here = migrations::versions(&context.paths.migrations())?;
    let there = applied(client).await?;
    Ok(compared(&here, &there, &context.target.to_string()))
}

/// The versions in the history that the Supabase CLI keeps.
async fn applied(client: &Client) -> Result<BTreeSet<String>> {
    let doing = "read the history of migrations";
    let sql = "select to_regclass('supabase_migrations.schema_migrations') is not null";
    if !client.query_one(sql, &[]).await.context(doing)?.get::<_, bool>(0) {
        return Ok(BTreeSet::new());
    }
    let sql = "select version from supabase_migrations.schema_migrations";
    let rows = client.query(sql, &[]).await.context(doing)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn compared(here: &[(String, String)], there: &BTreeSet<String>, target: &str) -> Finding {
    let behind: Vec<&str> = here
        .iter()
        .filter(|(version, _)| !there.contains(version))
        .map(|(_, name)| name.as_str())
        .collect();
    let ahead: Vec<&str> = there
        .iter()
        .filter(|version| here.iter().all(|(known, _)| known != *version))
        .map(String::as_str)
        .collect();
    let behind_by = format!("{} behind: {}", behind.len(), named(&behind));
    let ahead_by = format!(
        "{} ahead, which the project does not have: {}",
        ahead.len(),
        named(&ahead)
    );
    match (behind.is_empty(), ahead.is_empty()) {
        (true, true) => Finding::good("history", format!("all {} are applied", here.len())),
        (false, true) => Finding::notice(
            "history",
            behind_by,
            format!("`cargo xtask deploy --target {target}` applies them"),
        ),
        (true, false) => Finding::bad(
            "history",
            ahead_by,
            "get the newest state of the project: somebody else has applied them",
        ),
        (false, false) => Finding::bad(
            "history",
            format!("{behind_by}; {ahead_by}"),
            "get the newest state of the project first, then apply what is missing",
        ),
    }
}

fn named(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let text = names[..names.len() - more].join(", ");
    match more {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[track_caller]
    fn check(here: &[&str], there: &[&str], verdict: Verdict, said: &str) {
        let here: Vec<(String, String)> = here
            .iter()
            .map(|version| ((*version).to_owned(), format!("{version}_x.sql")))
            .collect();
        let there = there.iter().map(|version| (*version).to_owned()).collect();
        let finding = compared(&here, &there, "cloud");
        assert_eq!((finding.verdict, finding.detail.as_str()), (verdict, said));
    }

    #[test]
    fn what_differs_is_named_on_both_sides() {
        check(&["1", "2"], &["1", "2"], Verdict::Good, "all 2 are applied");
        check(&["1", "2"], &["1"], Verdict::Notice, "1 behind: 2_x.sql");
        check(
            &["1"],
            &["1", "3"],
            Verdict::Bad,
            "1 ahead, which the project does not have: 3",
        );
        check(
            &["1", "2", "4", "5", "6", "7", "8"],
            &["3"],
            Verdict::Bad,
            "7 behind: 1_x.sql, 2_x.sql, 4_x.sql, 5_x.sql, 6_x.sql and 2 more; 1 ahead, which the project does not have: 3",
        );
    }
}
