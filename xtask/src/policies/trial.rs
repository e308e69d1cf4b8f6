//! What is tried on one relation by one caller, as data: through the API and in the database the same is asked.

use serde_json::{Map, Value};

use super::caller::Caller;
use super::candidate::Candidates;
use super::exposed::{Exposed, ExposedColumn};
use super::matrix::{Cell, Outcome, Try, Verb, Whose};
use super::reply::Reply;
use super::truth::{Truth, Values};
use crate::verify::names::OwnerColumn;

/// A question to the API or to the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// How many rows are there?
    Count {
        /// The column that is read.
        column: String,
        /// Only those where this column holds this value.
        only: Option<(String, String)>,
    },
    /// Is this row taken?
    Insert {
        /// The row; what it does not say has its default.
        row: Map<String, Value>,
    },
    /// Is a row changed?
    Update {
        /// Which.
        address: Address,
        /// The column that gets the value that it has.
        column: String,
        /// The value.
        value: Option<String>,
    },
    /// Is a row removed?
    Delete {
        /// Which.
        address: Address,
    },
}

/// What a write is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Address {
    /// The row with these values.
    Row(Vec<(String, Option<String>)>),
    /// No row: what this column holds both is and is not null. What refuses it would refuse any.
    Nowhere(String),
}

/// What one caller tries on one relation.
#[derive(Debug, Clone)]
pub struct Trials {
    /// Rows that there are.
    all: u64,
    /// Rows of its own; `None` where none can be, or the column that says so is out of reach.
    own: Option<u64>,
    /// Whose rows are seen where nothing tells them apart.
    whose: Whose,
    counts: Vec<Question>,
    writes: Vec<Write>,
}

#[derive(Debug, Clone)]
struct Write {
    verb: Verb,
    whose: Whose,
    question: Result<Question, String>,
    /// Why there is nothing to be written.
    nothing: Option<String>,
}

impl Trials {
    /// Plans them for the caller number `number`.
    pub fn plan(
        relation: &Exposed,
        owner: Option<&OwnerColumn>,
        truth: &Truth,
        candidates: &Candidates<'_>,
        callers: &[Caller],
        number: usize,
    ) -> Trials {
        let caller = &callers[number];
        let shares = &truth.own[number];
        let whose = if owner.is_some() {
            Whose::Others
        } else {
            Whose::Any
        };
        let column = relation
            .readable(&caller.role)
            .map_or_else(String::new, |column| column.name.clone());
        let count = |only| Question::Count {
            column: column.clone(),
            only,
        };
        let mut counts = vec![count(None)];
        let told = owner
            .zip(shares.key.clone())
            .filter(|(owner, _)| may_read(relation, owner, caller));
        let own = told.map(|(owner, key)| {
            counts.push(count(Some((owner.name.clone(), key))));
            shares.count
        });
        let subjects = match shares.key {
            Some(_) => vec![(Whose::Own, &shares.row), (Whose::Others, &shares.others)],
            None => vec![(whose, &shares.others)],
        };
        let mut writes = Vec::new();
        for (whose, _) in &subjects {
            writes.push(Write {
                verb: Verb::Insert,
                whose: *whose,
                question: candidates.row(number, *whose).map(|row| Question::Insert { row }),
                nothing: None,
            });
        }
        for verb in [Verb::Update, Verb::Delete] {
            for (whose, row) in &subjects {
                let question = match verb {
                    Verb::Update => update(relation, owner, caller, row.as_ref()),
                    _ => delete(relation, caller, row.as_ref()),
                };
                let nothing = row.is_none().then(|| match (&truth.problem, whose) {
                    (Some(problem), _) => problem.clone(),
                    (None, Whose::Own) => "it has no row of its own".to_owned(),
                    (None, Whose::Others) => "there is no row of anybody else".to_owned(),
                    (None, Whose::Any) => "there is no row".to_owned(),
                });
                writes.push(Write {
                    verb,
                    whose: *whose,
                    question,
                    nothing,
                });
            }
        }
        Trials {
            all: truth.all,
            own,
            whose,
            counts,
            writes,
        }
    }

    /// What is to be asked, in the order in which [`Self::cell`] takes the answers.
    pub fn questions(&self) -> Vec<&Question> {
        let writes = self
            .writes
            .iter()
            .filter_map(|write| write.question.as_ref().ok());
        self.counts.iter().chain(writes).collect()
    }

