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
    }
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
