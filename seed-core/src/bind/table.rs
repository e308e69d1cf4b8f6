//! One table: which field fills which column.

use super::column::{BoundColumn, StandIn, owner_keys};
use super::keys::Keys;
use super::labels;
use super::misfit::{Misfit, Unplaced};
use super::names::{columns, plain, shape};
use super::nature::{count_variable, is_unique, may_be_missing, may_be_other};
use super::target::Target;
use crate::catalog::{Column, ColumnType, ForeignKey, Identity, Table};
use crate::domain::value::Shape;
use crate::domain::vocabulary::terms;
use crate::domain::world::World;
use crate::domain::{Field, Record};
use crate::row::{Key, RowId};
use crate::spec::Owner;

/// What a table is bound with.
pub(super) struct Binder<'a> {
    pub world: &'a World,
    pub owners: &'a [Owner],
    /// Where each record lives.
    pub homes: &'a [(Record, &'a Table)],
    pub keys: &'a Keys,
    pub record: Record,
    pub table: &'a Table,
}

/// Why a column is not filled.
struct Refusal {
    constraint: Option<String>,
    why: String,
    hint: Option<String>,
}

impl Refusal {
    fn because(why: impl Into<String>) -> Self {
        Self {
            constraint: None,
            why: why.into(),
            hint: None,
        }
    }
}

/// The column that is a table's whole key and its own, not another row's.
pub(super) fn key_column(table: &Table) -> Option<&Column> {
    let [key] = table.primary_key.as_slice() else {
        return None;
    };
    let borrowed = table
        .foreign_keys
        .iter()
        .any(|foreign| foreign.columns.contains(key));
    table
        .columns
        .iter()
        .find(|column| column.name == *key && !borrowed)
}

