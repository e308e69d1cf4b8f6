//! What each role may do with each exposed table and view.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

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

/// How far an actor gets with a verb, in one word: it does not depend on how many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All rows.
    All,
    /// One's own rows.
    Own,
    /// Rows of others, not one's own.
    Others,
    /// Some rows, by another rule.
    Part,
    /// A grant, and policies that let no row through.
    None,
    /// No grant.
    Denied,
    /// A view that cannot be written.
    ReadOnly,
    /// A trigger refuses.
    Trigger,
    /// Not known to the API.
    Missing,
    /// The policies fail.
    Broken,
    /// Not to be tried.
    Untried,
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
    fn is_untried(&self) -> bool {
        matches!(self, Outcome::Untried { .. })
    }

    /// The word for it where it stands alone, if it says nothing of rows.
    fn word(&self) -> Option<Reach> {
        match self {
            Outcome::Missing => Some(Reach::Missing),
            Outcome::Broken { .. } | Outcome::Failed { .. } => Some(Reach::Broken),
            Outcome::ReadOnly => Some(Reach::ReadOnly),
            Outcome::RefusedByTrigger { .. } => Some(Reach::Trigger),
            _ => None,
        }
    }
}

impl Reach {
    /// The word for these tries.
    ///
    /// ```
    /// use xtask::policies::matrix::{Outcome, Reach, Try, Whose};
    ///
    /// let tried = |whose, outcome| Try { whose, outcome, rows: 0, of: 1, is_placed: false };
    /// let own = tried(Whose::Own, Outcome::Allowed);
    /// let others = tried(Whose::Others, Outcome::NoRows);
    /// assert_eq!(Reach::of(&[own, others]), Reach::Own);
    /// ```
    pub fn of(tries: &[Try]) -> Reach {
        let tried: Vec<&Try> = tries.iter().filter(|one| !one.outcome.is_untried()).collect();
        let all = |is: fn(&Outcome) -> bool| tried.iter().all(|one| is(&one.outcome));
        let any = |is: fn(&Outcome) -> bool| tried.iter().any(|one| is(&one.outcome));
        if tried.is_empty() {
            return Reach::Untried;
        }
        if any(|outcome| *outcome == Outcome::Part) {
            return Reach::Part;
        }
        if all(Outcome::is_let_through) {
            // Nothing is known of others where only own rows could be tried.
            return match tried.as_slice() {
                [one] if one.whose == Whose::Own => Reach::Own,
                _ => Reach::All,
            };
        }
        let let_through = tried.iter().find(|one| one.outcome.is_let_through());
        match let_through.map(|one| one.whose) {
            Some(Whose::Own) => return Reach::Own,
            Some(Whose::Others) => return Reach::Others,
            Some(Whose::Any) => return Reach::Part,
            None => {}
        }
        if let Some(word) = tried.iter().find_map(|one| one.outcome.word()) {
            return word;
        }
        match all(|outcome| *outcome == Outcome::PermissionDenied) {
            true => Reach::Denied,
            false => Reach::None,
        }
    }

    /// As the expectation spells it.
    pub fn name(self) -> &'static str {
        match self {
            Reach::All => "all",
            Reach::Own => "own",
            Reach::Others => "others",
            Reach::Part => "part",
            Reach::None => "none",
            Reach::Denied => "denied",
            Reach::ReadOnly => "read_only",
            Reach::Trigger => "trigger",
            Reach::Missing => "missing",
            Reach::Broken => "broken",
            Reach::Untried => "untried",
        }
    }
}

impl Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tries: &[(Whose, Outcome)], expected: Reach) {
        let tries = tries.iter().map(|(whose, outcome)| Try {
            whose: *whose,
            outcome: outcome.clone(),
            rows: 0,
            of: 1,
            is_placed: false,
        });
        assert_eq!(Reach::of(&tries.collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_reach_says_whose_rows_are_within_it() {
        use Outcome::{Allowed, NoRows, Part, PermissionDenied, RefusedByPolicy};
        check(&[(Whose::Own, Allowed), (Whose::Others, Allowed)], Reach::All);
        check(&[(Whose::Own, Allowed), (Whose::Others, NoRows)], Reach::Own);
        check(&[(Whose::Own, NoRows), (Whose::Others, Allowed)], Reach::Others);
        check(&[(Whose::Own, Allowed), (Whose::Others, Part)], Reach::Part);
        check(
            &[(Whose::Own, RefusedByPolicy), (Whose::Others, NoRows)],
            Reach::None,
        );
        check(&[(Whose::Any, PermissionDenied)], Reach::Denied);
        check(&[(Whose::Any, Allowed)], Reach::All);
        check(&[], Reach::Untried);
    }

    #[test]
    fn a_constraint_comes_after_the_policies() {
        let constraint = || Outcome::RefusedByConstraint {
            constraint: "contacts_email_key".into(),
        };
        check(
            &[
                (Whose::Own, constraint()),
                (Whose::Others, Outcome::RefusedByPolicy),
            ],
            Reach::Own,
        );
    }

    #[test]
    fn what_could_not_be_tried_counts_for_nothing() {
        let untried = || Outcome::Untried { why: "no row".into() };
        check(
            &[(Whose::Own, untried()), (Whose::Others, Outcome::Allowed)],
            Reach::All,
        );
        check(
            &[(Whose::Own, untried()), (Whose::Others, Outcome::NoRows)],
            Reach::None,
        );
        check(&[(Whose::Own, untried())], Reach::Untried);
    }
}
