//! Between which ends the numbers of our records lie, so that a database's ranges can be judged before there is one.

use super::organization::{EMPLOYEES, FOUNDED, LARGEST_REVENUE, SMALLEST_REVENUE};
use super::product::{COST_PERCENT, LEAD_TIME, ORDER_QUANTITIES, PACK_SIZES};
use super::world::World;
use super::{Field, Record, opportunity, time};

/// The lowest and the highest value that a field can have, money in cents; `None` where it is no number.
/// `rows` is how many the owner with the most has.
pub(crate) fn extent(world: &World, record: Record, field: Field, rows: u64) -> Option<(i64, i64)> {
    let prices = || {
        let products = world.pack.products.iter();
        let lowest = products.clone().map(|product| product.min_price.0).min();
        let highest = products.map(|product| product.max_price.0).max();
        (lowest.unwrap_or(0), highest.unwrap_or(0))
    };
    Some(match field {
        Field::EmployeeCount => EMPLOYEES,
        Field::FoundedYear => (
            time::year(world.as_of - FOUNDED.0 * time::DAY) - FOUNDED.1,
            time::year(world.as_of) - 1,
        ),
        Field::AnnualRevenue => (SMALLEST_REVENUE, LARGEST_REVENUE),
        Field::Amount => opportunity::amounts(world.pipeline.max_amount.0),
        Field::Probability => {
            let percents = world.stages.list.iter().map(|stage| stage.probability);
            (percents.clone().min()?, percents.max()?)
        }
        Field::Index if record == Record::Opportunity => (0, rows.saturating_mul(world.stride) as i64),
        Field::ListPrice => prices(),
        Field::CostPerUnit => (
            prices().0 * COST_PERCENT.0 / 100,
            prices().1 * COST_PERCENT.1 / 100,
        ),
        Field::MapPrice => (prices().0 * COST_PERCENT.0 / 100, prices().1),
        Field::MinOrderQuantity => ORDER_QUANTITIES,
        Field::UnitsPerCase => PACK_SIZES,
        Field::LeadTimeDays => LEAD_TIME,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;
    use crate::domain::{Opportunity, Organization, Product, Row};
    use crate::industry::IndustryPack;
    use crate::row::RowId;
    use crate::spec::{Owner, SeedSpec, Volume};

    const ROWS: u64 = 400;

    fn check<'w, R: Row<'w>>(world: &'w World, record: Record, fields: &[Field]) {
        for field in fields {
            let (low, high) = extent(world, record, *field, ROWS).unwrap();
            for number in 0..ROWS {
                let row = R::at(world, RowId::new(0, number));
                match row.value(*field, &mut String::new()) {
                    Value::Int(value) | Value::Money(value) => {
                        assert!((low..=high).contains(&value), "{field} of {record}: {value}");
                    }
                    Value::Null => (),
                    other => panic!("{field} of {record}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn every_number_lies_between_its_ends() {
        for name in IndustryPack::names() {
            let owner = Owner {
                slot: 0,
                user_id: None,
                profile_id: None,
                volume: Volume::of_each(ROWS),
                earlier: Vec::new(),
            };
            let (as_of, pack) = (
                "2026-11-22T00:00:00Z".parse().unwrap(),
                IndustryPack::bundled(name).unwrap(),
            );
            let world = &World::new(&SeedSpec::new(42, as_of, pack, vec![owner]));
            let sizes = [Field::EmployeeCount, Field::FoundedYear, Field::AnnualRevenue];
            check::<Organization<'_>>(world, Record::Organization, &sizes);
            let places = [Field::Amount, Field::Probability, Field::Index];
            check::<Opportunity<'_>>(world, Record::Opportunity, &places);
            let prices = [Field::ListPrice, Field::CostPerUnit, Field::MapPrice];
            check::<Product<'_>>(world, Record::Product, &prices);
            let quantities = [Field::MinOrderQuantity, Field::UnitsPerCase, Field::LeadTimeDays];
            check::<Product<'_>>(world, Record::Product, &quantities);
        }
    }
}
