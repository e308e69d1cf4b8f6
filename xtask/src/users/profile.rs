//! The row that a project keeps for each user (`sales` in the reference schema), found in the live catalog.

use anyhow::{Context, Result};
use seed_core::catalog::{Catalog, Column, ColumnType, Table};
use tokio_postgres::GenericClient;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::account::Account;
use super::roles::Role;
use crate::database::name::{qualified, quoted};
use crate::project_file;

/// Names that projects give to this table, the likeliest first.
const TABLE_NAMES: &[&str] = &[
    "sales",
    "profiles",
    "user_profiles",
    "users",
    "sales_reps",
    "team_members",
    "members",
    "employees",
];

/// The project's table of profiles.
#[derive(Debug, PartialEq, Eq)]
pub struct ProfileTable<'a> {
    table: &'a Table,
    user_column: &'a str,
}

impl<'a> ProfileTable<'a> {
    /// Finds it: one row per user of Auth, under one of the names in use.
    pub fn find(catalog: &'a Catalog) -> Option<ProfileTable<'a>> {
        TABLE_NAMES.iter().find_map(|name| {
            let table = catalog.tables.iter().find(|table| table.name == *name)?;
            let key = table.foreign_keys.iter().find(|key| {
                key.referenced_schema == "auth" && key.referenced_table == "users" && key.columns.len() == 1
            })?;
            Some(ProfileTable {
                table,
                user_column: &key.columns[0],
            })
        })
    }

    /// Finds it also where no foreign key says whose rows are, by a column of ids called so.
    pub fn find_without_key(catalog: &'a Catalog) -> Option<ProfileTable<'a>> {
        let by_name = |name: &&str| {
            let table = catalog.tables.iter().find(|table| table.name == *name)?;
            let is_it = |column: &&Column| column.name == "user_id" && column.kind == ColumnType::Uuid;
            let column = table.columns.iter().find(is_it)?;
            Some(ProfileTable {
                table,
                user_column: &column.name,
            })
        };
        ProfileTable::find(catalog).or_else(|| TABLE_NAMES.iter().find_map(by_name))
    }

    /// The table itself.
    pub fn table(&self) -> &'a Table {
        self.table
    }

    /// Its schema.
    pub fn schema(&self) -> &str {
        &self.table.schema
    }

    /// Its name without the schema, for people.
    pub fn name(&self) -> &str {
        &self.table.name
    }

    /// The column that points at the user in Auth.
    pub fn user_column(&self) -> &'a str {
        self.user_column
    }

