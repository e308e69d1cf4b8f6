//! How far a run is: rows, rows per second, time left.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::commands::reset::summary::grouped;
use crate::output::Step;

/// Shorter runs are over before anybody has read how far they are.
const QUIET: Duration = Duration::from_secs(1);
/// How often the line changes.
const INTERVAL: Duration = Duration::from_millis(100);

/// Tells a step how far the rows are.
pub struct Progress<'a> {
    step: &'a Step,
    total: u64,
    started: Instant,
    done: Cell<u64>,
    shown: Cell<Instant>,
}

impl<'a> Progress<'a> {
    /// Of so many rows.
    pub fn new(step: &'a Step, total: u64) -> Self {
        let now = Instant::now();
        Self {
            step,
            total,
            started: now,
            done: Cell::new(0),
            shown: Cell::new(now),
        }
    }

    /// The rows of a table come next.
    pub fn table(&self, name: &str, rows: u64) {
        self.step.update(format!("{rows} rows of {name}"));
    }

    /// So many rows of a table were sent.
    pub fn add(&self, table: &str, rows: u64) {
        self.done.set(self.done.get() + rows);
        let elapsed = self.started.elapsed();
        if elapsed > QUIET && self.shown.get().elapsed() > INTERVAL {
            self.shown.set(Instant::now());
            let line = line(table, self.done.get(), self.total, elapsed);
            self.step.progress(line);
        }
    }
}

/// `contacts · 12 000 of 50 000 rows · 24 000 rows/s · 2 s left`
fn line(table: &str, done: u64, total: u64, elapsed: Duration) -> String {
    let speed = done as f64 / elapsed.as_secs_f64();
    let left = (total.saturating_sub(done)) as f64 / speed.max(1.0);
    format!(
        "{table} · {} of {} rows · {} rows/s · {left:.0} s left",
        grouped(done),
        grouped(total),
        grouped(speed as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_time_left_follow_from_what_is_done() {
        assert_eq!(
            line("contacts", 20_000, 50_000, Duration::from_secs(4)),
            "contacts · 20 000 of 50 000 rows · 5 000 rows/s · 6 s left"
        );
        assert_eq!(
            line("contacts", 0, 10, Duration::from_secs(2)),
            "contacts · 0 of 10 rows · 0 rows/s · 10 s left"
        );
    }
}
