//! Values for required columns that the domain does not know: what the type and the checks allow, saying little.

use super::checks::{Demands, JsonKind, Limit};
use super::constant::Constant;
use super::fit::{Fit, cut};
use super::flag::is_in_use;
use super::keys::Keys;
use super::number::write_number;
use super::refusal::{Refusal, type_name};
use super::target::{Target, largest};
use crate::catalog::{Column, ColumnType};
use crate::domain::Record;
use crate::domain::value::Shape;
use crate::encode::Wire;
use crate::row::{RowId, UuidSpace};
use crate::stream::ColumnStream;

/// How many different numbers there are where the checks leave more.
const NUMBERS: i64 = 100;

/// What makes a column's values.
#[derive(Debug, Clone)]
pub(crate) enum Filler {
    /// One of these, drawn for each row.
    OneOf {
        stream: ColumnStream,
        constants: Vec<Constant>,
    },
    /// When the row was made.
    Created(Fit),
    /// So many units of `10^-scale` or up to `span - 1` more, drawn for each row.
    Drawn {
        stream: ColumnStream,
        target: Target,
        scale: u16,
        low: i64,
        span: u64,
    },
    /// A whole number of its own; owners take turns.
    Counted { target: Target, low: i64, stride: u64 },
    /// A UUID of its own.
    Uuid(UuidSpace),
    /// The column's name and the row's number, zeros between them where that is too short.
    Named { stem: String, least: usize, most: usize },
}

/// What a filler must know of the rows that it fills.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub seed: u64,
    pub record: Record,
    /// Step between numbers of one owner.
    pub stride: u64,
    /// The row of the highest number, and of the highest slot.
    pub last: RowId,
}

impl Filler {
    /// One of the constants, which must be there.
    pub fn one_of(rows: Rows, column: &str, constants: Vec<Constant>) -> Self {
        let stream = ColumnStream::new(rows.seed, rows.record.name(), column);
        Self::OneOf { stream, constants }
    }

    /// What fills a column of that type within its checks, each row another value where it must be unique.
    ///
    /// # Errors
    /// A check that cannot be read, a type that cannot be written, or fewer values than rows.
    pub fn new(column: &Column, demands: &Demands, unique: bool, rows: Rows) -> Result<Self, Refusal> {
        if let Some(unread) = demands.unread.first() {
            let why = "its check is more than can be read";
            return Err(Refusal::because(why).of(unread));
        }
        let fixed = |text: &str| {
            let constant = Constant::parse(text, &column.kind);
            let constant = constant.ok_or_else(|| unwritable(&column.kind))?;
            match unique {
                true => Err(Refusal::because("it must be unique")),
                false => Ok(Self::one_of(rows, &column.name, vec![constant])),
            }
        };
        if let (Some(list), false) = (&demands.list, matches!(column.kind, ColumnType::Array { .. })) {
            let words = list.words.iter();
            let constants: Vec<Constant> = words
                .filter_map(|word| Constant::parse(word, &column.kind))
                .collect();
            return match constants.is_empty() || unique {
                true => Err(Refusal::because("its list has too few words for the rows").of(&list.constraint)),
                false => Ok(Self::one_of(rows, &column.name, constants)),
            };
        }
        match &column.kind {
            ColumnType::Boolean => fixed(if is_in_use(&column.name) { "true" } else { "false" }),
            ColumnType::Json | ColumnType::Jsonb => fixed(match demands.json {
                Some(JsonKind::Array) => "[]",
                Some(JsonKind::Object) | None => "{}",
            }),
            ColumnType::Array { .. } => fixed("{}"),
            ColumnType::Interval => fixed("1 day"),
            ColumnType::Time => fixed("09:00:00"),
            // Kept free for documentation.
            ColumnType::Inet => fixed("192.0.2.1"),
            ColumnType::Bytea => fixed("\\x"),
            ColumnType::Uuid => Ok(Self::Uuid(UuidSpace::of_column(
                rows.seed,
                rows.record,
                &column.name,
            ))),
            ColumnType::Text { max_length } => {
                let most = [*max_length, demands.longest].into_iter().flatten().min();
                Self::named(&column.name, demands.shortest, most, unique, rows)
            }
            ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz if unique => {
                Err(Refusal::because("it must be unique"))
            }
            kind => match Target::new(Shape::Int, kind, &column.name, &Keys::default()) {
                Some(target) => Self::numeric(column, target, demands, unique, rows),
                None => Target::new(Shape::Moment, kind, &column.name, &Keys::default())
                    .map(|target| Self::Created(Fit::new(target)))
                    .ok_or_else(|| unwritable(kind)),
            },
        }
    }

