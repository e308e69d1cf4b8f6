//! Why a migration failed, for the one who wrote it.

use std::fs;

use stack::hint::mendable;

use super::preflight::not_available;
use super::{Migration, seed_failure};
use crate::database::address::Address;
use crate::exec::failed_statement::FailedStatement;
use crate::exec::supabase_cli::{PushFailure, PushedFile};
use crate::paths::Paths;

/// Whether the statement failed for want of rights that hosted Supabase gives to `postgres`.
pub fn needs_superuser(failure: &PushFailure) -> bool {
    let said = FailedStatement::parse(&failure.message);
    let is_reserved = |what: &&str| said.message.contains(what);
    said.sqlstate.as_deref() == Some("42501") && ["superuser", "create event trigger"].iter().any(is_reserved)
}

/// The error to show: file, line, what PostgreSQL says, the statement; and what to do.
pub async fn explain(
    failure: &PushFailure,
    paths: &Paths,
    database: &Address,
    migrations: &[Migration],
) -> anyhow::Error {
    let mut said = FailedStatement::parse(&failure.message);
    match &failure.file {
        Some(PushedFile::Migration(name)) => {
            if let Some(extension) = missing_extension(&said) {
                return not_available(extension, name);
            }
            let sql = migrations
                .iter()
                .find(|migration| migration.name == *name)
                .map_or("", |found| &found.sql);
            let hint = format!(
                "{} and run the command again; {}",
                mend(&said).unwrap_or("mend the migration"),
                match failure.applied.len() {
                    0 => "nothing was applied".to_owned(),
                    1 => "the migration before it is applied and stays".to_owned(),
                    count => format!("the {count} migrations before it are applied and stay"),
                }
            );
            mendable(
                sentence(&format!("supabase/migrations/{name}"), &said, said.line_in(sql)),
                hint,
            )
        }
        Some(PushedFile::Seed(path)) => {
            let sql = fs::read_to_string(paths.project.join(path)).unwrap_or_default();
            let place = seed_failure::find(database, &sql).await;
            let line = place.as_ref().map(|place| place.line);
            said.statement = place.map(|place| place.statement);
            mendable(
                sentence(path, &said, line),
                format!(
                    "{} and run the command again; the migrations are applied, nothing of the file is",
                    mend(&said).unwrap_or("mend the file")
                ),
            )
        }
        Some(PushedFile::Roles) => {
            let path = paths.supabase().join("roles.sql");
            let sql = fs::read_to_string(path).unwrap_or_default();
            mendable(
                sentence("supabase/roles.sql", &said, said.line_in(&sql)),
                "mend the file and run the command again; nothing was applied",
            )
        }
        None => without_file(failure),
    }
}

pub(super) fn sentence(path: &str, said: &FailedStatement, line: Option<usize>) -> String {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let code = said
        .sqlstate
        .as_ref()
        .map(|code| format!(" (SQLSTATE {code})"))
        .unwrap_or_default();
    let statement = said
        .excerpt()
        .map(|statement| format!(": in `{statement}`"))
        .unwrap_or_default();
    let detail = said
        .detail
        .as_ref()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    format!("apply `{path}{line}`: {}{code}{statement}{detail}", said.message)
}

/// How to mend what nobody but psql understands: the Supabase CLI sends files to the database as they are.
fn mend(said: &FailedStatement) -> Option<&'static str> {
    let is_command = said
        .statement
        .as_ref()
        .is_some_and(|statement| statement.starts_with('\\'));
    (is_command || said.message.contains("during COPY from stdin")).then_some(
        "take out what only psql understands, lines that begin with `\\` and `copy … from stdin` (for rows write `insert`)",
    )
}

fn missing_extension(said: &FailedStatement) -> Option<&str> {
    said.message
        .strip_prefix("extension \"")?
        .strip_suffix("\" is not available")
}

/// Failures before the first file.
fn without_file(failure: &PushFailure) -> anyhow::Error {
    let message = format!("apply the migrations: {}", failure.message.trim());
    match failure.code.as_str() {
        "DbPushMissingLocalError" => mendable(
            format!(
                "{message} {}",
                versions(failure.suggestion.as_deref().unwrap_or_default())
            ),
            "bring these files back, or make the database anew with `cargo xtask reset --fresh`",
        ),
        "DbConnectError" => mendable(
            message,
            "see whether it runs with `cargo xtask status`, start it with `cargo xtask start`",
        ),
        _ => match &failure.suggestion {
            Some(suggestion) => mendable(message, suggestion.clone()),
            None => anyhow::anyhow!("{message}"),
        },
    }
}

