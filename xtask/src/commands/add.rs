//! `add`

use anyhow::Result;
use jiff::Timestamp;

use crate::cli::{AddArgs, SeedOptions};
use crate::commands::seed;
use crate::context::Context;
use crate::counts::Counts;
use crate::error::Exit;
use crate::fence::ConsentArgs;
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::job::{Job, Request};

/// What is added where nobody says how much.
const USUAL: Counts = Counts {
    organizations: Some(5),
    products: Some(25),
    ..Counts::NONE
};

/// Runs `add`: more rows for an owner, by the seed, industry and day of those that are there.
///
/// # Errors
/// The stack does not run, or the rows do not fit the tables.
pub async fn run(context: &Context, args: AddArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let mut choice = Choice::resolve(
        &SeedOptions::default(),
        &settings,
        &Packs::of(&context.paths),
        Timestamp::now(),
    )?;
    choice.counts = if args.counts == Counts::NONE {
        USUAL
    } else {
        args.counts
    };
    let request = Request {
        job: Job::Add,
        emails: args.users,
        ..Request::seed(choice, &settings.test_users)
    };
    seed::carry_out(context, &request, &ConsentArgs::default(), args.dry_run).await
}
