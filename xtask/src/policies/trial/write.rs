//! A try on one row, planned.

use serde_json::{Map, Value};

use crate::policies::caller::Caller;
use crate::policies::candidate::Candidates;
use crate::policies::exposed::{Exposed, ExposedColumn};
use crate::policies::matrix::{Verb, Whose};
use crate::policies::question::{Address, Question};
use crate::policies::truth::Values;

/// Why a write is only tried on a row of ours.
pub const NOT_UNDONE: &str = "the API does not undo writes";

/// Why nothing can be tried on rows that are there; in the same words for all whom it meets, who are named beside it.
pub const NO_ROW: &str = "there is no row of this kind";
/// What helps then.
pub const MAKE_ONE: &str = "insert a row of each user, or put it into `supabase/seed.sql`";

/// A try on one row: a write, or a look at a row of ours where there is no other to be seen.
#[derive(Debug, Clone)]
pub struct Write {
    /// What is tried.
    pub verb: Verb,
    /// Whose row it is about.
    pub whose: Whose,
    /// What is asked, or why nothing can be.
    pub question: Result<Question, String>,
    /// Why there is nothing to be written.
    pub nothing: Option<String>,
    /// The row that it is about, where that must be taken away in the end.
    pub spare: Option<Spare>,
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
    /// The rows that are there, and placed ones where there are none: the API undoes what it is asked to undo.
    Existing,
    /// Rows that are placed for it.
    Placed,
}

/// A try on a row that is placed for it; on no row where none can be.
pub fn on_spare(
    candidates: &Candidates<'_>,
    caller: usize,
    verb: Verb,
    whose: Whose,
    at: usize,
    ground: Ground,
) -> Write {
    let spare = match &candidates.truth.problem {
        Some(problem) => Err(problem.clone()),
        None => candidates
            .spare(caller, verb, whose, at, ground)
            .map_err(|why| because(ground, &why)),
    };
    Write {
        verb,
        whose,
        question: change(candidates, caller, verb, spare.as_ref().ok()),
        nothing: spare.as_ref().err().cloned(),
        spare: spare.ok().map(|values| Spare {
            values,
            is_placed: true,
        }),
    }
}

/// A look at a row that is placed for it; none where none can be placed, or found again.
pub fn look(
    candidates: &Candidates<'_>,
    caller: usize,
    whose: Whose,
    at: usize,
    ground: Ground,
) -> Option<Write> {
    let values = candidates.spare(caller, Verb::Select, whose, at, ground).ok()?;
    let relation = candidates.relation;
    let role = &candidates.callers()[caller].role;
    let key = relation.keys.first()?;
    let is_open = |name: &String| {
        relation
            .column(name)
            .is_some_and(|column| column.select.contains(role))
    };
    if !key.iter().all(is_open) {
        return None;
    }
    let only = key
        .iter()
        .map(|name| Some((name.clone(), values.get(name)?.clone()?)));
    Some(Write {
        verb: Verb::Select,
        whose,
        question: Ok(Question::Count {
            column: key.first()?.clone(),
            only: only.collect::<Option<_>>()?,
        }),
        nothing: None,
        spare: Some(Spare {
            values,
            is_placed: true,
        }),
    })
}

/// Why a row of ours is needed, and why there is none.
pub fn because(ground: Ground, why: &str) -> String {
    match ground {
        Ground::Existing => format!("{NO_ROW}, and {why}: {MAKE_ONE}"),
        Ground::Placed => format!("{NOT_UNDONE}, and {why}"),
    }
}

/// A row that is put in.
pub fn insertion(
    candidates: &Candidates<'_>,
    caller: usize,
    whose: Whose,
    at: usize,
    ground: Ground,
) -> Write {
    let values = match ground {
        Ground::Existing => candidates.values(caller, whose, at),
        Ground::Placed => {
            let spare = candidates.spare(caller, Verb::Insert, whose, at, ground);
            spare.map_err(|why| because(ground, &why))
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

/// A change or a removal of a row that is there; of no row where there is none.
///
/// # Errors
/// Why it cannot be tried.
pub fn change(
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
    let usual = columns.filter(|column| !column.is_computed);
    let by_choice = usual.min_by_key(|column| {
        let is_owner = owner.is_some_and(|owner| owner.name == column.name);
        let is_null = row.is_some_and(|row| row.get(&column.name).is_none_or(Option::is_none));
        (
            is_key(&column.name),
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
