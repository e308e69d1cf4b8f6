//! What a run will write, found to fit the database, before anything is written.

use std::path::Path;

use anyhow::{Context, Result};
use seed_core::adjustments::Adjustments;
use seed_core::bind::Binding;
use seed_core::catalog::{Catalog, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, PlanError, TablePlan};
use seed_core::spec::{Owner, Present, PresentTag, SeededRows, Volume};
use sha2::{Digest, Sha256};
use stack::hint::mendable;
use tokio_postgres::GenericClient;

use super::basis::Basis;
use super::choice::Choice;
use super::destination::Destination;
use super::job::{Job, Request};
use super::owners::{self, RowOwner};
use super::{principals, remedy, tables};
use crate::database::ledger::{self, RowKeys, Run};
use crate::database::name::quoted;
use crate::project_file;

/// What a run will write.
pub struct Prepared {
    /// The word that the user typed.
    pub job: Job,
    /// Where they go.
    pub destination: Destination,
    /// What was asked for.
    pub choice: Choice,
    /// Who gets the rows.
    pub owners: Vec<RowOwner>,
    /// The rows.
    pub plan: Plan,
    /// What tells two runs apart that would write different rows.
    pub fingerprint: String,
    /// What the rows depend on that the first of several parts changes.
    pub basis: Basis,
    /// The runs that the database has seen.
    pub runs: Vec<Run>,
}

/// Reads the database and plans the rows.
///
/// # Errors
/// A user or a table that was named is not there, or the rows do not fit the tables: each misfit is named.
pub async fn prepare(client: &impl GenericClient, project: &Path, request: &Request) -> Result<Prepared> {
    let runs = ledger::runs(client).await?;
    let mut destination = Destination::read(client, project).await?;
    let catalog = &destination.catalog;
    let test_users = &request.test_users;
    let mut owners = owners::find(client, catalog, test_users, &request.emails, &runs).await?;
    let choice = match request.job {
        Job::Seed => of_the_same_day(request, &owners, &runs),
        Job::Add | Job::Products => {
            if request.emails.is_empty() {
                let has_rows = |owner: &RowOwner| runs.iter().any(|run| run.is_of(owner.slot));
                let first = owners.iter().position(has_rows).unwrap_or(0);
                owners = vec![owners.swap_remove(first)];
            }
            continued(request, &mut owners, &runs)?
        }
    };
    let outline = outline(&destination, &choice, &owners)?;
    let mut present = Present {
        tags: present_tags(client, catalog, &outline).await?,
        seeded: seeded_rows(&runs, &owners),
        ..Present::default()
    };
    for owner in &mut owners {
        owner.volume = tables::only(
            request.volume(destination.usual(owner.usual_volume(&test_users.roles))),
            &request.tables,
            &outline,
        )?;
    }
    if request.job == Job::Products || owners.iter().any(RowOwner::is_without_principals) {
        present.principals = principals::read(client, &outline).await?;
    }
    if present.principals.is_empty() && request.job != Job::Seed {
        // The first company of an owner is a principal.
        let without = owners.iter_mut().filter(|owner| owner.is_without_principals());
        without.for_each(|owner| owner.volume.organizations = 1);
    }
    let fingerprint = fingerprint(request.job, &choice, &owners, &destination.adjustments)?;
    let open = runs
        .iter()
        .find(|run| run.fingerprint == fingerprint && !run.is_whole());
    let basis = open.map(Basis::of_run).transpose()?;
    if let Some(basis) = &basis {
        destination.restore(basis);
        present = basis.present();
    }
    let specs = owners.iter().map(RowOwner::to_spec).collect();
    let spec = destination.spec(&choice, specs, present);
    let plan = match Plan::new(&destination.catalog, &spec) {
        Ok(plan) => plan,
        Err(error) => return Err(remedy::of_plan(client, &destination.catalog, &error).await?),
    };
    let basis = match basis {
        Some(basis) => basis.fitting(&plan)?,
        None => Basis::new(&destination.catalog, spec.present, &plan),
    };
    Ok(Prepared {
        job: request.job,
        fingerprint,
        basis,
        destination,
        choice,
        owners,
        plan,
        runs,
    })
}

/// Whether any table holds what can be seeded: a project of another trade than ours may have none.
pub fn has_home(destination: &Destination, choice: &Choice) -> bool {
    let owners = vec![RowOwner::nobody().to_spec()];
    let spec = destination.spec(choice, owners, Present::default());
    !matches!(
        Plan::new(&destination.catalog, &spec),
        Err(PlanError::NoTables { .. })
    )
}

