//! `fixtures`

mod folder;
mod rows;
mod stdout;
mod writer;

use anyhow::Result;
use seed_core::encode::Format;
use seed_core::plan::TablePlan;
use serde_json::json;
use stack::hint::mendable;

use crate::cli::FixturesArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::error::Exit;
use crate::seeding::progress::Progress;
use crate::table;
use folder::Folder;
use rows::Rows;

/// Runs `fixtures`.
///
/// # Errors
/// A table or the industry is not known, the rows do not fit the tables, or they cannot be written.
pub async fn run(context: &Context, args: FixturesArgs) -> Result<Exit> {
    let format = args.format();
    match &args.out {
        Some(out) => {
            let folder = Folder::open(out)?;
            let rows = Rows::resolve(context, &args).await?;
            into_folder(context, folder, format, &rows).await
        }
        None => {
            check_stdout(context, format, &args.tables)?;
            let rows = Rows::resolve(context, &args).await?;
            stdout::write(context, format, &rows).await
        }
    }
}

/// What stdout has no room for.
fn check_stdout(context: &Context, format: Format, tables: &[String]) -> Result<()> {
    if context.output.is_json() && format != Format::Json {
        return Err(mendable(
            "write the rows to stdout: with `--json` it takes JSON alone",
            "leave out `--format`, or write to a folder with `--out DIR`",
        ));
    }
    match format {
        Format::Csv | Format::Text | Format::Binary if tables.len() != 1 => Err(mendable(
            "write several tables to stdout: nothing would tell them apart",
            "name one with `--table`, or write a file for each with `--out DIR`",
        )),
        _ => Ok(()),
    }
}

async fn into_folder(context: &Context, folder: Folder, format: Format, rows: &Rows) -> Result<Exit> {
    let step = context.output.step("fixtures");
    let progress = Progress::new(&step, rows.row_count());
    let files = folder.write(format, rows, &progress).await?;
    step.done(rows.summary());
    let replaced: Vec<&str> = files
        .iter()
        .filter(|file| file.is_replaced)
        .map(|file| file.name.as_str())
        .collect();
    if !replaced.is_empty() {
        let replaced = replaced.join(", ");
        context
            .output
            .say(format!("  replaced what was there: {replaced}"));
    }
    let value = json!({
        "catalog": rows.origin.catalog(), "run": rows.origin.run(), "industry": rows.choice.industry,
        "seed": rows.choice.seed, "as_of": rows.choice.as_of, "rows": rows.row_count(), "files": files,
    });
    context.output.result(&value, || {
        let head = ["file", "rows", "bytes"].map(str::to_owned).to_vec();
        let line = |file: &folder::File| vec![file.name.clone(), grouped(file.rows), grouped(file.bytes)];
        table::text(head, files.iter().map(line).collect(), 1..)
    })?;
    Ok(Exit::Done)
}

/// What a table is called in the output: its name, with its schema where another one has the same.
fn title(table: &TablePlan, all: &[&TablePlan]) -> String {
    let is_shared = all.iter().filter(|other| other.name() == table.name()).count() > 1;
    match is_shared {
        true => format!("{}.{}", table.schema(), table.name()),
        false => table.name().to_owned(),
    }
}

/// The name of a table's file; a name of PostgreSQL may hold what that of a file may not.
fn file_name(title: &str, format: Format) -> String {
    format!("{}.{}", title.replace(['/', '\\'], "_"), format.extension())
}
