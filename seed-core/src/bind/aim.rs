//! What a column points at.

use super::homes::{Homes, OwnerKey};
use super::refusal::Refusal;
use super::table::key_column;
use crate::adjustments::{Adjustments, ColumnAdjustment};
use crate::catalog::{Catalog, Column, ForeignKey, Table};
use crate::domain::Record;
use crate::spec::PresentRow;

/// Tenants of tenants are rare; a circle of references ends here.
const DEEPEST: u8 = 8;

/// What a column points at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim<'a> {
    /// Nothing that the catalog knows of.
    Nothing,
    /// The key of a record.
    Key(Record, &'a ForeignKey),
    /// A user, in Auth or in the project's own table.
    Owner(OwnerKey, &'a ForeignKey),
    /// A column that we give no values of its own: of another table, or beside a record's key.
    Column(&'a ForeignKey, &'a str),
}

impl<'a> Aim<'a> {
    /// Of all foreign keys that the column is part of, the one that says most.
    pub fn of(table: &'a Table, column: &Column, homes: &Homes<'_>) -> Self {
        let mut found = Self::Nothing;
        for foreign in &table.foreign_keys {
            let pairs = foreign.columns.iter().zip(&foreign.referenced_columns);
            for (_, partner) in pairs.filter(|(own, _)| **own == column.name) {
                let home = homes.at(foreign);
                let is_key =
                    |(_, home): &(Record, &Table)| key_column(home).is_some_and(|key| key.name == *partner);
                let alone = foreign.columns.len() == 1;
                if let Some((record, _)) = home.filter(is_key) {
                    return Self::Key(record, foreign);
                }
                if let Some(key) = homes.owner_at(foreign, partner).filter(|_| alone) {
                    found = Self::Owner(key, foreign);
                } else if matches!(found, Self::Nothing) || alone && matches!(found, Self::Column(..)) {
                    found = Self::Column(foreign, partner);
                }
            }
        }
        found
    }

    /// The foreign key, where there is one.
    pub fn foreign(self) -> Option<&'a ForeignKey> {
        match self {
            Self::Nothing => None,
            Self::Key(_, foreign) | Self::Owner(_, foreign) | Self::Column(foreign, _) => Some(foreign),
        }
    }
}

/// Looks up values of columns that all rows share, as a tenant's key.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub catalog: &'a Catalog,
    pub homes: &'a Homes<'a>,
    pub adjustments: &'a Adjustments,
    pub present: &'a [PresentRow],
}

impl Shared<'_> {
    /// The value that a column takes from what it points at: through as many tables as need be, so that all parts
    /// of composite keys agree.
    ///
    /// # Errors
    /// The table at the end has no row, or its column has values of its own.
    pub fn value(&self, foreign: &ForeignKey, partner: &str) -> Result<String, Refusal> {
        self.follow(foreign, partner, DEEPEST)
    }

    fn follow(&self, foreign: &ForeignKey, partner: &str, depth: u8) -> Result<String, Refusal> {
        let (schema, name) = (&foreign.referenced_schema, &foreign.referenced_table);
        if self.homes.at(foreign).is_none() {
            let row = self
                .present
                .iter()
                .find(|row| (&row.schema, &row.table) == (schema, name));
            let value = row.and_then(|row| row.values.get(partner));
            return value.cloned().ok_or_else(|| {
                let why = format!("it points at `{name}`, which holds no row to point at");
                Refusal::because(why)
                    .of(&foreign.name)
                    .with_hint(format!("put a row into `{name}` by `supabase/seed.sql`"))
            });
        }
        let own_values = || {
            let why = format!("it points at `{partner}` of `{name}`, which is not the key of its rows");
            Refusal::because(why).of(&foreign.name)
        };
        let said = self
            .adjustments
            .of(schema, name)
            .and_then(|said| said.columns.get(partner));
        if let Some(ColumnAdjustment::OneOf(values)) = said {
            let [only] = values.as_slice() else {
                return Err(own_values());
            };
            return Ok(only.clone());
        }
        let is_home = |table: &&Table| (&table.schema, &table.name) == (schema, name);
        let home = self.catalog.tables.iter().find(is_home).ok_or_else(own_values)?;
        let column = home
            .columns
            .iter()
            .find(|column| column.name == partner)
            .ok_or_else(own_values)?;
        match Aim::of(home, column, self.homes) {
            Aim::Column(next, partner) if depth > 0 => self.follow(next, partner, depth - 1),
            _ => Err(own_values()),
        }
    }
}
