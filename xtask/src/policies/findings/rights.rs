//! What users can make of their own rights: tried, as they would try it, in transactions that are rolled back.
//!
//! Two things are tried for each user: to change, in the row that the project keeps for it, a column that decides
//! rights; and to make a row of somebody else its own.

mod deciding;
mod value;

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Column, Table};
use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

use super::{Finding, Findings, Rule, Severity, joined};
use crate::database::name::{literal, qualified, quoted, short};
use crate::users::profile::ProfileTable;
use deciding::{Deciding, Reads};

/// A user who administers nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its role, as `users` has it.
    pub role: String,
    /// Its id in Auth.
    pub user_id: Uuid,
    /// What its token says, as JSON.
    pub claims: String,
}

/// Tries everything with each subject.
pub async fn read(
    client: &mut Client,
    catalog: &Catalog,
    schemas: &[String],
    subjects: &[Subject],
) -> Result<Findings> {
    let mut found = Findings::default();
    if subjects.is_empty() {
        let why = "what users can make of their own rights was not tried: there is no test user who administers nothing";
        found.untried.push(why.to_owned());
        return Ok(found);
    }
    let reads = Reads::read(client, schemas).await?;
    let profile = ProfileTable::find(catalog);
    if let Some(profile) = &profile {
        for deciding in deciding::columns(profile, &reads) {
            try_column(client, catalog, profile, &deciding, subjects, &mut found).await?;
        }
    }
    for table in &catalog.tables {
        for (column, is_of_profile) in deciding::owner_columns(table, profile.as_ref(), &reads) {
            let profile = profile.as_ref().filter(|_| is_of_profile);
            try_owner(client, table, column, profile, subjects, &mut found).await?;
        }
    }
    Ok(found)
}

/// Whether users can change a column of their own row.
async fn try_column(
    client: &mut Client,
    catalog: &Catalog,
    profile: &ProfileTable<'_>,
    deciding: &Deciding<'_>,
    subjects: &[Subject],
    found: &mut Findings,
) -> Result<()> {
    let (table, column) = (profile.table(), deciding.column);
    let title = short(&table.schema, &table.name);
    let mut roles = Vec::new();
    let mut untried = None;
    for subject in subjects {
        let user = literal(&subject.user_id.to_string());
        let row = Row {
            table,
            condition: format!("{} = {user}", quoted(profile.user_column())),
        };
        let Some(present) = row.read(client, column).await? else {
            untried.get_or_insert(format!("no user who administers nothing has a row in `{title}`"));
            continue;
        };
        let other = value::other(client, catalog, table, column, present.as_deref()).await?;
        let Some(other) = other else {
            untried.get_or_insert("no other value for it could be found".to_owned());
            continue;
        };
        match row.change(client, subject, column, &literal(&other)).await? {
            Change::Made => roles.push(subject.role.clone()),
            Change::None => {}
            Change::Constraint(message) => {
                untried.get_or_insert(message);
            }
        }
    }
    let name = &column.name;
    if roles.is_empty() {
        let why =
            untried.map(|why| format!("whether users can change `{title}.{name}` was not tried: {why}"));
        found.untried.extend(why);
        return Ok(());
    }
    let titles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    found.findings.push(Finding {
        rule: Rule::RightsWritable,
        severity: if deciding.is_named_so { Severity::High } else { Severity::Medium },
        place: format!("{title}: column {name}"),
        relation: Some(title.clone()),
        message: format!(
            "{} can set it in their own row, tried and rolled back; {}",
            joined(&titles),
            deciding.why()
        ),
        mend: format!(
            "grant the other columns only: `revoke update on {table} from anon, authenticated; grant update (…) on {table} \
             to authenticated;`, or have a trigger refuse it",
            table = qualified(&table.schema, &table.name)
        ),
        roles,
    });
    Ok(())
}

/// Whether users can make rows of others their own. Where they may change these rows anyway, that is for the matrix
/// to say.
async fn try_owner(
    client: &mut Client,
    table: &Table,
    column: &Column,
    profile: Option<&ProfileTable<'_>>,
    subjects: &[Subject],
    found: &mut Findings,
) -> Result<()> {
    let title = short(&table.schema, &table.name);
    let mut roles = Vec::new();
    for subject in subjects {
        let own = match profile {
            Some(profile) => profile.key_of(client, subject.user_id).await?,
            None => Some(subject.user_id.to_string()),
        };
        let Some(own) = own else { continue };
        let Some(row) = Row::of_others(client, table, column, &own).await? else {
            let why =
                format!("whether users can take rows of `{title}` was not tried: there is none of others");
            if !found.untried.contains(&why) {
                found.untried.push(why);
            }
            continue;
        };
        let taken = row.change(client, subject, column, &literal(&own)).await?;
        if taken == Change::Made && !row.is_open(client, subject, column).await? {
            roles.push(subject.role.clone());
        }
    }
    if roles.is_empty() {
        return Ok(());
    }
    let titles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    let name = &column.name;
    found.findings.push(Finding {
        rule: Rule::RowsCanBeTaken,
        severity: Severity::High,
        place: format!("{title}: column {name}"),
        relation: Some(title.clone()),
        message: format!(
            "{} can make rows of others their own by setting it, tried and rolled back",
            joined(&titles)
        ),
        mend: format!(
            "let `using` of the policy for update ask whose the row is before the change, as `with check` asks whose it is \
             afterwards: `alter policy … on {} using (…);`",
            qualified(&table.schema, &table.name)
        ),
        roles,
    });
    Ok(())
}

