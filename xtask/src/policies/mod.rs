//! The policy matrix: what each role may do with each exposed table and view, tried and not read.
//!
//! Everything is planned first, as data: who tries (`caller`), on what (`exposed`, `ownership`), which rows there are
//! (`truth`), which would be put in (`candidate`), and so what is asked (`trial`, `question`). It is then asked
//! through the API (`api`) and, where that is wanted, in the database (`in_database`); what comes back is told apart
//! in `reply`. Nothing that is tried stays: the API is asked to undo it (`undo`), where it does not, only rows of
//! ours are written on (`placed`), and `content` looks whether all is as before.

mod api;
mod caller;
mod candidate;
mod content;
pub mod difference;
pub mod expectation;
mod exposed;
pub mod findings;
pub mod html;
mod in_database;
mod legend;
pub mod matrix;
mod ownership;
mod pairs;
mod placed;
mod question;
pub mod reach;
mod reply;
#[cfg(test)]
mod sample;
pub mod text;
mod trial;
mod truth;
mod undo;

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use seed_core::bind::Binding;
use stack::hint::mendable;
use tokio_postgres::Client;

use self::caller::Caller;
use self::candidate::Nursery;
use self::content::Content;
use self::exposed::Exposed;
use self::findings::Subject;
use self::matrix::{Matrix, Relation};
use self::placed::Guard;
use self::question::Question;
use self::reply::Reply;
use self::trial::{Ground, Trials};
use self::truth::Truth;
use crate::database::address::Address;
use crate::database::connect::connect;
use crate::database::{catalog, seed_lock};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::owners::RowOwner;
use crate::seeding::prepare::outline;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::verify::access::SignedIn;
use crate::verify::names::{self, OwnerColumn};

/// How long to wait for others who write or try.
const PATIENCE: Duration = Duration::from_secs(60);
/// Why nothing is tried where the target has no publishable key: with a secret one nobody is refused anything.
pub const NO_ANON: &str = "there is no publishable key, without which nobody can come who is not signed in";
/// Relations that are tried at once.
const AT_ONCE: usize = 8;

/// Keeps others from writing seeded rows and from trying policies for as long as the connection lasts, and takes away
/// the rows that a run which was killed had placed to try on; says how many there were.
///
/// # Errors
/// Somebody else is at work, or the database refuses.
pub async fn begin(client: &mut Client, on_wait: impl Fn(&str)) -> Result<u64> {
    seed_lock::hold(client, PATIENCE, on_wait).await?;
    placed::take_away(client).await
}

/// What the tries need to know.
pub struct Setting<'a> {
    /// Where they are made.
    pub target: &'a Target,
    /// Its API.
    pub api: &'a AuthApi,
    /// Its tables.
    pub destination: &'a Destination,
    /// What words the rows are made of that are tried.
    pub choice: &'a Choice,
    /// The test users, signed in.
    pub users: &'a [SignedIn],
    /// The tables and views to try; none for all.
    pub only: &'a [String],
}

/// Which questions of the trials are asked.
type Questions = fn(&Trials) -> Vec<&Question>;

/// For each relation and each caller what came back, in the order of the questions.
type Replies = Vec<Vec<Vec<Reply>>>;

/// All tries, planned.
pub struct Plan {
    callers: Vec<Caller>,
    relations: Vec<Exposed>,
    owners: Vec<Option<OwnerColumn>>,
    /// For each relation those of each caller.
    trials: Vec<Vec<Trials>>,
    ground: Ground,
    database: Address,
    /// Takes away what is placed, should the run be dropped.
    guard: Option<Guard>,
}

