//! The steps of a reset, kept for the result.

use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// Its name, one word.
    pub name: &'static str,
    /// What came of it.
    pub detail: String,
    /// How long it took.
    pub seconds: f64,
}

/// The steps so far.
#[derive(Debug, Default)]
pub struct Steps(pub Vec<StepReport>);

impl Steps {
    /// Waits for one, and keeps what `detail` says of its result.
    ///
    /// # Errors
    /// The work's own.
    pub async fn keep<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<T>>,
        detail: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        let started = Instant::now();
        let result = work.await?;
        self.0.push(StepReport {
            name,
            detail: detail(&result),
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(result)
    }
}
