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