    fn named(column: &str, least: u32, most: Option<u32>, unique: bool, rows: Rows) -> Result<Self, Refusal> {
        let (least, most) = (least as usize, most.map_or(usize::MAX, |most| most as usize));
        let mut number = String::new();
        write_number(rows.last, &mut number);
        if least > most {
            return Err(Refusal::because("its checks contradict each other"));
        }
        let stem = stem(column);
        if number.len() <= most {
            return Ok(Self::Named { stem, least, most });
        }
        if unique {
            let why = format!("it must be unique, and {most} characters have no room for that");
            return Err(Refusal::because(why));
        }
        let text = format!("{:0<least$}", cut(&stem, most));
        let constant = Constant::parse(&text, &ColumnType::Text { max_length: None });
        Ok(Self::one_of(rows, column, constant.into_iter().collect()))
    }

    fn numeric(
        column: &Column,
        target: Target,
        demands: &Demands,
        unique: bool,
        rows: Rows,
    ) -> Result<Self, Refusal> {
        let lowest = |scale| demands.lowest.as_ref().map(|limit| limit.lowest(scale));
        let highest = |scale| demands.highest.as_ref().map(|limit| limit.highest(scale));
        let capacity = target.money_limit(&column.kind) / 100;
        let capacity = match target {
            Target::Int { bytes, .. } => largest(bytes),
            _ => capacity,
        };
        // Whole numbers where there is one, else hundredths.
        let whole = range(lowest(0), highest(0), capacity);
        let (scale, (low, high)) = match (whole, target) {
            (Some(range), _) => (0, range),
            (None, Target::Float { .. } | Target::Decimal { scale: 2 }) => {
                let most = capacity.saturating_mul(100).saturating_add(99);
                (
                    2,
                    range(lowest(2), highest(2), most).ok_or_else(|| empty(demands))?,
                )
            }
            (None, _) => return Err(empty(demands)),
        };
        if !unique {
            let span = (high.saturating_sub(low)).min(NUMBERS - 1) as u64 + 1;
            let stream = ColumnStream::new(rows.seed, rows.record.name(), &column.name);
            return Ok(Self::Drawn {
                stream,
                target,
                scale,
                low,
                span,
            });
        }
        let room = (high.saturating_sub(low)) as u64;
        let needed = rows.last.local().saturating_mul(rows.stride) + u64::from(rows.last.slot());
        if scale > 0 || needed > room {
            let why = format!(
                "it must be unique, and has room for {} rows only",
                room.saturating_add(1)
            );
            return Err(Refusal::because(why));
        }
        Ok(Self::Counted {
            target,
            low,
            stride: rows.stride,
        })
    }

    /// Whether no two rows have the same.
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Counted { .. } | Self::Uuid(_) | Self::Named { .. })
    }

    /// The value of a row; what has to be put together goes into `buffer`, which comes empty.
    pub fn fill<'s>(&'s self, row: RowId, buffer: &'s mut String) -> Wire<'s> {
        match self {
            Self::OneOf { constants, .. } if constants.len() == 1 => constants[0].wire(),
            Self::OneOf { stream, constants } => stream.at(row.number()).pick(constants).wire(),
            // The row itself is asked.
            Self::Created(_) => Wire::Null,
            Self::Drawn {
                stream,
                target,
                scale,
                low,
                span,
            } => target.number(low + stream.at(row.number()).below(*span) as i64, *scale, buffer),
            Self::Counted { target, low, stride } => target.number(
                low + (row.local() * stride + u64::from(row.slot())) as i64,
                0,
                buffer,
            ),
            Self::Uuid(space) => Wire::Uuid(space.key(row)),
            Self::Named { stem, least, most } => {
                write_number(row, buffer);
                let number = buffer.len();
                let room = most.saturating_sub(number + 1);
                let stem = cut(stem, room).trim_end_matches('-');
                if !stem.is_empty() {
                    buffer.insert(0, '-');
                }
                for _ in stem.chars().count() + buffer.len()..*least {
                    buffer.insert(usize::from(!stem.is_empty()), '0');
                }
                buffer.insert_str(0, stem);
                Wire::Text(buffer)
            }
        }
    }
}

