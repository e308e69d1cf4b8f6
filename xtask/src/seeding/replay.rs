//! The rows of a run once more, planned as they were when it wrote them.

use std::path::Path;

use anyhow::Result;
use seed_core::domain::Field;
use seed_core::plan::Plan;
use seed_core::row::Key;
use seed_core::spec::Present;
use tokio_postgres::GenericClient;

use super::choice::Choice;
use super::destination::Destination;
use super::job::Job;
use super::owners::{self, RowOwner};
use super::prepare::{fingerprint, outline, present_tags};
use super::{principals, remedy};
use crate::database::ledger::{RowKeys, Run, RunTable};

/// A run that was planned again.
pub struct Replayed {
    /// Its rows.
    pub plan: Plan,
    /// What was asked for.
    pub choice: Choice,
    /// Whether it would be the same run today: by the same version of the tool, with the same `seedbed.toml`.
    pub is_same: bool,
}

/// Plans the rows of a `seed` again. The database has gone on since: keys are counted from where they were then, and
/// the tags of the run are its own, although they are there now.
///
/// # Errors
/// Another version of the tool wrote the run, or its rows do not fit the tables any more.
pub async fn plan(client: &impl GenericClient, project: &Path, run: &Run) -> Result<Replayed> {
    let mut destination = Destination::read(client, project).await?;
    let (choice, owners) = (Choice::of_run(run)?, owners::of_run(run)?);
    let outline = outline(&destination, &choice, &owners)?;
    let mut present = Present::default();
    for tag in present_tags(client, &destination.catalog, &outline).await? {
        if !tag.key.is_some_and(|key| is_tag_of(run, key)) {
            present.tags.push(tag);
        }
    }
    if owners.iter().any(RowOwner::is_without_principals) {
        present.principals = principals::read(client, &outline).await?;
    }
    rewind_keys(&mut destination, &outline, run);
    let specs = owners.iter().map(RowOwner::to_spec).collect();
    let plan = match Plan::new(&destination.catalog, &destination.spec(&choice, specs, present)) {
        Ok(plan) => plan,
        Err(error) => return Err(remedy::of_plan(client, &destination.catalog, &error).await?),
    };
    Ok(Replayed {
        plan,
        is_same: fingerprint(Job::Seed, &choice, &owners, &destination.adjustments)? == run.fingerprint,
        choice,
    })
}

fn is_tag_of(run: &Run, key: Key) -> bool {
    let mut tables = run.own_tables().filter(|table| table.is_of_tags());
    tables.any(|table| match (&table.keys, key) {
        (RowKeys::Uuids { first, last, .. }, Key::Uuid(key)) => (*first..=*last).contains(&key),
        (RowKeys::Integers { first, last, .. }, Key::Integer(key)) => (*first..=*last).contains(&key),
        _ => false,
    })
}

/// Lets integer keys begin where those of the run began.
fn rewind_keys(destination: &mut Destination, outline: &Plan, run: &Run) {
    let step = run.own_tables().find_map(|table| match table.keys {
        RowKeys::Integers { step, .. } if table.row_count > 1 && !table.is_of_tags() => Some(step),
        _ => None,
    });
    for table in outline.tables() {
        let is_here = |entry: &&RunTable| (&*entry.schema, &*entry.name) == (table.schema(), table.name());
        let first = run
            .own_tables()
            .filter(is_here)
            .find_map(|entry| match entry.keys {
                RowKeys::Integers { first, .. } => {
                    let before = entry.first_row as i64 * step.unwrap_or(1) + i64::from(entry.owner_slot?);
                    Some(first - before)
                }
                _ => None,
            });
        let (Some(first), Some(key)) = (first, table.binding().column(Field::Id)) else {
            continue;
        };
        let mut live = destination.catalog.tables.iter_mut();
        let live = live.find(|live| (&*live.schema, &*live.name) == (table.schema(), table.name()));
        let columns = live.into_iter().flat_map(|live| &mut live.columns);
        columns
            .filter(|column| column.name == key)
            .for_each(|column| column.next_key = Some(first));
    }
}
