//! Mending what a rule has found.

use std::collections::BTreeSet;

use anyhow::{Context, Error, Result, anyhow};
use seed_core::catalog::Catalog;
use serde::Serialize;
use stack::hint::WithHint;
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use super::examine::{Finding, Remedy};
use super::rules::{Mend, Question, Rule};
use super::said;
use crate::database::failure;
use crate::database::name::literal;
use crate::settings::TestUsers;
use crate::users::known;
use crate::users::profile::ProfileTable;

/// What was done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Mended {
    /// Each statement, in order.
    pub effects: Vec<Effect>,
    /// Sentences about what did not go the usual way.
    pub notes: Vec<String>,
    /// The ids of the users who need the test password.
    #[serde(skip)]
    pub passwords: BTreeSet<String>,
}

/// What one statement did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// How programs call the rule.
    pub rule: &'static str,
    /// As it can be run again, with the ids of the users in it; in words where it is more than a statement.
    pub statement: String,
    /// How many rows it wrote.
    pub rows: u64,
}

/// Mends, as part of one transaction.
pub struct Mender<'a> {
    /// What was done so far.
    pub mended: Mended,
    role: &'a str,
    catalog: &'a Catalog,
    users: &'a TestUsers,
    can_be_quiet: bool,
}

/// Triggers do not fire for a session that applies what another server has done.
const QUIET: &str = "set local session_replication_role = replica";
const LOUD: &str = "set local session_replication_role = origin";
/// How long it waits for who is signing in just now.
const PATIENCE: &str = "set local lock_timeout = '5s'";

const NOTHING_CHANGED: &str = "everything is as it was: mend what refused it (a trigger or a constraint of the project), \
                               then run it again; `--dry-run` tries it without writing";
const CHANGED_MEANWHILE: &str = "everything is as it was: users changed meanwhile, run it again";