/// Where records live and what their fields are called there, for rows of these owners, however many.
///
/// # Errors
/// No table holds a record.
pub fn outline(destination: &Destination, choice: &Choice, owners: &[RowOwner]) -> Result<Plan> {
    let none = |owner: &RowOwner| Owner {
        volume: Volume::default(),
        earlier: Vec::new(),
        ..owner.to_spec()
    };
    let owners = owners.iter().map(none).collect();
    let spec = destination.spec(choice, owners, Present::default());
    let plan = Plan::new(&destination.catalog, &spec);
    plan.map_err(|error| mendable(format!("plan the rows: {error}"), error.hint()))
}

/// The choice, with the day of the rows that are there where no other was asked for: the same command on another day
/// asks for the same rows.
fn of_the_same_day(request: &Request, owners: &[RowOwner], runs: &[Run]) -> Choice {
    let mut choice = request.choice.clone();
    let is_theirs = |run: &&Run| !run.is_whole() || owners.iter().any(|owner| run.is_of(owner.slot));
    if !choice.has_own_day
        && let Some(run) = runs.iter().rev().find(is_theirs)
    {
        choice.as_of = run.as_of;
    }
    choice
}

/// The choice that the owners' rows were made by, and what they had of each; what was asked for where they have none.
fn continued(request: &Request, owners: &mut [RowOwner], runs: &[Run]) -> Result<Choice> {
    let mut last: Option<&Run> = None;
    for owner in owners.iter_mut() {
        for run in runs.iter().filter(|run| run.is_continued_by(owner.slot)) {
            if run.is_remnant {
                return Err(mendable(
                    format!(
                        "add rows for {}: those that are there are what is left of a run that was taken back",
                        owner.title()
                    ),
                    "take the rest back too (`cargo xtask clean` says what keeps it), or begin anew with `cargo xtask reset`",
                ));
            }
            let before = owners::of_run(run)?
                .into_iter()
                .find(|before| before.slot == owner.slot);
            let Some(before) = before else { continue };
            if before.user_id != owner.user_id {
                return Err(mendable(
                    format!(
                        "add rows for {}: those that are there belong to {}",
                        owner.title(),
                        before.title()
                    ),
                    "take them back first with `cargo xtask clean`, or begin anew with `cargo xtask reset`",
                ));
            }
            owner.earlier.push(before.volume);
            match last {
                Some(last) if last.title() != run.title() => {
                    return Err(mendable(
                        format!(
                            "add rows for several users: {} is not {}",
                            last.title(),
                            run.title()
                        ),
                        "add to one of them at a time: `--user EMAIL`",
                    ));
                }
                _ => last = Some(run),
            }
        }
    }
    let mut choice = match last {
        Some(run) => Choice::of_run(run)?,
        None => request.choice.clone(),
    };
    choice.counts = request.choice.counts;
    Ok(choice)
}

/// The tags that the database has.
///
/// # Errors
/// The database refuses.
pub(super) async fn present_tags(
    client: &impl GenericClient,
    catalog: &Catalog,
    outline: &Plan,
) -> Result<Vec<PresentTag>> {
    let Some(binding) = outline.binding(Record::Tag) else {
        return Ok(Vec::new());
    };
    let is_filled = live(catalog, binding).is_some_and(|table| table.row_count > 0);
    let Some(name) = binding.column(Field::Name).filter(|_| is_filled) else {
        return Ok(Vec::new());
    };
    let key = binding.column(Field::Id).map_or("null".to_owned(), quoted);
    let sql = format!(
        "select {}::text, {key}::text from {} order by 1",
        quoted(name),
        binding.sql_name()
    );
    let rows = client.query(&sql, &[]).await;
    let rows = rows.with_context(|| format!("read the names in `{}`", binding.table))?;
    let tag = |row: &tokio_postgres::Row| {
        let key: Option<&str> = row.get(1);
        Some(PresentTag {
            name: row.get::<_, Option<String>>(0)?,
            key: key.and_then(owners::key),
        })
    };
    Ok(rows.iter().filter_map(tag).collect())
}

/// Where the owners' earlier rows are, for tables keyed by integers.
fn seeded_rows(runs: &[Run], owners: &[RowOwner]) -> Vec<SeededRows> {
    let mut seeded = Vec::new();
    for table in runs.iter().flat_map(Run::own_tables) {
        let RowKeys::Integers { first, step, .. } = table.keys else {
            continue;
        };
        let Some(slot) = table
            .owner_slot
            .filter(|slot| owners.iter().any(|owner| owner.slot == *slot))
        else {
            continue;
        };
        seeded.push(SeededRows {
            schema: table.schema.clone(),
            table: table.name.clone(),
            slot,
            first_row: table.first_row,
            rows: table.last_row + 1 - table.first_row,
            first_key: first,
            key_step: step,
        });
    }
    seeded
}

