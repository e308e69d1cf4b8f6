//! Instants as microseconds since 1970, all offsets from the reference instant.

use crate::stream::Draw;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// An instant some way between two others, `low` to `high` percent of it; on a workday during office hours where they
/// allow it.
#[inline(always)]
pub(crate) fn within(draw: &mut Draw, from: i64, to: i64, low: i64, high: i64) -> i64 {
    let span = (to - from) / SECOND;
    let instant = from / SECOND * SECOND + draw.between(span * low / 100, span * high / 100) * SECOND;
    let (day, hour) = (day(instant), office_hour(draw));
    let office = |day: i64| day * DAY + hour;
    let allowed = |office: &i64| (from + 1..to).contains(office);
    if weekday(day) > FRIDAY {
        let days = [workday_before(day), workday_after(day)].map(office);
        days.into_iter().find(allowed).unwrap_or(instant)
    } else {
        Some(office(day)).filter(allowed).unwrap_or(instant)
    }
}

/// So many days after an instant (before it where negative), on a workday during office hours: the next one, or the
/// one before where it is in the past.
pub(crate) fn days_after(draw: &mut Draw, from: i64, low: i64, high: i64) -> i64 {
    let days = draw.between(low, high);
    let hour = office_hour(draw);
    let workday = if days < 0 { workday_before } else { workday_after };
    workday(day(from) + days) * DAY + hour
}

/// The number of a day since 1970.
fn day(instant: i64) -> i64 {
    instant.div_euclid(DAY)
}

/// The Friday before a day of the weekend; any other day itself.
fn workday_before(day: i64) -> i64 {
    day - (weekday(day) - FRIDAY).max(0)
}

/// The Monday after a day of the weekend; any other day itself.
fn workday_after(day: i64) -> i64 {
    match weekday(day) {
        weekend if weekend > FRIDAY => day + 7 - weekend,
        _ => day,
    }
}

const FRIDAY: i64 = 4;

/// From Monday, 0, to Sunday, 6; the first day of 1970 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// A minute of a day between eight and half past five, in microseconds since midnight.
#[inline(always)]
fn office_hour(draw: &mut Draw) -> i64 {
    draw.between(8 * 60, 17 * 60 + 30) * 60 * SECOND
}

/// The year of an instant.
pub(crate) fn year(instant: i64) -> i64 {
    let timestamp =
        jiff::Timestamp::from_microsecond(instant).expect("offsets from a valid instant are small");
    i64::from(timestamp.to_zoned(jiff::tz::TimeZone::UTC).year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_are_free() {
        let day = |text: &str| day(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let check = |on: &str, before: &str, after: &str| {
            assert_eq!(workday_before(day(on)), day(before), "{on}");
            assert_eq!(workday_after(day(on)), day(after), "{on}");
        };
        check(
            "2026-11-20T09:30:00Z",
            "2026-11-20T09:30:00Z",
            "2026-11-20T09:30:00Z",
        );
        check(
            "2026-11-21T09:30:00Z",
            "2026-11-20T09:30:00Z",
            "2026-11-23T09:30:00Z",
        );
        check(
            "2026-11-22T09:30:00Z",
            "2026-11-20T09:30:00Z",
            "2026-11-23T09:30:00Z",
        );
        check(
            "2026-11-23T09:30:00Z",
            "2026-11-23T09:30:00Z",
            "2026-11-23T09:30:00Z",
        );
    }
}
