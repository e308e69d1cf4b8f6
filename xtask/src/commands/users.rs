//! `users`

mod doctor;
mod env;
mod list;
mod remove;
mod set_password;
mod token;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::{SeedOptions, UsersArgs, UsersCommand};
use crate::commands::seed;
use crate::context::Context;
use crate::database::{catalog, connect, ledger};
use crate::error::Exit;
use crate::fence::{self, Deed};
use crate::seeding::choice::Choice;
use crate::seeding::industry::Packs;
use crate::seeding::job::Request;
use crate::seeding::owners;
use crate::seeding::write::Seeded;
use crate::settings::{Settings, TestUsers};
use crate::target::Target;
use crate::users::account::Account;
use crate::users::auth_api::AuthApi;
use crate::users::edge_function::PATIENCE;
use crate::users::ensure::{Means, Outcome, Report, Wish, ensure};
use crate::users::make::{BY_ADMIN_API, BY_FUNCTION};
use crate::users::roles::{called, title};

/// What `--adopt` does to users who are not ours.
const ADOPTS: &str = "whoever has the e-mail of a test user becomes one, with the test password";

/// Runs `users`.
///
/// # Errors
/// The stack does not run, a user is somebody else's, or Auth refuses.
pub async fn run(context: &Context, args: UsersArgs) -> Result<Exit> {
    match args.command {
        None => make_and_seed(context, args).await,
        Some(UsersCommand::List(args)) => list::run(context, args).await,
        Some(UsersCommand::Token(args)) => token::run(context, args).await,
        Some(UsersCommand::Env(args)) => env::run(context, args).await,
        Some(UsersCommand::SetPassword(args)) => set_password::run(context, args).await,
        Some(UsersCommand::Remove(args)) => remove::run(context, args).await,
        Some(UsersCommand::Doctor(args)) => doctor::run(context, args).await,
    }
}

async fn make_and_seed(context: &Context, args: UsersArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let accounts = accounts(&settings.test_users, &args)?;
    let target = Target::resolve(context).await?;
    let client = connect::connect(&target.database, "users").await?;
    let fence = fence::open(&target, &client, "users").await?;
    if args.adopt && fence.asks() {
        let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
        let mut deed = Deed::amid_users("users --adopt", &client, &catalog).await?;
        deed.also.push(ADOPTS.to_owned());
        fence.pass(context, &deed, &args.consent, false).await?;
    }
    let wish = Wish {
        via: args.via,
        adopts: args.adopt,
        patience: PATIENCE,
    };
    let made = make(context, &target, &settings.test_users, &accounts, wish).await?;
    let seeded = match args.with_data {
        true => give_rows(context, &target, &settings, &made.users).await?,
        false => None,
    };
    let Made { users, notes } = &made;
    let mut value = json!({ "users": users, "notes": notes });
    if let Some(seeded) = &seeded {
        value["seed"] = seed::run_json(seeded);
    }
    context.output.result(&value, || lines(users))?;
    Ok(Exit::Done)
}

/// The accounts that are asked for.
fn accounts(users: &TestUsers, args: &UsersArgs) -> Result<Vec<Account>> {
    let roles = called(&users.roles, &args.roles.names)?;
    let accounts = roles.into_iter().map(|role| Account::new(role, &users.password));
    Ok(match args.count {
        None => accounts.collect(),
        Some(count) => accounts
            .flat_map(|account| (1..=count).map(move |number| account.numbered(number)))
            .collect(),
    })
}

/// Seeds rows for those who have none.
async fn give_rows(
    context: &Context,
    target: &Target,
    settings: &Settings,
    users: &[Report],
) -> Result<Option<Seeded>> {
    let client = connect::connect(&target.database, "users").await?;
    let mut with_rows = Vec::new();
    for run in ledger::runs(&client).await? {
        let owners = owners::of_run(&run)?.into_iter();
        with_rows.extend(
            owners
                .filter(|owner| run.is_of(owner.slot))
                .filter_map(|owner| owner.user_id),
        );
    }
    let without = users.iter().filter(|user| !with_rows.contains(&user.id));
    let emails: Vec<String> = without.map(|user| user.email.clone()).collect();
    if emails.is_empty() {
        context.output.say("  all of them have rows already");
        return Ok(None);
    }
    let packs = Packs::of(&context.paths);
    let choice = Choice::resolve(&SeedOptions::default(), settings, &packs, Timestamp::now())?;
    let request = Request {
        emails,
        ..Request::seed(choice, &settings.test_users)
    };
    Ok(Some(seed::write(context, target, &request).await?))
}

