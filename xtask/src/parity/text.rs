//! What came of comparing two targets, for people.

use std::collections::BTreeMap;

use super::report::{Report, TableReport};
use super::rows::{RowDifference, What};
use super::shape::SchemaDifference;
use super::shown::Shown;
use crate::commands::reset::summary::grouped;
use crate::database::checksum::Checksum;

/// Columns of a row without a key that are shown.
const COLUMNS_SHOWN: usize = 6;

/// A line for what differs, with rows below; with `is_verbose` also for what is the same.
pub fn of(report: &Report, is_verbose: bool) -> String {
    let mut lines: Vec<String> = report.schema.iter().map(of_schema).collect();
    for (side, versions) in [
        ("here", &report.migrations.only_here),
        ("there", &report.migrations.only_there),
    ] {
        lines.extend(
            versions
                .iter()
                .map(|version| format!("migration {version}: only {side}")),
        );
    }
    for table in &report.tables {
        if is_verbose || !table.equal {
            lines.push(of_table(table));
        }
        lines.extend(table.differences.iter().map(of_row));
        if table.has_more {
            let more = if is_verbose {
                "and more"
            } else {
                "and more: `--verbose` shows up to 50"
            };
            lines.push(format!("  {more}"));
        }
    }
    for user in &report.users {
        let tried = [("here", &user.here), ("there", &user.there)];
        match user.problem() {
            Some(problem) => lines.push(problem),
            None if is_verbose => lines.push(format!("test user {}: the same on both sides", user.email)),
            None => {}
        }
        lines.extend(tried.into_iter().filter_map(|(side, standing)| {
            let standing = standing.as_ref().filter(|standing| standing.signs_in.is_none())?;
            let why = standing.why.as_deref().unwrap_or_default();
            Some(format!("test user {}: not signed in {side}: {why}", user.email))
        }));
    }
    lines.extend(report.sequences.of_one_side().into_iter().map(|(side, worn)| {
        format!(
            "{}: the sequence of {} gives {} next {side}, and {} is in use",
            worn.table, worn.column, worn.next, worn.highest
        )
    }));
    lines.extend(left_out(&report.tables));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn of_schema(difference: &SchemaDifference) -> String {
    let SchemaDifference {
        table,
        column,
        here,
        there,
    } = difference;
    let what = match column {
        Some(column) => format!("column {column} of {table}"),
        None => format!("table {table}"),
    };
    match (here, there) {
        (Some(here), Some(there)) => format!("{what}: {here} here, {there} there"),
        (Some(_), None) => format!("{what}: only here"),
        _ => format!("{what}: only there"),
    }
}

fn of_table(report: &TableReport) -> String {
    let rows = |sum: &Checksum| match sum.rows {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", grouped(rows)),
    };
    let table = &report.table;
    match (&report.here, &report.there) {
        (Some(here), Some(there)) if here.rows != there.rows => {
            format!("{table}: {} here, {} there", rows(here), grouped(there.rows))
        }
        (Some(here), Some(_)) => {
            let what = if report.equal { "the same" } else { "some differ" };
            format!("{table}: {} on both sides, {what}", rows(here))
        }
        (Some(here), None) => format!("{table}: {} here, no such table there", rows(here)),
        (_, there) => {
            let rows = there.as_ref().map(rows).unwrap_or_default();
            format!("{table}: no such table here, {rows} there")
        }
    }
}

fn of_row(difference: &RowDifference) -> String {
    let row = told(&difference.key);
    let quoted = |value: &Option<String>| match value {
        Some(value) => format!("'{value}'"),
        None => "null".to_owned(),
    };
    match &difference.what {
        What::OnlyHere => format!("  {row}: only here"),
        What::OnlyThere => format!("  {row}: only there"),
        What::Changed { columns } => {
            let columns = columns.iter().map(|one| {
                format!(
                    "{}: {} here, {} there",
                    one.column,
                    quoted(&one.here),
                    quoted(&one.there)
                )
            });
            format!(
                "  {row}: column {}",
                columns.collect::<Vec<_>>().join("; column ")
            )
        }
    }
}

fn told(row: &Shown) -> String {
    let columns = row.iter().take(COLUMNS_SHOWN);
    let told = columns.map(|(name, value)| format!("{name} {}", value.as_str().unwrap_or("null")));
    let told = told.collect::<Vec<_>>().join(", ");
    match row.len() > COLUMNS_SHOWN {
        true => format!("{told}, …"),
        false => told,
    }
}

/// A line for each reason: which columns of which tables were not compared for it.
fn left_out(tables: &[TableReport]) -> Vec<String> {
    let mut reasons: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for table in tables {
        for column in &table.left_out {
            let columns = reasons.entry(column.why).or_default();
            columns.entry(&column.column).or_default().push(&table.table);
        }
    }
    let line = |(why, columns): (&str, BTreeMap<&str, Vec<&str>>)| {
        let columns = columns
            .iter()
            .map(|(column, tables)| format!("{column} of {}", tables.join(", ")));
        format!(
            "not compared, because {why}: {}",
            columns.collect::<Vec<_>>().join("; ")
        )
    };
    reasons.into_iter().map(line).collect()
}
