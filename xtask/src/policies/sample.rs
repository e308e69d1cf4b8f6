//! Matrices made by hand, for tests.

use super::matrix::{Actor, Cell, Matrix, Outcome, Relation, RelationKind, Try, Whose};

/// One try on one row.
pub fn tried(whose: Whose, outcome: Outcome) -> Try {
    let rows = outcome.is_let_through().into();
    Try {
        whose,
        outcome,
        rows,
        of: 1,
        is_placed: false,
    }
}

/// A try with counts.
pub fn counted(whose: Whose, outcome: Outcome, rows: u64, of: u64) -> Try {
    Try {
        whose,
        outcome,
        rows,
        of,
        is_placed: false,
    }
}

/// A CRM with a table for everything that can come of a try.
pub fn crm() -> Matrix {
    use Outcome::{Allowed, NoRows, Part, PermissionDenied, ReadOnly};
    let denied = || cell([tried(Whose::Any, PermissionDenied)]);
    let owned = |own: u64, others: u64, writes_all: bool, reads: Outcome| {
        let others_seen = match reads {
            Allowed => others,
            Part => others / 2,
            _ => 0,
        };
        let write = if writes_all { Allowed } else { NoRows };
        let mut cell = cell([tried(Whose::Own, Allowed), tried(Whose::Others, write)]);
        cell.select = vec![
            counted(Whose::Own, Allowed, own, own),
            counted(Whose::Others, reads, others_seen, others),
        ];
        cell
    };
    let with = |outcome: Outcome| cell([tried(Whose::Any, outcome)]);
    let roles = || {
        vec![
            denied(),
            owned(75, 65, true, Allowed),
            owned(40, 100, false, Allowed),
            owned(25, 115, false, NoRows),
        ]
    };
    let mut shared = with(Allowed);
    shared.select = vec![counted(Whose::Any, Allowed, 20, 20)];
    let mut read_only = with(ReadOnly);
    read_only.select = vec![
        counted(Whose::Own, Allowed, 25, 25),
        counted(Whose::Others, Part, 3, 115),
    ];
    let broken = || {
        with(Outcome::Broken {
            code: "42P17".into(),
            message: "infinite recursion detected in policy for relation \"teams\"".into(),
        })
    };
    let mut guarded = shared.clone();
    guarded.delete = vec![tried(
        Whose::Any,
        Outcome::RefusedByTrigger {
            message: "stages are never deleted".into(),
        },
    )];
    guarded.insert = vec![tried(
        Whose::Any,
        Outcome::Untried {
            why: "no row could be made up".into(),
        },
    )];
    let mut matrix = matrix(
        &["anon", "admin", "sales_director", "account_manager"],
        vec![
            ("opportunities", roles()),
            (
                "opportunities_summary",
                vec![denied(), read_only.clone(), read_only.clone(), read_only],
            ),
            (
                "price_list",
                vec![shared.clone(), shared.clone(), shared.clone(), shared],
            ),
            (
                "stages",
                vec![denied(), guarded.clone(), guarded.clone(), guarded],
            ),
            ("teams", vec![denied(), broken(), broken(), broken()]),
        ],
    );
    matrix.relations[1].kind = RelationKind::View;
    matrix.relations[2].row_security = false;
    matrix
}

/// A cell with the same tries for every verb.
pub fn cell(tries: impl IntoIterator<Item = Try>) -> Cell {
    let tries: Vec<Try> = tries.into_iter().collect();
    Cell {
        select: tries.clone(),
        insert: tries.clone(),
        update: tries.clone(),
        delete: tries,
    }
}

/// A matrix of tables in `public`.
pub fn matrix(actors: &[&str], tables: Vec<(&str, Vec<Cell>)>) -> Matrix {
    Matrix {
        actors: actors.iter().map(|&name| actor(name)).collect(),
        relations: tables
            .into_iter()
            .map(|(name, cells)| relation(name, cells))
            .collect(),
    }
}

fn actor(name: &str) -> Actor {
    Actor {
        name: name.to_owned(),
        email: (name != "anon").then(|| format!("{name}@test.local")),
    }
}

/// A table in `public` with an owner column.
pub fn relation(name: &str, cells: Vec<Cell>) -> Relation {
    Relation {
        schema: "public".into(),
        name: name.to_owned(),
        kind: RelationKind::Table,
        row_security: true,
        owner_column: Some("owner_id".into()),
        policies: Vec::new(),
        cells,
    }
}
