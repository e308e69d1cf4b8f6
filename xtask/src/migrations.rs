//! The project's migrations and seed files, applied by the Supabase CLI.
//!
//! What is known to fail is found before anything is applied; what fails all the same is said with file, line and
//! statement.

mod buckets;
mod failure;
mod losses;
mod preflight;
mod rehearsal;
mod seed_failure;
mod sql_text;

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use stack::postgres;
use stack::project::Project;

pub use losses::Losses;
pub use rehearsal::Rehearsed;

use crate::context::Context;
use crate::database::address::Address;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::exec::failed_statement::FailedStatement;
use crate::exec::runner::ChildRunner;
use crate::exec::supabase_cli::{PushFailure, PushOptions, Pushed, PushedFile, SupabaseCli};
use crate::exec::work_folder::WorkFolder;
use crate::output::Step;
use crate::target::{Target, TargetName};
use crate::tools::Tools;

/// A file of `supabase/migrations`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Migration {
    name: String,
    sql: String,
}

/// Applies what is pending, then the seed files; with `dry_run` only tells what it would apply.
///
/// # Errors
/// When a file cannot be applied (those before it stay applied), or the database cannot be reached.
pub async fn apply(
    context: &Context,
    target: &Target,
    tools: &Tools,
    step: &Step,
    dry_run: bool,
) -> anyhow::Result<Pushed> {
    let project = Project::load(&context.paths.project)?;
    let migrations = read_migrations(&context.paths.migrations())?;
    let database = &target.database;
    if target.name == TargetName::Embedded {
        preflight::check(database, &migrations).await?;
        preflight::allow_parameters(database, &migrations).await?;
    }
    let work = WorkFolder::write(&context.paths.work(), &context.paths.supabase(), &project.db.seed)?;
    let cli = SupabaseCli::new(ChildRunner, &tools.supabase.path, &tools.supabase.version);
    let push = async |options| {
        let result = cli.db_push(&work, database, options, |file| {
            step.update(format!("applying {}", name_of(file)))
        });
        result.await.context("apply the migrations")
    };

    let include_roles = context.paths.supabase().join("roles.sql").is_file() && is_new(database).await?;
    let mut options = PushOptions {
        dry_run,
        include_roles,
        // Rows of seed files are for databases that are made and destroyed as one likes.
        include_seed: target.name.is_local(),
    };
    if !dry_run {
        step.leaves(
            "migrations that were applied stay, the one under way is undone; `cargo xtask migrate` goes on",
        );
    }
    let mut result = push(options).await?;
    if let Err(failure) = &result
        && failure.file == Some(PushedFile::Roles)
        && FailedStatement::parse(&failure.message).sqlstate.as_deref() == Some("42710")
    {
        // Roles belong to the server, so they are still there when the database is made anew.
        options.include_roles = false;
        result = push(options).await?;
    }
    if let Err(failure) = &result
        && target.name == TargetName::Embedded
        && failure::needs_superuser(failure)
    {
        // What came before the failure stays: roles cannot be created twice.
        options.include_roles &= failure.file == Some(PushedFile::Roles);
        result = with_superuser(database, push(options))
            .await?
            .map(|after| joined(failure, after));
    }
    match result {
        Ok(pushed) => {
            if target.name == TargetName::Embedded && !dry_run {
                buckets::declare(database, &project.storage).await?;
            }
            Ok(pushed)
        }
        Err(failure) => Err(failure::explain(&failure, &context.paths, database, &migrations).await),
    }
}

/// Tries the migrations of these names on the database, in a transaction that is undone.
///
/// # Errors
/// One of them fails, said with file, line and statement, or the database is not reached.
pub async fn rehearse(context: &Context, target: &Target, names: &[String]) -> anyhow::Result<Rehearsed> {
    let mut pending = read_migrations(&context.paths.migrations())?;
    pending.retain(|migration| names.contains(&migration.name));
    let schemas = catalog::schemas(&target.project)?;
    rehearsal::rehearse(&target.database, schemas, &pending).await
}

/// Hosted Supabase lets `postgres` make event triggers and publications of all tables; plain PostgreSQL lets only a
/// superuser, so `postgres` is one for the time of `work`.
async fn with_superuser<T>(
    database: &Address,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let port = database.get_ports().first().copied().unwrap_or_default();
    let admin = postgres::connect(port, "supabase_admin", "template1").await?;
    let set = async |attribute: &str| {
        let statement = format!("alter role postgres {attribute}");
        admin
            .batch_execute(&statement)
            .await
            .with_context(|| format!("run `{statement}`"))
    };
    set("superuser").await?;
    let result = work.await;
    set("nosuperuser").await?;
    result
}

/// What was applied before a failure and after it.
fn joined(before: &PushFailure, after: Pushed) -> Pushed {
    Pushed {
        migrations: [before.applied.clone(), after.migrations].concat(),
        ..after
    }
}

/// Whether nothing was ever applied to the database.
async fn is_new(database: &Address) -> anyhow::Result<bool> {
    let client = connect(database, "migrate").await?;
    let row = client
        .query_one(
            "select to_regclass('supabase_migrations.schema_migrations') is null",
            &[],
        )
        .await;
    Ok(row.context("look for the history of migrations")?.get(0))
}

fn name_of(file: &PushedFile) -> &str {
    match file {
        PushedFile::Roles => "roles.sql",
        PushedFile::Migration(name) | PushedFile::Seed(name) => name,
    }
}

/// Version and file name of each migration of the folder, as the history of the Supabase CLI has them: what is not named
/// as one is none.
///
/// # Errors
/// The folder cannot be read.
pub fn versions(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let version = |migration: Migration| {
        let (version, _) = migration.name.split_once('_')?;
        let is_one = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
        is_one.then(|| (version.to_owned(), migration.name.clone()))
    };
    Ok(read_migrations(folder)?.into_iter().filter_map(version).collect())
}

/// The migrations in their order; none where there is no folder.
fn read_migrations(folder: &Path) -> anyhow::Result<Vec<Migration>> {
    let read = || -> io::Result<Vec<Migration>> {
        let mut migrations = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".sql") && entry.path().is_file() {
                let sql = String::from_utf8_lossy(&fs::read(entry.path())?).into_owned();
                migrations.push(Migration { name, sql });
            }
        }
        migrations.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(migrations)
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => Ok(Vec::new()),
        result => result.with_context(|| format!("read the migrations in `{}`", folder.display())),
    }
}
