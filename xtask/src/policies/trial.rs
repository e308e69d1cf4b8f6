//! What is tried on one relation by one caller, as data: through the API and in the database the same is asked.

mod write;

use super::caller::Caller;
use super::candidate::Candidates;
use super::exposed::{Exposed, ExposedColumn};
use super::matrix::{Cell, Outcome, Try, Verb, Whose};
use super::question::{Address, Question};
use super::reply::Reply;
use crate::verify::names::OwnerColumn;

pub use self::write::{Ground, Spare};
use self::write::{MAKE_ONE, NO_ROW, Write, because, change, insertion, look, on_spare};

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
    ground: Ground,
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
        let mut counts = vec![count(Vec::new())];
        let told = owner
            .zip(shares.key.clone())
            .filter(|(owner, _)| may_read(relation, owner, caller));
        let own = told.map(|(owner, key)| {
            counts.push(count(vec![(owner.name.clone(), key)]));
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
                writes.push(match (verb, ground, row) {
                    (Verb::Insert, ..) => insertion(candidates, number, *whose, at, ground),
                    (_, Ground::Existing, Some(row)) => Write {
                        verb,
                        whose: *whose,
                        question: change(candidates, number, verb, Some(row)),
                        nothing: None,
                        spare: None,
                    },
                    _ => on_spare(candidates, number, verb, *whose, at, ground),
                });
            }
        }
        for (whose, row) in &subjects {
            // What is seen of no row says nothing, so one is placed to look at.
            if row.is_none() && truth.problem.is_none() && (*whose != Whose::Own || own.is_some()) {
                let look = look(candidates, number, *whose, writes.len(), ground);
                writes.extend(look);
            }
        }
        Trials {
            all: truth.all,
            own,
            whose,
            counts,
            writes,
            ground,
        }
    }

    /// The rows of ours that it needs, each with the number of its try.
    pub fn spares(&self) -> impl Iterator<Item = (usize, &Spare)> {
        let writes = self.writes.iter().enumerate();
        writes.filter_map(|(number, write)| Some((number, write.spare.as_ref()?)))
    }

    /// Tries number `number` on no row, because `why`; nothing is put in then.
    pub fn give_up(&mut self, number: usize, why: &str) {
        let write = &mut self.writes[number];
        let why = because(self.ground, why);
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
                    // What reading meets as well is not the row's fault.
                    (Reply::Refused(refusal), _) if all.is_refused_like(&refusal) => {
                        (refusal.outcome(relation, Verb::Select), 0)
                    }
                    (Reply::Refused(refusal), _) => (refusal.outcome(relation, write.verb), 0),
                },
            };
            let of = u64::from(write.nothing.is_none() && write.question.is_ok());
            let tried = Try {
                whose: write.whose,
                outcome,
                rows,
                of,
                is_placed: write.spare.as_ref().is_some_and(|spare| spare.is_placed),
            };
            match write.verb {
                Verb::Insert => cell.insert.push(tried),
                Verb::Update => cell.update.push(tried),
                Verb::Delete => cell.delete.push(tried),
                Verb::Select => {
                    let seen = cell.select.iter_mut().find(|seen| seen.whose == tried.whose);
                    if let Some(seen) = seen.filter(|seen| matches!(seen.outcome, Outcome::Untried { .. })) {
                        *seen = tried;
                    }
                }
            }
        }
        cell
    }

    /// Why nothing can be looked at: what keeps a row from being placed to write on keeps it from being seen as well.
    fn no_row(&self) -> String {
        let mut writes = self.writes.iter();
        let why = writes.find_map(|write| write.nothing.clone());
        why.unwrap_or_else(|| format!("{NO_ROW}: {MAKE_ONE}"))
    }

    fn seen(&self, relation: &Exposed, whose: Whose, reply: &Reply, of: u64) -> Try {
        let (outcome, rows) = match reply {
            Reply::Refused(refusal) => (refusal.outcome(relation, Verb::Select), 0),
            Reply::Rows(0) if of == 0 => (Outcome::Untried { why: self.no_row() }, 0),
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
            is_placed: false,
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

#[cfg(test)]
mod tests;
