//! `test_user_metadata`: which users are test users, and what each owns.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Table};
use serde_json::Value;
use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

use super::account::Account;
use super::profile::allowed_texts;
use crate::database::bookkeeping;
use crate::database::name::qualified;
use crate::settings::TestUsers;

/// A test user as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestUser {
    /// Its id in Auth.
    pub user_id: Uuid,
    /// The name of its role.
    pub role: String,
    /// Its e-mail in Auth.
    pub email: String,
    /// How many rows of each table were seeded for it.
    pub owns: BTreeMap<String, u64>,
}

/// Where the notes are: in the project's own table where that has room for the role, else in `seedbed`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataTable {
    own: Option<Own>,
}

/// The project's own table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    qualified: String,
    /// The roles that it takes; none where it takes all.
    roles: Vec<String>,
}

const STAND_IN: &str = r#""seedbed"."test_user_metadata""#;

impl MetadataTable {
    /// Finds the project's table, if it has one with the columns that are needed.
    ///
    /// A project without one keeps its `public` schema as its migrations made it: the tool's own copy is in `seedbed`.
    pub fn of(catalog: &Catalog) -> MetadataTable {
        let own = catalog.tables.iter().find(|table| MetadataTable::is_own(table));
        MetadataTable {
            own: own.map(|table| Own {
                qualified: qualified(&table.schema, &table.name),
                roles: allowed_texts(table, "role"),
            }),
        }
    }

    /// Whether a table of the project is one for these notes.
    pub fn is_own(table: &Table) -> bool {
        let has = |name: &&str| table.columns.iter().any(|column| column.name == **name);
        let needed = ["user_id", "role", "test_data_counts"];
        table.name == "test_user_metadata" && table.schema != "seedbed" && needed.iter().all(has)
    }

    /// Where users of a role are noted.
    fn of_role(&self, role: &str) -> &str {
        let takes = |own: &&Own| own.roles.is_empty() || own.roles.iter().any(|one| one == role);
        self.own
            .as_ref()
            .filter(takes)
            .map_or(STAND_IN, |own| &own.qualified)
    }

