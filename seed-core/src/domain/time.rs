//! Instants as microseconds since 1970, all offsets from the reference instant.

use crate::stream::Draw;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// An instant some way between two others, `low` to `high` percent of it; during office hours where they allow it.
pub(crate) fn within(draw: &mut Draw, from: i64, to: i64, low: i64, high: i64) -> i64 {
    let span = (to - from) / SECOND;
    let instant = from / SECOND * SECOND + draw.between(span * low / 100, span * high / 100) * SECOND;
    let office = office_hour(draw, instant);
    if (from + 1..to).contains(&office) {
        office
    } else {
        instant
    }
}

/// So many days after an instant (before it where negative), during office hours.
pub(crate) fn days_after(draw: &mut Draw, from: i64, low: i64, high: i64) -> i64 {
    let day = from + draw.between(low, high) * DAY;
    office_hour(draw, day)
}

/// A minute of the same day between eight and half past five.
fn office_hour(draw: &mut Draw, instant: i64) -> i64 {
    instant.div_euclid(DAY) * DAY + draw.between(8 * 60, 17 * 60 + 30) * 60 * SECOND
}

/// The year of an instant.
pub(crate) fn year(instant: i64) -> i64 {
    let timestamp =
        jiff::Timestamp::from_microsecond(instant).expect("offsets from a valid instant are small");
    i64::from(timestamp.to_zoned(jiff::tz::TimeZone::UTC).year())
}
