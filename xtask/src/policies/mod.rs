//! The policy matrix: what each role may do with each exposed table and view, tried and not read.
//!
//! Everything is planned first, as data: who tries (`caller`), on what (`exposed`, `ownership`), which rows there are
//! (`truth`), which would be put in (`candidate`), and so which questions are asked (`trial`). They are then asked
//! through the API (`api`) and, where that is wanted, in the database (`in_database`); what comes back is told apart
//! in `reply`. Nothing that is tried stays: the API is asked to undo it, and `content` looks whether it did.

mod api;
mod caller;
mod candidate;
mod content;
pub mod difference;
mod exposed;
mod in_database;
pub mod matrix;
mod ownership;
mod reply;
mod trial;
mod truth;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt};
use seed_core::bind::Binding;
use stack::hint::mendable;
use tokio_postgres::Client;

use self::caller::Caller;
use self::candidate::Nursery;
use self::content::Content;
use self::exposed::Exposed;
use self::matrix::{Matrix, Relation};
use self::reply::Reply;
use self::trial::Trials;
use self::truth::Truth;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::owners::RowOwner;
use crate::seeding::prepare::outline;
use crate::target::Target;
use crate::users::auth_api::AuthApi;
use crate::verify::access::SignedIn;
use crate::verify::names::{self, OwnerColumn};

/// Relations that are tried at once.
const AT_ONCE: usize = 8;

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

/// All tries, planned.
pub struct Plan {
    callers: Vec<Caller>,
    relations: Vec<Exposed>,
    owners: Vec<Option<OwnerColumn>>,
    /// For each relation those of each caller.
    trials: Vec<Vec<Trials>>,
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
        let truths = try_join_all(relations.iter().zip(&owners).map(truth)).await?;
        let nursery = Nursery {
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
        let plan = |number: usize| {
            let candidates = nursery.candidates(number);
            let trials = |caller| {
                let owner = owners[number].as_ref();
                Trials::plan(
                    &relations[number],
                    owner,
                    &truths[number],
                    &candidates,
                    &callers,
                    caller,
                )
            };
            (0..callers.len()).map(trials).collect()
        };
        let trials = chosen.iter().map(|number| plan(*number)).collect();
        Ok(Plan {
            owners: chosen.iter().map(|number| owners[*number].clone()).collect(),
            relations: chosen.iter().map(|number| relations[*number].clone()).collect(),
            callers,
            trials,
        })
    }

    /// How many tables and views are tried.
    pub fn relation_count(&self) -> usize {
        self.relations.len()
    }

    /// Tries everything through the API; `on_relation` hears of each relation that is done.
    ///
    /// # Errors
    /// The API does not undo what it is asked to undo, or rows are not what they were before.
    pub async fn through_api(
        &self,
        client: &mut Client,
        api: &AuthApi,
        on_relation: impl Fn(),
    ) -> Result<Matrix> {
        if let Some(relation) = self.relations.first()
            && !api::undoes(api, relation).await?
        {
            return Err(mendable(
                "try the policies through the API: it does not undo writes that it is asked to undo",
                "let it: `alter role authenticator set pgrst.db_tx_end = 'commit-allow-override'`, \
                 then `notify pgrst, 'reload config'`",
            ));
        }
        let before = Content::read(client).await?;
        let asked = stream::iter(0..self.relations.len()).map(|number| {
            let on_relation = &on_relation;
            async move {
                let mut cells = Vec::with_capacity(self.callers.len());
                for (caller, trials) in self.callers.iter().zip(&self.trials[number]) {
                    let mut replies = Vec::new();
                    for question in trials.questions() {
                        replies.push(api::ask(api, &self.relations[number], caller, question).await);
                    }
                    cells.push(replies);
                }
                on_relation();
                cells
            }
        });
        let replies: Vec<Vec<Vec<Reply>>> = asked.buffered(AT_ONCE).collect().await;
        before.take_back_numbers(client).await?;
        before.expect(&Content::read(client).await?)?;
        Ok(self.matrix(replies))
    }

    /// Tries everything in the database, as the role and with the claims of each token.
    ///
    /// # Errors
    /// The database does not answer, or rows are not what they were before.
    pub async fn in_database(&self, target: &Target) -> Result<Matrix> {
        let mut client = connect(&target.database, "policies").await?;
        let before = Content::read(&client).await?;
        let mut replies: Vec<Vec<Vec<Reply>>> = vec![Vec::new(); self.relations.len()];
        for (number, caller) in self.callers.iter().enumerate() {
            let questions = self.relations.iter().zip(&self.trials);
            let questions: Vec<_> = questions
                .map(|(relation, trials)| (relation, trials[number].questions()))
                .collect();
            let of_caller = in_database::ask_all(&mut client, caller, &questions).await?;
            for (relation, replies) in replies.iter_mut().zip(of_caller) {
                relation.push(replies);
            }
        }
        before.expect(&Content::read(&client).await?)?;
        Ok(self.matrix(replies))
    }

    fn matrix(&self, replies: Vec<Vec<Vec<Reply>>>) -> Matrix {
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