/// From the lowest to the highest value, both allowed; a hundred of them where there is only one end, or none.
fn range(lowest: Option<i64>, highest: Option<i64>, capacity: i64) -> Option<(i64, i64)> {
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

fn unwritable(kind: &ColumnType) -> Refusal {
    let why = format!("values of its type {} cannot be made up", type_name(kind));
    Refusal::because(why).without_setting()
}

/// `external_ref` and `externalRef` as `external-ref`.
fn stem(column: &str) -> String {
    let mut stem = String::new();
    for letter in column.chars() {
        let is_gap = letter.is_uppercase() || !letter.is_alphanumeric();
        if is_gap && !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if letter.is_alphanumeric() {
            stem.extend(letter.to_lowercase());
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::text;

    fn fill(kind: ColumnType, demands: &Demands, unique: bool, row: RowId) -> Result<Option<String>, String> {
        let column = Column {
            name: "externalRef".into(),
            kind,
            not_null: true,
            ..Column::default()
        };
        let rows = Rows {
            seed: 42,
            record: Record::Task,
            stride: 4,
            last: RowId::new(2, 99),
        };
        let filler = Filler::new(&column, demands, unique, rows).map_err(|refusal| refusal.why)?;
        Ok(text::write(filler.fill(row, &mut String::new())))
    }

    fn check(kind: ColumnType, demands: &Demands, unique: bool, expect: &str) {
        let value = fill(kind.clone(), demands, unique, RowId::new(2, 16));
        assert_eq!(value, Ok(Some(expect.to_owned())), "{kind:?} {demands:?}");
    }

    fn text(max_length: impl Into<Option<u32>>) -> ColumnType {
        ColumnType::Text {
            max_length: max_length.into(),
        }
    }

    fn between(low: f64, high: f64, strict: bool) -> Demands {
        let limit = |value| {
            Some(Limit {
                value,
                strict,
                constraint: "range".into(),
            })
        };
        Demands {
            lowest: limit(low),
            highest: limit(high),
            ..Demands::default()
        }
    }

    #[test]
    fn every_type_has_a_plain_value() {
        let free = Demands::default();
        check(ColumnType::Boolean, &free, false, "false");
        check(text(None), &free, true, "external-ref-2-17");
        check(text(8), &free, true, "ext-2-17");
        check(text(5), &free, true, "2-17");
        check(text(3), &free, false, "ext");
        let long = Demands {
            shortest: 20,
            longest: Some(20),
            ..Demands::default()
        };
        check(text(None), &long, true, "external-ref-0002-17");
        check(ColumnType::Jsonb, &free, false, "{}");
        let list = Demands {
            json: Some(JsonKind::Array),
            ..Demands::default()
        };
        check(ColumnType::Json, &list, false, "[]");
        check(ColumnType::Inet, &free, false, "192.0.2.1");
        check(ColumnType::Interval, &free, false, "1 day");
        let uuid = fill(ColumnType::Uuid, &free, true, RowId::new(2, 16))
            .unwrap()
            .unwrap();
        assert!(
            uuid.starts_with("5eed") && uuid.ends_with("-8002-000000000010"),
            "{uuid}"
        );
    }

    #[test]
    fn numbers_lie_within_the_checks() {
        for row in 0..200 {
            let value = |kind, demands: &Demands| -> f64 {
                let value = fill(kind, demands, false, RowId::new(0, row)).unwrap().unwrap();
                value.parse().unwrap()
            };
            assert!((1.0..=100.0).contains(&value(ColumnType::SmallInt, &Demands::default())));
            assert!((7.0..=9.0).contains(&value(ColumnType::Integer, &between(6.0, 10.0, true))));
            let part = value(ColumnType::Double, &between(0.0, 1.0, true));
            assert!(part > 0.0 && part < 1.0, "{part}");
            let small = ColumnType::Numeric {
                precision: Some(3),
                scale: Some(2),
            };
            assert!((1.0..=9.0).contains(&value(small, &Demands::default())));
        }
        check(ColumnType::Integer, &between(1000.0, 5000.0, false), true, "1066");
    }

    #[test]
    fn what_cannot_be_made_up_is_refused() {
        let refused =
            |kind, demands: &Demands, unique| fill(kind, demands, unique, RowId::new(0, 0)).unwrap_err();
        let free = Demands::default();
        assert!(refused(ColumnType::Other("point".into()), &free, false).contains("point"));
        assert!(refused(ColumnType::Boolean, &free, true).contains("must be unique"));
        assert!(refused(text(3), &free, true).contains("3 characters"));
        assert!(refused(ColumnType::Integer, &between(1.0, 50.0, false), true).contains("50 rows"));
        assert!(refused(ColumnType::Integer, &between(1.0, 2.0, true), false).contains("no number"));
        let unread = Demands {
            unread: vec!["pattern".into()],
            ..Demands::default()
        };
        assert!(refused(text(None), &unread, false).contains("more than can be read"));
    }
}
