//! Whether a field's numbers and keys lie within what its column takes, found before there is one.

use super::checks::{Demands, Limit};
use super::fit::Amend;
use super::refusal::{Refusal, type_name};
use super::table::{Binder, key_column};
use super::target::{Target, largest};
use crate::catalog::Column;
use crate::domain::extent::extent;
use crate::domain::value::Shape;
use crate::domain::{Field, Record};
use crate::row::{Key, RowId};

/// Characters of a UUID in text.
const UUID_LENGTH: u32 = 36;
/// Characters of a day, to which instants can be cut.
const DAY_LENGTH: u32 = 10;

impl Binder<'_> {
    /// What has to be done to whole numbers, so that the column takes them.
    ///
    /// # Errors
    /// Numbers that the type or a check refuses.
    pub(super) fn amend(
        &self,
        column: &Column,
        field: Field,
        target: Target,
        demands: &Demands,
    ) -> Result<Amend, Refusal> {
        let Some((low, high)) = extent(self.world, self.record, field, self.most_rows()) else {
            return Ok(Amend::Nothing);
        };
        let is_money = super::nature::shape(self.record, field) == Shape::Money;
        let is_part = !is_money && field == Field::Probability && takes_parts(target, column, demands);
        let (scale, [low, high]) = match (is_money || is_part, target) {
            (_, Target::Text { .. }) => return Ok(Amend::Nothing),
            (true, Target::Int { cents: true, .. }) => (0, [low, high]),
            (true, Target::Float { .. } | Target::Decimal { scale: 2 }) => (2, [low, high]),
            (true, Target::Decimal { scale: 1 }) => (1, [low, high].map(|cents| (cents + 5).div_euclid(10))),
            (true, _) => (0, [low, high].map(|cents| (cents + 50).div_euclid(100))),
            (false, _) => (0, [low, high]),
        };
        let lowest = demands
            .lowest
            .as_ref()
            .map_or(i64::MIN, |limit| limit.lowest(scale));
        let highest = demands
            .highest
            .as_ref()
            .map_or(i64::MAX, |limit| limit.highest(scale));
        let capacity = match target {
            Target::Int { bytes, .. } => largest(bytes),
            _ => target.money_limit(&column.kind) / 10_i64.pow(2 - u32::from(scale)),
        };
        let is_quantity = matches!(
            field,
            Field::EmployeeCount | Field::MinOrderQuantity | Field::UnitsPerCase | Field::LeadTimeDays
        );
        if high > capacity && !is_quantity {
            let units = high / 10_i64.pow(u32::from(scale));
            return Err(too_small(column, field, units));
        }
        let highest = highest.min(capacity);
        if is_part && lowest <= low && high <= highest {
            return Ok(Amend::Fraction);
        }
        if lowest <= low && high <= highest {
            return Ok(Amend::Nothing);
        }
        if is_quantity && lowest <= highest {
            return Ok(Amend::Clamp(lowest, highest));
        }
        let by = lowest.saturating_sub(low);
        if field == Field::Index && high.checked_add(by).is_some_and(|high| high <= highest) {
            return Ok(Amend::Shift(by));
        }
        let limit = if lowest > low {
            &demands.lowest
        } else {
            &demands.highest
        };
        let constraint = limit.as_ref().map_or("", |limit| &limit.constraint);
        let point = 10_f64.powi(scale.into());
        let why = format!(
            "`{field}` lies between {} and {}, which is more than its check takes",
            low as f64 / point,
            high as f64 / point
        );
        let refusal = Refusal::because(why).of(constraint);
        Err(match field {
            Field::Amount if lowest <= low => refusal.with_hint("set `OPPORTUNITY_MAX_AMOUNT` to less"),
            _ => refusal,
        })
    }

    /// Texts that cannot be cut must fit into the columns that hold them.
    ///
    /// # Errors
    /// Keys, numbers and days that are longer.
    pub(super) fn check_length(
        &self,
        column: &Column,
        field: Field,
        shape: Shape,
        target: Target,
    ) -> Result<(), Refusal> {
        let Target::Text {
            max_length: Some(most),
        } = target
        else {
            return Ok(());
        };
        let (_, highest) = extent(self.world, self.record, field, self.most_rows()).unwrap_or_default();
        let needed = match shape {
            Shape::Row(_) | Shape::Owner => UUID_LENGTH,
            Shape::Moment => DAY_LENGTH,
            Shape::Int => highest.to_string().len() as u32,
            Shape::Money => (highest / 100).to_string().len() as u32 + 3,
            _ => return Ok(()),
        };
        if needed <= most {
            return Ok(());
        }
        let why = format!("`{field}` has up to {needed} characters, which it cannot hold");
        Err(Refusal::because(why).of(&type_name(&column.kind)))
    }

    /// Keys must lie within what the columns that hold them take.
    ///
    /// # Errors
    /// An integer type that is too small, or a check that refuses some.
    pub(super) fn check_keys(
        &self,
        column: &Column,
        field: Field,
        shape: Shape,
        target: Target,
        demands: &Demands,
    ) -> Result<(), Refusal> {
        let Target::Int { bytes, .. } = target else {
            return Ok(());
        };
        let ends = match shape {
            Shape::Row(record) => self.key_ends(record),
            Shape::Owner => self.profile_ends(),
            _ => None,
        };
        let Some((low, high)) = ends else {
            return Ok(());
        };
        if high > largest(bytes) {
            return Err(too_small(column, field, high));
        }
        let is_below = |limit: &&Limit| low < limit.lowest(0);
        let is_above = |limit: &&Limit| high > limit.highest(0);
        let below = demands.lowest.as_ref().filter(is_below);
        if let Some(limit) = below.or(demands.highest.as_ref().filter(is_above)) {
            let why = format!("`{field}` lies between {low} and {high}, which is more than its check takes");
            return Err(Refusal::because(why).of(&limit.constraint));
        }
        Ok(())
    }

    /// The lowest and the highest integer key of a record.
    fn key_ends(&self, record: Record) -> Option<(i64, i64)> {
        let base = self.homes.of(record).and_then(key_column)?.next_key;
        let last_of = |slot: u16| match record {
            // Tags belong to nobody; they are numbered as if they were the first owner's.
            Record::Tag => Some(RowId::new(0, self.world.tag_count.checked_sub(1)?)),
            _ => Some(RowId::new(slot, self.world.added(record, slot).last()?)),
        };
        let owners = self.spec.owners.iter();
        let last = owners.filter_map(|owner| self.keys.key(record, last_of(owner.slot)?));
        let highest = last
            .map(|key| if let Key::Integer(number) = key { number } else { 0 })
            .max();
        Some((base.unwrap_or(1), highest?))
    }

    /// The lowest and the highest integer key of an owner's own row.
    fn profile_ends(&self) -> Option<(i64, i64)> {
        let keys = self
            .spec
            .owners
            .iter()
            .filter_map(|owner| match owner.profile_id {
                Some(Key::Integer(number)) => Some(number),
                _ => None,
            });
        Some((keys.clone().min()?, keys.max()?))
    }
}

/// Whether a column holds parts of one where we have percent.
fn takes_parts(target: Target, column: &Column, demands: &Demands) -> bool {
    let is_fine = matches!(target, Target::Float { .. } | Target::Decimal { scale: 2 });
    let up_to_one = demands.highest.as_ref().is_some_and(|limit| limit.value <= 1.0);
    is_fine && (up_to_one || target.money_limit(&column.kind) < 100 * 100)
}

fn too_small(column: &Column, field: Field, needed: i64) -> Refusal {
    Refusal::because(format!("`{field}` goes up to {needed}, which it cannot hold"))
        .of(&type_name(&column.kind))
        .with_hint(format!("make `{}` wider, or ask for less", column.name))
}
