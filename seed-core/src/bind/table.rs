//! One table: what fills which column.

use std::collections::BTreeMap;

use super::aim::{Aim, Shared};
use super::aliases::columns;
use super::checks::Demands;
use super::column::{BoundColumn, Source, Writer};
use super::constant::{Constant, is_writable};
use super::filler::{Filler, Rows};
use super::fit::Fit;
use super::flag::{YES, told_by};
use super::homes::Homes;
use super::keys::Keys;
use super::misfit::{Misfit, Unplaced};
use super::names::{field_called, plain};
use super::nature::{count_variable, shape};
use super::refusal::{Refusal, skip_setting, type_name};
use super::target::Target;
use crate::adjustments::{ColumnAdjustment, TableAdjustment};
use crate::catalog::{Catalog, Column, ColumnType, ForeignKey, Identity, Table};
use crate::domain::value::Shape;
use crate::domain::vocabulary::terms;
use crate::domain::world::World;
use crate::domain::{Field, Record};
use crate::row::RowId;
use crate::spec::SeedSpec;

/// What a table is bound with.
pub(super) struct Binder<'a> {
    pub world: &'a World,
    pub spec: &'a SeedSpec,
    pub catalog: &'a Catalog,
    /// Where each record lives.
    pub homes: &'a Homes<'a>,
    pub keys: &'a Keys,
    pub record: Record,
    pub table: &'a Table,
}

/// The column that is a row's own key: of the primary key the one that is no other row's.
pub(super) fn key_column(table: &Table) -> Option<&Column> {
    let is_borrowed = |name: &String| {
        table
            .foreign_keys
            .iter()
            .any(|foreign| foreign.columns.contains(name))
    };
    let own: Vec<&String> = table
        .primary_key
        .iter()
        .filter(|name| !is_borrowed(name))
        .collect();
    let name = match own.as_slice() {
        [only] => only,
        several => several.iter().find(|name| name.eq_ignore_ascii_case("id"))?,
    };
    table.columns.iter().find(|column| column.name == **name)
}

