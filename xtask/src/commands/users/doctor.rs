//! `users doctor`

use anyhow::Result;

use crate::cli::UsersDoctorArgs;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::error::Exit;
use crate::fence::{self, ConsentArgs, Deed};
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::doctor::proof::prove;
use crate::users::doctor::report::Report;
use crate::users::doctor::shape::Shape;
use crate::users::doctor::{look, mend};
use crate::users::known;

/// Runs `users doctor`.
///
/// # Errors
/// The stack does not run, or the database refuses a statement: everything is as it was then.
pub async fn run(context: &Context, args: UsersDoctorArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    if args.fix && !args.dry_run {
        consent(context, &target, &settings.test_users, &args.consent).await?;
    }
    let step = context.output.step("doctor");
    let report = report(&target, &settings.test_users, &args).await?;
    match report.is_well() {
        true => step.done(report.summary()),
        false => step.failed(report.summary()),
    }
    for note in report.mended.iter().flat_map(|mended| &mended.notes) {
        context.output.warn(note);
    }
    context.output.result(&report, || report.lines())?;
    Ok(if report.is_well() { Exit::Done } else { Exit::No })
}

/// Goes through the fence with what would be mended.
async fn consent(context: &Context, target: &Target, users: &TestUsers, consent: &ConsentArgs) -> Result<()> {
    let mut client = connect::connect(&target.database, "users doctor").await?;
    let fence = fence::open(target, &client, "users doctor --fix").await?;
    if !fence.asks() {
        return Ok(());
    }
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let shape = Shape::read(&client, &catalog, users).await?;
    let (_, mended) = mend(&mut client, &shape, &catalog, users, true).await?;
    if mended.effects.is_empty() && mended.passwords.is_empty() {
        return Ok(());
    }
    let mut deed = Deed::amid_users("users doctor --fix", &client, &catalog).await?;
    for of_rule in mended.effects.chunk_by(|a, b| a.rule == b.rule) {
        let rows: u64 = of_rule.iter().map(|effect| effect.rows).sum();
        deed.also.push(format!(
            "mends `{}`: writes {} rows",
            of_rule[0].rule,
            grouped(rows)
        ));
    }
    if !mended.passwords.is_empty() {
        deed.also.push(format!(
            "sets the test password of {} users",
            mended.passwords.len()
        ));
    }
    fence.pass(context, &deed, consent, false).await
}

async fn report(target: &Target, users: &TestUsers, args: &UsersDoctorArgs) -> Result<Report> {
    let mut client = connect::connect(&target.database, "users doctor").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let shape = Shape::read(&client, &catalog, users).await?;
    if !args.fix && !args.dry_run {
        let diagnosis = look(&mut client, &shape).await?;
        return Ok(Report {
            diagnosis,
            ..Report::default()
        });
    }
    let at_first = look(&mut client, &shape).await?.faults();
    let (diagnosis, mut mended) = mend(&mut client, &shape, &catalog, users, args.dry_run).await?;
    let mut report = Report {
        shown_later: diagnosis.faults().saturating_sub(at_first),
        diagnosis,
        is_dry_run: args.dry_run,
        ..Report::default()
    };
    if !args.dry_run {
        let api = AuthApi::of(target)?;
        let accounts = known::named(&client, &catalog, users).await?;
        report.signed_in = prove(&api, &accounts, &mended.passwords).await;
        let unnamed = shape.test_users.len() - shape.named_users.len();
        if unnamed > 0 {
            mended.notes.push(format!(
                "not signed in: {unnamed} of the test users, whom no setting names, so that nothing says their passwords"
            ));
        }
        report.left = Some(look(&mut client, &shape).await?.found);
    }
    report.mended = Some(mended);
    Ok(report)
}
