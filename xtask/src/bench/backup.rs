//! How fast a backup is taken, beside `pg_dump` of the same tables.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::candidate::Round;
use super::machine::Machine;
use super::report::median;
use crate::backup::header::Header;
use crate::backup::{Destination, read, write};
use crate::commands::reset::summary::grouped;
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::exec::command_line::CommandLine;
use crate::exec::runner::{ChildRunner, Runner};
use crate::output::Step;
use crate::table;
use crate::target::Target;

/// How long one `pg_dump` may take.
const DEADLINE: Duration = Duration::from_secs(3600);
/// What is measured of ours, each with the ending of its file.
const OURS: [(&str, &str); 3] = [
    ("backup", "sql"),
    ("backup, .sql.zst", "sql.zst"),
    ("backup, .sql.gz", "sql.gz"),
];

/// All that a `bench backup` measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// Rows of all tables.
    pub rows: u64,
    /// How much they are as a backup that is not packed.
    pub bytes: u64,
    /// Why there is no `pg_dump` to compare with, where there is none.
    pub without_pg_dump: Option<String>,
    /// Each way.
    pub candidates: Vec<Measured>,
}

/// One way, with all of its rounds.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// What people call it.
    pub name: String,
    /// How many times as fast as `pg_dump` it is, by the medians.
    pub times_pg_dump: Option<f64>,
    /// The median.
    pub median_seconds: f64,
    /// Size of its file.
    pub bytes: u64,
    /// Seconds, in their order.
    pub rounds: Vec<f64>,
}

/// Measures all ways by turns; the files are in a folder that is removed. The database is only read.
///
/// # Errors
/// The database refuses, or there is no room for the files.
pub async fn compare(target: &Target, rounds: u32, step: &Step) -> Result<Report> {
    let machine = Machine::look(&connect(&target.database, "bench").await?).await?;
    let folder = tempfile::tempdir().context("make a folder for the files")?;
    let file = |ending: &str| folder.path().join(format!("backup.{ending}"));
    // One that counts for nothing: the server has what it reads in memory from then on.
    take(target, &file("sql"), step).await?;
    let header = read::header(&file("sql"))?;
    let pg_dump = find_pg_dump(&machine.postgres).await;
    let mut measured: Vec<(String, u64, Vec<Round>)> = Vec::new();
    for round in 1..=rounds {
        for (at, (name, ending)) in OURS.into_iter().enumerate() {
            step.update(format!("round {round} of {rounds}: {name}"));
            let started = Instant::now();
            take(target, &file(ending), step).await?;
            note(&mut measured, at, name, started, &file(ending))?;
        }
        if let Ok((program, version)) = &pg_dump {
            step.update(format!("round {round} of {rounds}: pg_dump"));
            let command = dump(program, &target.database, &header, &file("dump"));
            let started = Instant::now();
            ChildRunner.run(&command, |_| ()).await?.successful(&command)?;
            note(
                &mut measured,
                OURS.len(),
                &format!("pg_dump {version}"),
                started,
                &file("dump"),
            )?;
        }
    }
    let dumped = measured.get(OURS.len()).map(|(_, _, rounds)| median(rounds));
    let candidate = |(name, bytes, rounds): &(String, u64, Vec<Round>)| Measured {
        name: name.clone(),
        times_pg_dump: dumped.map(|dumped| dumped / median(rounds)),
        median_seconds: median(rounds),
        bytes: *bytes,
        rounds: rounds.iter().map(|round| round.seconds).collect(),
    };
    Ok(Report {
        rows: header.rows(),
        bytes: measured[0].1,
        without_pg_dump: pg_dump.err(),
        candidates: measured.iter().map(candidate).collect(),
        machine,
    })
}

async fn take(target: &Target, path: &Path, step: &Step) -> Result<()> {
    let destination = Destination::File {
        path: path.to_owned(),
        replaces: true,
    };
    write(target, &[], &destination, step).await.map(drop)
}

