//! What `seed --dry-run` shows: what each column takes, and what is left alone, with why.

use std::fmt::Write;

use seed_core::bind::{BoundColumn, Source};
use seed_core::plan::{TablePlan, Unplaced};
use serde_json::{Value, json};

use crate::commands::reset::summary::grouped;
use crate::project_file;
use crate::seeding::clean::Cleaned;
use crate::seeding::job::Job;
use crate::seeding::owners::RowOwner;
use crate::seeding::prepare::Prepared;

/// Rows of each table that are shown with `--verbose`.
const SAMPLE_ROWS: u64 = 3;

/// The plan as JSON.
pub fn to_json(prepared: &Prepared, cleaned: Option<&Cleaned>, is_verbose: bool) -> Value {
    let table = |table: &TablePlan| {
        let columns: Vec<Value> = table.binding().columns.iter().map(column_json).collect();
        json!({
            "schema": table.schema(), "table": table.name(), "record": table.record().name(),
            "rows": table.row_count(), "columns": columns, "sample": sample(table, is_verbose),
        })
    };
    let tables: Vec<Value> = prepared.plan.tables().iter().map(table).collect();
    let left_alone = prepared.plan.unplaced().iter();
    let left_alone: Vec<Value> = left_alone
        .map(|one| json!({ "schema": one.schema, "table": one.table, "column": one.column, "why": one.why }))
        .collect();
    json!({
        "seed": prepared.choice.seed, "industry": prepared.choice.industry, "as_of": prepared.choice.as_of,
        "rows": prepared.plan.row_count(), "owners": prepared.owners, "tables": tables, "left_alone": left_alone,
        "taken_back": cleaned,
    })
}

fn column_json(column: &BoundColumn) -> Value {
    let name = &column.name;
    match &column.source {
        Source::Field(field) => json!({ "column": name, "source": "field", "field": field.name() }),
        Source::Filler => json!({ "column": name, "source": "made_up" }),
        Source::Setting => json!({ "column": name, "source": project_file::NAME }),
        Source::Present(table) => json!({ "column": name, "source": "present_row", "table": table }),
    }
}

/// The plan for people.
pub fn to_text(prepared: &Prepared, is_verbose: bool) -> String {
    let owners: Vec<String> = prepared.owners.iter().map(RowOwner::title).collect();
    let rows = grouped(prepared.plan.row_count());
    let mut text = format!("{}: {rows} rows for {}\n", prepared.title(), owners.join(", "));
    let filled = || {
        prepared
            .plan
            .tables()
            .iter()
            .filter(|table| table.row_count() > 0)
    };
    for table in filled() {
        let _ = writeln!(text, "\n{}: {} rows", table.name(), grouped(table.row_count()));
        text += &columns_text(&table.binding().columns);
        for row in sample(table, is_verbose) {
            let values = table.binding().columns.iter().zip(row);
            let values = values.filter_map(|(column, value)| Some(format!("{}: {}", column.name, value?)));
            let _ = writeln!(text, "  · {}", values.collect::<Vec<_>>().join("\n    "));
        }
    }
    let is_told = |one: &&Unplaced| match one.column {
        None => prepared.job == Job::Seed,
        Some(_) => filled().any(|table| (table.schema(), table.name()) == (&one.schema, &one.table)),
    };
    let unplaced: Vec<Unplaced> = prepared.plan.unplaced().iter().filter(is_told).cloned().collect();
    text + &left_alone_text(&unplaced)
}

/// A line for each kind of source, as `fills name, zipcode ← postal_code`.
fn columns_text(columns: &[BoundColumn]) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for column in columns {
        let name = column.name.clone();
        let (source, item) = match &column.source {
            Source::Field(field) if field.name() == name => ("fills".to_owned(), name),
            Source::Field(field) => ("fills".to_owned(), format!("{name} ← {field}")),
            Source::Filler => ("made up, as type and checks allow:".to_owned(), name),
            Source::Setting => (format!("from `{}`:", project_file::NAME), name),
            Source::Present(table) => (format!("from the row in `{table}`:"), name),
        };
        match lines.iter_mut().find(|(known, _)| *known == source) {
            Some((_, items)) => items.push(item),
            None => lines.push((source, vec![item])),
        }
    }
    let line = |(source, items): &(String, Vec<String>)| format!("  {source} {}\n", items.join(", "));
    lines.iter().map(line).collect()
}

/// Columns stand under their table.
fn left_alone_text(unplaced: &[Unplaced]) -> String {
    if unplaced.is_empty() {
        return String::new();
    }
    let mut text = "\nleft alone\n".to_owned();
    let mut current = None;
    for one in unplaced {
        let Unplaced {
            schema,
            table,
            column,
            why,
        } = one;
        match column {
            None => {
                let _ = writeln!(text, "  {table}: {why}");
            }
            Some(column) => {
                if current.replace((schema, table)) != Some((schema, table)) {
                    let _ = writeln!(text, "  {table}");
                }
                let _ = writeln!(text, "    {column}: {why}");
            }
        }
    }
    text + &format!(
        "`{}` can say what a table holds and what a column takes\n",
        project_file::NAME
    )
}

fn sample(table: &TablePlan, is_verbose: bool) -> Vec<Vec<Option<String>>> {
    table.sample(if is_verbose { SAMPLE_ROWS } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_left_alone_stand_under_their_table() {
        let one = |table: &str, column: Option<&str>, why: &str| Unplaced {
            schema: "public".into(),
            table: table.into(),
            column: column.map(str::to_owned),
            why: why.into(),
        };
        let unplaced = [
            one("contacts", Some("avatar"), "a"),
            one("contacts", Some("gender"), "b"),
            one("deals", Some("logo"), "c"),
            one("sales", None, "d"),
        ];
        let expected = "\nleft alone\n  contacts\n    avatar: a\n    gender: b\n  deals\n    logo: c\n  sales: d\n\
                        `seedbed.toml` can say what a table holds and what a column takes\n";
        assert_eq!(left_alone_text(&unplaced), expected);
        assert_eq!(left_alone_text(&[]), "");
    }
}