/// What the step gave.
pub struct Made {
    /// The users, each of whom can sign in.
    pub users: Vec<Report>,
    /// Sentences about what did not go the usual way.
    pub notes: Vec<String>,
}

/// The step `users`.
///
/// # Errors
/// A user is somebody else's, or Auth refuses.
pub async fn make(
    context: &Context,
    target: &Target,
    users: &TestUsers,
    accounts: &[Account],
    wish: Wish,
) -> Result<Made> {
    let step = context.output.step("users");
    step.leaves("users that were made already stay; the next run goes on from there");
    let mut client = connect::connect(&target.database, "users").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let all = Account::all(users);
    let means = Means {
        api: &AuthApi::of(target)?,
        catalog: &catalog,
        supabase: &context.paths.supabase(),
        administrator: all.iter().find(|account| account.role.is_administrator),
    };
    let mut notes = Vec::new();
    let mut talk = |note| notes.push(note);
    let done = |count| step.progress(format!("{count} of {}", accounts.len()));
    let users = ensure(&mut client, means, accounts, wish, &mut talk, &done).await?;
    step.done(summary(&users));
    for note in &notes {
        context.output.warn(note);
    }
    Ok(Made { users, notes })
}

/// What happened, in a line: `3 made through the users function, 3 signed in`.
pub fn summary(users: &[Report]) -> String {
    let mut parts = Vec::new();
    for way in [BY_FUNCTION, BY_ADMIN_API] {
        let made = users
            .iter()
            .filter(|user| user.outcome == Outcome::Made { via: way })
            .count();
        if made > 0 {
            parts.push(format!("{made} made through the {way}"));
        }
    }
    let changed = users
        .iter()
        .filter(|user| matches!(user.outcome, Outcome::Changed { .. }))
        .count();
    let unchanged = users
        .iter()
        .filter(|user| user.outcome == Outcome::Unchanged)
        .count();
    for (count, word) in [(changed, "brought in line"), (unchanged, "unchanged")] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.push(format!("{} signed in", users.len()));
    parts.join(", ")
}

fn lines(users: &[Report]) -> String {
    let longest = |text: fn(&Report) -> &str| {
        users
            .iter()
            .map(|user| text(user).len())
            .max()
            .unwrap_or_default()
    };
    let (role, email) = (longest(|user| &user.role), longest(|user| &user.email));
    let line = |user: &Report| {
        let outcome = match &user.outcome {
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Made { via } => format!("made through the {via}"),
            Outcome::Changed { changes } => format!("brought in line: {}", changes.join(", ")),
        };
        format!(
            "{:<role$}  {:<email$}  {outcome}, signed in\n",
            title(&user.role),
            user.email
        )
    };
    users.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[track_caller]
    fn check(outcomes: [Outcome; 3], expected: &str) {
        let report = |outcome| Report {
            role: "admin".into(),
            email: "a@test.local".into(),
            id: Uuid::nil(),
            signed_in: true,
            outcome,
            access_token: String::new(),
        };
        let users = outcomes.map(report);
        assert_eq!(summary(&users), expected);
    }

    #[test]
    fn the_summary_tells_each_way_apart() {
        let by_function = || Outcome::Made { via: BY_FUNCTION };
        let changed = || Outcome::Changed {
            changes: vec!["password".into()],
        };
        check(
            [by_function(), by_function(), by_function()],
            "3 made through the users function, 3 signed in",
        );
        let by_api = Outcome::Made { via: BY_ADMIN_API };
        check(
            [by_api, changed(), Outcome::Unchanged],
            "1 made through the Auth admin API, 1 brought in line, 1 unchanged, 3 signed in",
        );
    }
}
