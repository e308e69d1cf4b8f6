//! One seed: planned, then written in one transaction with its entry in the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, TablePlan};
use seed_core::spec::{PresentTag, SeedSpec};
use sha2::{Digest, Sha256};
use stack::hint::mendable;
use tokio_postgres::{Client, Transaction};
use uuid::Uuid;

use super::choice::Choice;
use super::owners::{self, RowOwner};
use crate::database::catalog;
use crate::database::copy::{advance_sequences, copy_table};
use crate::database::ledger::{self, Run, RunTable};
use crate::database::name::{qualified, quoted};
use crate::database::{bookkeeping, seed_lock};
use crate::settings::TestUsers;
use crate::users::metadata::MetadataTable;

/// How long another seed may keep this one waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// What a seed will write, found to fit the database.
pub struct Prepared {
    /// The tables as they are.
    pub catalog: Catalog,
    /// What was asked for.
    pub choice: Choice,
    /// Who gets the rows.
    pub owners: Vec<RowOwner>,
    /// The rows.
    pub plan: Plan,
    /// What tells two runs apart that would write different rows.
    pub fingerprint: String,
}

/// A seed that the database has.
pub struct Seeded {
    /// Its entry in the ledger.
    pub run: Run,
    /// Whether it was written just now; the same seed again writes nothing.
    pub is_new: bool,
}

/// Reads the database and plans the rows.
///
/// # Errors
/// The rows do not fit the tables: each misfit is named.
pub async fn prepare(client: &Client, project: &Path, users: &TestUsers, choice: Choice) -> Result<Prepared> {
    let catalog = catalog::read(client, &catalog::schemas(project)?).await?;
    let owners = owners::find(client, &catalog, users).await?;
    let plan = plan(client, &catalog, &owners, &choice).await?;
    let fingerprint = fingerprint(&choice, &owners)?;
    Ok(Prepared {
        catalog,
        choice,
        owners,
        plan,
        fingerprint,
    })
}

/// Plans twice where there are tags already: the first plan tells where to read their names.
async fn plan(client: &Client, catalog: &Catalog, owners: &[RowOwner], choice: &Choice) -> Result<Plan> {
    let mut spec = spec(owners, choice);
    let make = |spec: &SeedSpec| {
        let plan = Plan::new(catalog, spec);
        plan.map_err(|error| mendable(format!("plan the seed: {error}"), error.hint()))
    };
    let plan = make(&spec)?;
    spec.present.tags = existing_tags(client, catalog, &plan).await?;
    if spec.present.tags.is_empty() {
        Ok(plan)
    } else {
        make(&spec)
    }
}

fn spec(owners: &[RowOwner], choice: &Choice) -> SeedSpec {
    let owners = owners.iter().map(|owner| owner.to_spec(choice)).collect();
    SeedSpec {
        pipeline: choice.pipeline.clone(),
        ..SeedSpec::new(choice.seed, choice.as_of, choice.pack.clone(), owners)
    }
}

async fn existing_tags(client: &Client, catalog: &Catalog, plan: &Plan) -> Result<Vec<PresentTag>> {
    let Some(binding) = plan.binding(Record::Tag) else {
        return Ok(Vec::new());
    };
    let live = catalog
        .tables
        .iter()
        .find(|table| table.schema == binding.schema && table.name == binding.table);
    let Some(name) = binding
        .column(Field::Name)
        .filter(|_| live.is_some_and(|table| table.row_count > 0))
    else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "select {}::text from {} order by 1",
        quoted(name),
        binding.sql_name()
    );
    let rows = client
        .query(&sql, &[])
        .await
        .with_context(|| format!("read the names in `{}`", binding.table))?;
    let names = rows.iter().filter_map(|row| row.get(0));
    Ok(names.map(|name| PresentTag { name, key: None }).collect())
}