    /// Removes the row of a user.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn remove(&self, client: &impl GenericClient, user_id: Uuid) -> Result<()> {
        let table = qualified(&self.table.schema, &self.table.name);
        let sql = format!("delete from {table} where {} = $1", quoted(self.user_column));
        let removed = client.execute(&sql, &[&user_id]).await;
        removed.with_context(|| format!("remove the user's row in `{}`", self.name()))?;
        Ok(())
    }

    /// The key of a user's row, as text, where the table has a key of one column.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn key_of(&self, client: &impl GenericClient, user_id: Uuid) -> Result<Option<String>> {
        let [key] = self.table.primary_key.as_slice() else {
            return Ok(None);
        };
        let table = qualified(&self.table.schema, &self.table.name);
        let sql = format!(
            "select {}::text from {table} where {} = $1",
            quoted(key),
            quoted(self.user_column)
        );
        let row = client.query_opt(&sql, &[&user_id]).await;
        let row = row.with_context(|| format!("look for the user's row in `{}`", self.name()))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Brings the row of a user in line with its account; says which columns changed.
    ///
    /// A row that no trigger made is made here.
    ///
    /// # Errors
    /// The database refuses the change.
    pub async fn align(
        &self,
        client: &mut impl GenericClient,
        user_id: Uuid,
        account: &Account,
    ) -> Result<Vec<String>> {
        let wanted = self.wanted(account);
        let doing = || {
            format!(
                "bring the row of `{}` in `{}` in line",
                account.email,
                self.name()
            )
        };
        self.write(client, user_id, &wanted).await.with_context(doing)
    }

    /// Says so where the column of the role takes others and not this one.
    pub fn refused_role(&self, role: &Role) -> Option<String> {
        let column = |column: &&Column| ["role", "user_role"].contains(&column.name.as_str());
        let column = self.table.columns.iter().find(column)?;
        let allowed = match &column.kind {
            ColumnType::Enum { labels, .. } => labels.clone(),
            ColumnType::Text { .. } => allowed_texts(self.table, &column.name),
            _ => return None,
        };
        if allowed.is_empty() || role.label_among(&allowed).is_some() {
            return None;
        }
        Some(format!(
            "the column `{}.{}` takes {} and not `{}`, so that it does not say what {} is: mend the name of the role in \
             `{}`, or let a migration add it to what the column takes",
            self.name(),
            column.name,
            allowed.join(", "),
            role.name,
            role.email,
            project_file::NAME,
        ))
    }

    async fn write(
        &self,
        client: &mut impl GenericClient,
        user_id: Uuid,
        wanted: &[Field<'_>],
    ) -> Result<Vec<String>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = client.transaction().await?;
        // Projects guard roles by triggers that let only the service through.
        let claims = r#"{"role":"service_role"}"#;
        transaction
            .execute("select set_config('request.jwt.claims', $1, true)", &[&claims])
            .await?;

        let table = qualified(&self.table.schema, &self.table.name);
        let user = quoted(self.user_column);
        let columns: Vec<String> = wanted
            .iter()
            .map(|field| format!("{}::text", quoted(field.column)))
            .collect();
        let sql = format!(
            "select {} from {table} where {user} = $1 for update",
            columns.join(", ")
        );
        let Some(row) = transaction.query_opt(&sql, &[&user_id]).await? else {
            let columns: Vec<String> = wanted.iter().map(|field| quoted(field.column)).collect();
            let values: Vec<String> = (2..).zip(wanted).map(|(at, field)| field.parameter(at)).collect();
            let (columns, values) = (columns.join(", "), values.join(", "));
            let sql = format!("insert into {table} ({user}, {columns}) values ($1, {values})");
            transaction.execute(&sql, &parameters(&user_id, wanted)).await?;
            transaction.commit().await?;
            return Ok(vec!["the whole row".to_owned()]);
        };
        let is_off =
            |(at, field): &(usize, &Field)| row.get::<_, Option<&str>>(*at) != Some(field.value.as_str());
        let off: Vec<Field> = wanted
            .iter()
            .enumerate()
            .filter(is_off)
            .map(|(_, field)| field.clone())
            .collect();
        if !off.is_empty() {
            let sets: Vec<String> = (2..)
                .zip(&off)
                .map(|(at, field)| format!("{} = {}", quoted(field.column), field.parameter(at)))
                .collect();
            let sql = format!("update {table} set {} where {user} = $1", sets.join(", "));
            transaction.execute(&sql, &parameters(&user_id, &off)).await?;
        }
        transaction.commit().await?;
        Ok(off.into_iter().map(|field| field.column.to_owned()).collect())
    }

    /// What the table can say of the account, by the names in use.
    fn wanted(&self, account: &Account) -> Vec<Field<'a>> {
        self.table
            .columns
            .iter()
            .filter_map(|column| field(self.table, column, account))
            .collect()
    }
}

/// A value for a column, as PostgreSQL prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field<'a> {
    column: &'a str,
    value: String,
    cast: Option<&'a str>,
}

impl Field<'_> {
    fn parameter(&self, number: usize) -> String {
        match self.cast {
            Some(cast) => format!("${number}::text::{cast}"),
            None => format!("${number}::text"),
        }
    }
}

fn parameters<'a>(user_id: &'a Uuid, fields: &'a [Field]) -> Vec<&'a (dyn ToSql + Sync)> {
    let values = fields.iter().map(|field| &field.value as &(dyn ToSql + Sync));
    std::iter::once(user_id as &(dyn ToSql + Sync))
        .chain(values)
        .collect()
}

fn field<'a>(table: &Table, column: &'a Column, account: &Account) -> Option<Field<'a>> {
    if column.generated {
        return None;
    }
    let value = match (column.name.as_str(), &column.kind) {
        ("first_name", ColumnType::Text { .. }) => account.first_name().to_owned(),
        ("last_name", ColumnType::Text { .. }) => account.last_name(),
        ("full_name" | "display_name", ColumnType::Text { .. }) => {
            format!("{} {}", account.first_name(), account.last_name())
        }
        ("email", ColumnType::Text { .. }) => account.email.clone(),
        ("administrator" | "is_administrator" | "is_admin", ColumnType::Boolean) => {
            account.role.is_administrator.to_string()
        }
        ("disabled" | "is_disabled", ColumnType::Boolean) => "false".to_owned(),
        ("role" | "user_role", ColumnType::Enum { labels, .. }) => {
            account.role.label_among(labels)?.to_owned()
        }
        ("role" | "user_role", ColumnType::Text { .. }) => {
            let allowed = allowed_texts(table, &column.name);
            if allowed.is_empty() {
                account.role.name.clone()
            } else {
                account.role.label_among(&allowed)?.to_owned()
            }
        }
        _ => return None,
    };
    let cast = match &column.kind {
        ColumnType::Boolean => Some("boolean"),
        ColumnType::Enum { name, .. } => Some(name.as_str()),
        _ => None,
    };
    Some(Field {
        column: &column.name,
        value,
        cast,
    })
}

