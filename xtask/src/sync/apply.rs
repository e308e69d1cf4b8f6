//! The one transaction that carries a plan out.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use stack::hint::mendable;
use tokio_postgres::{Client, Transaction};

use super::comparison::{self, Pair};
use super::plan::Plan;
use super::{hanging, stream};
use crate::database::carried::{CarriedSequence, CarriedTable};
use crate::database::{name, quiet, seed_lock, session};
use crate::output::Step;
use crate::seeding::progress::Progress;
use crate::users::metadata::MetadataTable;

/// How long another command may keep this one waiting.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The target's transaction: it alone writes to the tables, and they hold what was planned on.
pub struct Held<'a> {
    transaction: Transaction<'a>,
}

/// Begins the target's transaction: from here on what the plan says goes is what goes, and a backup holds it.
///
/// # Errors
/// Another command is at work on the target, or somebody has written to the tables since they were compared.
pub async fn hold<'a>(target: &'a mut Client, plan: &Plan, step: &Step) -> Result<Held<'a>> {
    let transaction = target.transaction().await.context("begin the transaction")?;
    session::set_up(&transaction).await?;
    seed_lock::acquire(&transaction, LOCK_PATIENCE, |detail| step.update(detail)).await?;
    let names: Vec<String> = plan.carried().map(|pair| pair.table.sql_name()).collect();
    if !names.is_empty() {
        let sql = format!(
            "set local lock_timeout = '{}s'; lock table {} in share row exclusive mode; set local lock_timeout = 0",
            LOCK_PATIENCE.as_secs(),
            names.join(", ")
        );
        let locked = transaction.batch_execute(&sql).await;
        locked.context("keep others from writing to the tables of the target")?;
    }
    for Pair { table, target, .. } in plan.carried() {
        step.update(format!("looking at {} again", table.title()));
        if comparison::sum(&transaction, table, &plan.kept).await? != *target {
            return Err(mendable(
                format!(
                    "sync: somebody has written to `{}` on the target since it was compared",
                    table.title()
                ),
                "run the command again: it tells what goes now",
            ));
        }
    }
    Ok(Held { transaction })
}

impl Held<'_> {
    /// Puts the rows of the source in the place of those of the target; `name` is the source's, `at` the time that both
    /// sides note.
    ///
    /// # Errors
    /// A side refuses or goes away, or what arrives is not what was sent.
    pub async fn fill(
        &self,
        source: &Transaction<'_>,
        plan: &Plan,
        name: &str,
        metadata: &MetadataTable,
        at: Timestamp,
        step: &Step,
    ) -> Result<()> {
        let target = &self.transaction;
        quiet::keep_triggers_from_firing(target).await?;
        for Pair { table, .. } in plan.carried().rev() {
            step.update(format!("removing rows of {}", table.title()));
            let only = comparison::leaving(table, &plan.kept).map(|condition| format!(" where {condition}"));
            let sql = format!("delete from {}{}", table.sql_name(), only.unwrap_or_default());
            let removed = target.execute(&sql, &[]).await;
            removed.with_context(|| format!("remove the rows of `{}` from the target", table.title()))?;
        }
        let progress = Progress::new(step, plan.rows());
        for pair in plan.carried().filter(|pair| pair.is_at_source) {
            let title = pair.table.title();
            progress.table(&title, pair.source.rows);
            stream::copy(source, target, &pair.table, |rows| progress.add(&title, rows)).await?;
        }
        step.update("comparing");
        let written: Vec<&CarriedTable> = plan.carried().map(|pair| &pair.table).collect();
        hanging::settle(target, &written).await?;
        for sequence in &plan.sequences {
            set(target, sequence).await?;
        }
        for Pair { table, source, .. } in plan.carried() {
            let arrived = comparison::sum(target, table, &plan.kept).await?;
            ensure!(
                arrived == *source,
                "compare `{}` on both sides: {} rows with sum {} were sent, {} with sum {} are there",
                table.title(),
                source.rows,
                source.sum,
                arrived.rows,
                arrived.sum
            );
        }
        metadata.record_sync(target, at).await?;
        note(target, plan, name, at).await
    }

    /// Makes it last.
    ///
    /// # Errors
    /// The target goes away: whether it was done is not known then.
    pub async fn commit(self) -> Result<()> {
        match self.transaction.commit().await {
            Err(error) if error.is_closed() => Err(mendable(
                "commit what was copied: the target closed the connection before it said whether it did",
                "`cargo xtask sync --dry-run` tells: where it did, both sides are equal",
            )),
            committed => committed.context("commit what was copied"),
        }
    }
}

/// Lets a sequence stand where the source's stands, in a way that the end of the transaction undoes.
async fn set(target: &Transaction<'_>, sequence: &CarriedSequence) -> Result<()> {
    let CarriedSequence {
        schema,
        name,
        last_value,
        is_called,
    } = sequence;
    let own = name::qualified(schema, name);
    // A sequence that was restarted is a new one until the commit, and so is where it stands.
    let sql = format!(
        "alter sequence {own} restart; select setval({}, {last_value}, {is_called})",
        name::literal(&own)
    );
    let set = target.batch_execute(&sql).await;
    set.with_context(|| format!("set the sequence `{}` of the target", name::short(schema, name)))
}

/// Notes what came, so that it is known as ours.
async fn note(target: &Transaction<'_>, plan: &Plan, source: &str, at: Timestamp) -> Result<()> {
    let doing = "note the sync on the target";
    let is_written = |pair: &Pair| pair.is_carried || pair.source.rows == 0 || !pair.table.is_of_project();
    if plan.pairs.iter().all(is_written) {
        let forgotten = target.execute("delete from seedbed.syncs", &[]).await;
        forgotten.context(doing)?;
    }
    let sql = "insert into seedbed.syncs (source, synced_at) values ($1, $2)";
    target.execute(sql, &[&source, &at]).await.context(doing)?;
    let forgotten = target.execute("delete from seedbed.synced_users", &[]).await;
    forgotten.context(doing)?;
    let sql = "insert into seedbed.synced_users (user_id) select unnest($1::uuid[])";
    target.execute(sql, &[&plan.brought]).await.context(doing)?;
    Ok(())
}
