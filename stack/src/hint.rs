//! Errors that say what to do next.
//!
//! An error that carries a hint is one that the user can mend: the command line prints the hint on a line of
//! its own and exits with 1. An error without one is unexpected: exit code 2.

use std::error::Error;
use std::fmt;

/// An error with what to do next.
#[derive(Debug)]
struct Hinted {
    source: anyhow::Error,
    hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

/// Adds to an error what the user can do about it.
pub trait WithHint<T> {
    /// Attaches `hint`, a sentence that names the flag, variable, file or command.
    ///
    /// ```
    /// use stack::hint::{WithHint, hints};
    /// let error = Err::<(), _>(anyhow::anyhow!("port 54321 is taken"))
    ///     .with_hint(|| "run `cargo xtask stop` in the other checkout".into())
    ///     .unwrap_err();
    /// assert_eq!(error.to_string(), "port 54321 is taken");
    /// assert_eq!(hints(&error), ["run `cargo xtask stop` in the other checkout"]);
    /// ```
    ///
    /// # Errors
    /// The same error, with the hint.
    fn with_hint(self, hint: impl FnOnce() -> String) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> WithHint<T> for Result<T, E> {
    fn with_hint(self, hint: impl FnOnce() -> String) -> anyhow::Result<T> {
        self.map_err(|error| mendable_from(error.into(), hint()))
    }
}

/// An error made of a sentence and a hint.
pub fn mendable(message: impl fmt::Display, hint: impl Into<String>) -> anyhow::Error {
    mendable_from(anyhow::anyhow!("{message}"), hint.into())
}

fn mendable_from(source: anyhow::Error, hint: String) -> anyhow::Error {
    anyhow::Error::new(Hinted { source, hint })
}

/// The hints that an error carries, outermost first; none means that the error was not expected.
pub fn hints(error: &anyhow::Error) -> Vec<&str> {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Hinted>())
        .map(|hinted| hinted.hint.as_str())
        .collect()
}
