//! What came back, and what it says: grants, policies, constraints and triggers told apart by SQLSTATE and words.

use std::sync::LazyLock;

use regex_lite::Regex;
use tokio_postgres::error::DbError;

use super::exposed::Exposed;
use super::matrix::{Outcome, RelationKind, Verb};

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// So many rows were seen or written.
    Rows(u64),
    /// An error.
    Refused(Refusal),
}

/// An error, whoever passed it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE, or a code of PostgREST.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Reply {
    /// No answer came.
    pub fn lost() -> Reply {
        Reply::Refused(Refusal {
            code: String::new(),
            message: "no answer came".to_owned(),
        })
    }

    /// Why no answer came, where none came.
    pub fn lost_because(&self) -> Option<&str> {
        match self {
            Reply::Refused(Refusal { code, message }) if code.is_empty() => Some(message),
            _ => None,
        }
    }

    /// Whether the database failed over the same value in the same way.
    pub fn is_refused_like(&self, other: &Refusal) -> bool {
        matches!(self, Reply::Refused(refusal) if refusal == other && refusal.code.starts_with("22"))
    }

    /// Whether the same question may be answered otherwise in a moment: transactions that got in each other's way, a
    /// connection that was lost, a busy machine on which a statement took too long. Nothing that is tried stays, so it can be tried again.
    pub fn is_passing(&self) -> bool {
        let Reply::Refused(Refusal { code, .. }) = self else {
            return false;
        };
        code.is_empty()
            || ["40", "08", "53"].iter().any(|class| code.starts_with(class))
            || [
                "55P03", "57014", "57P01", "57P02", "57P03", "PGRST000", "PGRST001", "PGRST002", "PGRST003",
            ]
            .contains(&code.as_str())
    }
}

impl From<&DbError> for Refusal {
    fn from(error: &DbError) -> Refusal {
        Refusal {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
        }
    }
}

impl Refusal {
    /// What the refusal of a try on `relation` says.
    pub fn outcome(&self, relation: &Exposed, verb: Verb) -> Outcome {
        let Refusal { code, message } = self;
        let is_write = verb != Verb::Select;
        let broken = || Outcome::Broken {
            code: code.clone(),
            message: message.clone(),
        };
        let unfit = || Outcome::Untried {
            why: format!("what was made up to write does not fit: {message}"),
        };
        // Where no trigger has a say, it is a function that a policy calls. Which triggers a view reaches is not known.
        let raised = || match relation.kind == RelationKind::Table && !relation.guarded.contains(&verb) {
            true => broken(),
            false => Outcome::RefusedByTrigger {
                message: message.clone(),
            },
        };
        match code.as_str() {
            "PGRST205" | "PGRST106" => Outcome::Missing,
            // A policy that reads a table which is gone says the same of that table.
            "42P01" if speaks_of(message, relation) => Outcome::Missing,
            "42501" if message.contains("row-level security") => {
                // A trigger that writes elsewhere meets the policies there; a view those of the table that it shows.
                match relation.kind == RelationKind::Table && !speaks_of(message, relation) {
                    true => raised(),
                    false => Outcome::RefusedByPolicy,
                }
            }
            "42501" if message.starts_with("permission denied") => Outcome::PermissionDenied,
            "42501" if is_write => raised(),
            "55000" | "42809" | "0A000" if is_write && is_about_views(message) => Outcome::ReadOnly,
            "428C9" | "0A000" if is_write => unfit(),
            _ if verb == Verb::Insert && precedes_policies(code, message) => unfit(),
            "57014" => Outcome::Failed {
                message: TOO_SLOW.to_owned(),
            },
            _ if is_write && (code.starts_with("23") || code == "44000") => Outcome::RefusedByConstraint {
                constraint: constraint(message),
            },
            _ if is_write && is_raised(code) => raised(),
            _ if is_of_database(code) => broken(),
            "" => Outcome::Failed {
                message: message.clone(),
            },
            _ => Outcome::Failed {
                message: format!("{code}: {message}"),
            },
        }
    }
}

/// What is said of a statement that was cut off.
const TOO_SLOW: &str = "too slow: the API gives up after its statement timeout [57014]";

/// Whether PostgreSQL finds this wrong with a new row before it asks a policy, so that it says nothing of policies: a
/// value that a type or a domain refuses, a row that no partition takes, one that a trigger refuses in a constraint's name.
fn precedes_policies(code: &str, message: &str) -> bool {
    let is_early = message.starts_with("no partition of relation") || message.contains("domain ");
    let is_raised = code.starts_with("23") && !message.contains("violates");
    code.starts_with("22") || is_raised || ["23502", "23514"].contains(&code) && is_early
}

/// Whether an error names this relation, with or without its schema.
fn speaks_of(message: &str, relation: &Exposed) -> bool {
    let (schema, name) = (&relation.schema, &relation.name);
    [format!("\"{name}\""), format!("\"{schema}.{name}\"")]
        .iter()
        .any(|quoted| message.contains(quoted))
}

fn is_about_views(message: &str) -> bool {
    message.contains(" view ") || message.contains("foreign table")
}

/// Codes that no server gives by itself: `raise exception`, and those that people make up.
fn is_raised(code: &str) -> bool {
    let own = ["P0", "PT", "45"];
    let class = code.get(..2).unwrap_or_default();
    own.contains(&class) || !CLASSES.contains(&class) && is_sqlstate(code)
}

/// Whether the server itself failed: the tries are well-formed, so it is what policies and triggers ask.
fn is_of_database(code: &str) -> bool {
    is_sqlstate(code) && !code.starts_with("PGRST")
}

fn is_sqlstate(code: &str) -> bool {
    code.len() == 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The classes of PostgreSQL's own codes.
const CLASSES: &[&str] = &[
    "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24",
    "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53",
    "54", "55", "57", "58", "72", "F0", "HV", "XX",
];

/// The constraint that a message names, else the message.
fn constraint(message: &str) -> String {
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"constraint "([^"]+)""#).expect("a valid expression"));
    NAMED
        .captures(message)
        .map_or_else(|| message.to_owned(), |named| named[1].to_owned())
}

#[cfg(test)]
mod tests;
