//! Pending migrations, tried on the database itself in one transaction that is undone: what would fail is known before
//! anything is applied.

use std::borrow::Cow;

use anyhow::{Context, Result};
use stack::hint::mendable;
use tokio_postgres::Transaction;
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::Migration;
use super::failure::sentence;
use super::losses::{Before, Losses};
use super::sql_text::{statements, words};
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::exec::failed_statement::FailedStatement;
use crate::fence::Deed;

/// How long it waits for what others hold; they wait for it meanwhile.
const LOCK_PATIENCE: &str = "set local lock_timeout = '10s'; set local statement_timeout = 0";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearsed {
    /// All of them can be applied, and this is what goes.
    Works(Losses),
    /// From this statement on it cannot be known: it is one that no transaction can undo.
    UpTo {
        /// `supabase/migrations/…` with the line.
        place: String,
        /// Why.
        reason: String,
    },
}

impl Rehearsed {
    /// Puts into a deed what goes, as far as it is known.
    pub fn tell(&self, deed: &mut Deed) {
        match self {
            Self::Works(losses) => {
                deed.removes.extend(losses.removes.iter().cloned());
                deed.users += losses.users;
                let columns = losses.columns.iter();
                deed.also
                    .extend(columns.map(|column| format!("column {column} goes with what it holds")));
            }
            Self::UpTo { .. } => deed
                .also
                .push("what it removes is not known, since not all can be rehearsed".to_owned()),
        }
    }
}

/// Tries migrations in their order.
///
/// # Errors
/// One of them fails, said with file, line and statement; nothing was applied. Or the database is not reached.
pub(super) async fn rehearse(
    database: &Address,
    schemas: Vec<String>,
    pending: &[Migration],
) -> Result<Rehearsed> {
    let mut client = connect(database, "rehearsal").await?;
    let transaction = client.transaction().await.context("begin the rehearsal")?;
    let before = Before::read(&transaction, schemas).await?;
    for migration in pending {
        // The CLI begins each file so.
        let begin = format!("reset all; {LOCK_PATIENCE}");
        transaction
            .batch_execute(&begin)
            .await
            .context("begin the rehearsal")?;
        for piece in pieces(&migration.sql) {
            if let Some(stop) = run(&transaction, migration, piece).await? {
                return Ok(stop);
            }
        }
    }
    transaction
        .batch_execute("reset all")
        .await
        .context("end the rehearsal")?;
    let losses = before.losses(&transaction).await?;
    transaction.rollback().await.context("undo the rehearsal")?;
    Ok(Rehearsed::Works(losses))
}