impl Binder<'_> {
    /// The columns that will be filled; the others are added to `unplaced`, or to `misfits` where they must be.
    pub fn columns(&self, unplaced: &mut Vec<Unplaced>, misfits: &mut Vec<Misfit>) -> Vec<BoundColumn> {
        let mut bound = Vec::new();
        for column in &self.table.columns {
            if column.generated {
                continue;
            }
            match self.column(column) {
                Ok(column) => bound.push(column),
                Err(refusal) if is_optional(column) => unplaced.push(Unplaced {
                    schema: self.table.schema.clone(),
                    table: self.table.name.clone(),
                    column: Some(column.name.clone()),
                    why: refusal.why,
                }),
                // Nothing is missed where no row is wanted.
                Err(_) if self.is_empty() => (),
                Err(refusal) => misfits.push(Misfit {
                    table: format!("{}.{}", self.table.schema, self.table.name),
                    column: column.name.clone(),
                    constraint: refusal.constraint.unwrap_or_else(|| "not null".into()),
                    problem: refusal.why,
                    hint: refusal.hint.unwrap_or_else(|| self.way_out(column)),
                }),
            }
        }
        bound
    }

    /// Whether no owner gets a row.
    fn is_empty(&self) -> bool {
        let has_rows = |owner: &Owner| !self.world.added(self.record, owner.slot).is_empty();
        match self.record {
            Record::Tag => self.world.tag_count == 0,
            _ => !self.owners.iter().any(has_rows),
        }
    }

    /// What helps with a column that must be filled and cannot be.
    fn way_out(&self, column: &Column) -> String {
        match count_variable(self.record) {
            Some(variable) => format!(
                "leave `{}` empty with `{variable}=0`, or give such columns a default in a migration",
                self.table.name
            ),
            None => format!(
                "give `{}` a default, or let it be null, in a migration",
                column.name
            ),
        }
    }

    fn column(&self, column: &Column) -> Result<BoundColumn, Refusal> {
        let foreign = self
            .table
            .foreign_keys
            .iter()
            .find(|key| key.columns == [column.name.as_str()]);
        let field = self.field(column, foreign).ok_or_else(|| {
            let consequence = match is_optional(column) {
                true => "it keeps its default",
                false => "and it has no default",
            };
            Refusal::because(format!("no field of {} is called so, {consequence}", self.record))
        })?;
        let shape = shape(self.record, field);
        self.check_reference(shape, foreign)?;
        let target = Target::new(shape, &column.kind, &column.name, self.keys).ok_or_else(|| {
            Refusal::because(format!(
                "its type {} does not take the field `{field}`",
                type_name(&column.kind)
            ))
        })?;
        self.check_unique(column, field)?;
        self.check_range(column, field, target)?;
        let owners = self.owners_of(shape, target, foreign)?;
        let labels = self.labels(column, field)?;
        let stand_in = stand_in(self.record, field, shape, column, target)?;
        Ok(BoundColumn {
            name: column.name.clone(),
            field,
            target,
            labels,
            stand_in,
            owners,
        })
    }

    /// The field that fills a column: by being the key, by name, or by what it points at.
    fn field(&self, column: &Column, foreign: Option<&ForeignKey>) -> Option<Field> {
        if key_column(self.table).is_some_and(|key| key.name == column.name) {
            return Some(Field::Id);
        }
        let name = plain(&column.name);
        let by_name = || {
            columns(self.record)
                .find(|(field, aliases)| plain(field.name()) == name || aliases.contains(&name.as_str()))
        };
        let by_reference = || {
            let (record, _) = self.home_of(foreign?)?;
            columns(self.record)
                .find(|(field, _)| *field != Field::Id && shape(self.record, *field) == Shape::Row(record))
        };
        by_name().or_else(by_reference).map(|(field, _)| field)
    }

    fn home_of(&self, foreign: &ForeignKey) -> Option<(Record, &Table)> {
        let points_at = |table: &Table| {
            (&table.schema, &table.name) == (&foreign.referenced_schema, &foreign.referenced_table)
        };
        self.homes.iter().copied().find(|(_, table)| points_at(table))
    }

    fn check_reference(&self, shape: Shape, foreign: Option<&ForeignKey>) -> Result<(), Refusal> {
        let (Shape::Row(record), Some(foreign)) = (shape, foreign) else {
            return Ok(());
        };
        if self.home_of(foreign).is_some_and(|(home, _)| home == record) {
            return Ok(());
        }
        let why = format!(
            "it points at `{}`, which holds no {record}",
            foreign.referenced_table
        );
        Err(Refusal {
            constraint: Some(foreign.name.clone()),
            why,
            hint: None,
        })
    }

    fn check_unique(&self, column: &Column, field: Field) -> Result<(), Refusal> {
        let alone = |key: &&crate::catalog::UniqueKey| !key.partial && key.columns == [column.name.as_str()];
        match self.table.unique.iter().find(alone) {
            Some(key) if !is_unique(self.record, field) => Err(Refusal {
                constraint: Some(key.name.clone()),
                why: format!("it must be unique, and the field `{field}` is not"),
                hint: None,
            }),
            _ => Ok(()),
        }
    }

    /// Keys and money must fit into the column's type.
    fn check_range(&self, column: &Column, field: Field, target: Target) -> Result<(), Refusal> {
        let too_small = |needed: i64| Refusal {
            constraint: Some(type_name(&column.kind)),
            why: format!("`{field}` goes up to {needed}, which it cannot hold"),
            hint: Some(format!("make `{}` wider, or ask for less", column.name)),
        };
        if let (Shape::Row(record), Target::Int { bytes, .. }) = (shape(self.record, field), target) {
            let last = self.owners.iter().filter_map(|owner| {
                let last = self.world.added(record, owner.slot).last()?;
                self.keys.key(record, RowId::new(owner.slot, last))
            });
            let highest = last
                .map(|key| if let Key::Integer(number) = key { number } else { 0 })
                .max();
            let limit = i64::MAX >> (64 - 8 * u32::from(bytes));
            return match highest {
                Some(highest) if highest > limit => Err(too_small(highest)),
                _ => Ok(()),
            };
        }
        let largest = match field {
            Field::Amount => self.world.pipeline.max_amount.0,
            Field::ListPrice | Field::MapPrice | Field::CostPerUnit => self
                .world
                .pack
                .products
                .iter()
                .map(|product| product.max_price.0)
                .max()
                .unwrap_or(0),
            Field::AnnualRevenue => crate::domain::LARGEST_REVENUE,
            _ => 0,
        };
        if largest > target.money_limit(&column.kind) {
            Err(too_small(largest / 100))
        } else {
            Ok(())
        }
    }

    fn owners_of(
        &self,
        shape: Shape,
        target: Target,
        foreign: Option<&ForeignKey>,
    ) -> Result<Vec<Option<Key>>, Refusal> {
        if shape != Shape::Owner {
            return Ok(Vec::new());
        }
        let of_users = foreign.is_some_and(|foreign| {
            (
                foreign.referenced_schema.as_str(),
                foreign.referenced_table.as_str(),
            ) == ("auth", "users")
        });
        let owners = owner_keys(self.owners, target, of_users);
        if owners.iter().any(Option::is_some) {
            return Ok(owners);
        }
        Err(Refusal {
            constraint: foreign.map(|foreign| foreign.name.clone()),
            why: "it names an owner, and the rows have none".into(),
            hint: Some("make the test users first: `cargo xtask users`".into()),
        })
    }

    /// Our words that the column calls otherwise.
    fn labels(&self, column: &Column, field: Field) -> Result<Vec<(String, String)>, Refusal> {
        let kind = match &column.kind {
            ColumnType::Array { element, .. } => element,
            kind => kind,
        };
        let Some((allowed, constraint)) = labels::allowed(kind, &column.name, &self.table.checks) else {
            return Ok(Vec::new());
        };
        let ours = terms(self.world, self.record, field);
        let fitted = ours.as_deref().map_or(Err(Vec::new()), |ours| {
            labels::fit(ours, &allowed, may_be_other(field))
        });
        match fitted {
            Ok(fitted) => Ok(fitted
                .into_iter()
                .filter(|(ours, theirs)| ours != theirs)
                .collect()),
            Err(left) => {
                let ours = if left.is_empty() {
                    field.name().to_owned()
                } else {
                    left.join("`, `")
                };
                Err(Refusal {
                    constraint: Some(constraint),
                    why: format!("it allows `{}`, not `{ours}`", allowed.join("`, `")),
                    hint: (field == Field::Stage)
                        .then(|| "name the stages of the database in `OPPORTUNITY_PIPELINE_STAGES`".into()),
                })
            }
        }
    }
}

