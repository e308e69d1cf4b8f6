//! What each role may do with each exposed table and view.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::reach::Reach;

/// All that was tried.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Matrix {
    /// Those who tried, `anon` first, then the roles in their order.
    pub actors: Vec<Actor>,
    /// What they tried it on, by schema and name.
    pub relations: Vec<Relation>,
}

/// Someone who tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// `anon`, or the name of a role as `users` has it.
    pub name: String,
    /// Whose token it was; `None` for `anon`.
    pub email: Option<String>,
}

/// A table or a view that the API shows, and what came of the tries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whether row level security is on; views have none of their own.
    pub row_security: bool,
    /// The column that says whose a row is.
    pub owner_column: Option<String>,
    /// Its policies, for the reader.
    pub policies: Vec<Policy>,
    /// One for each actor, in their order.
    pub cells: Vec<Cell>,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Partitioned and foreign tables too.
    Table,
    /// A view.
    View,
    /// Kept rows of a query: policies never apply to them.
    MaterializedView,
}

/// A policy as the catalog has it (`pg_policies`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// Database roles that it is for.
    pub roles: Vec<String>,
    /// Whether it lets through; a restrictive one holds back.
    pub permissive: bool,
    /// Which rows it is for.
    pub using: Option<String>,
    /// Which rows may be written.
    pub check: Option<String>,
}

/// What one actor may do with one relation. As JSON it has the words of the expectation too, under `reach`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Rows that were seen.
    pub select: Vec<Try>,
    /// A row put in for oneself, and one for somebody else.
    pub insert: Vec<Try>,
    /// A row changed, oneself's and somebody else's.
    pub update: Vec<Try>,
    /// A row removed, oneself's and somebody else's.
    pub delete: Vec<Try>,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Reading rows.
    Select,
    /// Putting a row in.
    Insert,
    /// Changing a row.
    Update,
    /// Removing a row.
    Delete,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Try {
    /// Whose rows it was about.
    pub whose: Whose,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Rows seen or written.
    pub rows: u64,
    /// Rows that there are, for a write the one that was tried.
    pub of: u64,
    /// Whether that was a row of ours, placed to try on because there was none of this kind.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_placed: bool,
}

/// Whose rows a try is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Those of the actor.
    Own,
    /// Those of anybody else, or of nobody.
    Others,
    /// The relation does not say whose a row is.
    Any,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// All rows were seen; the row was written (and the write undone).
    Allowed,
    /// Some of the rows were seen.
    Part,
    /// Policies let no row through: nothing was seen, nothing was written, and no error came.
    NoRows,
    /// A policy refused the new row (SQLSTATE 42501, "violates row-level security policy").
    RefusedByPolicy,
    /// There is no grant (SQLSTATE 42501, "permission denied").
    PermissionDenied,
    /// Policies let it through, then a constraint refused it (SQLSTATE class 23).
    RefusedByConstraint {
        /// Its name, or what the database said where it names none.
        constraint: String,
    },
    /// A trigger or a function raised: whether policies would have let it through is not known.
    RefusedByTrigger {
        /// What it said.
        message: String,
    },
    /// The API does not know the relation (42P01, PGRST205).
    Missing,
    /// A view that cannot be written.
    ReadOnly,
    /// The policies themselves fail, as with infinite recursion (42P17).
    Broken {
        /// The SQLSTATE.
        code: String,
        /// What the database said.
        message: String,
    },
    /// It could not be tried.
    Untried {
        /// Why.
        why: String,
    },
    /// What nobody foresaw.
    Failed {
        /// Code and message.
        message: String,
    },
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cell = serializer.serialize_map(Some(Verb::ALL.len() + 1))?;
        let reach: BTreeMap<&str, Reach> = Verb::ALL
            .into_iter()
            .map(|verb| (verb.name(), self.reach(verb)))
            .collect();
        cell.serialize_entry("reach", &reach)?;
        for verb in Verb::ALL {
            cell.serialize_entry(verb.name(), self.tries(verb))?;
        }
        cell.end()
    }
}

impl Try {
    /// Rows of how many, with a star where it is a row of ours: `20/80`, `1/1*`.
    pub fn counted(&self) -> String {
        let star = if self.is_placed { "*" } else { "" };
        format!("{}/{}{star}", self.rows, self.of)
    }
}

impl Matrix {
    /// Whether somebody looked at a row of ours.
    pub fn has_stars(&self) -> bool {
        let mut cells = self.relations.iter().flat_map(|relation| &relation.cells);
        cells.any(|cell| cell.select.iter().any(|one| one.is_placed))
    }
}

impl Cell {
    /// The tries of a verb.
    pub fn tries(&self, verb: Verb) -> &[Try] {
        match verb {
            Verb::Select => &self.select,
            Verb::Insert => &self.insert,
            Verb::Update => &self.update,
            Verb::Delete => &self.delete,
        }
    }

    /// How far the actor gets with a verb.
    pub fn reach(&self, verb: Verb) -> Reach {
        Reach::of(self.tries(verb))
    }
}

impl Verb {
    /// All of them.
    pub const ALL: [Verb; 4] = [Verb::Select, Verb::Insert, Verb::Update, Verb::Delete];

    /// As SQL has it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Select => "select",
            Verb::Insert => "insert",
            Verb::Update => "update",
            Verb::Delete => "delete",
        }
    }
}

impl Outcome {
    /// Whether policies and grants let it through.
    pub fn is_let_through(&self) -> bool {
        matches!(self, Outcome::Allowed | Outcome::RefusedByConstraint { .. })
    }

    /// Whether there was nothing to learn.
    pub fn is_untried(&self) -> bool {
        matches!(self, Outcome::Untried { .. })
    }

    /// The word for it where it stands alone, if it says nothing of rows.
    pub fn word(&self) -> Option<Reach> {
        match self {
            Outcome::Missing => Some(Reach::Missing),
            Outcome::Broken { .. } | Outcome::Failed { .. } => Some(Reach::Broken),
            Outcome::ReadOnly => Some(Reach::ReadOnly),
            Outcome::RefusedByTrigger { .. } => Some(Reach::Trigger),
            _ => None,
        }
    }
}
