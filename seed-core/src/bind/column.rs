//! One column that will be filled, and what fills it.

use super::filler::Filler;
use super::fit::Fit;
use super::keys::Keys;
use crate::domain::{Field, Row};
use crate::encode::{Cell, Visitor};
use crate::row::RowId;

/// A column that will be filled.
#[derive(Debug, Clone)]
pub struct BoundColumn {
    /// Its name in the live table.
    pub name: String,
    /// What fills it.
    pub source: Source,
    pub(crate) writer: Writer,
}

/// What fills a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A field of the record.
    Field(Field),
    /// Its own name, type and checks: a value that is allowed, for a column that the domain does not know.
    Filler,
    /// A constant, or one of a list, from `seedbed.toml`.
    Setting,
    /// The row of the table of that name which is there already, for columns that point at it.
    Present(String),
}

/// How its values are made.
#[derive(Debug, Clone)]
pub(crate) enum Writer {
    Field(Field, Box<Fit>),
    /// Yes or no, as the field says.
    Flag(Field, Box<Fit>),
    Filler(Filler),
}

impl BoundColumn {
    /// The field whose values it holds, where one fills it.
    pub fn field(&self) -> Option<Field> {
        match (&self.source, &self.writer) {
            // It holds what follows from the field.
            (Source::Field(_), Writer::Flag(..)) => None,
            (Source::Field(field), _) => Some(*field),
            _ => None,
        }
    }

    /// Our words and the column's, where they differ.
    pub fn labels(&self) -> &[(String, String)] {
        self.fit().map_or(&[], |fit| &fit.labels)
    }

    /// Gives the value of a row to the cell; the two buffers come empty.
    #[inline(always)]
    pub(crate) fn write<'w, R: Row<'w>, V: Visitor>(
        &self,
        row: &R,
        id: RowId,
        keys: &Keys,
        (text, buffer): (&mut String, &mut String),
        cell: Cell<'_, V>,
    ) {
        match &self.writer {
            Writer::Field(field, fit) | Writer::Flag(field, fit) => {
                fit.fit(row.value(*field, text), id, keys, buffer, cell);
            }
            Writer::Filler(Filler::Created(fit)) => {
                fit.fit(row.value(Field::CreatedAt, text), id, keys, buffer, cell);
            }
            Writer::Filler(filler) => filler.fill(id, buffer, cell),
        }
    }

    pub(super) fn fit(&self) -> Option<&Fit> {
        match &self.writer {
            Writer::Field(_, fit) => Some(fit),
            Writer::Flag(..) | Writer::Filler(_) => None,
        }
    }
}
