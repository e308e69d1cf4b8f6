//! `test_user_metadata`: which users are test users, and what each owns.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use serde_json::Value;
use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

use super::roles::{Account, TestRole};
use crate::database::name::qualified;
use crate::settings::TestUsers;

/// A test user as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestUser {
    /// Its id in Auth.
    pub user_id: Uuid,
    /// What it may do.
    pub role: TestRole,
    /// Its e-mail in Auth.
    pub email: String,
}

/// Where the table is: the project's own, else `seedbed`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataTable {
    qualified: String,
}

impl MetadataTable {
    /// Takes the project's table where it has one with the columns that are needed.
    ///
    /// A project without one keeps its `public` schema as its migrations made it: the tool's own copy is in `seedbed`.
    pub fn of(catalog: &Catalog) -> MetadataTable {
        let needed = ["user_id", "role", "test_data_counts"];
        let own = catalog.tables.iter().find(|table| {
            let has = |name: &&str| table.columns.iter().any(|column| column.name == **name);
            table.name == "test_user_metadata" && needed.iter().all(has)
        });
        let (schema, name) = own.map_or(("seedbed", "test_user_metadata"), |table| {
            (&table.schema, &table.name)
        });
        MetadataTable {
            qualified: qualified(schema, name),
        }
    }

    /// The test users that exist in Auth, in the order of their roles.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn users(&self, client: &impl GenericClient) -> Result<Vec<TestUser>> {
        let sql = format!(
            "select m.user_id, m.role::text, lower(u.email) from {} m join auth.users u on u.id = m.user_id",
            self.qualified
        );
        let rows = client.query(&sql, &[]).await.context("read the test users")?;
        let mut users: Vec<TestUser> = rows
            .iter()
            .filter_map(|row| {
                let email: Option<String> = row.get(2);
                Some(TestUser {
                    user_id: row.get(0),
                    role: TestRole::from_label(row.get(1))?,
                    email: email?,
                })
            })
            .collect();
        users.sort_by_key(|user| (user.role, user.email.clone()));
        Ok(users)
    }

    /// The ids of all test users, whoever they are by now, each with its e-mail as Auth would write it; none where
    /// nobody ever was one.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn emails(&self, client: &impl GenericClient) -> Result<HashMap<String, Option<String>>> {
        let doing = "read who is a test user";
        let sql = "select to_regclass($1) is not null";
        let found = client.query_one(sql, &[&self.qualified]).await.context(doing)?;
        if !found.get::<_, bool>(0) {
            return Ok(HashMap::new());
        }
        let sql = format!(
            "select m.user_id::text, lower(btrim(u.email, E' \\t\\r\\n')) from {} m
             left join auth.users u on u.id = m.user_id where m.user_id is not null",
            self.qualified
        );
        let rows = client.query(&sql, &[]).await.context(doing)?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
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
    pub async fn record(
        &self,
        client: &mut Client,
        user_id: Uuid,
        email: &str,
        role: TestRole,
    ) -> Result<bool> {
        let table = &self.qualified;
        let doing = || format!("record the test user `{email}`");
        let transaction = client.transaction().await.with_context(doing)?;
        let label = role.label();
        // Not `on conflict`: a project's own table may lack the unique key.
        let sql = format!("update {table} set role = $2 where user_id = $1 and role <> $2");
        let mut changed = transaction
            .execute(&sql, &[&user_id, &label])
            .await
            .with_context(doing)?;
        let sql = format!(
            "insert into {table} (user_id, role) select $1, $2 where not exists (select from {table} where user_id = $1)"
        );
        changed += transaction
            .execute(&sql, &[&user_id, &label])
            .await
            .with_context(doing)?;
        let sql = "delete from seedbed.announced_users where email = $1";
        transaction.execute(sql, &[&email]).await.with_context(doing)?;
        transaction.commit().await.with_context(doing)?;
        Ok(changed > 0)
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
        let sql = format!(
            "update {} set test_data_counts = $2 where user_id = $1",
            self.qualified
        );
        let done = transaction
            .execute(&sql, &[&user_id, &Value::Object(counts)])
            .await;
        done.context("record what the test users own")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::{Column, Table};

    use super::*;

    #[track_caller]
    fn check(columns: &[&str], expected: &str) {
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
            ..Table::default()
        };
        assert_eq!(
            MetadataTable::of(&Catalog { tables: vec![table] }).qualified,
            expected
        );
    }

    #[test]
    fn the_projects_own_table_is_used_where_it_fits() {
        check(
            &["id", "user_id", "role", "test_data_counts"],
            r#""public"."test_user_metadata""#,
        );
        check(&["id", "user"], r#""seedbed"."test_user_metadata""#);
    }
}