/// One row, found by a condition.
struct Row<'a> {
    table: &'a Table,
    condition: String,
}

/// What came of a change that a user tried.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// The value is another one.
    Made,
    /// It was refused, did nothing, or a trigger set it back.
    None,
    /// A constraint refused the value: nothing is known of others.
    Constraint(String),
}

impl<'a> Row<'a> {
    /// A row with a key whose `column` names somebody other than `own`.
    async fn of_others(
        client: &impl GenericClient,
        table: &'a Table,
        column: &Column,
        own: &str,
    ) -> Result<Option<Row<'a>>> {
        if table.primary_key.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = table.primary_key.iter().map(|key| quoted(key)).collect();
        let texts: Vec<String> = keys.iter().map(|key| format!("{key}::text")).collect();
        let sql = format!(
            "select array[{}] from {} where {owner}::text <> $1 limit 1",
            texts.join(", "),
            qualified(&table.schema, &table.name),
            owner = quoted(&column.name)
        );
        let row = client.query_opt(&sql, &[&own]).await;
        let row = row.with_context(|| format!("look for rows of others in `{}`", table.name))?;
        Ok(row.map(|row| {
            let values: Vec<String> = row.get(0);
            let pairs = keys.iter().zip(values);
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{key} = {}", literal(&value)))
                .collect();
            Row {
                table,
                condition: pairs.join(" and "),
            }
        }))
    }

    /// The value of a column as text, past all policies; none where there is no such row.
    async fn read(&self, client: &impl GenericClient, column: &Column) -> Result<Option<Option<String>>> {
        let sql = format!(
            "select {}::text from {} where {}",
            quoted(&column.name),
            qualified(&self.table.schema, &self.table.name),
            self.condition
        );
        let row = client.query_opt(&sql, &[]).await;
        let row = row.with_context(|| format!("read `{}` of `{}`", column.name, self.table.name))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Sets a column as the user would, and takes it back.
    async fn change(
        &self,
        client: &mut Client,
        subject: &Subject,
        column: &Column,
        value: &str,
    ) -> Result<Change> {
        let before = self.read(client, column).await?;
        let transaction = client.transaction().await?;
        become_subject(&transaction, subject).await?;
        let done = transaction.execute(&self.update(column, value), &[]).await;
        let change = match done {
            Err(error) => match error.as_db_error() {
                Some(refusal) if refusal.code().code().starts_with("23") => {
                    Change::Constraint(refusal.message().to_owned())
                }
                Some(_) => Change::None,
                None => return Err(error.into()),
            },
            Ok(0) => Change::None,
            Ok(_) => {
                transaction.batch_execute("reset role").await?;
                match self.read(&transaction, column).await? == before {
                    true => Change::None,
                    false => Change::Made,
                }
            }
        };
        transaction.rollback().await?;
        Ok(change)
    }

    /// Whether the user may change the row without a change of its owner.
    async fn is_open(&self, client: &mut Client, subject: &Subject, column: &Column) -> Result<bool> {
        let transaction = client.transaction().await?;
        become_subject(&transaction, subject).await?;
        let update = self.update(column, &quoted(&column.name));
        let done = transaction.execute(&update, &[]).await;
        transaction.rollback().await?;
        match done {
            Ok(count) => Ok(count > 0),
            Err(error) if error.as_db_error().is_some() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn update(&self, column: &Column, value: &str) -> String {
        format!(
            "update {} set {} = {value} where {}",
            qualified(&self.table.schema, &self.table.name),
            quoted(&column.name),
            self.condition
        )
    }
}

async fn become_subject(transaction: &tokio_postgres::Transaction<'_>, subject: &Subject) -> Result<()> {
    let sql = include_str!("../sql/become.sql").replace(":claims", &literal(&subject.claims));
    let done = transaction.batch_execute(&sql).await;
    done.with_context(|| format!("ask the database as `{}`", subject.role))
}
