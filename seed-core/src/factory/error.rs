//! Why a factory makes no record.

use std::fmt::Write;

use uuid::Uuid;

use crate::domain::Record;
use crate::plan::PlanError;

/// Why a factory makes no record.
///
/// ```
/// use seed_core::factory::Opportunity;
/// let error = Opportunity::factory().won().lost().try_build().unwrap_err();
/// assert_eq!(error.to_string(), "none of the 75 rows of opportunities is won and lost");
/// assert!(error.hint().contains("exclude each other"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactoryError {
    /// Fewer rows than asked for are so.
    #[error("{}", too_few(*.record, .states, *.asked, *.found, *.rows))]
    TooFew {
        /// Of what.
        record: Record,
        /// What the rows should be.
        states: Vec<String>,
        /// How many there would have to be.
        asked: u64,
        /// How many there are.
        found: u64,
        /// How many rows the owner has.
        rows: u64,
    },
    /// A relative whose key is that of no row.
    #[error("the relatives of {id} are asked for, and it is the key of no row of {record} with seed {seed}")]
    NotOurs {
        /// What it should be.
        record: Record,
        /// Its key.
        id: Uuid,
        /// The factory's seed.
        seed: u64,
    },
    /// What is asked for contradicts itself.
    #[error(transparent)]
    Spec(#[from] PlanError),
}

impl FactoryError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::TooFew { states, found: 0, .. } if states.len() > 1 => {
                "leave out states that exclude each other, or ask for more rows with `volume`".into()
            }
            Self::TooFew { .. } => "ask for more rows with `volume`".into(),
            Self::NotOurs { .. } => "make both from the same `Records`, and leave its `id` as it is".into(),
            Self::Spec(error) => error.hint(),
        }
    }
}

fn too_few(record: Record, states: &[String], asked: u64, found: u64, rows: u64) -> String {
    let mut text = match (found, rows) {
        (_, 0) => return format!("the owner has no {record}"),
        (0, _) => format!("none of the {rows} rows of {record}"),
        _ => format!("{asked} rows of {record} are asked for, and {found} of {rows}"),
    };
    if !states.is_empty() {
        let are = if found == 0 { "is" } else { "are" };
        let _ = write!(text, " {are} {}", states.join(" and "));
    } else if found > 0 {
        text.truncate(text.len() - format!("{found} of {rows}").len());
        let _ = write!(text, "there are {rows}");
    }
    text
}
