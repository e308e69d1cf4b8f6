//! What a sync is about to do, found out before anything is written.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use seed_core::catalog::Table;
use stack::hint::mendable;
use tokio_postgres::{GenericClient, Transaction};
use uuid::Uuid;

use super::comparison::{self, Pair};
use super::hanging;
use super::side::{Side, User};
use crate::commands::reset::summary::grouped;
use crate::database::carried::{CarriedSequence, CarriedTable};
use crate::database::{checksum, name, quiet};
use crate::fence::{Deed, Removal, foreign};
use crate::parity::clock::is_unsteady;

/// How many names an error tells.
const TOLD: usize = 8;

/// What a sync is about to do.
pub struct Plan {
    /// All tables that are carried, parents first.
    pub pairs: Vec<Pair>,
    /// Sequences that stand elsewhere on the target, as they stand on the source.
    pub sequences: Vec<CarriedSequence>,
    /// Users of the target who stay, since they are not ours.
    pub kept: Vec<Uuid>,
    /// Ids of the users who come, without those who were there before and were not ours: they stay somebody's own.
    pub brought: Vec<Uuid>,
    /// What goes.
    pub deed: Deed,
    /// Columns of Auth that the target does not have.
    pub left_out: Vec<String>,
}

impl Plan {
    /// Compares both sides; `everything` says that rows and users who are not ours go too. The transaction of the
    /// target is one to be undone.
    ///
    /// # Errors
    /// The rows of the source do not fit the target, or something there would change them on their way in.
    pub async fn make(
        (source, of_source): (&Transaction<'_>, &Side),
        (target, of_target): (&Transaction<'_>, &Side),
        everything: bool,
        on_table: impl Fn(&str),
    ) -> Result<Plan> {
        refuse_differences(of_source, of_target)?;
        let ours = match of_target.users {
            Some(_) => foreign::our_users(target, &of_target.catalog).await?,
            None => Vec::new(),
        };
        let users: HashSet<Uuid> = ids(of_source).collect();
        // They are in order.
        let is_foreign = |id: &Uuid| ours.binary_search(id).is_err();
        let foreign_users = ids(of_target).filter(is_foreign).count();
        let stays = |id: &Uuid| !everything && is_foreign(id) && !users.contains(id);
        let kept: Vec<Uuid> = ids(of_target).filter(stays).collect();
        refuse_namesakes(of_source, of_target, &kept)?;

        for (side, name, tables) in [
            (source, "source", &of_source.tables),
            (target, "target", &of_target.tables),
        ] {
            refuse_hidden_rows(side, name, tables).await?;
        }
        let sides = ((source, of_source), (target, of_target));
        let mut pairs = comparison::compare(sides.0, sides.1, &kept, on_table).await?;
        let is_quiet = quiet::keep_triggers_from_firing(target).await?;
        if !is_quiet {
            carry_children(&mut pairs, of_target);
        }
        let carried: Vec<&CarriedTable> = carried(&pairs).map(|pair| &pair.table).collect();
        refuse_triggers(target, &carried).await?;
        if !is_quiet {
            hanging::refuse_touching(target, &carried).await?;
        }

        let goes = |id: &Uuid| !users.contains(id) && !stays(id);
        let stands_elsewhere = |sequence: &&CarriedSequence| {
            let mut same = of_target.sequences.iter();
            same.all(|other| other != *sequence)
        };
        let deed = Deed {
            verb: "sync",
            removes: removals((source, target), &pairs, of_target, &ours).await?,
            users: ids(of_target).filter(goes).count() as u64,
            foreign_users: foreign_users as u64,
            also: also(source, &carried).await?,
        };
        let own: HashSet<Uuid> = ids(of_target).filter(is_foreign).collect();
        let brought = users.iter().copied().filter(|id| !own.contains(id)).collect();
        let left_out = of_source.tables.iter();
        let left_out = left_out.flat_map(|table| of_target.shape.common(table).1);
        Ok(Plan {
            sequences: of_source
                .sequences
                .iter()
                .filter(stands_elsewhere)
                .cloned()
                .collect(),
            brought,
            left_out: left_out.collect(),
            pairs,
            kept,
            deed,
        })
    }

    /// The tables that are written again, parents first.
    pub fn carried(&self) -> impl DoubleEndedIterator<Item = &Pair> {
        carried(&self.pairs)
    }

    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.carried().next().is_none() && self.sequences.is_empty()
    }

    /// Rows that come.
    pub fn rows(&self) -> u64 {
        self.carried().map(|pair| pair.source.rows).sum()
    }

    /// Refuses where rows would go that are not ours, unless all are meant.
    ///
    /// # Errors
    /// There are some: their number, and the flags that let them go.
    pub fn refuse_foreign_rows(&self, everything: bool) -> Result<()> {
        let foreign = self.deed.foreign_rows();
        if everything || foreign == 0 {
            return Ok(());
        }
        let tables = self.deed.removes.iter().filter(|removal| removal.foreign > 0);
        let tables = listed(tables.map(|removal| format!("`{}`", removal.table)));
        let users = match self.deed.foreign_users {
            0 => String::new(),
            users => format!(" --foreign-users {users}"),
        };
        Err(mendable(
            format!(
                "sync: {} rows on the target are not ours, in {tables}",
                grouped(foreign)
            ),
            format!(
                "look at what they are; if they and the users who are not ours may go, give `--everything --foreign-rows \
                 {foreign}{users}`: a backup is made first"
            ),
        ))
    }
}

fn carried(pairs: &[Pair]) -> impl DoubleEndedIterator<Item = &Pair> {
    pairs.iter().filter(|pair| pair.is_carried)
}

fn ids(side: &Side) -> impl Iterator<Item = Uuid> {
    side.users.iter().flatten().map(|user| user.id)
}

fn refuse_differences(source: &Side, target: &Side) -> Result<()> {
    if source.user_count() > 0 && target.users.is_none() {
        return Err(mendable(
            "sync: the source has users, and the target is a PostgreSQL alone, without the tables of Auth: its rows would \
             belong to nobody",
            "sync to a Supabase; `cargo xtask seed --target database` fills a PostgreSQL alone",
        ));
    }
    let mut differences = source.shape.differences(&target.shape, &source.tables);
    let known: HashSet<(&str, &str)> = target.sequences.iter().map(place).collect();
    let missing = source.sequences.iter().filter(|own| !known.contains(&place(own)));
    differences.extend(missing.map(|own| {
        let title = name::short(&own.schema, &own.name);
        format!("the target has no sequence `{title}`")
    }));
    if differences.is_empty() {
        return Ok(());
    }
    Err(mendable(
        format!(
            "sync: the tables of source and target are not the same: {}",
            listed(differences.into_iter())
        ),
        "apply the same migrations to both: `cargo xtask migrate` here, `cargo xtask deploy --target NAME` there",
    ))
}

fn place(sequence: &CarriedSequence) -> (&str, &str) {
    (&sequence.schema, &sequence.name)
}

/// Refuses users of the source whose e-mail or phone somebody else on the target has, who stays.
fn refuse_namesakes(source: &Side, target: &Side, kept: &[Uuid]) -> Result<()> {
    let kept: HashSet<&Uuid> = kept.iter().collect();
    let names = |user: &User| {
        [user.email.clone(), user.phone.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    let of_source: HashSet<String> = source.users.iter().flatten().flat_map(names).collect();
    let staying = target
        .users
        .iter()
        .flatten()
        .filter(|user| kept.contains(&user.id));
    let taken: Vec<String> = staying
        .flat_map(names)
        .filter(|name| of_source.contains(name))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(mendable(
        format!(
            "sync: {} on the target are not ours and have the names of users of the source: {}",
            taken.len(),
            listed(taken.iter().map(|name| format!("`{name}`")))
        ),
        "give them another e-mail on the target, or let all users who are not ours go with `--everything`",
    ))
}

/// Carries what hangs on a carried table too, where the database acts on foreign keys: rows that go take theirs with
/// them.
fn carry_children(pairs: &mut [Pair], target: &Side) {
    loop {
        let is_carried = |schema: &str, name: &str| {
            let mut carried = carried(pairs).map(|pair| &pair.table);
            carried.any(|table| table.schema == schema && table.name == name)
        };
        let hangs = |pair: &Pair| {
            let table = &pair.table;
            if (table.schema.as_str(), table.name.as_str()) == ("auth", "identities") {
                return is_carried("auth", "users");
            }
            let mut live = target.catalog.tables.iter();
            let live = live.find(|live| live.schema == table.schema && live.name == table.name);
            let mut keys = live.into_iter().flat_map(|live| &live.foreign_keys);
            keys.any(|key| is_carried(&key.referenced_schema, &key.referenced_table))
        };
        let next = pairs.iter().position(|pair| !pair.is_carried && hangs(pair));
        match next {
            Some(at) => pairs[at].is_carried = true,
            None => return,
        }
    }
}

async fn refuse_triggers(target: &Transaction<'_>, carried: &[&CarriedTable]) -> Result<()> {
    let names: Vec<(String, String)> = carried
        .iter()
        .map(|table| (table.schema.clone(), table.name.clone()))
        .collect();
    let triggers = quiet::triggers(target, &names).await?;
    if triggers.is_empty() {
        return Ok(());
    }
    let named = triggers.iter().map(|trigger| {
        let table = name::short(&trigger.schema, &trigger.table);
        format!("`{}` of `{table}`", trigger.name)
    });
    Err(mendable(
        format!(
            "sync: triggers on the target would act on the rows, and this role cannot keep them from it: {}",
            listed(named)
        ),
        "connect as a role that may set `session_replication_role` (Supabase's `postgres`); one that is set to fire \
         ALWAYS or for REPLICA fires whatever the role",
    ))
}

async fn refuse_hidden_rows(side: &Transaction<'_>, name: &str, tables: &[CarriedTable]) -> Result<()> {
    let names: Vec<String> = tables.iter().map(CarriedTable::sql_name).collect();
    let hidden = side.query(include_str!("sql/hidden_tables.sql"), &[&names]).await;
    let hidden = hidden.context("see which policies bind the role")?;
    if hidden.is_empty() {
        return Ok(());
    }
    Err(mendable(
        format!(
            "sync: policies on the {name} bind the role that it is reached as: {}",
            listed(hidden.iter().map(|row| row.get::<_, String>(0)))
        ),
        "connect as the owner of the tables, where row level security is not forced, or as a role with BYPASSRLS",
    ))
}

/// What goes of each of the project's tables; nothing of those that are equal. Rows that come back from the source but for
/// what their database gave them by chance, as those of a seed file on both sides do, are nobody's loss.
async fn removals(
    (source, target): (&Transaction<'_>, &Transaction<'_>),
    pairs: &[Pair],
    of_target: &Side,
    ours: &[Uuid],
) -> Result<Vec<Removal>> {
    let mut removes = Vec::new();
    for pair in carried(pairs).filter(|pair| pair.table.is_of_project() && !pair.is_equal()) {
        let mut live = of_target.catalog.tables.iter();
        let is_it = |live: &&Table| live.schema == pair.table.schema && live.name == pair.table.name;
        let Some(live) = live.find(is_it) else { continue };
        let (rows, mut foreign) = foreign::rows(target, &of_target.runs, live, ours).await?;
        if foreign > 0 && is_alike_but_for_chance(source, target, &pair.table, live).await? {
            foreign = 0;
        }
        removes.push(Removal {
            table: pair.table.title(),
            rows,
            foreign,
        });
    }
    Ok(removes)
}

/// Whether both sides hold the same rows of a table, apart from columns that are given by the clock or at random.
async fn is_alike_but_for_chance(
    source: &Transaction<'_>,
    target: &Transaction<'_>,
    table: &CarriedTable,
    live: &Table,
) -> Result<bool> {
    let is_by_chance = |name: &String| {
        let mut columns = live.columns.iter();
        columns.any(|column| column.name == *name && column.default.as_deref().is_some_and(is_unsteady))
    };
    let steady = table.columns.iter().filter(|name| !is_by_chance(name));
    let steady: Vec<String> = steady.map(|name| format!("t.{}", name::quoted(name))).collect();
    if steady.is_empty() {
        return Ok(false);
    }
    let sum = async |side| checksum::of(side, &table.sql_name(), &steady).await;
    Ok(sum(source).await? == sum(target).await?)
}

/// What else there is to say.
async fn also(source: &impl GenericClient, carried: &[&CarriedTable]) -> Result<Vec<String>> {
    let names: Vec<String> = carried.iter().map(|table| table.sql_name()).collect();
    let sql = "select coalesce(pg_size_pretty(sum(pg_total_relation_size(to_regclass(name)))), '0 bytes')
        from unnest($1::text[]) as wanted (name)";
    let size = source.query_one(sql, &[&names]).await;
    let size: String = size.context("measure the tables of the source")?.get(0);
    Ok(vec![
        format!("tables written again: {}, {size} on the source", carried.len()),
        "uploaded files stay where they are, on both sides".to_owned(),
    ])
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let told = names[..names.len().min(TOLD)].join(", ");
    match names.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
