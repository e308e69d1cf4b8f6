//! What was measured, as ratios first.

use clap::ValueEnum;
use serde::Serialize;

use super::candidate::{Candidate, Round};
use super::machine::Machine;
use crate::commands::reset::summary::grouped;
use crate::table;

/// All that a `bench seed` measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// How often each of them wrote.
    pub rounds: u32,
    /// By the tables that were written to.
    pub comparisons: Vec<Comparison>,
}

/// The same rows, into the same tables, in several ways.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Which tables.
    pub tables: Tables,
    /// How many rows.
    pub rows: u64,
    /// How much they are as binary COPY has them.
    pub bytes: u64,
    /// Each way.
    pub candidates: Vec<Measured>,
}

/// Tables that are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tables {
    /// As they are
    Live,
    /// Copies of their columns alone
    Plain,
}

impl Tables {
    /// As a flag has it.
    pub fn word(self) -> &'static str {
        match self {
            Tables::Live => "live",
            Tables::Plain => "plain",
        }
    }
}

/// One way, with all of its rounds.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Which way.
    pub candidate: Candidate,
    /// How many times as fast as COPY it is, by the medians.
    pub times_copy: f64,
    /// How many times as fast as INSERT it is, by the medians.
    pub times_insert: f64,
    /// By the median.
    pub rows_per_second: f64,
    /// Of binary rows, by the median.
    pub megabytes_per_second: f64,
    /// The median.
    pub median_seconds: f64,
    /// The fastest round.
    pub fastest_seconds: f64,
    /// The most that any round took.
    pub peak_memory_bytes: Option<u64>,
    /// In their order.
    pub rounds: Vec<Round>,
}

impl Comparison {
    /// Compares the rounds of all candidates, each of which has at least one.
    pub fn new(tables: Tables, rows: u64, bytes: u64, rounds: Vec<(Candidate, Vec<Round>)>) -> Self {
        let median_of = |wanted: Candidate| {
            let mut all = rounds.iter();
            let found = all.find(|(candidate, _)| *candidate == wanted);
            found.map_or(f64::NAN, |(_, rounds)| median(rounds))
        };
        let (copy, insert) = (median_of(Candidate::Copy), median_of(Candidate::Insert));
        let measured = |(candidate, rounds): (Candidate, Vec<Round>)| {
            let seconds = median(&rounds);
            Measured {
                candidate,
                times_copy: copy / seconds,
                times_insert: insert / seconds,
                rows_per_second: rows as f64 / seconds,
                megabytes_per_second: bytes as f64 / 1e6 / seconds,
                median_seconds: seconds,
                fastest_seconds: rounds
                    .iter()
                    .map(|round| round.seconds)
                    .fold(f64::INFINITY, f64::min),
                peak_memory_bytes: rounds.iter().filter_map(|round| round.peak_memory_bytes).max(),
                rounds,
            }
        };
        Self {
            tables,
            rows,
            bytes,
            candidates: rounds.into_iter().map(measured).collect(),
        }
    }

    /// How a seed did, in a line.
    pub fn summary(&self) -> String {
        let mut all = self.candidates.iter();
        let seed = all.find(|one| one.candidate == Candidate::Seed);
        seed.map_or_else(String::new, |seed| {
            format!(
                "seed is {:.2} × COPY, {:.2} × INSERT · {} rows/s",
                seed.times_copy,
                seed.times_insert,
                grouped(seed.rows_per_second as u64)
            )
        })
    }
}

/// The middle one; the mean of the two in the middle where their number is even.
pub(super) fn median(rounds: &[Round]) -> f64 {
    let mut seconds: Vec<f64> = rounds.iter().map(|round| round.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.len() / 2;
    match seconds.len() % 2 {
        0 => (seconds[middle - 1] + seconds[middle]) / 2.0,
        _ => seconds[middle],
    }
}

impl Report {
    /// The report for people.
    pub fn text(&self) -> String {
        let tables = self.comparisons.iter().map(|comparison| {
            let what = match comparison.tables {
                Tables::Live => "the project's tables, with triggers, keys and indexes",
                Tables::Plain => "plain copies of the tables",
            };
            format!(
                "\n{what}: {} rows, {:.1} MB, median of {}\n{}",
                grouped(comparison.rows),
                comparison.bytes as f64 / 1e6,
                match self.rounds {
                    1 => "1 round".to_owned(),
                    rounds => format!("{rounds} rounds"),
                },
                comparison.text()
            )
        });
        format!("{}\n{}", self.machine.line(), tables.collect::<String>())
    }
}

impl Comparison {
    fn text(&self) -> String {
        let head = [
            "",
            "× COPY",
            "× INSERT",
            "rows/s",
            "MB/s",
            "median",
            "fastest",
            "memory",
        ];
        let line = |one: &Measured| {
            vec![
                one.candidate.name().to_owned(),
                format!("{:.2}", one.times_copy),
                format!("{:.2}", one.times_insert),
                grouped(one.rows_per_second as u64),
                format!("{:.1}", one.megabytes_per_second),
                format!("{:.2} s", one.median_seconds),
                format!("{:.2} s", one.fastest_seconds),
                one.peak_memory_bytes
                    .map_or_else(String::new, |bytes| format!("{:.1} MB", bytes as f64 / 1e6)),
            ]
        };
        let lines = self.candidates.iter().map(line).collect();
        table::text(head.map(str::to_owned).to_vec(), lines, 1..)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn rounds(seconds: &[f64], peak_memory_bytes: Option<u64>) -> Vec<Round> {
        let round = |&seconds| Round {
            seconds,
            rows: 1000,
            peak_memory_bytes,
        };
        seconds.iter().map(round).collect()
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_there() {
        assert_eq!(median(&rounds(&[9.0, 1.0, 2.0], None)), 2.0);
        assert_eq!(median(&rounds(&[9.0, 1.0, 2.0, 3.0], None)), 2.5);
    }

    #[test]
    fn a_report_has_ratios_before_figures() {
        let comparison = Comparison::new(
            Tables::Live,
            10_000,
            4_000_000,
            vec![
                (Candidate::Seed, rounds(&[0.5, 0.4, 0.8], Some(20_000_000))),
                (Candidate::Copy, rounds(&[0.5, 0.6, 0.4], None)),
                (Candidate::Insert, rounds(&[2.0, 1.5, 2.5], None)),
            ],
        );
        assert_eq!(
            comparison.summary(),
            "seed is 1.00 × COPY, 4.00 × INSERT · 20 000 rows/s"
        );
        let report = Report {
            machine: Machine {
                cores: 2,
                memory_bytes: None,
                system: "Linux 6.1.0 x86_64".into(),
                postgres: "17.6".into(),
                is_optimised: true,
            },
            rounds: 3,
            comparisons: vec![comparison],
        };
        assert_snapshot!(report.text(), @"
        2 cores · Linux 6.1.0 x86_64 · PostgreSQL 17.6

        the project's tables, with triggers, keys and indexes: 10 000 rows, 4.0 MB, median of 3 rounds
                            × COPY  × INSERT  rows/s  MB/s  median  fastest   memory
        seed                  1.00      4.00  20 000   8.0  0.50 s   0.40 s  20.0 MB
        COPY, rows ready      1.00      4.00  20 000   8.0  0.50 s   0.40 s
        INSERT, rows ready    0.25      1.00   5 000   2.0  2.00 s   1.50 s
        ");
    }
}