/// One statement; `Some` where no more can be known.
async fn run(
    transaction: &Transaction<'_>,
    migration: &Migration,
    piece: Piece<'_>,
) -> Result<Option<Rehearsed>> {
    let line = |offset: usize| migration.sql[..offset].matches('\n').count() + 1;
    let file = format!("supabase/migrations/{}", migration.name);
    let (at, sql) = match &piece {
        Piece::Statement(at, sql) => (*at, sql.as_ref()),
        Piece::Control(at, word) => {
            return Ok(Some(Rehearsed::UpTo {
                place: format!("{file}:{}", line(*at)),
                reason: format!("`{word}` ends a transaction of its own"),
            }));
        }
    };
    let Err(error) = transaction.batch_execute(sql).await else {
        return Ok(None);
    };
    let Some(refusal) = error.as_db_error() else {
        return Err(error).with_context(|| format!("rehearse `{file}`"));
    };
    let unknowable = [
        // What runs in no transaction and is not known to be harmless, as `alter system`.
        SqlState::ACTIVE_SQL_TRANSACTION,
        // A label of an enum that the same transaction has added.
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE,
        // Somebody works with the table.
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    // PostgreSQL counts letters, from 1.
    let into = match refusal.position() {
        Some(ErrorPosition::Original(position)) => {
            let letters = sql.char_indices().map(|(offset, _)| offset);
            letters.take(*position as usize).last().unwrap_or(0)
        }
        _ => 0,
    };
    let place = line(at + into);
    if unknowable.contains(refusal.code()) {
        return Ok(Some(Rehearsed::UpTo {
            place: format!("{file}:{place}"),
            reason: refusal.message().to_owned(),
        }));
    }
    let said = FailedStatement {
        message: refusal.message().to_owned(),
        sqlstate: Some(refusal.code().code().to_owned()),
        detail: refusal.detail().map(str::to_owned),
        statement: Some(sql.to_owned()),
        is_cut: false,
    };
    Err(mendable(
        sentence(&file, &said, Some(place)),
        "mend the migration and run the command again; it was only rehearsed, nothing was applied",
    ))
}

/// A part of a migration, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'m> {
    Statement(usize, Cow<'m, str>),
    /// Undoes or keeps a part of a transaction, which this one could not undo.
    Control(usize, &'m str),
}

/// A migration in statements. `begin` and `commit` around them are left away: a transaction is open anyway. What runs
/// in none is made one that does: an index that is not built beside others is the same index, and `vacuum` changes
/// nothing that a later statement sees.
fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let words = words(sql);
    let has_bodies = words.windows(2).any(|pair| pair == ["begin", "atomic"]);
    if has_bodies {
        // Such a function has statements of its own inside, which only the server tells apart from those around it.
        return vec![Piece::Statement(0, sql.into())];
    }
    let piece = |range: std::ops::Range<usize>| {
        let statement = &sql[range.clone()];
        let word = statement.split_whitespace().next().unwrap_or_default();
        match word.to_lowercase().as_str() {
            "begin" | "start" | "commit" | "end" => None,
            "rollback" | "abort" | "savepoint" | "release" => Some(Piece::Control(range.start, word)),
            "prepare" if statement.to_lowercase().contains("transaction") => {
                Some(Piece::Control(range.start, word))
            }
            "vacuum" => None,
            "create" | "drop" | "reindex" => {
                Some(Piece::Statement(range.start, without_concurrently(statement)))
            }
            _ => Some(Piece::Statement(range.start, statement.into())),
        }
    };
    statements(sql).into_iter().filter_map(piece).collect()
}

/// `create index concurrently …` as `create index …`: blanks stand in its place, so that positions stay.
fn without_concurrently(statement: &str) -> Cow<'_, str> {
    const WORD: &str = "concurrently";
    let head: Vec<&str> = statement.split_whitespace().take(4).collect();
    let is_index = head
        .iter()
        .any(|word| ["index", "table", "database", "schema"].contains(&word.to_lowercase().as_str()));
    match statement.to_ascii_lowercase().find(WORD) {
        Some(at) if is_index && head.iter().any(|word| word.eq_ignore_ascii_case(WORD)) => {
            let blanks = " ".repeat(WORD.len());
            Cow::Owned(format!(
                "{}{blanks}{}",
                &statement[..at],
                &statement[at + WORD.len()..]
            ))
        }
        _ => statement.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_around_the_statements_is_left_away() {
        let sql = "begin;\ncreate table a (x int);\ncommit;\n-- done";
        assert_eq!(
            pieces(sql),
            [Piece::Statement(7, "create table a (x int)".into())]
        );
        assert_eq!(
            pieces("select 1; rollback"),
            [
                Piece::Statement(0, "select 1".into()),
                Piece::Control(10, "rollback")
            ]
        );
        assert_eq!(pieces("select 1; ROLLBACK to x;").len(), 2);
    }

    #[test]
    fn an_index_that_is_built_beside_others_is_tried_as_one_that_is_not() {
        let sql = "create unique index concurrently a on t (x); vacuum t; create table concurrently_made ();";
        let expected = [
            Piece::Statement(0, "create unique index              a on t (x)".into()),
            Piece::Statement(55, "create table concurrently_made ()".into()),
        ];
        assert_eq!(pieces(sql), expected);
    }

    #[test]
    fn bodies_with_statements_stay_whole() {
        let sql = "create function f() returns int begin atomic select 1; select 2; end;";
        assert_eq!(pieces(sql), [Piece::Statement(0, sql.into())]);
    }
}