/// Everything that decides the rows, but not what is in the database already: the second run must have the first
/// one's fingerprint. What is added depends on what there was.
pub(super) fn fingerprint(
    job: Job,
    choice: &Choice,
    owners: &[RowOwner],
    adjustments: &Adjustments,
) -> Result<String> {
    let mut owners = owners.to_vec();
    if job == Job::Products {
        // The same catalogue again is the same, whatever was there before; principals too.
        owners.iter_mut().for_each(|owner| {
            owner.earlier.clear();
            owner.volume.organizations = 0;
        });
    }
    let owners = serde_json::to_string(&owners).context("write the owners as JSON")?;
    let text = format!(
        "{} {} {} {owners} {adjustments:?}",
        env!("CARGO_PKG_VERSION"),
        job.word(),
        choice.digest()
    );
    Ok(Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The table of a binding in the catalog.
pub fn live<'a>(catalog: &'a Catalog, binding: &Binding) -> Option<&'a Table> {
    catalog
        .tables
        .iter()
        .find(|table| table.schema == binding.schema && table.name == binding.table)
}

impl Prepared {
    /// The run that this one is: it makes this one needless, or, where parts of it are missing, goes on with this one.
    ///
    /// # Errors
    /// The owners have rows of another run, or another run is not whole.
    pub fn same(&self) -> Result<Option<&Run>> {
        if let Some(run) = self.runs.iter().find(|run| run.fingerprint == self.fingerprint) {
            return Ok(Some(run));
        }
        if let Some(open) = self.runs.iter().find(|run| !run.is_whole()) {
            return Err(mendable(
                format!(
                    "{} {}: another run is not whole, {}: {} of its {} parts are there",
                    self.job.word(),
                    self.title(),
                    open.title(),
                    open.written.len(),
                    open.parts
                ),
                "`cargo xtask seed` with the flags of that run writes the missing parts, `cargo xtask clean` takes back \
                 what is there of it",
            ));
        }
        let is_theirs = |run: &&Run| self.owners.iter().any(|owner| run.is_of(owner.slot));
        match self.runs.iter().rev().find(is_theirs) {
            Some(run) if self.job == Job::Seed => Err(mendable(
                format!(
                    "seed {}: the database has another seed already, {}",
                    self.title(),
                    self.difference(run)?
                ),
                "take it back first with `cargo xtask seed --clean` and the same flags, put more rows on top with \
                 `cargo xtask add`, or begin anew with `cargo xtask reset`",
            )),
            _ => Ok(None),
        }
    }

    /// What makes another run of a run.
    fn difference(&self, run: &Run) -> Result<String> {
        Ok(if run.is_remnant {
            format!("what is left of {} after it was taken back", run.title())
        } else if run.title() != self.title() {
            run.title()
        } else if run.settings.get("pack") != self.choice.to_settings()?.get("pack") {
            "with another text of the industry pack".to_owned()
        } else if run.settings != self.choice.to_settings()? {
            "with other counts or another pipeline".to_owned()
        } else if run.owners != serde_json::to_value(&self.owners).context("write the owners as JSON")? {
            "for other owners or other tables".to_owned()
        } else if run.tool_version != env!("CARGO_PKG_VERSION") {
            format!("by version {} of this tool", run.tool_version)
        } else {
            format!("with another `{}`", project_file::NAME)
        })
    }

    /// What people tell runs apart by.
    pub fn title(&self) -> String {
        let Choice { industry, seed, .. } = &self.choice;
        format!("{industry}, seed {seed}, as of {}", self.choice.as_of_day())
    }

    /// The table of a plan in the catalog.
    pub fn live(&self, table: &TablePlan) -> Option<&Table> {
        live(&self.destination.catalog, table.binding())
    }

    /// Who gets nothing, because nothing is asked for.
    ///
    /// # Errors
    /// Nothing is asked for at all.
    pub fn expect_rows(&self) -> Result<()> {
        match self.owners.iter().all(|owner| owner.volume == Volume::default()) {
            true => Err(mendable(
                "plan the rows: none are asked for",
                match self.job {
                    Job::Products => "say how many: `--count 10`",
                    Job::Seed | Job::Add => "say how many of what: `--contacts 10`",
                },
            )),
            false => Ok(()),
        }
    }
}
