//! What is tried on one relation by one caller, as data: through the API and in the database the same is asked.

use serde_json::{Map, Value};

use super::caller::Caller;
use super::candidate::Candidates;
use super::exposed::{Exposed, ExposedColumn};
use super::matrix::{Cell, Outcome, Try, Verb, Whose};
use super::question::{Address, Question};
use super::reply::Reply;
use super::truth::{Truth, Values};
use crate::verify::names::OwnerColumn;

/// Why a write is only tried on a row of ours.
const NOT_UNDONE: &str = "the API does not undo writes";

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
    /// The row that it is about, where that must be taken away in the end.
    spare: Option<Spare>,
}

/// A row of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Spare {
    /// Its values.
    pub values: Values,
    /// Whether it must be there before the try; else the try may put it in.
    pub is_placed: bool,
}

/// What is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The rows that are there: the API undoes what it is asked to undo.
    Existing,
    /// Rows that are placed for it.
    Placed,
}

impl Trials {
    /// Plans them for the caller number `number`.
    pub fn plan(candidates: &Candidates<'_>, number: usize, ground: Ground) -> Trials {
        let Candidates {
            relation,
            owner,
            truth,
            ..
        } = candidates;
        let caller = &candidates.callers()[number];
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
        for verb in [Verb::Insert, Verb::Update, Verb::Delete] {
            for (whose, row) in &subjects {
                let at = writes.len();
                writes.push(match (verb, ground) {
                    (Verb::Insert, _) => insertion(candidates, number, *whose, at, ground),
                    (_, Ground::Existing) => {
                        let nothing = row.is_none().then(|| nothing(truth, *whose));
                        let question = change(candidates, number, verb, row.as_ref());
                        Write {
                            verb,
                            whose: *whose,
                            question,
                            nothing,
                            spare: None,
                        }
                    }
                    (_, Ground::Placed) => {
                        let spare = candidates.spare(number, verb, *whose, at);
                        Write {
                            verb,
                            whose: *whose,
                            question: change(candidates, number, verb, spare.as_ref().ok()),
                            nothing: spare.as_ref().err().map(|why| format!("{NOT_UNDONE}, and {why}")),
                            spare: spare.ok().map(|values| Spare {
                                values,
                                is_placed: true,
                            }),
                        }
                    }
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

    /// The rows of ours that it needs, each with the number of its try.
    pub fn spares(&self) -> impl Iterator<Item = (usize, &Spare)> {
        let writes = self.writes.iter().enumerate();
        writes.filter_map(|(number, write)| Some((number, write.spare.as_ref()?)))
    }

    /// Tries number `number` on no row, because `why`; nothing is put in then.
    pub fn give_up(&mut self, number: usize, why: &str) {
        let why = format!("{NOT_UNDONE}, and {why}");
        let write = &mut self.writes[number];
        write.spare = None;
        match (&mut write.question, self.counts.first()) {
            (
                Ok(Question::Update { address, .. } | Question::Delete { address }),
                Some(Question::Count { column, .. }),
            ) => {
                *address = Address::Nowhere(column.clone());
                write.nothing = Some(why);
            }
            (question, _) => *question = Err(why),
        }
    }

    /// How many rows are seen.
    pub fn counts(&self) -> Vec<&Question> {
        self.counts.iter().collect()
    }

    /// What is written.
    pub fn writes(&self) -> Vec<&Question> {
        self.writes
            .iter()
            .filter_map(|write| write.question.as_ref().ok())
            .collect()
    }

    /// What came of it: the replies to [`Self::counts`], then those to [`Self::writes`].
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
            Reply::Rows(0) if of == 0 => (
                Outcome::Untried {
                    why: no_row(whose).to_owned(),
                },
                0,
            ),
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

fn nothing(truth: &Truth, whose: Whose) -> String {
    match (&truth.problem, whose) {
        (Some(problem), _) => problem.clone(),
        (None, whose) => no_row(whose).to_owned(),
    }
}

fn no_row(whose: Whose) -> &'static str {
    match whose {
        Whose::Own => "it has no row of its own",
        Whose::Others => "there is no row of anybody else",
        Whose::Any => "there is no row",
    }
}

fn insertion(candidates: &Candidates<'_>, caller: usize, whose: Whose, at: usize, ground: Ground) -> Write {
    let values = match ground {
        Ground::Existing => candidates.values(caller, whose, at),
        Ground::Placed => {
            let spare = candidates.spare(caller, Verb::Insert, whose, at);
            spare.map_err(|why| format!("{NOT_UNDONE}, and {why}"))
        }
    };
    let role = &candidates.callers()[caller].role;
    let row = values
        .as_ref()
        .map(|values| candidates.open_to(values, role, whose));
    // Under another key than ours it would not be found again.
    let has_key = |row: &Map<String, Value>| {
        let key = candidates.relation.keys.first();
        key.is_some_and(|key| key.iter().all(|name| row.contains_key(name)))
    };
    let question = match row.map_err(Clone::clone) {
        Ok(row) if ground == Ground::Placed && !has_key(&row) => Err(format!(
            "{NOT_UNDONE}, and the role may not say which key the row gets"
        )),
        row => row.map(|row| Question::Insert { row }),
    };
    let spare = values
        .ok()
        .filter(|_| ground == Ground::Placed && question.is_ok());
    Write {
        verb: Verb::Insert,
        whose,
        question,
        nothing: None,
        spare: spare.map(|values| Spare {
            values,
            is_placed: false,
        }),
    }
}

fn change(
    candidates: &Candidates<'_>,
    caller: usize,
    verb: Verb,
    row: Option<&Values>,
) -> Result<Question, String> {
    let caller = &candidates.callers()[caller];
    let address = address(candidates.relation, caller, row)?;
    if verb == Verb::Delete {
        return Ok(Question::Delete { address });
    }
    let column = changeable(candidates, caller, row).ok_or_else(|| "it has no column".to_owned())?;
    Ok(Question::Update {
        address,
        value: row.and_then(|row| row.get(&column.name).cloned()).flatten(),
        column: column.name.clone(),
    })
}

/// The column that gets the value that it has: one that the role may change, where there is one.
fn changeable<'a>(
    candidates: &'a Candidates<'_>,
    caller: &Caller,
    row: Option<&Values>,
) -> Option<&'a ExposedColumn> {
    let Candidates { relation, owner, .. } = candidates;
    let is_key = |name: &String| relation.keys.iter().flatten().any(|key| key == name);
    let columns = relation.columns.iter();
    let usual = columns.filter(|column| !column.is_computed && !is_key(&column.name));
    let by_choice = usual.min_by_key(|column| {
        let is_owner = owner.is_some_and(|owner| owner.name == column.name);
        let is_null = row.is_some_and(|row| row.get(&column.name).is_none_or(Option::is_none));
        (
            !column.update.contains(&caller.role),
            is_owner,
            !column.is_plain,
            is_null,
        )
    });
    by_choice.or(relation.columns.first())
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

#[cfg(test)]
mod tests;