impl Plan {
    /// Reads the database and plans the tries.
    ///
    /// # Errors
    /// The database refuses, or a table of [`Setting::only`] is not there.
    pub async fn read(client: &Client, setting: &Setting<'_>) -> Result<Plan> {
        let Setting {
            destination, choice, ..
        } = setting;
        let callers = caller::find(client, &destination.catalog, setting.users).await?;
        let mut roles: Vec<&str> = callers.iter().map(|caller| caller.role.as_str()).collect();
        roles.dedup();
        let schemas = catalog::schemas(&setting.target.project)?;
        let relations = exposed::read(client, &schemas, &roles).await?;
        let bound = bound(destination, choice);
        let owners = ownership::columns(&relations, &destination.catalog, &bound);
        let truth = async |(relation, owner): (&Exposed, &Option<OwnerColumn>)| {
            let truth = Truth::read(client, relation, owner.as_ref(), &callers).await;
            truth.with_context(|| format!("count the rows of `{}`", relation.title()))
        };
        let mut truths = try_join_all(relations.iter().zip(&owners).map(truth)).await?;
        let owned: Vec<_> = relations.iter().zip(owners.iter().map(Option::as_ref)).collect();
        // A connection of its own for those who ask as others: nothing of a role or of claims may stay on this one.
        let mut looking = connect(&setting.target.database, "policies").await?;
        truth::prefer_seen(&mut looking, &callers, &owned, &mut truths)
            .await
            .context("look which rows each role sees")?;
        let mut free = Vec::with_capacity(relations.len());
        for (relation, owner) in &owned {
            free.push(pairs::of(client, &destination.catalog, relation, *owner, &callers, &owned).await?);
        }
        let nursery = Nursery {
            pairs: free,
            destination,
            choice,
            callers: &callers,
            relations: relations
                .iter()
                .zip(&owners)
                .zip(&truths)
                .map(|((relation, owner), truth)| (relation, owner.as_ref(), truth))
                .collect(),
        };
        let chosen = chosen(&relations, setting.only)?;
        // A table that was not asked for may be one that cannot be asked.
        let mut first: Vec<usize> = (0..relations.len()).collect();
        first.sort_by_key(|number| !chosen.contains(number));
        let first: Vec<_> = first
            .into_iter()
            .map(|number| (&relations[number], &truths[number]))
            .collect();
        let ground = match undo::is_done(client, setting.api, &first).await? {
            true => Ground::Existing,
            false => Ground::Placed,
        };
        let plan = |number: &usize| {
            let candidates = nursery.candidates(*number);
            let trials = |caller| Trials::plan(&candidates, caller, ground);
            (0..callers.len()).map(trials).collect()
        };
        let trials = chosen.iter().map(plan).collect();
        Ok(Plan {
            owners: chosen.iter().map(|number| owners[*number].clone()).collect(),
            relations: chosen.iter().map(|number| relations[*number].clone()).collect(),
            callers,
            trials,
            ground,
            database: setting.target.database.clone(),
            guard: None,
        })
    }

    /// Whether rows must be placed to try on: some kinds are not there, or the API does not undo what it is asked to.
    pub fn places_rows(&self) -> bool {
        let mut trials = self.trials.iter().flatten();
        self.ground == Ground::Placed || trials.any(|trials| trials.spares().next().is_some())
    }

    /// Those who administer nothing, to see what they can make of their own rights.
    pub fn subjects(&self) -> Vec<Subject> {
        let callers = self.callers.iter().filter(|caller| !caller.is_administrator);
        let subject = |caller: &Caller| {
            Some(Subject {
                role: caller.actor.name.clone(),
                user_id: caller.user_id?,
                claims: caller.claims.to_string(),
            })
        };
        callers.filter_map(subject).collect()
    }

    /// How many tables and views are tried.
    pub fn relation_count(&self) -> usize {
        self.relations.len()
    }

    /// Tries everything through the API; `on_relation` hears of each relation that is done.
    ///
    /// # Errors
    /// The database refuses, or rows are not what they were before.
    pub async fn through_api(
        &mut self,
        client: &mut Client,
        api: &AuthApi,
        on_relation: impl Fn(),
    ) -> Result<Matrix> {
        let before = Content::read(client).await?;
        let (plain, placing) = self.by_need();
        let all: Vec<usize> = (0..self.relations.len()).collect();
        let mut replies = self.ask(api, &all, Trials::counts, || ()).await?;
        let written = self.ask(api, &plain, Trials::writes, &on_relation).await?;
        join(&mut replies, &plain, written);
        for number in placing {
            self.place(client, number).await?;
            let written = self.ask(api, &[number], Trials::writes, &on_relation).await;
            self.clear(client).await?;
            join(&mut replies, &[number], written?);
        }
        before.take_back_numbers(client).await?;
        before.expect(&Content::read(client).await?)?;
        Ok(self.matrix(replies))
    }

    /// Tries everything in the database, as the role and with the claims of each token.
    ///
    /// # Errors
    /// The database does not answer, or rows are not what they were before.
    pub async fn in_database(&mut self, client: &mut Client) -> Result<Matrix> {
        let before = Content::read(client).await?;
        let (plain, placing) = self.by_need();
        let all: Vec<usize> = (0..self.relations.len()).collect();
        let mut replies = self.ask_database(client, &all, Trials::counts).await?;
        let written = self.ask_database(client, &plain, Trials::writes).await?;
        join(&mut replies, &plain, written);
        for number in placing {
            self.place(client, number).await?;
            let written = self.ask_database(client, &[number], Trials::writes).await;
            self.clear(client).await?;
            join(&mut replies, &[number], written?);
        }
        before.expect(&Content::read(client).await?)?;
        Ok(self.matrix(replies))
    }

