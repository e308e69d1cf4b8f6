//! `users remove`

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;
use stack::hint::mendable;

use crate::cli::UsersRemoveArgs;
use crate::commands::clean;
use crate::commands::reset::summary::grouped;
use crate::context::Context;
use crate::database::connect;
use crate::error::Exit;
use crate::fence::{self, Deed};
use crate::seeding::destination::Destination;
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::users::known::{in_order, with_roles_of};
use crate::users::metadata::{MetadataTable, TestUser};
use crate::users::removal::{HangingRows, Manner, OnDelete, Removal, Removals, remove};
use crate::users::roles::{called, title};

/// Runs `users remove`; exit code 1 when something hangs on a user, who stays then.
///
/// # Errors
/// The stack does not run, there is no such user, or the database or Auth refuses.
pub async fn run(context: &Context, args: UsersRemoveArgs) -> Result<Exit> {
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect::connect(&target.database, "users").await?;
    let fence = fence::open(&target, &client, "users remove").await?;
    let destination = Destination::read(&client, &target.project).await?;
    let known = MetadataTable::of(&destination.catalog)
        .with_announced(&client)
        .await?;
    let users = chosen(known, &settings.test_users, &args)?;
    let api = AuthApi::of(&target)?;
    let manner = |is_rehearsal| Manner {
        cascades: args.cascade,
        is_rehearsal,
    };
    if fence.asks() {
        let step = context.output.step("plan");
        let plan = remove(&mut client, &api, &destination, &users, manner(true), &step).await?;
        step.done(summary(&plan, true));
        fence
            .pass(context, &deed(&plan), &args.consent, args.dry_run)
            .await?;
    }
    let step = context.output.step("users");
    step.leaves("the rows are as they were, or gone, and some of the users with them: the next run goes on");
    let removals = remove(
        &mut client,
        &api,
        &destination,
        &users,
        manner(args.dry_run),
        &step,
    )
    .await?;
    let kept = removals.users.iter().filter(|removal| !removal.removed).count();
    let summary = summary(&removals, args.dry_run);
    match kept {
        0 => step.done(summary),
        _ => step.failed(summary),
    }
    clean::tell(context, &removals.taken_back, args.dry_run);
    let value =
        json!({ "dry_run": args.dry_run, "users": removals.users, "taken_back": removals.taken_back });
    context
        .output
        .result(&value, || text(&removals.users, args.dry_run))?;
    if kept > 0 && !args.cascade {
        context.output.say(
            "hint: remove these rows or give them to others first; `--cascade` lets the database remove or empty what it \
             would with the user",
        );
    }
    Ok(if kept == 0 { Exit::Done } else { Exit::No })
}

/// What goes, for the fence: none of these users is anybody else's, but rows that hang on them may be.
fn deed(plan: &Removals) -> Deed {
    let gone = || plan.users.iter().filter(|removal| removal.removed);
    let mut deed = Deed {
        verb: "users remove",
        users: gone().count() as u64,
        ..Deed::default()
    };
    for hanging in gone().flat_map(|removal| &removal.hanging) {
        match hanging.on_delete {
            OnDelete::Removes => deed.removes.push(fence::Removal {
                table: hanging.table.clone(),
                rows: hanging.rows,
                foreign: hanging.rows - hanging.seeded,
            }),
            OnDelete::Refuses | OnDelete::Empties => deed.also.push(format!(
                "{} rows of `{}` point nowhere in `{}`",
                grouped(hanging.rows),
                hanging.table,
                hanging.columns.join("`, `")
            )),
        }
    }
    clean::taking(deed, &plan.taken_back)
}

/// The test users that are meant.
fn chosen(known: Vec<TestUser>, users: &TestUsers, args: &UsersRemoveArgs) -> Result<Vec<TestUser>> {
    for email in &args.emails {
        if !known.iter().any(|user| user.email.eq_ignore_ascii_case(email)) {
            return Err(mendable(
                format!("find the test user `{email}`: there is none"),
                "`cargo xtask users list` shows them; other users are never touched",
            ));
        }
    }
    let roles = with_roles_of(&known, &users.roles);
    let roles = called(&roles, &args.roles.names)?;
    let is_meant = |user: &TestUser| {
        let by_email = args
            .emails
            .iter()
            .any(|email| user.email.eq_ignore_ascii_case(email));
        let by_role = roles.iter().any(|role| role.name == user.role);
        match (args.emails.is_empty(), args.roles.names.is_empty()) {
            (false, _) => by_email,
            (true, false) => by_role,
            (true, true) => true,
        }
    };
    Ok(in_order(
        known.into_iter().filter(is_meant).collect(),
        &users.roles,
    ))
}

fn summary(removals: &Removals, is_rehearsal: bool) -> String {
    let gone = removals.users.iter().filter(|removal| removal.removed).count();
    if removals.users.is_empty() {
        return "there are no such test users".to_owned();
    }
    let noun = if gone == 1 { "user" } else { "users" };
    let what = format!(
        "{gone} {noun} with {} seeded rows",
        grouped(removals.taken_back.removed())
    );
    let kept = match removals.users.len() - gone {
        0 => String::new(),
        kept => format!(", {kept} kept"),
    };
    match is_rehearsal {
        true => format!("would remove {what}{kept}"),
        false => format!("removed {what}{kept}"),
    }
}

fn text(removals: &[Removal], is_rehearsal: bool) -> String {
    let mut text = String::new();
    for removal in removals {
        let word = if removal.removed { "goes" } else { "stays" };
        let _ = writeln!(text, "{}  {}  {word}", title(&removal.role), removal.email);
        for hanging in &removal.hanging {
            let is_done = removal.removed && !is_rehearsal;
            let _ = writeln!(
                text,
                "  {} {} of {} ({}{}) {}",
                grouped(hanging.rows),
                if hanging.rows == 1 { "row" } else { "rows" },
                hanging.table,
                hanging.columns.join(", "),
                seeded(hanging),
                hanging.on_delete.words(is_done)
            );
        }
    }
    text
}

/// Whose rows these are not: what keeps seeded ones is told of before.
fn seeded(hanging: &HangingRows) -> String {
    match hanging.seeded {
        0 => String::new(),
        all if all == hanging.rows => "; seeded, and kept by what hangs on them".to_owned(),
        some => format!(
            "; {} of them seeded, and kept by what hangs on them",
            grouped(some)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seeded: u64, removed: bool, is_rehearsal: bool, expected: &str) {
        let removal = Removal {
            role: "admin".into(),
            email: "a@test.local".into(),
            removed,
            hanging: vec![HangingRows {
                table: "public.contacts".into(),
                columns: vec!["assigned_to".into()],
                rows: 2,
                seeded,
                on_delete: OnDelete::Empties,
            }],
        };
        let text = text(&[removal], is_rehearsal);
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn rows_that_hang_on_a_user_are_told_by_what_comes_of_them() {
        check(
            0,
            false,
            false,
            "  2 rows of public.contacts (assigned_to) would point nowhere",
        );
        check(
            0,
            true,
            true,
            "  2 rows of public.contacts (assigned_to) would point nowhere",
        );
        check(
            0,
            true,
            false,
            "  2 rows of public.contacts (assigned_to) point nowhere now",
        );
        check(
            1,
            false,
            false,
            "  2 rows of public.contacts (assigned_to; 1 of them seeded, and kept by what hangs on them) would point nowhere",
        );
    }
}
