use super::write::NOT_UNDONE;
use super::*;
use crate::policies::matrix::RelationKind;
use crate::policies::reply::Refusal;

const RELATION: Exposed = Exposed {
    schema: String::new(),
    name: String::new(),
    kind: RelationKind::Table,
    row_security: true,
    policies: Vec::new(),
    columns: Vec::new(),
    keys: Vec::new(),
    followers: Vec::new(),
    guarded: Vec::new(),
};

fn trials(own: Option<u64>, writes: Vec<Write>) -> Trials {
    Trials {
        all: 10,
        own,
        whose: Whose::Others,
        counts: vec![Question::Count {
            column: "id".into(),
            only: Vec::new(),
        }],
        writes,
        ground: Ground::Placed,
    }
}

fn outcomes(tries: &[Try]) -> Vec<(Outcome, u64, u64)> {
    tries
        .iter()
        .map(|one| (one.outcome.clone(), one.rows, one.of))
        .collect()
}

#[test]
fn others_rows_are_all_but_ones_own() {
    let seen = |all, own| {
        let cell = trials(Some(4), Vec::new()).cell(&RELATION, vec![Reply::Rows(all), Reply::Rows(own)]);
        outcomes(&cell.select)
    };
    use Outcome::{Allowed, NoRows, Part};
    assert_eq!(seen(10, 4), [(Allowed, 4, 4), (Allowed, 6, 6)]);
    assert_eq!(seen(4, 4), [(Allowed, 4, 4), (NoRows, 0, 6)]);
    assert_eq!(seen(5, 3), [(Part, 3, 4), (Part, 2, 6)]);
    let alone = trials(None, Vec::new()).cell(&RELATION, vec![Reply::Rows(0)]);
    assert_eq!(outcomes(&alone.select), [(NoRows, 0, 10)]);
}

#[test]
fn a_try_on_no_row_tells_of_a_refusal_and_of_nothing_else() {
    let write = || Write {
        verb: Verb::Delete,
        whose: Whose::Own,
        question: Ok(Question::Delete {
            address: Address::Row(Vec::new()),
        }),
        nothing: None,
        spare: None,
    };
    let mut trials = trials(None, vec![write()]);
    trials.give_up(0, "it is taken");
    let nowhere = Question::Delete {
        address: Address::Nowhere("id".into()),
    };
    assert_eq!(trials.writes(), [&nowhere]);
    let deleted = |reply| {
        let cell = trials.cell(&RELATION, vec![Reply::Rows(10), reply]);
        outcomes(&cell.delete)
    };
    let why = format!("{NOT_UNDONE}, and it is taken");
    assert_eq!(deleted(Reply::Rows(0)), [(Outcome::Untried { why }, 0, 0)]);
    let denied = Reply::Refused(Refusal {
        code: "42501".into(),
        message: "permission denied for table a".into(),
    });
    assert_eq!(deleted(denied), [(Outcome::PermissionDenied, 0, 0)]);
}

#[test]
fn why_a_table_is_untried_is_the_same_sentence_for_all_that_is_tried_on_it() {
    let write = |whose| Write {
        verb: Verb::Delete,
        whose,
        question: Ok(Question::Delete {
            address: Address::Row(Vec::new()),
        }),
        nothing: None,
        spare: None,
    };
    let mut trials = Trials {
        all: 0,
        ground: Ground::Existing,
        ..trials(Some(0), vec![write(Whose::Own), write(Whose::Others)])
    };
    trials.give_up(0, "its key is taken");
    trials.give_up(1, "its key is taken");
    let nothing = vec![Reply::Rows(0); 4];
    let cell = trials.cell(&RELATION, nothing);
    let why = "there is no row of this kind, and its key is taken: insert a row of each user, or put it into \
               `supabase/seed.sql`";
    let untried = (Outcome::Untried { why: why.into() }, 0, 0);
    assert_eq!(outcomes(&cell.select), [untried.clone(), untried.clone()]);
    assert_eq!(outcomes(&cell.delete), [untried.clone(), untried]);
}

#[test]
fn what_reading_meets_as_well_is_not_the_fault_of_a_new_row() {
    let insert = Write {
        verb: Verb::Insert,
        whose: Whose::Own,
        question: Ok(Question::Insert {
            row: serde_json::Map::new(),
        }),
        nothing: None,
        spare: None,
    };
    let trials = trials(None, vec![insert]);
    let cast = || {
        Reply::Refused(Refusal {
            code: "22P02".into(),
            message: "invalid input syntax for type integer".into(),
        })
    };
    let inserted = |read| {
        trials
            .cell(&RELATION, vec![read, cast()])
            .insert
            .remove(0)
            .outcome
    };
    assert!(matches!(inserted(cast()), Outcome::Broken { .. }));
    assert!(matches!(inserted(Reply::Rows(0)), Outcome::Untried { .. }));
}
