//! What `--target` names.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The target that a command is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TargetName {
    /// Our own processes, without Docker.
    #[default]
    Embedded,
    /// The stack of the Supabase CLI, in Docker.
    Supabase,
    /// The stack of the Supabase CLI, as programs of this machine.
    Native,
    /// The one of these that runs, or that can be started here; settled before a command begins.
    Local,
    /// One that is there without us: `cloud`, `database` (a PostgreSQL alone), or a name from `seedbed.toml`.
    Hosted(String),
}

impl TargetName {
    /// Whether it is of this machine, and made by its commands.
    pub fn is_local(&self) -> bool {
        !matches!(self, Self::Hosted(_))
    }

    /// Whether the Supabase CLI runs it.
    pub fn is_of_cli(&self) -> bool {
        matches!(self, Self::Supabase | Self::Native)
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Supabase => "supabase",
            Self::Native => "native",
            Self::Local => "local",
            Self::Hosted(name) => name,
        })
    }
}

impl FromStr for TargetName {
    type Err = Infallible;

    /// Every name is one: whether the project knows it is seen when it is looked for.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "embedded" => Self::Embedded,
            "supabase" | "docker" => Self::Supabase,
            "native" => Self::Native,
            "local" => Self::Local,
            name => Self::Hosted(name.to_owned()),
        })
    }
}
