//! Whether two databases of the project hold the same: tables, rows, migrations, test users, sequences.
//!
//! Both are only read, each at one moment, and never more than some rows at a time. Sums that are made where the rows are
//! say which tables differ; only their rows are then put beside each other in the order of their keys.

pub mod clock;
pub mod given;
pub mod merge;
pub mod person;
pub mod recipe;
pub mod report;
pub mod rows;
pub mod shape;
pub mod shown;
pub mod side;
mod text;
pub mod users;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};

use self::given::Given;
use self::recipe::{ColumnName, Knowledge, Recipe};
use self::report::{Place, Report, Sequences, TableReport};
use self::rows::{Rows, differences};
use self::shape::SchemaDifference;
use self::side::Side;
use crate::database::catalog::schemas;
use crate::database::checksum::Checksum;
use crate::project_file::ProjectFile;
use crate::seeding::destination::Destination;
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::metadata::MetadataTable;

/// Columns of the project's table of test users that this tool writes.
const NOTES: [&str; 4] = ["created_at", "created_by", "last_sync_at", "test_data_counts"];

/// Compares two targets; of each table at most `limit` rows that differ are found.
///
/// # Errors
/// A database is not reached or refuses, or `seedbed.toml` does not fit the tables here.
pub async fn compare(here: &Target, there: &Target, accounts: &TestUsers, limit: usize) -> Result<Report> {
    let schemas = schemas(&here.project)?;
    let (mut client_here, mut client_there) = tokio::try_join!(side::open(here), side::open(there))?;
    let destination = Destination::read(&client_here, &here.project).await?;
    let read = async |client, target: &Target| {
        let side = Side::read(client, &schemas).await;
        side.with_context(|| format!("read target `{}`", target.name))
    };
    let (one, other) = tokio::try_join!(read(&mut client_here, here), read(&mut client_there, there))?;
    let knowledge = knowledge(&one, &other, &destination, &here.project)?;
    let pairs = pairs(&one, &other, &knowledge);
    let seeded = |(table, _, _): &(&Table, &Table, Recipe)| {
        (
            knowledge.given.seeded_here(table),
            knowledge.given.seeded_there(table),
        )
    };
    let rows: Vec<(Rows, Rows)> = pairs
        .iter()
        .map(|pair| {
            let (seeded_here, seeded_there) = seeded(pair);
            let rows_here = Rows::of(&one.transaction, &pair.2, &seeded_here);
            (rows_here, Rows::of(&other.transaction, &pair.2, &seeded_there))
        })
        .collect();
    // Each side goes through its tables on its own: a server has one of them at a time.
    let sums = tokio::try_join!(
        sums(rows.iter().map(|(here, _)| here)),
        sums(rows.iter().map(|(_, there)| there))
    )?;
    let mut tables = Vec::new();
    for (((_, _, recipe), (rows_here, rows_there)), (sum_here, sum_there)) in
        pairs.iter().zip(&rows).zip(sums.0.into_iter().zip(sums.1))
    {
        let equal = sum_here == sum_there;
        let (differences, has_more) = match equal {
            true => (Vec::new(), false),
            false => differences(rows_here, rows_there, limit).await?,
        };
        tables.push(TableReport {
            table: recipe.title(),
            here: Some(sum_here),
            there: Some(sum_there),
            equal,
            left_out: recipe.left_out.clone(),
            differences,
            has_more,
        });
    }
    tables.extend(lonely(&one.catalog, &other.catalog, true));
    tables.extend(lonely(&other.catalog, &one.catalog, false));
    let mut report = Report {
        parity: false,
        here: Place::of(here, one.mark.as_ref()),
        there: Place::of(there, other.mark.as_ref()),
        tables,
        schema: SchemaDifference::all(&one.shapes, &other.shapes),
        migrations: report::Migrations::of(&one.migrations, &other.migrations),
        users: Vec::new(),
        sequences: Sequences {
            here: one.worn.clone(),
            there: other.worn.clone(),
        },
    };
    let (users_here, users_there) = (
        (here, one.mark.clone(), one.users.clone()),
        (there, other.mark.clone(), other.users.clone()),
    );
    report.users = users::compare(users_here, users_there, accounts).await;
    report.parity = report.problems().is_empty();
    Ok(report)
}

fn knowledge<'a>(
    one: &'a Side<'_>,
    other: &'a Side<'_>,
    destination: &Destination,
    project: &Path,
) -> Result<Knowledge<'a>> {
    let file = ProjectFile::load(project)?;
    let names = |is: &dyn Fn(&Table, &str) -> bool| -> BTreeSet<ColumnName> {
        let tables = one.catalog.tables.iter();
        let of_table = |table: &Table| -> Vec<ColumnName> {
            let columns = table.columns.iter().filter(|column| is(table, &column.name));
            let name = |column: &seed_core::catalog::Column| {
                (table.schema.clone(), table.name.clone(), column.name.clone())
            };
            columns.map(name).collect()
        };
        tables.flat_map(of_table).collect()
    };
    Ok(Knowledge {
        here: &one.catalog,
        there: &other.catalog,
        clocked: one.clocked.union(&other.clocked).cloned().collect(),
        volatile: names(&|table, column| file.is_volatile(&table.schema, &table.name, column)),
        notes: names(&|table, column| MetadataTable::is_own(table) && NOTES.contains(&column)),
        given: Given::of(destination, one.runs.clone(), other.runs.clone())?,
    })
}

/// The tables that both sides have, each with how it is compared.
fn pairs<'a>(
    one: &'a Side<'_>,
    other: &'a Side<'_>,
    knowledge: &Knowledge,
) -> Vec<(&'a Table, &'a Table, Recipe)> {
    let tables = one.catalog.tables.iter();
    let pair = |here: &'a Table| {
        let there = same(&other.catalog, here)?;
        let name = (here.schema.clone(), here.name.clone());
        let (shape, other_shape) = (one.shapes.get(&name)?, other.shapes.get(&name)?);
        let names: Vec<String> = shape
            .keys()
            .filter(|column| other_shape.contains_key(*column))
            .cloned()
            .collect();
        Some((here, there, Recipe::of(knowledge, here, there, &names)))
    };
    tables.filter_map(pair).collect()
}

fn same<'a>(catalog: &'a Catalog, table: &Table) -> Option<&'a Table> {
    let mut tables = catalog.tables.iter();
    tables.find(|other| (&other.schema, &other.name) == (&table.schema, &table.name))
}

/// The tables that only one side has.
fn lonely(own: &Catalog, other: &Catalog, is_here: bool) -> Vec<TableReport> {
    let lonely = own.tables.iter().filter(|table| same(other, table).is_none());
    lonely.map(|table| TableReport::lonely(table, is_here)).collect()
}

async fn sums<'r>(rows: impl Iterator<Item = &'r Rows<'r>>) -> Result<Vec<Checksum>> {
    let mut sums = Vec::new();
    for rows in rows {
        sums.push(rows.sum().await?);
    }
    Ok(sums)
}
