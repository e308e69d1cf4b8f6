//! What the database tells of itself, and what its role may do.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use seed_core::catalog::Catalog;
use stack::project::Project;
use tokio_postgres::{Client, Row};

use super::super::Finding;
use super::migrations;
use crate::context::Context;
use crate::database::{bookkeeping, catalog, environment};
use crate::target::Target;

/// The oldest version whose catalog this tool reads.
const OLDEST: u32 = 15;
/// How far the clocks may be apart before tokens are refused.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

pub(super) async fn examine(context: &Context, target: &Target, client: &Client) -> Vec<Finding> {
    match look(context, target, client).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::from_error("database", &error)],
    }
}

async fn look(context: &Context, target: &Target, client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(include_str!("../../database/sql/server.sql"), &[])
        .await;
    let row = row.context("ask the server what it is")?;
    let catalog = catalog::read(client, &catalog::schemas(&target.project)?).await?;
    let here = Timestamp::now();
    let there = Timestamp::from_nanosecond((row.get::<_, f64>("now") * 1e9) as i128)?;
    let mut findings = vec![
        version(row.get::<_, i32>("version").unsigned_abs(), &target.project),
        size(&row),
        clock(here.duration_since(there)),
        rights(&row),
    ];
    findings.extend(owned(client, &catalog, row.get("role")).await?);
    findings.push(mark(client, target).await?);
    findings.push(ledger(client).await?);
    findings.push(migrations::examine(context, client).await?);
    Ok(findings)
}

fn version(there: u32, project: &std::path::Path) -> Finding {
    let wanted = Project::load(project).unwrap_or_default().db.major_version;
    match there {
        _ if there < OLDEST => Finding::bad(
            "server",
            format!("PostgreSQL {there}"),
            format!("upgrade it: this tool works with {OLDEST} and newer"),
        ),
        _ if there != wanted => Finding::notice(
            "server",
            format!("PostgreSQL {there}; the project says {wanted}"),
            "what passes on the one may fail on the other: set `[db] major_version` in `supabase/config.toml`",
        ),
        _ => Finding::good("server", format!("PostgreSQL {there}")),
    }
}

fn size(row: &Row) -> Finding {
    let size: String = row.get("size");
    match row.get("is_read_only") {
        true => Finding::bad(
            "size",
            format!("{size}, and nothing can be written"),
            "it is a replica, or its disk is full: give the address of the primary, or make room in the dashboard",
        ),
        false => Finding::good("size", size),
    }
}

/// `ahead`: by how much this machine is.
fn clock(ahead: SignedDuration) -> Finding {
    let seconds = ahead.as_secs();
    match ahead.abs() > SKEW {
        false => Finding::good("clock", "the same as here"),
        true => Finding::notice(
            "clock",
            match seconds > 0 {
                true => format!("this machine is {seconds} s ahead"),
                false => format!("this machine is {} s behind", -seconds),
            },
            "set this machine's clock: tokens count as expired or as not yet valid, dates are off",
        ),
    }
}

fn rights(row: &Row) -> Finding {
    let role: String = row.get("role");
    let has_users: Option<bool> = row.get("may_write_users");
    let mut missing = Vec::new();
    for (may, what) in [
        (
            row.get("may_make_schemas"),
            "make the schema `seedbed` (`create` on the database)",
        ),
        (
            has_users.unwrap_or(true),
            "write `auth.users`, as sync and restore do",
        ),
        (
            row.get("may_be_quiet"),
            "keep triggers from firing (`session_replication_role`), as sync and restore do",
        ),
    ] {
        if !may {
            missing.push(what);
        }
    }
    match missing.is_empty() {
        true => Finding::good(
            "role",
            format!("`{role}` may write tables and users, and keep triggers from firing"),
        ),
        false => Finding::bad(
            "role",
            format!("`{role}` may not {}", missing.join(", nor ")),
            "connect as `postgres`, or grant it what is missing",
        ),
    }
}

/// Tables of the project that belong to others; nothing where all are its own.
async fn owned(client: &Client, catalog: &Catalog, role: &str) -> Result<Option<Finding>> {
    let schemas: Vec<&str> = catalog.tables.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    let sql = include_str!("../../database/sql/tables_of_others.sql");
    let rows = client.query(sql, &[&schemas, &names]).await;
    let rows = rows.context("ask whose the tables are")?;
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok((!names.is_empty()).then(|| {
        Finding::bad(
            "tables",
            format!("not those of `{role}`: {}", names.join(", ")),
            "connect as their owner: row level security holds back who is not, and migrations cannot change them",
        )
    }))
}

async fn mark(client: &Client, target: &Target) -> Result<Finding> {
    Ok(match environment::read(client).await? {
        Some(mark) if mark.is_production() => Finding::notice(
            "mark",
            format!("production, `{}`", mark.name),
            "nothing is ever written to it; reading commands work",
        ),
        Some(mark) => Finding::good("mark", format!("{}, `{}`", mark.kind, mark.name)),
        None => Finding::notice(
            "mark",
            "none: nothing is written to it",
            format!(
                "say what it is for: `cargo xtask env mark staging --name NAME --target {}`",
                target.name
            ),
        ),
    })
}

async fn ledger(client: &Client) -> Result<Finding> {
    let state = bookkeeping::state(client).await?;
    Ok(match state {
        bookkeeping::State::None => Finding::good("ledger", "none yet: the first seed makes it"),
        bookkeeping::State::Older => Finding::bad(
            "ledger",
            "an older version of this tool wrote it, in another form",
            "remove what it names with that version, then `drop schema seedbed cascade`",
        ),
        bookkeeping::State::Current => {
            let row = client.query_one("select count(*) from seedbed.runs", &[]).await;
            let runs: i64 = row.context("count the runs")?.get(0);
            Finding::good(
                "ledger",
                format!("{runs} run{} in it", if runs == 1 { "" } else { "s" }),
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn clocks_that_are_apart_are_told() {
        assert_eq!(clock(SignedDuration::from_secs(-3)).verdict, Verdict::Good);
        let behind = clock(SignedDuration::from_secs(-90));
        assert_eq!(
            (behind.verdict, &*behind.detail),
            (Verdict::Notice, "this machine is 90 s behind")
        );
    }

    #[test]
    fn a_server_that_is_too_old_is_bad_and_another_one_a_notice() {
        let verdict = |there| version(there, std::path::Path::new("/nowhere")).verdict;
        assert_eq!(
            (verdict(14), verdict(15), verdict(17)),
            (Verdict::Bad, Verdict::Notice, Verdict::Good)
        );
    }
}