/// The versions (14 digits) that a text names, in brackets.
fn versions(text: &str) -> String {
    let is_version = |word: &&str| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    format!(
        "({})",
        text.split_whitespace()
            .filter(is_version)
            .collect::<Vec<_>>()
            .join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use stack::hint::hints;

    use super::*;

    async fn check(file: Option<PushedFile>, message: &str, expect: &str, expect_hint: &str) {
        let paths = Paths {
            workspace: PathBuf::from("w"),
            project: PathBuf::from("p"),
        };
        let sql = "create table a (id int);\n\ncreate tabel b (id int);\n".to_owned();
        let migrations = [Migration {
            name: "2_b.sql".into(),
            sql,
        }];
        let suggestion = Some("repair --status reverted 20260101000000 20260102000000".to_owned());
        let code = if message.starts_with("Remote") {
            "DbPushMissingLocalError"
        } else {
            "DbPushApplyError"
        };
        let failure = PushFailure {
            code: code.into(),
            message: message.into(),
            suggestion,
            file,
            applied: vec!["1_a.sql".into()],
        };
        let nowhere = Address::parse("postgresql://postgres@127.0.0.1:1/postgres", Path::new("/")).unwrap();
        let error = explain(&failure, &paths, &nowhere, &migrations).await;
        assert_eq!(error.to_string(), expect);
        assert!(hints(&error)[0].contains(expect_hint), "{:?}", hints(&error));
    }

    #[tokio::test]
    async fn what_only_psql_understands_is_called_so() {
        check(
            Some(PushedFile::Migration("2_b.sql".into())),
            "ERROR: syntax error at or near \"\\\" (SQLSTATE 42601)\nAt statement: 0\n\\copy b from 'b.csv'\n^",
            "apply `supabase/migrations/2_b.sql`: syntax error at or near \"\\\" (SQLSTATE 42601): in `\\copy b from 'b.csv'`",
            "only psql understands",
        )
        .await;
        check(
            Some(PushedFile::Seed("supabase/seed.sql".into())),
            "ERROR: unexpected message type 0x50 during COPY from stdin (SQLSTATE 08P01)",
            "apply `supabase/seed.sql`: unexpected message type 0x50 during COPY from stdin (SQLSTATE 08P01)",
            "for rows write `insert`",
        )
        .await;
    }

    #[tokio::test]
    async fn a_migration_is_named_with_line_and_statement() {
        check(
            Some(PushedFile::Migration("2_b.sql".into())),
            "ERROR: syntax error at or near \"tabel\" (SQLSTATE 42601)\nAt statement: 1\ncreate tabel b (id int)\n       ^",
            "apply `supabase/migrations/2_b.sql:3`: syntax error at or near \"tabel\" (SQLSTATE 42601): in `create tabel b (id int)`",
            "the migration before it is applied and stays",
        )
        .await;
    }

    #[tokio::test]
    async fn an_extension_in_a_block_gets_the_same_sentence() {
        check(
            Some(PushedFile::Migration("2_b.sql".into())),
            "ERROR: extension \"vector\" is not available (SQLSTATE 0A000)\nCould not open extension control file.\nAt statement: 0\ndo $$",
            "apply `supabase/migrations/2_b.sql`: it creates the extension `vector`, which the embedded PostgreSQL does not have",
            "--target supabase",
        )
        .await;
    }

    #[tokio::test]
    async fn a_seed_file_and_a_missing_migration_are_named() {
        check(
            Some(PushedFile::Seed("supabase/seed.sql".into())),
            "ERROR: relation \"nope\" does not exist (SQLSTATE 42P01)",
            "apply `supabase/seed.sql`: relation \"nope\" does not exist (SQLSTATE 42P01)",
            "nothing of the file is",
        )
        .await;
        check(
            None,
            "Remote migration versions not found in local migrations directory.",
            "apply the migrations: Remote migration versions not found in local migrations directory. (20260101000000, 20260102000000)",
            "cargo xtask reset --fresh",
        )
        .await;
    }

    #[test]
    fn rights_that_hosted_supabase_gives_are_told_from_others() {
        let check = |message: &str, expect| {
            let failure = PushFailure {
                code: String::new(),
                message: message.into(),
                suggestion: None,
                file: None,
                applied: Vec::new(),
            };
            assert_eq!(needs_superuser(&failure), expect, "{message}");
        };
        check(
            "ERROR: permission denied to create event trigger \"x\" (SQLSTATE 42501)\nAt statement: 1\ncreate event trigger x",
            true,
        );
        check(
            "ERROR: must be superuser to create FOR ALL TABLES publication (SQLSTATE 42501)",
            true,
        );
        check("ERROR: permission denied for table users (SQLSTATE 42501)", false);
        check("ERROR: syntax error (SQLSTATE 42601)", false);
    }
}
