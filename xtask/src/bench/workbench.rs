//! The copies of the project's database that are written to in its place.

use anyhow::{Context as _, Result};
use seed_core::plan::{Plan, TablePlan};
use stack::postgres::template::scratch;
use tokio_postgres::Client;

use super::report::Tables;
use super::size;
use crate::counts::Counts;
use crate::database::address::Address;
use crate::database::bookkeeping;
use crate::database::connect::connect;
use crate::database::name::{qualified, quoted};
use crate::seeding::destination::Destination;
use crate::seeding::job::Request;
use crate::seeding::owners::RowOwner;
use crate::seeding::prepare::{Prepared, outline, prepare};
use crate::target::Target;

/// Where the tables go that plain ones take the place of.
const LIVE_SCHEMA: &str = "seedbed_bench_live";

/// A copy of the project's database with empty tables, to make others from; all copies are gone when it is dropped.
#[must_use = "the copies are removed when it is dropped"]
pub struct Workbench<'a> {
    target: &'a Target,
    is_removed: bool,
}

impl<'a> Workbench<'a> {
    /// Copies the database and empties the tables that a seed fills.
    ///
    /// # Errors
    /// The copy fails, or no table can be seeded.
    pub async fn set_up(target: &'a Target, request: &Request) -> Result<Self> {
        let workbench = Workbench {
            target,
            is_removed: false,
        };
        scratch::start_from_project(target.database_port())
            .await
            .context("copy the project's database")?;
        workbench.empty(request).await?;
        Ok(workbench)
    }

    async fn empty(&self, request: &Request) -> Result<()> {
        let client = self.start().await?;
        bookkeeping::prepare(&client).await?;
        let destination = Destination::read(&client, &self.target.project).await?;
        let outline = outline(&destination, &request.choice, &[RowOwner::nobody()])?;
        let names: Vec<String> = outline.tables().iter().map(name).collect();
        let sql = format!(
            "truncate {} restart identity cascade; truncate seedbed.runs cascade",
            names.join(", ")
        );
        let emptied = client.batch_execute(&sql).await;
        emptied.context("empty the tables of the copy")
    }

    /// How many of what make about `rows` rows.
    ///
    /// # Errors
    /// The rows do not fit the tables.
    pub async fn counts(&self, request: &Request, rows: u32) -> Result<Counts> {
        // What a row of one table brings along in others depends on the tables and on who owns the rows.
        let usual = self.prepare(&request.with_counts(size::counts(1.0))).await?;
        Ok(size::counts(f64::from(rows) / usual.plan.row_count() as f64))
    }

    /// What a seed will write.
    ///
    /// # Errors
    /// The rows do not fit the tables.
    pub async fn prepare(&self, request: &Request) -> Result<Prepared> {
        prepare(&self.start().await?, &self.target.project, request).await
    }

    /// A new copy, to write a plan to once.
    ///
    /// # Errors
    /// The copy fails.
    pub async fn renew(&self, plan: &Plan, tables: Tables) -> Result<Address> {
        scratch::renew(self.target.database_port()).await?;
        let database = database(self.target, scratch::SCRATCH);
        if tables == Tables::Plain {
            strip(&connect(&database, "bench").await?, plan).await?;
        }
        Ok(database)
    }

    /// Removes all copies.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn remove(mut self) -> Result<()> {
        scratch::remove(self.target.database_port()).await?;
        self.is_removed = true;
        Ok(())
    }

    async fn start(&self) -> Result<Client> {
        connect(&database(self.target, scratch::START), "bench").await
    }
}

/// How to connect to a copy.
pub fn database(target: &Target, name: &str) -> Address {
    target.database.with_database(name)
}

/// Puts copies that have columns only in the place of the tables of a plan: no triggers, keys, indexes, checks or
/// policies.
async fn strip(client: &Client, plan: &Plan) -> Result<()> {
    let live = quoted(LIVE_SCHEMA);
    let mut sql = format!("create schema {live};");
    for table in plan.tables() {
        let (place, moved) = (name(table), qualified(LIVE_SCHEMA, table.name()));
        sql += &format!(
            "alter table {place} set schema {live};
             create table {place} (like {moved} including defaults including generated including identity);"
        );
    }
    let stripped = client.batch_execute(&sql).await;
    stripped.context("put plain tables in the place of the copy's own")
}

fn name(table: &TablePlan) -> String {
    qualified(table.schema(), table.name())
}

impl Drop for Workbench<'_> {
    /// After an error, and after Ctrl-C: then the runtime that the rest runs on is about to end, so this brings its
    /// own. What goes wrong is mended by the next one.
    fn drop(&mut self) {
        if self.is_removed {
            return;
        }
        let port = self.target.database_port();
        let remove = move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(scratch::remove(port))
        };
        let _ = std::thread::spawn(remove).join();
    }
}