/// Whether a row can do without a value of ours.
fn is_optional(column: &Column) -> bool {
    !column.not_null || column.default.is_some() || column.identity != Identity::No
}

/// What stands where the field has no value; a column that refuses null gets an empty text or list.
fn stand_in(
    record: Record,
    field: Field,
    shape: Shape,
    column: &Column,
    target: Target,
) -> Result<StandIn, Refusal> {
    if !column.not_null || !may_be_missing(record, field) {
        return Ok(StandIn::Null);
    }
    let empty = match shape {
        Shape::Text => {
            matches!(target, Target::Text { .. }) && !matches!(column.kind, ColumnType::Enum { .. })
        }
        Shape::Participants => true,
        _ => false,
    };
    if empty {
        return Ok(StandIn::Empty);
    }
    Err(Refusal::because(format!(
        "it refuses null, and not every row has a `{field}`"
    )))
}

fn type_name(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Enum { name, .. } | ColumnType::Other(name) => name.clone(),
        ColumnType::Array { element, .. } => format!("{}[]", type_name(element)),
        ColumnType::SmallInt => "smallint".into(),
        ColumnType::BigInt => "bigint".into(),
        ColumnType::TimestampTz => "timestamptz".into(),
        ColumnType::Text {
            max_length: Some(most),
        } => format!("varchar({most})"),
        ColumnType::Numeric {
            precision: Some(precision),
            scale,
        } => {
            format!("numeric({precision},{})", scale.unwrap_or(0))
        }
        other => {
            let name = format!("{other:?}");
            name.split([' ', '{'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        }
    }
}