    /// What came of it.
    pub fn cell(&self, relation: &Exposed, replies: Vec<Reply>) -> Cell {
        let mut replies = replies.into_iter();
        let mut cell = Cell::default();
        let mut next = || replies.next().unwrap_or_else(Reply::lost);
        let all = next();
        cell.select = match self.own {
            None => vec![self.seen(relation, self.whose, &all, self.all)],
            Some(count) => {
                let own = next();
                let others = match (&all, &own) {
                    (Reply::Rows(all), Reply::Rows(own)) => Reply::Rows(all.saturating_sub(*own)),
                    (Reply::Refused(_), _) => all.clone(),
                    (_, refused) => refused.clone(),
                };
                vec![
                    self.seen(relation, Whose::Own, &own, count),
                    self.seen(relation, Whose::Others, &others, self.all.saturating_sub(count)),
                ]
            }
        };
        for write in &self.writes {
            let (outcome, rows) = match &write.question {
                Err(why) => (Outcome::Untried { why: why.clone() }, 0),
                Ok(_) => match (next(), &write.nothing) {
                    (Reply::Rows(0), Some(why)) => (Outcome::Untried { why: why.clone() }, 0),
                    (Reply::Rows(0), None) => (Outcome::NoRows, 0),
                    (Reply::Rows(rows), _) => (Outcome::Allowed, rows),
                    (Reply::Refused(refusal), _) => (refusal.outcome(relation, write.verb), 0),
                },
            };
            let of = u64::from(write.nothing.is_none() && write.question.is_ok());
            let tries = match write.verb {
                Verb::Insert => &mut cell.insert,
                Verb::Update => &mut cell.update,
                _ => &mut cell.delete,
            };
            tries.push(Try {
                whose: write.whose,
                outcome,
                rows,
                of,
            });
        }
        cell
    }

    fn seen(&self, relation: &Exposed, whose: Whose, reply: &Reply, of: u64) -> Try {
        let (outcome, rows) = match reply {
            Reply::Refused(refusal) => (refusal.outcome(relation, Verb::Select), 0),
            Reply::Rows(0) if of == 0 => {
                let why = match whose {
                    Whose::Own => "it has no row of its own",
                    Whose::Others => "there is no row of anybody else",
                    Whose::Any => "there is no row",
                };
                (Outcome::Untried { why: why.to_owned() }, 0)
            }
            Reply::Rows(0) => (Outcome::NoRows, 0),
            Reply::Rows(rows) if *rows < of => (Outcome::Part, *rows),
            Reply::Rows(rows) => (Outcome::Allowed, *rows),
        };
        // A view that asks who is asking shows what its owner does not see.
        Try {
            whose,
            outcome,
            rows,
            of: of.max(rows),
        }
    }
}

fn may_read(relation: &Exposed, owner: &OwnerColumn, caller: &Caller) -> bool {
    let is_open = |column: &ExposedColumn| column.select.contains(&caller.role);
    // Where nothing can be read, the refusal is what is to be seen.
    let is_shut = !relation.columns.iter().any(is_open);
    relation
        .column(&owner.name)
        .is_some_and(|column| is_shut || is_open(column))
}

fn update(
    relation: &Exposed,
    owner: Option<&OwnerColumn>,
    caller: &Caller,
    row: Option<&Values>,
) -> Result<Question, String> {
    let is_key = |name: &String| relation.keys.iter().flatten().any(|key| key == name);
    let usual: Vec<&ExposedColumn> = relation
        .columns
        .iter()
        .filter(|column| !column.is_computed && !is_key(&column.name))
        .collect();
    let mut by_choice = usual.clone();
    by_choice.sort_by_key(|column| {
        let is_owner = owner.is_some_and(|owner| owner.name == column.name);
        let is_null = row.is_some_and(|row| row.get(&column.name).is_none_or(Option::is_none));
        (
            !column.update.contains(&caller.role),
            is_owner,
            !column.is_plain,
            is_null,
        )
    });
    let column = by_choice.first().copied().or(relation.columns.first());
    let column = column.ok_or_else(|| "it has no column".to_owned())?;
    Ok(Question::Update {
        address: address(relation, caller, row)?,
        value: row.and_then(|row| row.get(&column.name).cloned()).flatten(),
        column: column.name.clone(),
    })
}

fn delete(relation: &Exposed, caller: &Caller, row: Option<&Values>) -> Result<Question, String> {
    Ok(Question::Delete {
        address: address(relation, caller, row)?,
    })
}

fn address(relation: &Exposed, caller: &Caller, row: Option<&Values>) -> Result<Address, String> {
    let columns = relation.address();
    match row {
        Some(row) if !columns.is_empty() => Ok(Address::Row(
            columns
                .iter()
                .map(|column| (column.name.clone(), row.get(&column.name).cloned().flatten()))
                .collect(),
        )),
        Some(_) => Err("no column tells its rows apart".to_owned()),
        None => {
            let column = relation
                .readable(&caller.role)
                .ok_or_else(|| "it has no column".to_owned())?;
            Ok(Address::Nowhere(column.name.clone()))
        }
    }
}