/// Everything that decides the rows, but not what is in the database already: the second run must have the first
/// one's fingerprint.
fn fingerprint(choice: &Choice, owners: &[RowOwner]) -> Result<String> {
    let owners = serde_json::to_string(owners).context("write the owners as JSON")?;
    let hash = Sha256::digest(format!(
        "{} {} {owners}",
        env!("CARGO_PKG_VERSION"),
        choice.digest()
    ));
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Prepared {
    /// The run that makes this one needless, if there is one.
    fn same_as(&self, latest: Option<Run>) -> Result<Option<Run>> {
        match latest {
            Some(run) if run.fingerprint != self.fingerprint => {
                let difference = self.difference(&run)?;
                Err(mendable(
                    format!(
                        "seed {}: the database has another seed already, {difference}",
                        self.title()
                    ),
                    "run `cargo xtask reset` with the same flags to begin anew",
                ))
            }
            same => Ok(same),
        }
    }

    /// What makes another run of a run.
    fn difference(&self, run: &Run) -> Result<String> {
        Ok(if run.title() != self.title() {
            run.title()
        } else if run.settings.get("pack") != self.choice.to_settings()?.get("pack") {
            "with another text of the industry pack".to_owned()
        } else if run.settings != self.choice.to_settings()? {
            "with other counts or another pipeline".to_owned()
        } else if run.owners != serde_json::to_value(&self.owners).context("write the owners as JSON")? {
            "for other owners".to_owned()
        } else {
            format!("by version {} of this tool", run.tool_version)
        })
    }

    /// What people tell runs apart by.
    pub fn title(&self) -> String {
        let Choice { industry, seed, .. } = &self.choice;
        format!("{industry}, seed {seed}, as of {}", self.choice.as_of_day())
    }

    /// Writes all rows and the ledger's entry, or nothing. `talk` is told what is going on.
    ///
    /// # Errors
    /// Another seed is at work, or the database refuses a row.
    pub async fn write(&self, client: &mut Client, talk: impl Fn(&str)) -> Result<Seeded> {
        bookkeeping::prepare(client).await?;
        let transaction = client.transaction().await.context("begin the seed")?;
        // Projects guard tables by triggers that let only the service through; hosted databases end long statements.
        let session =
            r#"set local statement_timeout = 0; set local request.jwt.claims = '{"role":"service_role"}'"#;
        transaction
            .batch_execute(session)
            .await
            .context("set up the seed's transaction")?;
        seed_lock::acquire(&transaction, LOCK_PATIENCE, &talk).await?;
        if let Some(run) = self.same_as(ledger::latest(&transaction).await?)? {
            return Ok(Seeded { run, is_new: false });
        }
        let mut tables = Vec::new();
        for table in self.plan.tables().iter().filter(|table| table.row_count() > 0) {
            talk(&format!("{} rows of {}", table.row_count(), table.name()));
            let digest = copy_table(&transaction, table).await?;
            tables.extend(self.entries(&transaction, table, &digest).await?);
        }
        let run = self.run(tables)?;
        ledger::record(&transaction, &run).await?;
        let metadata = MetadataTable::of(&self.catalog);
        for owner in &self.owners {
            if let Some(user_id) = owner.user_id {
                metadata
                    .record_counts(&transaction, user_id, &run.counts_of(owner.slot))
                    .await?;
            }
        }
        analyze(&transaction, &run.tables).await?;
        // Last of all: a sequence stays where it was set even if the transaction is undone.
        for table in self.plan.tables() {
            if let Some(live) = self.live(table) {
                advance_sequences(&transaction, live).await?;
            }
        }
        transaction.commit().await.context("commit the seed")?;
        Ok(Seeded { run, is_new: true })
    }

    fn live(&self, table: &TablePlan) -> Option<&seed_core::catalog::Table> {
        self.catalog
            .tables
            .iter()
            .find(|live| live.schema == table.schema() && live.name == table.name())
    }

    /// The ledger's entries for one table, one for each owner.
    async fn entries(
        &self,
        transaction: &Transaction<'_>,
        table: &TablePlan,
        digest: &str,
    ) -> Result<Vec<RunTable>> {
        let key_range = self.key_range(transaction, table).await?;
        let mut entries: BTreeMap<u16, RunTable> = BTreeMap::new();
        for block in table.blocks() {
            let (first, last) = (block.first.number(), block.first.number() + block.rows - 1);
            let entry = entries.entry(block.first.slot()).or_insert_with(|| RunTable {
                schema: table.schema().to_owned(),
                name: table.name().to_owned(),
                owner_slot: block.first.slot(),
                first_row: first,
                last_row: last,
                row_count: 0,
                key_range,
                digest: digest.to_owned(),
            });
            entry.last_row = entry.last_row.max(last);
            entry.row_count += block.rows;
        }
        Ok(entries.into_values().collect())
    }

    /// The lowest and the highest key of the rows that were just written, for a key of integers.
    async fn key_range(
        &self,
        transaction: &Transaction<'_>,
        table: &TablePlan,
    ) -> Result<Option<(i64, i64)>> {
        let key = self
            .live(table)
            .and_then(|live| live.columns.iter().find(|column| column.next_key.is_some()));
        let Some((column, next)) = key.and_then(|key| Some((&key.name, key.next_key?))) else {
            return Ok(None);
        };
        let sql = format!(
            "select max({})::bigint from {}",
            quoted(column),
            qualified(table.schema(), table.name())
        );
        let row = transaction
            .query_one(&sql, &[])
            .await
            .context("read the highest key that was written")?;
        Ok(Some((next, row.get::<_, Option<i64>>(0).unwrap_or(next))))
    }

    fn run(&self, tables: Vec<RunTable>) -> Result<Run> {
        Ok(Run {
            id: Uuid::new_v4(),
            fingerprint: self.fingerprint.clone(),
            seed: self.choice.seed,
            industry: self.choice.industry.clone(),
            as_of: self.choice.as_of,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            owners: serde_json::to_value(&self.owners).context("write the owners as JSON")?,
            settings: self.choice.to_settings()?,
            tables,
        })
    }
}

/// Lets the planner know what there is now: without it, it takes the tables for empty until autovacuum comes round.
async fn analyze(transaction: &Transaction<'_>, tables: &[RunTable]) -> Result<()> {
    let names: BTreeSet<String> = tables
        .iter()
        .map(|table| qualified(&table.schema, &table.name))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.into_iter().collect();
    let done = transaction
        .batch_execute(&format!("analyze {}", names.join(", ")))
        .await;
    done.context("collect the statistics of the seeded tables")
}

/// The owners of a run, as the ledger kept them.
///
/// # Errors
/// Another version of the tool wrote them.
pub fn owners_of(run: &Run) -> Result<Vec<RowOwner>> {
    serde_json::from_value(run.owners.clone()).context("read the owners of the seed")
}

/// Where the records of a run live: its plan, without its rows.
///
/// # Errors
/// The tables have changed so that the run would not fit any more.
pub fn bindings_of(
    catalog: &Catalog,
    owners: &[RowOwner],
    choice: &Choice,
) -> Result<Vec<seed_core::bind::Binding>> {
    let plan = Plan::new(catalog, &spec(owners, choice));
    let plan =
        plan.map_err(|error| mendable(format!("fit the seed to the tables: {error}"), error.hint()))?;
    Ok(plan
        .tables()
        .iter()
        .map(|table| table.binding().clone())
        .collect())
}
