//! Removing test users with what was seeded for them, and nothing else.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use super::auth_api::AuthApi;
use super::metadata::{MetadataTable, TestUser};
use super::profile::ProfileTable;
use crate::database::ledger::{self, Run};
use crate::database::name::{qualified, quoted};
use crate::database::seeded::is_row_of;
use crate::output::Step;
use crate::seeding::clean::{Cleaned, Hanging, Selection, take_back};
use crate::seeding::destination::Destination;
use crate::seeding::{owners, write};

/// Schemas whose rows go with a user by themselves: Auth's own, and our notes.
const GOES_WITH_THE_USER: [&str; 2] = ["auth", "seedbed"];

/// What came of all of them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Removals {
    /// The users, in the order in which they were named.
    pub users: Vec<Removal>,
    /// The rows that went with those that are gone.
    pub taken_back: Cleaned,
}

/// What came of one user.
#[derive(Debug, Clone, Serialize)]
pub struct Removal {
    /// Its role.
    pub role: String,
    /// Its e-mail.
    pub email: String,
    /// Whether it is gone, or would be.
    pub removed: bool,
    /// What keeps it, or would go with it.
    pub hanging: Vec<HangingRows>,
}

/// Rows that were not seeded and hang on a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HangingRows {
    /// Schema and table.
    pub table: String,
    /// The columns that point at the user or its profile.
    pub columns: Vec<String>,
    /// How many.
    pub rows: u64,
    /// Those of them that were seeded, and stay because something else hangs on them.
    pub seeded: u64,
    /// What the database does with them when the user goes.
    pub on_delete: OnDelete,
}

/// What a foreign key does when the row goes that it points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// It refuses.
    Refuses,
    /// It removes the row.
    Removes,
    /// It lets the row point nowhere, or at a default.
    Empties,
}

/// How users are removed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Whether rows go that the database itself removes or empties.
    pub cascades: bool,
    /// Whether all is undone again.
    pub is_rehearsal: bool,
}

/// Removes users; those on whom something hangs stay, with all that was seeded for them.
///
/// # Errors
/// The database or Auth refuses.
pub async fn remove(
    client: &mut Client,
    api: &AuthApi,
    destination: &Destination,
    users: &[TestUser],
    manner: Manner,
    step: &Step,
) -> Result<Removals> {
    let profiles = ProfileTable::find(&destination.catalog);
    let mut hanging: Vec<Vec<HangingRows>> = vec![Vec::new(); users.len()];
    let is_kept = |hanging: &[HangingRows]| {
        let mut rows = hanging.iter();
        rows.any(|rows| !manner.cascades || rows.on_delete == OnDelete::Refuses)
    };
    let mut transaction = write::begin(client, step).await?;
    let mut in_the_way: Vec<Hanging> = Vec::new();
    // What hangs on a user shows when its rows are gone; when anything does, all is done again without that user.
    let mut taken_back = loop {
        let before = transaction
            .savepoint("removal")
            .await
            .context("mark the beginning")?;
        let going: Vec<usize> = (0..users.len()).filter(|at| !is_kept(&hanging[*at])).collect();
        let taken_back =
            take_rows_back(&before, destination, going.iter().map(|at| &users[*at]), step).await?;
        for hanging in &taken_back.hanging {
            // It is told of once, although it is met again without those who stay.
            let is_known = |known: &Hanging| {
                (&known.table, &known.on, &known.columns) == (&hanging.table, &hanging.on, &hanging.columns)
            };
            if !in_the_way.iter().any(is_known) {
                in_the_way.push(hanging.clone());
            }
        }
        let mut is_new = false;
        for at in going {
            hanging[at] = hanging_on(&before, destination, profiles.as_ref(), &users[at]).await?;
            is_new |= is_kept(&hanging[at]);
        }
        if !is_new {
            before.commit().await.context("keep what was taken back")?;
            break taken_back;
        }
        before.rollback().await.context("put back what was taken")?;
    };
    taken_back.hanging = in_the_way;
    let removals = users.iter().zip(hanging).map(|(user, hanging)| Removal {
        role: user.role.clone(),
        email: user.email.clone(),
        removed: !is_kept(&hanging),
        hanging,
    });
    let removals = Removals {
        users: removals.collect(),
        taken_back,
    };
    if manner.is_rehearsal {
        transaction.rollback().await.context("undo the rehearsal")?;
        return Ok(removals);
    }
    let gone = users
        .iter()
        .zip(&removals.users)
        .filter(|(_, removal)| removal.removed);
    let gone: Vec<&TestUser> = gone.map(|(user, _)| user).collect();
    for user in &gone {
        // A profile whose foreign key refuses would hold the user in Auth.
        if let Some(profiles) = &profiles {
            profiles.remove(&transaction, user.user_id).await?;
        }
        let sql = "delete from seedbed.announced_users where email = $1";
        transaction
            .execute(sql, &[&user.email])
            .await
            .context("forget the user's e-mail")?;
    }
    transaction.commit().await.context("commit what was taken back")?;
    for (count, user) in (1..).zip(&gone) {
        api.delete(user.user_id, &user.email).await?;
        step.progress(format!("{count} of {}", gone.len()));
    }
    Ok(removals)
}

