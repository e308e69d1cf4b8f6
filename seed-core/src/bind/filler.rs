//! Values for required columns that the domain does not know: what the type and the checks allow, saying little.

use super::checks::{Demands, JsonKind};
use super::constant::Constant;
use super::fit::{Fit, cut};
use super::flag::is_in_use;
use super::keys::Keys;
use super::number::write_number;
use super::phone::{self, Spelling};
use super::range::{Range, Steps};
use super::refusal::{Refusal, type_name};
use super::target::Target;
use super::wording::{Wording, words};
use crate::catalog::{Column, ColumnType};
use crate::domain::Record;
use crate::domain::value::Shape;
use crate::encode::{Cell, Visitor, Wire};
use crate::row::{RowId, UuidSpace};
use crate::stream::ColumnStream;

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
    /// So many units of `10^-scale`, drawn for each row.
    Drawn {
        stream: ColumnStream,
        target: Target,
        scale: u16,
        steps: Steps,
    },
    /// A number of units of its own; owners take turns.
    Counted {
        target: Target,
        scale: u16,
        low: i64,
        stride: u64,
    },
    /// A UUID of its own.
    Uuid(UuidSpace),
    /// The column's name and the row's number, zeros between them where that is too short.
    Named(Named),
}

/// A text that carries its row's number.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    before: &'static str,
    stem: String,
    after: &'static str,
    least: usize,
    most: usize,
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
            let spelling = demands.only_pattern().and_then(phone::spelling);
            let is_phone = Wording::of(&column.name) == Some(Wording::Phone) && !unique;
            let spelt = spelling
                .filter(|_| is_phone)
                .and_then(|spelling| Self::phone(column, spelling, demands, rows));
            let why = "its check is more than can be read";
            return spelt.ok_or_else(|| Refusal::because(why).of(unread));
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
            ColumnType::Text { .. } => match Self::worded(column, demands, unique, rows) {
                Some(worded) => Ok(worded),
                None => Self::named(column, demands, unique, rows),
            },
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

    /// A text that says what the end of the column's name does, where there is one that fits.
    fn worded(column: &Column, demands: &Demands, unique: bool, rows: Rows) -> Option<Self> {
        let (least, most) = lengths(column, demands);
        let wording = Wording::of(&column.name)?;
        let numbered = |before: &'static str, stem, after: &'static str| {
            let needed = before.len() + number_length(rows) + after.len();
            let named = Named {
                before,
                stem,
                after,
                least,
                most,
            };
            (needed <= most).then_some(Self::Named(named))
        };
        match wording {
            Wording::Between(before, after) => numbered(before, words(&column.name), after),
            Wording::Phone if unique => numbered("(212) 555-0100 x", String::new(), ""),
            Wording::Phone => Self::phone(column, phone::OURS, demands, rows),
            Wording::One(_) | Wording::Any(_) if unique => None,
            Wording::One(texts) => {
                let mut texts = constants(column, demands, texts.iter());
                texts.truncate(1);
                Self::one_of_some(rows, column, texts)
            }
            Wording::Any(texts) => Self::one_of_some(rows, column, constants(column, demands, texts.iter())),
        }
    }

    /// Telephone numbers that nobody has.
    fn phone(column: &Column, spelling: Spelling, demands: &Demands, rows: Rows) -> Option<Self> {
        Self::one_of_some(
            rows,
            column,
            constants(column, demands, phone::fictional(spelling)),
        )
    }

    fn one_of_some(rows: Rows, column: &Column, constants: Vec<Constant>) -> Option<Self> {
        (!constants.is_empty()).then(|| Self::one_of(rows, &column.name, constants))
    }

    fn named(column: &Column, demands: &Demands, unique: bool, rows: Rows) -> Result<Self, Refusal> {
        let (least, most) = lengths(column, demands);
        if least > most {
            return Err(Refusal::because("its checks contradict each other"));
        }
        let stem = words(&column.name);
        if number_length(rows) <= most {
            return Ok(Self::Named(Named {
                before: "",
                stem,
                after: "",
                least,
                most,
            }));
        }
        if unique {
            let why = format!("it must be unique, and {most} characters have no room for that");
            return Err(Refusal::because(why));
        }
        let text = format!("{:0<least$}", cut(&stem, most));
        let constant = Constant::parse(&text, &ColumnType::Text { max_length: None });
        Ok(Self::one_of(rows, &column.name, constant.into_iter().collect()))
    }

    fn numeric(
        column: &Column,
        target: Target,
        demands: &Demands,
        unique: bool,
        rows: Rows,
    ) -> Result<Self, Refusal> {
        let range = Range::of(column, target, demands)?;
        if !unique {
            return Ok(Self::Drawn {
                stream: ColumnStream::new(rows.seed, rows.record.name(), &column.name),
                target,
                scale: range.scale,
                steps: range.steps(column, target, demands),
            });
        }
        let needed = rows.last.local().saturating_mul(rows.stride) + u64::from(rows.last.slot());
        if needed > range.room() {
            let room = range.room().saturating_add(1);
            let why = format!("it must be unique, and has room for {room} rows only");
            return Err(Refusal::because(why));
        }
        Ok(Self::Counted {
            target,
            scale: range.scale,
            low: range.low,
            stride: rows.stride,
        })
    }

    /// Whether no two rows have the same.
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Counted { .. } | Self::Uuid(_) | Self::Named(_))
    }

    /// Gives the value of a row to the cell; what has to be put together goes into `buffer`, which comes empty.
    pub fn fill<V: Visitor>(&self, row: RowId, buffer: &mut String, cell: Cell<'_, V>) {
        match self {
            Self::OneOf { constants, .. } if constants.len() == 1 => cell.take(constants[0].wire()),
            Self::OneOf { stream, constants } => cell.take(stream.at(row.number()).pick(constants).wire()),
            // The row itself is asked.
            Self::Created(_) => cell.take(Wire::Null),
            Self::Drawn {
                stream,
                target,
                scale,
                steps,
            } => {
                let number = stream.at(row.number()).below(steps.count) as i64;
                target.number(steps.low + steps.step * number, *scale, buffer, cell);
            }
            Self::Counted {
                target,
                scale,
                low,
                stride,
            } => {
                let number = (row.local() * stride + u64::from(row.slot())) as i64;
                target.number(low + number, *scale, buffer, cell);
            }
            Self::Uuid(space) => cell.take(Wire::Uuid(space.key(row))),
            Self::Named(named) => {
                named.write(row, buffer);
                cell.take(Wire::Text(buffer));
            }
        }
    }
}

