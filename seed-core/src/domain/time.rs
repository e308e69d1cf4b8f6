//! Instants as microseconds since 1970, all offsets from the reference instant.

use crate::stream::Draw;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// An instant some way between two others, `low` to `high` percent of it, to the second.
pub(crate) fn within(draw: &mut Draw, from: i64, to: i64, low: i64, high: i64) -> i64 {
    let span = (to - from) / SECOND;
    from / SECOND * SECOND + draw.between(span * low / 100, span * high / 100) * SECOND
}

/// So many days after an instant (before it where negative), during office hours.
pub(crate) fn days_after(draw: &mut Draw, from: i64, low: i64, high: i64) -> i64 {
    let day = (from + draw.between(low, high) * DAY).div_euclid(DAY) * DAY;
    day + draw.between(8 * 4, 17 * 4) * HOUR / 4
}

/// The year of an instant.
pub(crate) fn year(instant: i64) -> i64 {
    let timestamp =
        jiff::Timestamp::from_microsecond(instant).expect("offsets from a valid instant are small");
    i64::from(timestamp.to_zoned(jiff::tz::TimeZone::UTC).year())
}
