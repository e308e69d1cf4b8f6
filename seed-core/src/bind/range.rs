//! The numbers that are made up for a column that nobody knows: those that its type and its checks leave, or some of
//! them.

use super::checks::{Demands, Limit};
use super::refusal::Refusal;
use super::target::{Target, largest};
use super::wording::words;
use crate::catalog::Column;

/// How many different numbers there are where the checks leave an end open.
const NUMBERS: i64 = 100;
/// Where there are fewer whole numbers, hundredths tell the rows apart.
const FEW: i64 = 10;
/// The most money where no check says how much there can be.
const MOST_MONEY: i64 = 10_000;
/// Words in names of columns that hold money.
const MONEY: &[&str] = &[
    "amount", "balance", "budget", "cost", "credit", "fee", "income", "payment", "price", "revenue",
    "salary", "spend", "value",
];

/// From the lowest to the highest number that a column takes, in units of `10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub scale: u16,
    pub low: i64,
    pub high: i64,
}

/// Numbers at even distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steps {
    pub low: i64,
    pub step: i64,
    pub count: u64,
}

impl Range {
    /// What a column of that type leaves, in whole numbers where there are enough, else in hundredths.
    ///
    /// # Errors
    /// Checks that leave nothing.
    pub fn of(column: &Column, target: Target, demands: &Demands) -> Result<Self, Refusal> {
        let capacity = match target {
            Target::Int { bytes, .. } => largest(bytes),
            _ => target.money_limit(&column.kind) / 100,
        };
        let within = |scale, capacity| {
            let lowest = demands.lowest.as_ref().map(|limit| limit.lowest(scale));
            let highest = demands.highest.as_ref().map(|limit| limit.highest(scale));
            let (low, high) = ends(lowest, highest, capacity)?;
            Some(Self { scale, low, high })
        };
        let whole = within(0, capacity);
        if whole.is_some_and(|whole| whole.room() + 1 >= FEW as u64) {
            return whole.ok_or_else(|| empty(demands));
        }
        let has_hundredths = matches!(target, Target::Float { .. } | Target::Decimal { scale: 2 });
        let hundredths = has_hundredths.then(|| within(2, capacity.saturating_mul(100).saturating_add(99)));
        hundredths.flatten().or(whole).ok_or_else(|| empty(demands))
    }

    /// How far it is from end to end.
    pub fn room(self) -> u64 {
        self.high.abs_diff(self.low)
    }

    /// Those that are drawn from: all where the checks have two ends, round sums of money, else the first hundred.
    pub fn steps(self, column: &Column, target: Target, demands: &Demands) -> Steps {
        let is_closed = demands.lowest.is_some() && demands.highest.is_some();
        let is_money = words(&column.name).split('-').any(|word| MONEY.contains(&word));
        let most = match (is_money, demands.highest.is_some()) {
            (true, true) => i64::MAX,
            (true, false) if self.scale == 2 || matches!(target, Target::Int { cents: true, .. }) => {
                MOST_MONEY * 100
            }
            (true, false) => MOST_MONEY,
            (false, _) if is_closed || self.scale > 0 => i64::MAX,
            (false, _) => NUMBERS - 1,
        };
        let high = self.high.min(self.low.saturating_add(most));
        let (step, low) = match high.abs_diff(self.low) / NUMBERS as u64 {
            hundredth @ 1.. if is_money => {
                let step = 10_i64.pow(hundredth.ilog10());
                (step, self.low.saturating_add((-self.low).rem_euclid(step)))
            }
            _ => (1, self.low),
        };
        Steps {
            low,
            step,
            count: high.abs_diff(low) / step as u64 + 1,
        }
    }
}

/// Both ends, allowed; a hundred numbers where there is only one end, or none.
fn ends(lowest: Option<i64>, highest: Option<i64>, capacity: i64) -> Option<(i64, i64)> {
    let highest = highest.map_or(capacity, |highest| highest.min(capacity));
    let lowest = lowest.unwrap_or_else(|| {
        if highest < 1 {
            highest.saturating_sub(NUMBERS - 1)
        } else {
            1
        }
    });
    let lowest = lowest.max(capacity.saturating_neg());
    (lowest <= highest).then_some((lowest, highest))
}

fn empty(demands: &Demands) -> Refusal {
    let limit = demands.lowest.as_ref().or(demands.highest.as_ref());
    let constraint = limit.map_or("", |Limit { constraint, .. }| constraint);
    Refusal::because("no number of its type lies within its checks").of(constraint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind::keys::Keys;
    use crate::catalog::ColumnType;
    use crate::domain::value::Shape;

    /// The lowest, the distance and the highest number that are made up, in units of `10^-scale`.
    #[track_caller]
    fn check(name: &str, kind: ColumnType, low: Option<f64>, high: Option<f64>, expect: (u16, [i64; 3])) {
        let limit = |value: f64| Limit {
            value,
            strict: false,
            constraint: "range".into(),
        };
        let demands = Demands {
            lowest: low.map(limit),
            highest: high.map(limit),
            ..Demands::default()
        };
        let target = Target::new(Shape::Int, &kind, name, &Keys::default()).unwrap();
        let column = Column {
            name: name.into(),
            kind,
            ..Column::default()
        };
        let range = Range::of(&column, target, &demands).unwrap();
        let Steps { low, step, count } = range.steps(&column, target, &demands);
        assert_eq!(
            (range.scale, [low, step, low + step * (count as i64 - 1)]),
            expect,
            "{name}"
        );
    }

    fn numeric(precision: u16, scale: u16) -> ColumnType {
        ColumnType::Numeric {
            precision: Some(precision),
            scale: Some(scale),
        }
    }

    #[test]
    fn numbers_vary_as_far_as_checks_and_type_go() {
        check("score", ColumnType::Integer, None, None, (0, [1, 1, 100]));
        check(
            "score",
            ColumnType::Integer,
            Some(300.0),
            Some(850.0),
            (0, [300, 1, 850]),
        );
        check("discount", numeric(5, 3), Some(0.0), Some(1.0), (2, [0, 1, 100]));
        check("discount", numeric(5, 2), Some(0.0), None, (0, [0, 1, 99]));
        check("rate", numeric(2, 2), None, None, (2, [1, 1, 99]));
        check(
            "grade",
            ColumnType::SmallInt,
            Some(1.0),
            Some(5.0),
            (0, [1, 1, 5]),
        );
    }

    #[test]
    fn money_comes_in_round_sums() {
        check(
            "credit_limit",
            numeric(9, 2),
            Some(0.0),
            Some(50_000.0),
            (0, [0, 100, 50_000]),
        );
        check(
            "annualBudget",
            ColumnType::Integer,
            None,
            None,
            (0, [100, 100, 10_000]),
        );
        check(
            "balance_cents",
            ColumnType::BigInt,
            None,
            None,
            (0, [10_000, 10_000, 1_000_000]),
        );
        check("fee", ColumnType::Integer, Some(5.0), Some(20.0), (0, [5, 1, 20]));
        check(
            "balance",
            ColumnType::SmallInt,
            Some(-950.0),
            Some(1_000.0),
            (0, [-950, 10, 1_000]),
        );
    }
}