    /// All places where users may be noted.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let own = self.own.as_ref().map(|own| own.qualified.as_str());
        own.into_iter().chain([STAND_IN])
    }

    /// The test users that exist in Auth, in the order of their e-mails.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn users(&self, client: &impl GenericClient) -> Result<Vec<TestUser>> {
        let mut users: Vec<TestUser> = Vec::new();
        for table in self.places(client).await? {
            let sql = format!(
                "select m.user_id, m.role::text, lower(u.email), m.test_data_counts from {table} m join auth.users u on u.id = m.user_id"
            );
            for row in client.query(&sql, &[]).await.context("read the test users")? {
                let (user_id, email): (Uuid, Option<String>) = (row.get(0), row.get(2));
                let Some(email) = email.filter(|_| users.iter().all(|user| user.user_id != user_id)) else {
                    continue;
                };
                users.push(TestUser {
                    user_id,
                    role: row.get(1),
                    email,
                    owns: row
                        .get::<_, Option<Value>>(3)
                        .and_then(|counts| serde_json::from_value(counts).ok())
                        .unwrap_or_default(),
                });
            }
        }
        users.sort_by(|one, other| one.email.cmp(&other.email));
        Ok(users)
    }

    /// The test users, and those whom a run that was stopped has made and not noted any more.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn with_announced(&self, client: &impl GenericClient) -> Result<Vec<TestUser>> {
        let mut users = self.users(client).await?;
        if !bookkeeping::is_prepared(client).await? {
            return Ok(users);
        }
        let rows = client.query(include_str!("sql/announced.sql"), &[]).await;
        let announced = rows.context("look for users of a run that was stopped")?;
        let announced = announced.iter().map(|row| TestUser {
            user_id: row.get("user_id"),
            role: row.get("role"),
            email: row.get("email"),
            owns: BTreeMap::new(),
        });
        for user in announced {
            if users.iter().all(|known| known.user_id != user.user_id) {
                users.push(user);
            }
        }
        users.sort_by(|one, other| one.email.cmp(&other.email));
        Ok(users)
    }

    /// The ids of all test users, whoever they are by now, each with its e-mail as Auth would write it; none where
    /// nobody ever was one.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn emails(&self, client: &impl GenericClient) -> Result<HashMap<String, Option<String>>> {
        let doing = "read who is a test user";
        let mut emails = HashMap::new();
        for table in self.places(client).await? {
            let sql = format!(
                "select m.user_id::text, lower(btrim(u.email, E' \\t\\r\\n')) from {table} m
                 left join auth.users u on u.id = m.user_id where m.user_id is not null"
            );
            let rows = client.query(&sql, &[]).await.context(doing)?;
            emails.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
        }
        Ok(emails)
    }

    /// The places that are there: ours is made with the first test user, and a PostgreSQL alone has no users.
    async fn places(&self, client: &impl GenericClient) -> Result<Vec<&str>> {
        let has_auth = client
            .query_one("select to_regclass('auth.users') is not null", &[])
            .await;
        if !has_auth.context("look for the users of Auth")?.get::<_, bool>(0) {
            return Ok(Vec::new());
        }
        let is_prepared = bookkeeping::is_prepared(client).await?;
        Ok(self
            .all()
            .filter(|table| is_prepared || *table != STAND_IN)
            .collect())
    }

    /// The accounts of the settings that are test users, each with its id in Auth.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn accounts(
        &self,
        client: &impl GenericClient,
        users: &TestUsers,
    ) -> Result<Vec<(Account, Uuid)>> {
        let known = self.users(client).await?;
        let id_of = |account: &Account| {
            known
                .iter()
                .find(|user| user.email == account.email)
                .map(|user| user.user_id)
        };
        let accounts = Account::all(users).into_iter();
        Ok(accounts
            .filter_map(|account| id_of(&account).map(|id| (account, id)))
            .collect())
    }

    /// Notes that a user is ours and which role it has; says whether that was new.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn record(&self, client: &mut Client, user_id: Uuid, email: &str, role: &str) -> Result<bool> {
        let table = self.of_role(role);
        let doing = || format!("record the test user `{email}`");
        let transaction = client.transaction().await.with_context(doing)?;
        // Not `on conflict`: a project's own table may lack the unique key.
        let sql = format!("update {table} set role = $2 where user_id = $1 and role <> $2");
        let mut changed = transaction
            .execute(&sql, &[&user_id, &role])
            .await
            .with_context(doing)?;
        let sql = format!(
            "insert into {table} (user_id, role) select $1, $2 where not exists (select from {table} where user_id = $1)"
        );
        changed += transaction
            .execute(&sql, &[&user_id, &role])
            .await
            .with_context(doing)?;
        // A role that was renamed may have been noted in the other place.
        for other in self.all().filter(|other| *other != table) {
            let sql = format!("delete from {other} where user_id = $1");
            transaction.execute(&sql, &[&user_id]).await.with_context(doing)?;
        }
        let sql = "delete from seedbed.announced_users where email = $1";
        transaction.execute(sql, &[&email]).await.with_context(doing)?;
        transaction.commit().await.with_context(doing)?;
        Ok(changed > 0)
    }

    /// Notes when the test users came from or went to another database, where there is a column for it.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn record_sync(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
        at: jiff::Timestamp,
    ) -> Result<()> {
        let doing = "note the sync with the test users";
        for table in self.places(transaction).await? {
            let sql = "select exists (select from pg_attribute where attrelid = $1::text::regclass
                and attname = 'last_sync_at' and not attisdropped)";
            if transaction.query_one(sql, &[&table]).await.context(doing)?.get(0) {
                let sql = format!("update {table} set last_sync_at = $1");
                transaction.execute(&sql, &[&at]).await.context(doing)?;
            }
        }
        Ok(())
    }

    /// Notes how many rows of each table a user owns, as part of the transaction that wrote them.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn record_counts(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
        user_id: Uuid,
        counts: &BTreeMap<String, u64>,
    ) -> Result<()> {
        let counts = counts
            .iter()
            .map(|(table, &count)| (table.clone(), count.into()))
            .collect();
        let counts = Value::Object(counts);
        for table in self.all() {
            let sql = format!("update {table} set test_data_counts = $2 where user_id = $1");
            let done = transaction.execute(&sql, &[&user_id, &counts]).await;
            done.context("record what the test users own")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::{Check, Column};

    use super::*;

    #[track_caller]
    fn check(columns: &[&str], checks: Vec<Check>, role: &str, expected: &str) {
        let columns = columns
            .iter()
            .map(|&name| Column {
                name: name.into(),
                ..Column::default()
            })
            .collect();
        let table = Table {
            schema: "public".into(),
            name: "test_user_metadata".into(),
            columns,
            checks,
            ..Table::default()
        };
        let metadata = MetadataTable::of(&Catalog { tables: vec![table] });
        assert_eq!(metadata.of_role(role), expected);
    }

    #[test]
    fn the_projects_own_table_is_used_where_it_fits() {
        let own = r#""public"."test_user_metadata""#;
        check(
            &["id", "user_id", "role", "test_data_counts"],
            vec![],
            "warehouse",
            own,
        );
        check(&["id", "user"], vec![], "admin", STAND_IN);
    }

    #[test]
    fn a_role_that_the_own_table_refuses_is_noted_elsewhere() {
        let two_roles = || Check {
            columns: vec!["role".into()],
            expression: "(role = ANY (ARRAY['admin'::text, 'sales_director'::text]))".into(),
            ..Check::default()
        };
        let columns = ["user_id", "role", "test_data_counts"];
        check(
            &columns,
            vec![two_roles()],
            "admin",
            r#""public"."test_user_metadata""#,
        );
        check(&columns, vec![two_roles()], "warehouse", STAND_IN);
    }
}
