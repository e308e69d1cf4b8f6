//! What a sync knows of each of its two databases before it compares rows.

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use stack::hint::mendable;
use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

use super::shape::Shape;
use crate::database::carried::{self, CarriedSequence, CarriedTable};
use crate::database::catalog;
use crate::database::ledger::{self, Run};

/// One of the two databases.
pub struct Side {
    /// The project's tables.
    pub catalog: Catalog,
    /// The tables that are carried, parents first.
    pub tables: Vec<CarriedTable>,
    /// The project's sequences.
    pub sequences: Vec<CarriedSequence>,
    /// Which rows it takes.
    pub shape: Shape,
    /// The ledger.
    pub runs: Vec<Run>,
    /// All users; none where it has no Auth.
    pub users: Option<Vec<User>>,
}

/// A user of Auth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// Its e-mail, in lower case.
    pub email: Option<String>,
    /// Its number, where it signs in by phone.
    pub phone: Option<String>,
}

impl Side {
    /// Reads it.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn read(client: &impl GenericClient, schemas: &[String]) -> Result<Side> {
        Ok(Side {
            catalog: catalog::read(client, schemas).await?,
            tables: carried::tables(client, schemas).await?,
            sequences: carried::sequences(client, schemas).await?,
            shape: Shape::read(client, schemas).await?,
            runs: ledger::runs(client).await?,
            users: users(client).await?,
        })
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.users.as_ref().map_or(0, Vec::len)
    }
}

async fn users(client: &impl GenericClient) -> Result<Option<Vec<User>>> {
    let doing = "read the users";
    let sql = "select to_regclass('auth.users') is not null";
    if !client.query_one(sql, &[]).await.context(doing)?.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql = "select id, lower(email)::text, nullif(phone, '')::text from auth.users order by 2, 1";
    let users = client.query(sql, &[]).await.context(doing)?;
    let user = |row: &tokio_postgres::Row| User {
        id: row.get(0),
        email: row.get(1),
        phone: row.get(2),
    };
    Ok(Some(users.iter().map(user).collect()))
}

/// Lets a session read and write values so that both sides print and take them alike, and see all rows or fail.
///
/// # Errors
/// The database does not answer.
pub async fn set_up(client: &Client) -> Result<()> {
    crate::database::checksum::print_alike(client).await?;
    // A server that waits for a lock or sums up rows sees that this command was killed, and undoes what it did.
    let settings =
        "set row_security to off; set statement_timeout to 0; set idle_in_transaction_session_timeout to 0;
        set client_connection_check_interval to '2s'";
    let set = client.batch_execute(settings).await;
    set.context("set up the session")
}

/// Refuses where both connections lead to one database, whatever the addresses say: a lock that one of them takes is
/// seen by the other then.
///
/// # Errors
/// They do, or a database does not answer.
pub async fn refuse_one_database(source: &Client, target: &Client) -> Result<()> {
    let doing = "see whether source and target are one database";
    let key = Uuid::new_v4().as_u64_pair().0.cast_signed();
    let sql = "select pg_advisory_lock($1), pg_backend_pid()";
    let pid: i32 = target.query_one(sql, &[&key]).await.context(doing)?.get(1);
    let sql = "select exists (select from pg_locks where locktype = 'advisory' and pid = $1
        and database = (select oid from pg_database where datname = current_database())
        and classid::bigint << 32 | objid::bigint = $2)";
    let seen = source.query_one(sql, &[&pid, &key]).await;
    let let_go = target.execute("select pg_advisory_unlock($1)", &[&key]).await;
    let_go.context(doing)?;
    match seen.context(doing)?.get(0) {
        true => Err(mendable(
            "sync: source and target are the same database",
            "say where the rows go with `--target`, as `--target cloud`, and where they come from with `--from`",
        )),
        false => Ok(()),
    }
}

/// Refuses a target that takes no rows from anybody.
///
/// # Errors
/// It does not, or it does not answer.
pub async fn refuse_read_only(target: &Client, name: &str) -> Result<()> {
    let sql = "select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean";
    let row = target.query_one(sql, &[]).await;
    let row = row.context("see whether the target takes rows")?;
    let why = match (row.get(0), row.get(1)) {
        (true, _) => "it is a copy that follows another server",
        (_, true) => "it is set to be read only (`default_transaction_read_only`)",
        _ => return Ok(()),
    };
    Err(mendable(
        format!("sync to target `{name}`: its database takes no rows: {why}"),
        "give the address of the server that takes rows; a hosted project whose disk was full is read only until it has \
         more room",
    ))
}

/// Refuses a source that is no whole environment.
///
/// # Errors
/// It holds nothing, or a run of which parts are missing.
pub fn refuse_unfinished(source: &Side, name: &str) -> Result<()> {
    let has_rows = source.catalog.tables.iter().any(|table| table.row_count > 0);
    if !has_rows && source.user_count() == 0 {
        return Err(mendable(
            format!("sync from `{name}`: it has neither users nor rows, and the target would be emptied"),
            "fill it first with `cargo xtask reset`, or name another source with `--from`",
        ));
    }
    let is_whole = |run: &&Run| run.written.len() as u64 >= u64::from(run.parts);
    match source.runs.iter().find(|run| !is_whole(run)) {
        Some(run) => Err(mendable(
            format!(
                "sync from `{name}`: run {} is not whole, {} of {} parts are there",
                run.short_id(),
                run.written.len(),
                run.parts
            ),
            "run the same `cargo xtask seed` again, which goes on from there, or take the run back with `cargo xtask clean`",
        )),
        None => Ok(()),
    }
}
