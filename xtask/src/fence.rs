//! The fence: what is destructive reaches no database that is not marked as ours to destroy (D14 of the design).
//!
//! A command opens the fence first, which refuses what is never allowed; it tells then what it is about to remove, and
//! passes when the target is of this machine or when the person who asks has said so in the right words.

pub mod agent;
mod consent;
pub mod foreign;

use std::fmt;
use std::io::BufRead;

use anyhow::{Context as _, Result};
use seed_core::catalog::Catalog;
use serde::Serialize;
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient};

pub use consent::ConsentArgs;

use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect::connect;
use crate::database::environment::{self, Mark};
use crate::env_vars::SEEDBED_CONSENT;
use crate::target::Target;

/// What a command is about to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deed {
    /// The word that the user typed.
    pub verb: &'static str,
    /// What goes, table by table.
    pub removes: Vec<Removal>,
    /// Users who go.
    pub users: u64,
    /// Users who are not ours: of the database, or of those who go where it removes some.
    pub foreign_users: u64,
    /// What else happens, a sentence each.
    pub also: Vec<String>,
}

/// What goes of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// The table, as people write it.
    pub table: String,
    /// Rows that go.
    pub rows: u64,
    /// Rows among them that are not ours.
    pub foreign: u64,
}

impl Deed {
    /// What `verb` does to a database in which other users may be, too.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn amid_users(
        verb: &'static str,
        client: &impl GenericClient,
        catalog: &Catalog,
    ) -> Result<Deed> {
        Ok(Deed {
            verb,
            foreign_users: foreign::users(client, catalog).await?,
            ..Deed::default()
        })
    }

    /// Rows that go.
    pub fn rows(&self) -> u64 {
        self.removes.iter().map(|removal| removal.rows).sum()
    }

    /// Rows that go and are not ours.
    pub fn foreign_rows(&self) -> u64 {
        self.removes.iter().map(|removal| removal.foreign).sum()
    }
}

/// The fence around one target, opened.
#[derive(Debug, Clone)]
pub struct Fence {
    target: String,
    address: String,
    is_local: bool,
    mark: Option<Mark>,
}

/// Opens the fence around a target's database for `verb`.
///
/// # Errors
/// It is marked as production, wherever it is; or it is no target of this machine and carries no mark.
pub async fn open(target: &Target, client: &Client, verb: &str) -> Result<Fence> {
    let fence = Fence::around(target, client).await?;
    match fence.closed() {
        None => Ok(fence),
        Some(why) => Err(mendable(
            format!(
                "run `{verb}` on target `{}`: the database at `{}` {why}",
                fence.target, fence.address
            ),
            match fence.mark {
                Some(_) => {
                    "choose another target with `--target`; nothing is ever written to production".to_owned()
                }
                None => format!(
                    "if its rows may be made and removed: `cargo xtask env mark staging --name NAME --target {}`",
                    fence.target
                ),
            },
        )),
    }
}

/// Lets a verb that adds, and removes nothing, into the database of a target.
///
/// # Errors
/// As [`open`], or the database is not reached.
pub async fn admit(target: &Target, verb: &str) -> Result<()> {
    let client = connect(&target.database, verb).await?;
    open(target, &client, verb).await.map(drop)
}

/// Why [`open`] refuses whatever writes, be it undone: `the database …`; `None` where it does not.
///
/// # Errors
/// The database does not answer.
pub async fn closed(target: &Target, client: &Client) -> Result<Option<String>> {
    let why = Fence::around(target, client).await?.closed();
    Ok(why.map(|why| format!("the database {why}")))
}

impl Fence {
    async fn around(target: &Target, client: &Client) -> Result<Fence> {
        Ok(Fence {
            target: target.name.to_string(),
            address: target.database.to_string(),
            is_local: target.name.is_local(),
            mark: environment::read(client).await?,
        })
    }

    /// What the database is marked as.
    pub fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Whether [`Fence::pass`] asks for anything; where it does, what is about to happen is found out first.
    pub fn asks(&self) -> bool {
        !self.is_local
    }

    fn closed(&self) -> Option<String> {
        match &self.mark {
            Some(mark) if mark.is_production() => Some(format!("is marked as production, `{}`", mark.name)),
            None if !self.is_local => Some("carries no mark that says what it is for".to_owned()),
            _ => None,
        }
    }

