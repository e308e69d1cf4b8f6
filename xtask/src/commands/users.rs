//! `users`

mod doctor;

use anyhow::Result;
use serde_json::json;

use crate::cli::{UsersArgs, UsersCommand};
use crate::context::Context;
use crate::database::{catalog, connect};
use crate::error::Exit;
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::edge_function::PATIENCE;
use crate::users::ensure::{Outcome, Report, Wish, ensure};
use crate::users::roles::Account;

/// Runs `users`.
///
/// # Errors
/// The stack does not run, a user is somebody else's, or Auth refuses.
pub async fn run(context: &Context, args: UsersArgs) -> Result<Exit> {
    match args.command {
        Some(UsersCommand::Doctor(args)) => doctor::run(context, args).await,
        None => make_all(context, args).await,
    }
}

async fn make_all(context: &Context, args: UsersArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let wish = Wish {
        via: args.via,
        adopts: args.adopt,
        patience: PATIENCE,
    };
    let made = make(context, &target, &settings.test_users, wish).await?;
    let Made { users, notes } = &made;
    context
        .output
        .result(&json!({ "users": users, "notes": notes }), || lines(users))?;
    Ok(Exit::Done)
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
pub async fn make(context: &Context, target: &Target, users: &TestUsers, wish: Wish) -> Result<Made> {
    let step = context.output.step("users");
    step.leaves("users that were made already stay; the next run goes on from there");
    let mut client = connect::connect(&target.database, "users").await?;
    let catalog = catalog::read(&client, &catalog::schemas(&target.project)?).await?;
    let api = AuthApi::new(
        &target.api_url,
        &target.keys.publishable,
        &target.keys.service_role,
    )?;
    let mut notes = Vec::new();
    let mut talk = |note| notes.push(note);
    let users = ensure(&mut client, &api, &catalog, &Account::all(users), wish, &mut talk).await?;
    step.done(summary(&users));
    for note in &notes {
        context.output.warn(note);
    }
    Ok(Made { users, notes })
}

/// What happened, in a line: `3 made through the users function, 3 signed in`.
pub fn summary(users: &[Report]) -> String {
    let mut parts = Vec::new();
    for way in ["users function", "Auth admin API"] {
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
    let width = users
        .iter()
        .map(|user| user.email.len())
        .max()
        .unwrap_or_default();
    let line = |user: &Report| {
        let outcome = match &user.outcome {
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Made { via } => format!("made through the {via}"),
            Outcome::Changed { changes } => format!("brought in line: {}", changes.join(", ")),
        };
        format!(
            "{:<15}  {:<width$}  {outcome}, signed in\n",
            user.role.title(),
            user.email
        )
    };
    users.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::users::roles::TestRole;

    #[track_caller]
    fn check(outcomes: [Outcome; 3], expected: &str) {
        let report = |(role, outcome)| Report {
            role,
            email: "a@test.local".into(),
            id: Uuid::nil(),
            signed_in: true,
            outcome,
            access_token: String::new(),
        };
        let users: Vec<Report> = TestRole::ALL.into_iter().zip(outcomes).map(report).collect();
        assert_eq!(summary(&users), expected);
    }

    #[test]
    fn the_summary_tells_each_way_apart() {
        let by_function = || Outcome::Made {
            via: "users function",
        };
        let changed = || Outcome::Changed {
            changes: vec!["password".into()],
        };
        check(
            [by_function(), by_function(), by_function()],
            "3 made through the users function, 3 signed in",
        );
        let by_api = Outcome::Made {
            via: "Auth admin API",
        };
        check(
            [by_api, changed(), Outcome::Unchanged],
            "1 made through the Auth admin API, 1 brought in line, 1 unchanged, 3 signed in",
        );
    }
}
