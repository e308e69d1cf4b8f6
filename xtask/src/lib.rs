//! Seedbed's command line: from `git clone` to a running, migrated, populated Supabase environment.
//!
//! [`main`] parses, runs and prints the error; [`run`] is the table of contents: one command, one file in
//! [`commands`]. The work is asked for elsewhere: `exec` runs children to their end, `stack` keeps those that
//! stay, `seed-core` makes the rows.
//!
//! Exit codes: 0 done; 1 the answer is no, or an error that the user can mend (it has a hint; a mistake on the
//! command line is one too); 2 an error that was not expected; 130 interrupted.

pub mod backup;
pub mod bench;
pub mod cli;
pub mod commands;
pub mod context;
pub mod counts;
pub mod database;
pub mod deploy;
pub mod doctor;
pub mod dotenv;
pub mod env_vars;
pub mod error;
pub mod exec;
pub mod fence;
pub mod http;
pub mod migrations;
pub mod negative;
pub mod output;
pub mod parity;
pub mod paths;
pub mod policies;
pub mod project_file;
pub mod seeding;
pub mod settings;
pub mod sync;
pub mod table;
pub mod target;
pub mod tools;
pub mod users;
pub mod verify;
pub mod whole_file;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::error::Exit;
use crate::output::Output;

/// Parses the command line, runs it and prints the error, if any.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return error::report_usage(&error).into(),
    };
    let output = Output::new(cli.global.output());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return error::report(&output, &anyhow::anyhow!("start the async runtime: {error}")).into();
        }
    };
    let exit = match runtime.block_on(run_until_interrupted(cli, &output)) {
        Ok(exit) => exit,
        Err(error) => error::report(&output, &error),
    };
    // A question that still waits on stdin must not keep the process alive.
    runtime.shutdown_background();
    exit.into()
}

/// Runs the command; a signal drops it, and with it every child that it started.
async fn run_until_interrupted(cli: Cli, output: &Output) -> anyhow::Result<Exit> {
    if let Command::Supervise(args) = cli.command {
        // The supervisor answers signals by itself: it stops the stack in order.
        return commands::supervise::run(args).await;
    }
    // Before the command begins: until then a signal would end the process without a word.
    let signals = Signals::listen()?;
    // An interrupt is how one stops following logs.
    let is_endless = matches!(&cli.command, Command::Logs(args) if args.follow);
    let mut command = Box::pin(run(cli, output));
    let signal = tokio::select! {
        result = &mut command => return result,
        signal = signals.next() => signal,
    };
    let left = output.interrupt();
    drop(command);
    if !is_endless {
        error::report_interruption(output, &left);
    }
    Ok(signal)
}

/// Runs one command.
///
/// # Errors
/// Whatever the command ran into; [`error::report`] prints it.
pub async fn run(cli: Cli, output: &Output) -> anyhow::Result<Exit> {
    let mut context = Context::resolve(&cli.global, output)?;
    target::settle(&mut context).await?;
    let context = &context;
    match cli.command {
        Command::Start(args) => commands::start::run(context, args).await,
        Command::Stop(args) => commands::stop::run(context, args).await,
        Command::Status(args) => commands::status::run(context, args).await,
        Command::Logs(args) => commands::logs::run(context, args).await,
        Command::Doctor(args) => commands::doctor::run(context, args).await,
        Command::Migrate(args) => commands::migrate::run(context, args).await,
        Command::Users(args) => commands::users::run(context, args).await,
        Command::Seed(args) => commands::seed::run(context, args).await,
        Command::Add(args) => commands::add::run(context, args).await,
        Command::Fixtures(args) => commands::fixtures::run(context, args).await,
        Command::Runs(args) => commands::runs::run(context, args).await,
        Command::Clean(args) => commands::clean::run(context, args).await,
        Command::Products(args) => commands::products::run(context, args).await,
        Command::Industries(command) => commands::industries::run(context, command),
        Command::Verify(args) => commands::verify::run(context, args).await,
        Command::Sync(args) => commands::sync::run(context, args).await,
        Command::Reset(args) => commands::reset::run(context, args).await,
        Command::Policies(args) => commands::policies::run(context, args).await,
        Command::Deploy(args) => commands::deploy::run(context, args).await,
        Command::Backup(args) => commands::backup::run(context, args).await,
        Command::Restore(args) => commands::restore::run(context, args).await,
        Command::Env(command) => commands::env::run(context, command).await,
        Command::Bench(command) => commands::bench::run(context, command).await,
        Command::Mail(args) => commands::mail::run(context, args).await,
        Command::Supervise(args) => commands::supervise::run(args).await,
    }
}

/// What asks a command to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| signal(kind).context("listen to signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// What asks a command to end.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn next(self) -> Exit {
        let _ = tokio::signal::ctrl_c().await;
        Exit::Interrupted
    }
}