    /// Tells what is about to happen, and lets it happen when it may: on a target of this machine at once, on others
    /// when the words and numbers of `consent` are the right ones. A rehearsal is told and always passes.
    ///
    /// # Errors
    /// What would allow it is missing or wrong: said with the flags to give.
    pub async fn pass(
        &self,
        context: &Context,
        deed: &Deed,
        consent: &ConsentArgs,
        is_rehearsal: bool,
    ) -> Result<()> {
        if self.is_local {
            return Ok(());
        }
        context.output.say(self.told(deed));
        let given = self.check(context, deed, consent).await;
        match given {
            Err(error) if is_rehearsal => {
                let hints = stack::hint::hints(&error);
                for hint in hints {
                    context.output.say(format!("  to do it: {hint}"));
                }
                Ok(())
            }
            given => given,
        }
    }

    async fn check(&self, context: &Context, deed: &Deed, consent: &ConsentArgs) -> Result<()> {
        let name = self.mark.as_ref().map_or("", |mark| &mark.name);
        let needed = self.flags(deed);
        let refused = |why: String, hint: String| {
            let doing = format!("run `{}` on `{}` at `{}`", deed.verb, self.target, self.address);
            Err(mendable(format!("{doing}: {why}"), hint))
        };
        if let Some(who) = agent::without_consent(name) {
            return refused(
                format!(
                    "{who}, who may not destroy what is not on this machine unless a person has said so before"
                ),
                format!("a person sets `{SEEDBED_CONSENT}={name}` in the environment; it needs {needed} too"),
            );
        }
        let users = (
            "users there",
            "--foreign-users",
            deed.foreign_users,
            consent.foreign_users,
        );
        let rows = (
            "rows that would go",
            "--foreign-rows",
            deed.foreign_rows(),
            consent.foreign_rows,
        );
        for (what, flag, there, said) in [users, rows] {
            if said.unwrap_or(0) != there {
                let said = said.map_or_else(String::new, |said| format!(" and not {}", grouped(said)));
                let why = format!("of the {what}, {}{said} are not ours", grouped(there));
                return refused(
                    why,
                    format!("look at what they are; if it is meant, give {needed} ({flag} is their number)"),
                );
            }
        }
        match &consent.confirm {
            Some(said) if said == name => Ok(()),
            Some(said) => refused(
                format!("`{said}` is not its name"),
                format!(
                    "its name is what `cargo xtask env show --target {}` shows",
                    self.target
                ),
            ),
            None if context.is_interactive() => match typed(name).await? {
                true => Ok(()),
                false => refused(
                    "the name that was typed is another one".to_owned(),
                    format!("type it as it is, or give {needed}"),
                ),
            },
            None => refused("nobody has confirmed it".to_owned(), format!("give {needed}")),
        }
    }

    /// The flags that let `deed` pass.
    fn flags(&self, deed: &Deed) -> String {
        let name = self.mark.as_ref().map_or("", |mark| &mark.name);
        let name = match name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        {
            true => name.to_owned(),
            false => format!("'{}'", name.replace('\'', "'\\''")),
        };
        let mut flags = format!("`--confirm {name}");
        for (flag, number) in [
            ("--foreign-users", deed.foreign_users),
            ("--foreign-rows", deed.foreign_rows()),
        ] {
            if number > 0 {
                flags += &format!(" {flag} {number}");
            }
        }
        flags + "`"
    }

    fn told(&self, deed: &Deed) -> String {
        let mut text = format!("{self}\n");
        for Removal { table, rows, foreign } in deed.removes.iter().filter(|removal| removal.rows > 0) {
            let foreign = match foreign {
                0 => String::new(),
                foreign => format!(", {} of them not ours", grouped(*foreign)),
            };
            text += &format!("  removes   rows of {table}: {}{foreign}\n", grouped(*rows));
        }
        if deed.rows() == 0 {
            text += "  removes   no rows\n";
        }
        if deed.users > 0 {
            text += &format!("  removes   users: {}\n", grouped(deed.users));
        }
        text += &format!("  users     not ours: {}\n", grouped(deed.foreign_users));
        for sentence in &deed.also {
            text += &format!("  also      {sentence}\n");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// `target cloud: db.example.com:5432/postgres, staging `acme-staging``
impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "target {}: {}", self.target, self.address)?;
        match &self.mark {
            Some(mark) => write!(f, ", {} `{}`", mark.kind, mark.name),
            None => f.write_str(", not marked"),
        }
    }
}

/// Whether the person at the terminal types the name. An interrupt is heard meanwhile.
async fn typed(name: &str) -> Result<bool> {
    eprint!("Type `{name}` to go on: ");
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    let doing = "ask for the name of the database";
    Ok(answer.await.context(doing)?.context(doing)?.trim() == name)
}