impl Binder<'_> {
    /// The columns that will be filled; the others are added to `unplaced`, or to `misfits` where they must be.
    pub fn columns(&self, unplaced: &mut Vec<Unplaced>, misfits: &mut Vec<Misfit>) -> Vec<BoundColumn> {
        let mut bound = Vec::new();
        let mut refused: BTreeMap<String, Refusal> = BTreeMap::new();
        for column in self.table.columns.iter().filter(|column| !column.generated) {
            match self.column(column) {
                Ok(column) => bound.push(column),
                Err(refusal) => drop(refused.insert(column.name.clone(), refusal)),
            }
        }
        refused.extend(self.settle(&mut bound));
        for column in &self.table.columns {
            let Some(refusal) = refused.remove(&column.name) else {
                continue;
            };
            if !refusal.is_asked && !self.is_required(column) {
                unplaced.push(Unplaced {
                    schema: self.table.schema.clone(),
                    table: self.table.name.clone(),
                    column: Some(column.name.clone()),
                    why: refusal.why,
                });
            } else if !self.is_empty() {
                misfits.push(Misfit {
                    ways: self.ways_out(column, &refusal),
                    setting: refusal.setting,
                    table: format!("{}.{}", self.table.schema, self.table.name),
                    column: column.name.clone(),
                    constraint: refusal.constraint.unwrap_or_else(|| "not null".into()),
                    problem: refusal.why,
                });
            }
        }
        bound
    }

    /// Whether each row needs a value of ours.
    pub(super) fn is_required(&self, column: &Column) -> bool {
        let refuses_null = column.not_null || Demands::of(self.table, column).refuses_null;
        refuses_null && column.default.is_none() && column.identity == Identity::No && !column.generated
    }

    /// How many rows the owner with the most has in the end; none where none are added.
    pub(super) fn most_rows(&self) -> u64 {
        let added = |slot| Some(self.world.added(self.record, slot)).filter(|added| !added.is_empty());
        match self.record {
            Record::Tag => self.world.tag_count,
            _ => {
                let owners = self.spec.owners.iter();
                let ends = owners.filter_map(|owner| Some(added(owner.slot)?.end));
                ends.max().unwrap_or(0)
            }
        }
    }

    pub(super) fn rows(&self) -> Rows {
        let slot = self.spec.owners.iter().map(|owner| owner.slot).max();
        Rows {
            seed: self.world.seed,
            record: self.record,
            stride: self.world.stride,
            last: RowId::new(slot.unwrap_or(0), self.most_rows().saturating_sub(1)),
        }
    }

    /// Nothing is missed where no row is wanted.
    fn is_empty(&self) -> bool {
        self.most_rows() == 0
    }

    /// What helps with a column that must be filled and cannot be, beside what `seedbed.toml` can say of it.
    fn ways_out(&self, column: &Column, refusal: &Refusal) -> Vec<String> {
        let mut ways: Vec<String> = refusal.hint.iter().cloned().collect();
        let variable = count_variable(self.record);
        match (&refusal.setting, variable) {
            (Some(_), _) => (),
            (None, Some(_)) => ways.push(skip_setting(self.table)),
            (None, None) => ways.push(format!(
                "give `{}` a default, or let it be null, in a migration",
                column.name
            )),
        }
        ways.extend(
            variable.map(|variable| format!("leave `{}` empty with `{variable}=0`", self.table.name)),
        );
        ways
    }

    fn column(&self, column: &Column) -> Result<BoundColumn, Refusal> {
        let demands = Demands::of(self.table, column);
        match self.said().and_then(|said| said.columns.get(&column.name)) {
            Some(ColumnAdjustment::Skip) => return Err(Refusal::because("`seedbed.toml` leaves it alone")),
            Some(ColumnAdjustment::OneOf(values)) => {
                let filler = self.one_of(column, &demands, values).map_err(Refusal::asked)?;
                return Ok(filled(column, Source::Setting, filler));
            }
            Some(ColumnAdjustment::Field { field, labels }) => {
                return self
                    .fitted(column, &demands, *field, labels)
                    .map_err(Refusal::asked);
            }
            None => (),
        }
        if let Some(flag) = self.flag(column) {
            return Ok(flag);
        }
        let aim = Aim::of(self.table, column, self.homes);
        match (aim, self.field(column, aim)) {
            (Aim::Column(foreign, partner), _) => self.shared(column, foreign, partner),
            (_, Some(field)) => match self.fitted(column, &demands, field, &BTreeMap::new()) {
                Err(_) if self.can_do_without(column, &demands, field) => self.made_up(column),
                fitted => fitted,
            },
            (Aim::Nothing, None) if self.is_required(column) => self.made_up(column),
            (Aim::Key(other, foreign), None) => {
                let why = format!("no field of {} points at {other}", self.record);
                Err(Refusal::because(why).of(&foreign.name))
            }
            (_, None) => {
                let why = format!("no field of {} is called so, it keeps its default", self.record);
                Err(Refusal::because(why))
            }
        }
    }

    /// A column of yes and no that follows from what the record tells.
    fn flag(&self, column: &Column) -> Option<BoundColumn> {
        let (field, words) =
            told_by(self.record, &column.name).filter(|_| column.kind == ColumnType::Boolean)?;
        let labels = words.iter().map(|word| ((*word).to_owned(), YES.to_owned()));
        let fit = Fit {
            labels: labels.collect(),
            ..Fit::new(Target::Bool)
        };
        Some(BoundColumn {
            name: column.name.clone(),
            source: Source::Field(field),
            writer: Writer::Flag(field, Box::new(fit)),
        })
    }

    fn said(&self) -> Option<&TableAdjustment> {
        self.spec.adjustments.of(&self.table.schema, &self.table.name)
    }

    /// The field that fills a column: by being the key, by name, or by what it points at.
    fn field(&self, column: &Column, aim: Aim<'_>) -> Option<Field> {
        if key_column(self.table).is_some_and(|key| key.name == column.name) {
            return Some(Field::Id);
        }
        let by_name = field_called(self.record, &column.name);
        let wanted = match aim {
            Aim::Nothing | Aim::Column(..) => return by_name,
            Aim::Key(record, _) => Shape::Row(record),
            Aim::Owner(..) => Shape::Owner,
        };
        let is_wanted = |field: &Field| *field != Field::Id && shape(self.record, *field) == wanted;
        let mut fields = columns(self.record).map(|(field, _)| field);
        by_name.filter(is_wanted).or_else(|| match aim {
            Aim::Owner(..) if !self.is_required(column) => None,
            _ => fields.find(is_wanted),
        })
    }

    /// Whether any value is better than none: free text where only some words are allowed, and a type that does not
    /// take the field whose name may be a chance.
    fn can_do_without(&self, column: &Column, demands: &Demands, field: Field) -> bool {
        let shape = shape(self.record, field);
        let is_list = demands.list.is_some() && shape == Shape::Text;
        let is_alias = plain(&column.name) != plain(field.name());
        let is_taken = Target::new(shape, &column.kind, &column.name, self.keys).is_some();
        self.is_required(column)
            && (is_list && terms(self.world, self.record, field).is_none()
                || is_alias && !is_taken && Aim::of(self.table, column, self.homes).foreign().is_none())
    }

    fn made_up(&self, column: &Column) -> Result<BoundColumn, Refusal> {
        let filler = self.filler(column, false).map_err(|refusal| Refusal {
            why: format!("no field of {} is called so, and {}", self.record, refusal.why),
            ..refusal
        })?;
        Ok(filled(column, Source::Filler, filler))
    }

    pub(super) fn filler(&self, column: &Column, unique: bool) -> Result<Filler, Refusal> {
        Filler::new(column, &Demands::of(self.table, column), unique, self.rows())
    }

    /// A column that points at a row which is there already.
    fn shared(&self, column: &Column, foreign: &ForeignKey, partner: &str) -> Result<BoundColumn, Refusal> {
        let table = &foreign.referenced_table;
        if !self.is_required(column) {
            let why = format!("it points at `{partner}` of `{table}`, which gets no values here");
            return Err(Refusal::because(why).of(&foreign.name));
        }
        let shared = Shared {
            catalog: self.catalog,
            homes: self.homes,
            adjustments: &self.spec.adjustments,
            present: &self.spec.present.rows,
        };
        let value = shared.value(foreign, partner)?;
        let constant = Constant::parse(&value, &column.kind).ok_or_else(|| {
            let kind = type_name(&column.kind);
            Refusal::because(format!("its type {kind} does not take `{value}` of `{table}`"))
                .of(&foreign.name)
        })?;
        let filler = Filler::one_of(self.rows(), &column.name, vec![constant]);
        Ok(filled(column, Source::Present(table.clone()), filler))
    }

    /// Values that `seedbed.toml` gives.
    fn one_of(&self, column: &Column, demands: &Demands, values: &[String]) -> Result<Filler, Refusal> {
        let parse = |value: &String| {
            let kind = type_name(&column.kind);
            Constant::parse(value, &column.kind).ok_or_else(|| {
                let why = format!("`seedbed.toml` gives `{value}`, which its type {kind} does not take");
                let refusal = Refusal::because(why).of(&kind);
                match (is_writable(&column.kind), self.is_required(column)) {
                    (true, _) => refusal,
                    (false, false) => refusal.with_setting("{ skip = true }".into()),
                    (false, true) => refusal.without_setting(),
                }
            })
        };
        if let Some(list) = demands
            .list
            .as_ref()
            .filter(|_| !matches!(column.kind, ColumnType::Array { .. }))
            && let Some(value) = values.iter().find(|value| !list.words.contains(value))
        {
            let allowed = list.words.join("`, `");
            let why = format!("`seedbed.toml` gives `{value}`, and it allows `{allowed}`");
            return Err(Refusal::because(why).of(&list.constraint));
        }
        let constants: Vec<Constant> = values.iter().map(parse).collect::<Result<_, _>>()?;
        match constants.is_empty() {
            true => Err(Refusal::because("`seedbed.toml` gives an empty list")),
            false => Ok(Filler::one_of(self.rows(), &column.name, constants)),
        }
    }
}

fn filled(column: &Column, source: Source, filler: Filler) -> BoundColumn {
    BoundColumn {
        name: column.name.clone(),
        source,
        writer: Writer::Filler(filler),
    }
}
