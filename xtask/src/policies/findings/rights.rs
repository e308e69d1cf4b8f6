//! What users can make of their own rights: tried, as they would try it, in transactions that are rolled back.
//!
//! Three things are tried for each user: to change, in a row that is about it, a column that decides rights; to put in
//! such a row; and to make a row of somebody else its own.

mod deciding;
mod names;
mod row;
mod value;

use anyhow::Result;
use seed_core::catalog::{Catalog, Column, Table};
use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

use super::{Finding, Findings, Rule, Severity, Untried, joined};
use crate::database::name::{literal, qualified, short};
use crate::users::profile::ProfileTable;
use deciding::{Deciding, Person, Reads};
use row::{Change, Row, put_in};

pub use deciding::Asked;

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

/// Tries everything with each subject; `asked` is what the policies of each table ask.
pub async fn read(
    client: &mut Client,
    catalog: &Catalog,
    schemas: &[String],
    asked: Vec<Asked>,
    subjects: &[Subject],
) -> Result<Findings> {
    let mut found = Findings::default();
    if subjects.is_empty() {
        let why = "what users can make of their own rights was not tried: there is no test user who administers nothing";
        found.untried.push(Untried {
            relation: None,
            why: why.to_owned(),
        });
        return Ok(found);
    }
    let reads = Reads::read(client, schemas, asked).await?;
    let profile = ProfileTable::find(catalog);
    let exposed = catalog
        .tables
        .iter()
        .filter(|table| schemas.contains(&table.schema));
    for table in exposed {
        let Some(person) = deciding::person(table, profile.as_ref(), &reads) else {
            continue;
        };
        for deciding in deciding::columns(table, &person, &reads) {
            let right = Right {
                catalog,
                table,
                person: &person,
                profile: profile.as_ref().filter(|_| person.holds_profile),
                deciding,
            };
            let changed = try_column(client, &right, subjects, &mut found).await?;
            if !changed {
                try_row(client, &right, subjects, &mut found).await?;
            }
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

/// A column that decides rights, with what there is to know to try it.
struct Right<'a> {
    catalog: &'a Catalog,
    table: &'a Table,
    person: &'a Person<'a>,
    /// Where `person` holds its key.
    profile: Option<&'a ProfileTable<'a>>,
    deciding: Deciding<'a>,
}

impl Right<'_> {
    fn title(&self) -> String {
        short(&self.table.schema, &self.table.name)
    }

    /// What the column of the person holds for a subject.
    async fn own(&self, client: &impl GenericClient, subject: &Subject) -> Result<Option<String>> {
        own_key(client, self.profile, subject).await
    }

    fn untried(&self, why: String) -> Untried {
        Untried {
            relation: Some(self.title()),
            why,
        }
    }

    fn finding(&self, roles: Vec<String>, deed: &str, mend: String) -> Finding {
        let titles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        let (title, deciding) = (self.title(), &self.deciding);
        Finding {
            rule: Rule::RightsWritable,
            severity: if deciding.is_named_so {
                Severity::High
            } else {
                Severity::Medium
            },
            place: format!("{title}: column {}", deciding.column.name),
            relation: Some(title),
            message: format!(
                "{} can {deed}, tried and rolled back; {}",
                joined(&titles),
                deciding.why()
            ),
            mend,
            roles,
        }
    }
}

/// Whether users can change a column of their own row.
async fn try_column(
    client: &mut Client,
    right: &Right<'_>,
    subjects: &[Subject],
    found: &mut Findings,
) -> Result<bool> {
    let (table, column) = (right.table, right.deciding.column);
    let mut roles = Vec::new();
    let mut untried = None;
    for subject in subjects {
        let title = right.title();
        let none = || format!("no user who administers nothing has a row in `{title}`");
        let Some(own) = right.own(client, subject).await? else {
            untried.get_or_insert_with(none);
            continue;
        };
        let row = Row::of_oneself(client, table, right.person.column, &own).await?;
        let present = match &row {
            Some(row) => row.read(client, column).await?,
            None => None,
        };
        let (Some(row), Some(present)) = (row, present) else {
            untried.get_or_insert_with(none);
            continue;
        };
        let other = value::other(client, right.catalog, table, column, present.as_deref()).await?;
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
    if roles.is_empty() {
        let (title, name) = (right.title(), &column.name);
        let why =
            untried.map(|why| format!("whether users can change `{title}.{name}` was not tried: {why}"));
        found.untried.extend(why.map(|why| right.untried(why)));
        return Ok(false);
    }
    let mend = format!(
        "grant the other columns only: `revoke update on {table} from anon, authenticated; grant update (…) on {table} \
         to authenticated;`, or have a trigger refuse it",
        table = qualified(&table.schema, &table.name)
    );
    let finding = right.finding(roles, "set it in their own row", mend);
    found.findings.push(finding);
    Ok(true)
}

/// Whether users can put in a row about themselves that gives them a right.
async fn try_row(
    client: &mut Client,
    right: &Right<'_>,
    subjects: &[Subject],
    found: &mut Findings,
) -> Result<()> {
    let (table, column) = (right.table, right.deciding.column);
    let mut roles = Vec::new();
    let mut untried = None;
    for subject in subjects {
        let Some(own) = right.own(client, subject).await? else {
            continue;
        };
        let own = (right.person.column, own.as_str());
        let values = value::row(client, right.catalog, table, own, column).await?;
        let Some(values) = values else { continue };
        match put_in(client, subject, table, &values).await? {
            Change::Made => roles.push(subject.role.clone()),
            Change::None => {}
            Change::Constraint(message) => {
                untried.get_or_insert(message);
            }
        }
    }
    if roles.is_empty() {
        let (title, name) = (right.title(), &column.name);
        let why = |why| {
            format!(
                "whether users can put rows with `{name}` for themselves into `{title}` was not tried: {why}"
            )
        };
        found
            .untried
            .extend(untried.map(why).map(|why| right.untried(why)));
    } else {
        let mend = format!(
            "let those who may give rights put rows in, and nobody else: `revoke insert on {} from anon, authenticated;`, \
             or a policy for insert that asks for more than whose the row is",
            qualified(&table.schema, &table.name)
        );
        let finding = right.finding(roles, "put in a row about themselves with it", mend);
        found.findings.push(finding);
    }
    Ok(())
}

/// What a column that says whose a row is holds for a subject: its id, or the key of its profile.
async fn own_key(
    client: &impl GenericClient,
    profile: Option<&ProfileTable<'_>>,
    subject: &Subject,
) -> Result<Option<String>> {
    match profile {
        Some(profile) => profile.key_of(client, subject.user_id).await,
        None => Ok(Some(subject.user_id.to_string())),
    }
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
        let Some(own) = own_key(client, profile, subject).await? else {
            continue;
        };
        let Some(row) = Row::of_others(client, table, column, &own).await? else {
            let why =
                format!("whether users can take rows of `{title}` was not tried: there is none of others");
            let why = Untried {
                relation: Some(title.clone()),
                why,
            };
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