fn note(
    measured: &mut Vec<(String, u64, Vec<Round>)>,
    at: usize,
    name: &str,
    started: Instant,
    file: &Path,
) -> Result<()> {
    let round = Round {
        seconds: started.elapsed().as_secs_f64(),
        rows: 0,
        peak_memory_bytes: None,
    };
    if measured.len() == at {
        let bytes = file.metadata().context("look at the file")?.len();
        measured.push((name.to_owned(), bytes, Vec::new()));
    }
    measured[at].2.push(round);
    Ok(())
}

/// `pg_dump` of the PATH with its version; or why it is of no use.
async fn find_pg_dump(server: &str) -> Result<(PathBuf, String), String> {
    let none = "there is no `pg_dump` in the PATH".to_owned();
    let program = which::which("pg_dump").map_err(|_| none)?;
    let command = CommandLine::new(&program).arg("--version");
    let said = ChildRunner.run(&command, |_| ()).await;
    let said = said.map_err(|error| error.to_string())?.stdout;
    let version = said.split_whitespace().find(|word| major(word).is_some());
    let version = version.ok_or_else(|| format!("`{}` does not tell its version", program.display()))?;
    match major(version) >= major(server) {
        true => Ok((program.clone(), version.to_owned())),
        false => Err(format!(
            "the `pg_dump` in the PATH is {version}, too old for a server of {server}"
        )),
    }
}

fn major(version: &str) -> Option<u32> {
    version.split(['.', ' ']).next()?.parse().ok()
}

fn dump(program: &Path, database: &Address, header: &Header, file: &Path) -> CommandLine {
    let tables = header.tables.iter();
    let mut command = CommandLine::new(program)
        .args(["--data-only", "--no-password", "--file"])
        .arg(file)
        .args(tables.map(|entry| format!("--table={}", entry.table.sql_name())))
        .env("PGHOST", database.host())
        .env("PGPORT", database.port().to_string())
        .env("PGUSER", database.get_user().unwrap_or("postgres"))
        .env("PGDATABASE", database.get_dbname().unwrap_or("postgres"))
        .env("PGSSLMODE", database.tls.word())
        .deadline(DEADLINE);
    if let Some(password) = database.get_password() {
        command = command.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
    }
    if let Some(root) = &database.root {
        command = command.env("PGSSLROOTCERT", root);
    }
    command
}

impl Report {
    /// How the backup did, in a line.
    pub fn summary(&self) -> String {
        let ours = &self.candidates[0];
        let speed = format!(
            "{} rows/s",
            grouped((self.rows as f64 / ours.median_seconds) as u64)
        );
        match ours.times_pg_dump {
            Some(times) => format!("backup is {times:.2} × pg_dump · {speed}"),
            None => speed,
        }
    }

    /// The report for people.
    pub fn text(&self) -> String {
        let head = ["", "× pg_dump", "rows/s", "MB/s", "median", "file"].map(str::to_owned);
        let line = |one: &Measured| {
            let per_second = |number: u64| number as f64 / one.median_seconds;
            vec![
                one.name.clone(),
                one.times_pg_dump
                    .map_or_else(String::new, |times| format!("{times:.2}")),
                grouped(per_second(self.rows) as u64),
                format!("{:.1}", per_second(self.bytes) / 1e6),
                format!("{:.2} s", one.median_seconds),
                format!("{:.1} MB", one.bytes as f64 / 1e6),
            ]
        };
        format!(
            "{}\n\nthe database as it is: {} rows, {:.1} MB\n{}",
            self.machine.line(),
            grouped(self.rows),
            self.bytes as f64 / 1e6,
            table::text(head.to_vec(), self.candidates.iter().map(line).collect(), 1..)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_number() {
        assert_eq!(major("17.10"), Some(17));
        assert_eq!(major("18beta1"), None);
        assert!(major("15.18") < major("17.6"));
    }

    #[test]
    fn no_password_is_in_the_arguments_of_pg_dump() {
        let address = Address::parse("postgresql://u:hunter2@h:1/d", Path::new("/")).unwrap();
        let header = crate::backup::header::tests::example();
        let command = dump(Path::new("pg_dump"), &address, &header, Path::new("f"));
        assert_eq!(
            command.to_string(),
            "pg_dump --data-only --no-password --file f --table=\"public\".\"tags\""
        );
    }
}