/// The texts that the checks on a column list; none where they list nothing.
pub(crate) fn allowed_texts(table: &Table, column: &str) -> Vec<String> {
    let checks = table
        .checks
        .iter()
        .filter(|check| check.columns == [column] && check.expression.contains("ANY"));
    checks
        .flat_map(|check| check.expression.split('\'').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::{Check, ForeignKey};

    use super::*;

    fn column(name: &str, kind: ColumnType) -> Column {
        Column {
            name: name.into(),
            kind,
            ..Column::default()
        }
    }

    fn table(name: &str, columns: Vec<Column>) -> Table {
        Table {
            schema: "public".into(),
            name: name.into(),
            columns,
            foreign_keys: vec![ForeignKey {
                columns: vec!["user_id".into()],
                referenced_schema: "auth".into(),
                referenced_table: "users".into(),
                ..ForeignKey::default()
            }],
            ..Table::default()
        }
    }

    #[track_caller]
    fn check(table: &Table, role: &str, expected: &[(&str, &str)]) {
        let profile = ProfileTable {
            table,
            user_column: "user_id",
        };
        let wanted = profile.wanted(&Account::new(&Role::named(role, 0), "secret"));
        let wanted: Vec<(&str, &str)> = wanted
            .iter()
            .map(|field| (field.column, field.value.as_str()))
            .collect();
        assert_eq!(wanted, expected);
    }

    #[test]
    fn the_likeliest_table_of_users_is_taken() {
        let catalog = Catalog {
            tables: vec![
                table("profiles", vec![]),
                table("sales", vec![]),
                table("posts", vec![]),
            ],
        };
        assert_eq!(
            ProfileTable::find(&catalog).map(|profile| profile.name().to_owned()),
            Some("sales".into())
        );
        let catalog = Catalog {
            tables: vec![table("posts", vec![])],
        };
        assert_eq!(ProfileTable::find(&catalog), None);
    }

    #[test]
    fn only_columns_that_exist_are_written() {
        let text = || ColumnType::Text { max_length: None };
        let columns = vec![
            column("first_name", text()),
            column("administrator", ColumnType::Boolean),
            column("disabled", ColumnType::Boolean),
            column("avatar", ColumnType::Jsonb),
        ];
        let expected = [
            ("first_name", "Ada"),
            ("administrator", "true"),
            ("disabled", "false"),
        ];
        check(&table("sales", columns), "admin", &expected);
    }

    #[test]
    fn a_role_is_written_as_the_column_can_take_it() {
        let labels = vec!["admin".into(), "manager".into(), "rep".into()];
        let of_enum = table(
            "sales",
            vec![column(
                "role",
                ColumnType::Enum {
                    name: "public.user_role".into(),
                    labels,
                },
            )],
        );
        check(&of_enum, "sales_director", &[("role", "manager")]);

        let mut of_text = table(
            "sales",
            vec![column("role", ColumnType::Text { max_length: None })],
        );
        check(&of_text, "sales_director", &[("role", "sales_director")]);
        of_text.checks.push(Check {
            columns: vec!["role".into()],
            expression: "(role = ANY (ARRAY['admin'::text, 'user'::text]))".into(),
            ..Check::default()
        });
        check(&of_text, "account_manager", &[("role", "user")]);
        check(&of_text, "sales_director", &[]);

        let profile = ProfileTable {
            table: &of_text,
            user_column: "user_id",
        };
        assert_eq!(profile.refused_role(&Role::named("account_manager", 0)), None);
        let said = profile.refused_role(&Role::named("boss", 0)).unwrap();
        assert!(
            said.contains("the column `sales.role` takes admin, user and not `boss`"),
            "{said}"
        );
    }
}