impl Named {
    /// The number is never cut; what is too long is the name.
    fn write(&self, row: RowId, buffer: &mut String) {
        write_number(row, buffer);
        let around = self.before.len() + self.after.len();
        let room = self.most.saturating_sub(around + buffer.len() + 1);
        let stem = cut(&self.stem, room).trim_end_matches('-');
        let gap = usize::from(!stem.is_empty());
        let length = around + stem.chars().count() + gap + buffer.len();
        let zeros = "0".repeat(self.least.saturating_sub(length));
        let hyphen = &"-"[..gap];
        buffer.insert_str(0, &format!("{}{stem}{hyphen}{zeros}", self.before));
        buffer.push_str(self.after);
    }
}

/// Characters of the longest number of a row.
fn number_length(rows: Rows) -> usize {
    let mut number = String::new();
    write_number(rows.last, &mut number);
    number.len()
}

/// How many characters there must be, and how many there may be.
fn lengths(column: &Column, demands: &Demands) -> (usize, usize) {
    let capacity = match column.kind {
        ColumnType::Text { max_length } => max_length,
        _ => None,
    };
    let most = [capacity, demands.longest].into_iter().flatten().min();
    (
        demands.shortest as usize,
        most.map_or(usize::MAX, |most| most as usize),
    )
}

/// Those of the texts that are neither too long nor too short.
fn constants(
    column: &Column,
    demands: &Demands,
    texts: impl Iterator<Item = impl AsRef<str>>,
) -> Vec<Constant> {
    let (least, most) = lengths(column, demands);
    let fitting = texts.filter(|text| (least..=most).contains(&text.as_ref().chars().count()));
    fitting
        .filter_map(|text| Constant::parse(text.as_ref(), &column.kind))
        .collect()
}

fn unwritable(kind: &ColumnType) -> Refusal {
    let why = format!("values of its type {} cannot be made up", type_name(kind));
    Refusal::because(why).without_setting()
}

#[cfg(test)]
mod tests;