    /// The relations that are tried as they are, and those that need placed rows. A row that is placed in one may decide
    /// what policies let through in another, as a membership does, so these come one after the other and last.
    fn by_need(&self) -> (Vec<usize>, Vec<usize>) {
        let needs_none = |number: &usize| {
            let mut trials = self.trials[*number].iter();
            trials.all(|trials| trials.spares().next().is_none())
        };
        (0..self.relations.len()).partition(needs_none)
    }

    async fn place(&mut self, client: &mut Client, number: usize) -> Result<()> {
        self.guard = Some(Guard::new(&self.database));
        placed::place(client, &self.relations[number], &mut self.trials[number]).await
    }

    async fn clear(&mut self, client: &mut Client) -> Result<()> {
        // It watches until they are gone.
        placed::take_away(client).await?;
        if let Some(guard) = self.guard.take() {
            guard.disarm();
        }
        Ok(())
    }

    /// What the API answers; the tries of one relation go one after the other, so that none waits for another's row.
    async fn ask(
        &self,
        api: &AuthApi,
        numbers: &[usize],
        questions: Questions,
        on_relation: impl Fn(),
    ) -> Result<Replies> {
        let asked = stream::iter(numbers.iter().copied()).map(|number| {
            let on_relation = &on_relation;
            async move {
                let mut of_relation = Vec::with_capacity(self.callers.len());
                for (caller, trials) in self.callers.iter().zip(&self.trials[number]) {
                    let mut of_caller = Vec::new();
                    for question in questions(trials) {
                        of_caller.push(api::ask(api, &self.relations[number], caller, question).await?);
                    }
                    of_relation.push(of_caller);
                }
                on_relation();
                anyhow::Ok(of_relation)
            }
        });
        asked.buffered(AT_ONCE).try_collect().await
    }

    /// What the database answers.
    async fn ask_database(
        &self,
        client: &mut Client,
        numbers: &[usize],
        questions: Questions,
    ) -> Result<Replies> {
        let mut replies: Replies = vec![Vec::new(); numbers.len()];
        for (at, caller) in self.callers.iter().enumerate() {
            let of_each = numbers.iter();
            let asked: Vec<_> = of_each
                .map(|number| (&self.relations[*number], questions(&self.trials[*number][at])))
                .collect();
            let of_caller = in_database::ask_all(client, caller, &asked).await?;
            for (relation, replies) in replies.iter_mut().zip(of_caller) {
                relation.push(replies);
            }
        }
        Ok(replies)
    }

    fn matrix(&self, replies: Replies) -> Matrix {
        let relation = |(number, replies): (usize, Vec<Vec<Reply>>)| {
            let exposed = &self.relations[number];
            let cells = self.trials[number].iter().zip(replies);
            Relation {
                schema: exposed.schema.clone(),
                name: exposed.name.clone(),
                kind: exposed.kind,
                row_security: exposed.row_security,
                owner_column: self.owners[number].as_ref().map(|owner| owner.name.clone()),
                policies: exposed.policies.clone(),
                cells: cells
                    .map(|(trials, replies)| trials.cell(exposed, replies))
                    .collect(),
            }
        };
        Matrix {
            actors: self.callers.iter().map(|caller| caller.actor.clone()).collect(),
            relations: replies.into_iter().enumerate().map(relation).collect(),
        }
    }
}

/// Puts the replies to later questions about the relations `numbers` after those to earlier ones.
fn join(replies: &mut Replies, numbers: &[usize], later: Replies) {
    for (number, later) in numbers.iter().zip(later) {
        let of_each = replies[*number].iter_mut().zip(later);
        of_each.for_each(|(replies, later)| replies.extend(later));
    }
}

/// The tables that hold records; none where none does.
fn bound(destination: &Destination, choice: &Choice) -> Vec<names::TableName> {
    let Ok(outline) = outline(destination, choice, &[RowOwner::nobody()]) else {
        return Vec::new();
    };
    let bindings: Vec<Binding> = outline
        .tables()
        .iter()
        .map(|table| table.binding().clone())
        .collect();
    names::tables(&bindings, &destination.catalog, &[])
}

/// The numbers of the relations to try.
fn chosen(relations: &[Exposed], only: &[String]) -> Result<Vec<usize>> {
    if only.is_empty() {
        return Ok((0..relations.len()).collect());
    }
    for name in only {
        if !relations.iter().any(|relation| relation.is_called(name)) {
            let names: Vec<String> = relations.iter().map(Exposed::title).collect();
            return Err(mendable(
                format!("try the policies of `{name}`: the API shows no table and no view of this name"),
                format!("it shows `{}`", names.join("`, `")),
            ));
        }
    }
    let is_meant = |number: &usize| only.iter().any(|name| relations[*number].is_called(name));
    Ok((0..relations.len()).filter(is_meant).collect())
}
