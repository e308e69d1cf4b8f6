//! Taking back a run that did not come to its end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use uuid::Uuid;

use super::clean::{self, Selection};
use super::destination::Destination;
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::{seed_lock, session};

/// How long connections that were cut off may take to end.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// Takes back what was written also where the run is dropped in the middle, as it is by Ctrl-C.
pub struct Guard {
    database: Address,
    project: PathBuf,
    run: Uuid,
    is_armed: bool,
}

impl Guard {
    /// Of a run that was announced.
    pub fn new(database: &Address, project: &Path, run: Uuid) -> Guard {
        Guard {
            database: database.clone(),
            project: project.to_owned(),
            run,
            is_armed: true,
        }
    }

    /// What there is stays.
    pub fn disarm(mut self) {
        self.is_armed = false;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_armed {
            return;
        }
        let (database, project, run) = (self.database.clone(), self.project.clone(), self.run);
        // The command's own runtime is about to end. What cannot be taken away now, the ledger still names.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(take_back(&database, &project, run))
        });
        let _ = cleaning.join();
    }
}

/// Takes back what is there of a run.
///
/// # Errors
/// Somebody else is at work, or the database refuses.
pub async fn take_back(database: &Address, project: &Path, run: Uuid) -> Result<()> {
    let mut client = connect(database, "clean").await?;
    let transaction = client.transaction().await.context("begin the transaction")?;
    session::set_up(&transaction).await?;
    seed_lock::acquire(&transaction, LOCK_PATIENCE, |_| ()).await?;
    let destination = Destination::read(&transaction, project).await?;
    clean::take_back(&transaction, &destination, &Selection::Run(run), false, drop).await?;
    transaction.commit().await.context("take back what was written")
}