impl<'a> Mender<'a> {
    /// Gets ready to mend as `role`.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn begin(
        transaction: &mut Transaction<'_>,
        role: &'a str,
        catalog: &'a Catalog,
        users: &'a TestUsers,
    ) -> Result<Mender<'a>> {
        let doing = "set up the transaction";
        transaction.batch_execute(PATIENCE).await.context(doing)?;
        let savepoint = transaction.transaction().await.context(doing)?;
        let can_be_quiet = savepoint.batch_execute(QUIET).await.is_ok();
        savepoint.rollback().await.context(doing)?;
        Ok(Mender {
            mended: Mended::default(),
            role,
            catalog,
            users,
            can_be_quiet,
        })
    }

    /// Mends those of `found` that the rule mends; what this role may not write is left to people.
    ///
    /// # Errors
    /// The database refuses for another reason.
    pub async fn mend(
        &mut self,
        transaction: &mut Transaction<'_>,
        rule: &Rule,
        question: &Question,
        found: &mut [Finding],
    ) -> Result<()> {
        let mendable = || found.iter().filter(|finding| finding.is_mendable());
        let ids: Vec<&str> = mendable().map(|finding| finding.user.as_str()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let doing = || format!("mend what the rule `{}` has found", rule.name);
        let mut savepoint = transaction.transaction().await.with_context(doing)?;
        let done = match rule.mend {
            Mend::Not => return Ok(()),
            Mend::Password => self.note_passwords(rule, &ids),
            Mend::Profile => self.make_profiles(&mut savepoint, rule, &ids).await,
            Mend::Statements => self.write(&savepoint, rule, &question.statements, &ids).await,
        };
        match done {
            Ok(effects) => {
                savepoint.commit().await.with_context(doing)?;
                self.mended.effects.extend(effects);
                Ok(())
            }
            Err(error) if code(&error) == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                savepoint.rollback().await.with_context(doing)?;
                let statements = question.statements.iter();
                let filled: Vec<String> = statements.map(|sql| with_ids(sql, &ids)).collect();
                let remedy = Remedy::ByHand(format!(
                    "the role `{}` may not: {}: run as one who may: {}",
                    self.role,
                    words(&error),
                    filled.join("; ")
                ));
                let mendable = found.iter_mut().filter(|finding| finding.is_mendable());
                mendable.for_each(|finding| finding.remedy = remedy.clone());
                Ok(())
            }
            Err(error) => Err(refusal(&error))
                .with_context(doing)
                .with_hint(|| hint(&error)),
        }
    }

    async fn write(
        &mut self,
        savepoint: &Transaction<'_>,
        rule: &Rule,
        statements: &[String],
        ids: &[&str],
    ) -> Result<Vec<Effect>> {
        let is_quiet = rule.is_quiet && self.can_be_quiet;
        if rule.is_quiet && !self.can_be_quiet {
            self.tell(format!(
                "the role `{}` may not keep triggers from firing: those on the tables of Auth ran",
                self.role
            ));
        }
        if is_quiet {
            savepoint.batch_execute(QUIET).await?;
        }
        let mut effects = Vec::new();
        for statement in statements {
            effects.push(Effect {
                rule: rule.name,
                statement: with_ids(statement, ids),
                rows: savepoint.execute(statement, &[&ids]).await?,
            });
        }
        if is_quiet {
            savepoint.batch_execute(LOUD).await?;
        }
        Ok(effects)
    }

    /// The row that `cargo xtask users` would make.
    async fn make_profiles(
        &mut self,
        savepoint: &mut Transaction<'_>,
        rule: &Rule,
        ids: &[&str],
    ) -> Result<Vec<Effect>> {
        let Some(profiles) = ProfileTable::find(self.catalog) else {
            return Ok(Vec::new());
        };
        let accounts = known::named(savepoint, self.catalog, self.users).await?;
        let of_ids = accounts
            .into_iter()
            .filter(|(_, id)| ids.contains(&id.to_string().as_str()));
        let mut rows = 0;
        for (account, id) in of_ids {
            profiles.align(savepoint, id, &account).await?;
            rows += 1;
        }
        Ok(vec![Effect {
            rule: rule.name,
            statement: format!("a row of `{}` for each", profiles.name()),
            rows,
        }])
    }

    fn note_passwords(&mut self, rule: &Rule, ids: &[&str]) -> Result<Vec<Effect>> {
        self.mended.passwords.extend(ids.iter().map(|&id| id.to_owned()));
        Ok(vec![Effect {
            rule: rule.name,
            statement: "the test password, through the Auth admin API once the rows are right".into(),
            rows: ids.len() as u64,
        }])
    }

    fn tell(&mut self, note: String) {
        if !self.mended.notes.contains(&note) {
            self.mended.notes.push(note);
        }
    }
}

/// A statement with the ids in the place of `$1`, so that it can be pasted.
fn with_ids(statement: &str, ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| literal(id)).collect();
    statement.replace("$1", &format!("array[{}]", ids.join(", ")))
}

/// Makes it last.
///
/// # Errors
/// The database refuses what it looks at only now: everything is as it was.
pub async fn commit(transaction: Transaction<'_>) -> Result<()> {
    let error = match transaction.commit().await {
        Ok(()) => return Ok(()),
        Err(error) => Error::new(error),
    };
    Err(refusal(&error))
        .context("mend the users")
        .with_hint(|| hint(&error))
}

fn cause(error: &Error) -> Option<&tokio_postgres::Error> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

fn code(error: &Error) -> Option<&SqlState> {
    cause(error)?.code()
}

fn words(error: &Error) -> String {
    cause(error).map_or_else(|| error.to_string(), said)
}

/// The error without what the server quotes of the row.
fn refusal(error: &Error) -> Error {
    anyhow!("{}", words(error))
}

fn hint(error: &Error) -> String {
    let hint = match code(error) {
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => CHANGED_MEANWHILE,
        // Written for seeded rows.
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => NOTHING_CHANGED,
        _ => failure::hint(error).unwrap_or(NOTHING_CHANGED),
    };
    hint.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_can_be_pasted() {
        assert_eq!(
            with_ids("delete from t where id = any ($1)", &["a", "o'b"]),
            "delete from t where id = any (array['a', 'o''b'])"
        );
    }
}