async fn take_rows_back(
    transaction: &Transaction<'_>,
    destination: &Destination,
    users: impl Iterator<Item = &TestUser>,
    step: &Step,
) -> Result<Cleaned> {
    let ids: Vec<_> = users.map(|user| Some(user.user_id)).collect();
    let mut slots = Vec::new();
    for run in ledger::runs(transaction).await? {
        let theirs = owners::of_run(&run)?.into_iter();
        slots.extend(
            theirs
                .filter(|owner| ids.contains(&owner.user_id))
                .map(|owner| owner.slot),
        );
    }
    slots.sort_unstable();
    slots.dedup();
    if slots.is_empty() {
        return Ok(Cleaned::default());
    }
    let talk = |detail| step.update(detail);
    take_back(transaction, destination, &Selection::Owners(slots), false, talk).await
}

/// What points at the user in Auth or at its profile, and is neither seeded nor made with the user.
async fn hanging_on(
    transaction: &Transaction<'_>,
    destination: &Destination,
    profiles: Option<&ProfileTable<'_>>,
    user: &TestUser,
) -> Result<Vec<HangingRows>> {
    let profile = profiles.map(|profiles| qualified(profiles.schema(), profiles.name()));
    let own: Vec<String> = MetadataTable::of(&destination.catalog)
        .all()
        .map(str::to_owned)
        .chain(profile.clone())
        .collect();
    let targets: Vec<String> = ["auth.users".to_owned()]
        .into_iter()
        .chain(profile.clone())
        .collect();
    let keys = transaction
        .query(include_str!("../database/sql/references_to.sql"), &[&targets])
        .await
        .context("read what can point at a user")?;
    let runs = ledger::runs(transaction).await?;
    let mut hanging = Vec::new();
    for key in keys {
        let (schema, table): (String, String) = (key.get("schema"), key.get("table"));
        let from = qualified(&schema, &table);
        if GOES_WITH_THE_USER.contains(&schema.as_str()) || own.contains(&from) {
            continue;
        }
        let columns: Vec<String> = key.get("columns");
        let referenced: Vec<String> = key.get("referenced_columns");
        let to = qualified(key.get("referenced_schema"), key.get("referenced_table"));
        let user_column = match (&profile, profiles) {
            (Some(profile), Some(profiles)) if *profile == to => profiles.user_column(),
            _ => "id",
        };
        let pairs = columns.iter().zip(&referenced);
        let joined: Vec<String> = pairs
            .map(|(from, to)| format!("t.{} = u.{}", quoted(from), quoted(to)))
            .collect();
        let sql = format!(
            "select count(*), count(*) filter (where {}) from {from} t join {to} u on {} where u.{} = $1",
            is_seeded(&runs, &destination.catalog, &schema, &table),
            joined.join(" and "),
            quoted(user_column)
        );
        let counted = transaction.query_one(&sql, &[&user.user_id]).await;
        let counted = counted.with_context(|| format!("look what hangs on `{}`", user.email))?;
        let (rows, seeded): (i64, i64) = (counted.get(0), counted.get(1));
        if rows > 0 {
            hanging.push(HangingRows {
                table: format!("{schema}.{table}"),
                columns,
                rows: rows.unsigned_abs(),
                seeded: seeded.unsigned_abs(),
                on_delete: OnDelete::of(key.get("on_delete")),
            });
        }
    }
    Ok(hanging)
}

/// Whether row `t` of a table is one that the ledger still names.
fn is_seeded(runs: &[Run], catalog: &Catalog, schema: &str, table: &str) -> String {
    let is_it = |live: &&Table| live.schema == schema && live.name == table;
    let Some(live) = catalog.tables.iter().find(is_it) else {
        return "false".to_owned();
    };
    let entries = runs
        .iter()
        .flat_map(|run| run.tables.iter().map(|entry| (run.id, entry)));
    let conditions: Vec<String> = entries
        .filter(|(_, entry)| entry.schema == schema && entry.name == table)
        .map(|(run, entry)| format!("({})", is_row_of(run, entry, live)))
        .collect();
    match conditions.as_slice() {
        [] => "false".to_owned(),
        conditions => conditions.join(" or "),
    }
}

impl OnDelete {
    /// By the letter in `pg_constraint.confdeltype`.
    fn of(letter: &str) -> OnDelete {
        match letter {
            "c" => OnDelete::Removes,
            "n" | "d" => OnDelete::Empties,
            _ => OnDelete::Refuses,
        }
    }

    /// As a sentence goes on after the rows, before the user has gone or after it.
    pub fn words(self, is_done: bool) -> &'static str {
        match (self, is_done) {
            (OnDelete::Refuses, _) => "would keep the user",
            (OnDelete::Removes, false) => "would be removed with the user",
            (OnDelete::Removes, true) => "went with the user",
            (OnDelete::Empties, false) => "would point nowhere",
            (OnDelete::Empties, true) => "point nowhere now",
        }
    }
}
