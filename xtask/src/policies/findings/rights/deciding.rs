//! Columns that decide rights: by their names, and because policies read them.

use anyhow::{Context, Result};
use seed_core::catalog::{Column, ColumnType, Identity, Table};
use tokio_postgres::GenericClient;

use crate::database::name::short;
use crate::policies::findings::functions::foreign_schemas;
use crate::users::profile::ProfileTable;

/// Names that say of a column in a user's own row that it decides rights.
const NAMES: &[&str] = &[
    "role",
    "roles",
    "user_role",
    "role_id",
    "admin",
    "is_admin",
    "administrator",
    "is_administrator",
    "superuser",
    "is_superuser",
    "is_super_admin",
    "super_admin",
    "is_staff",
    "is_owner",
    "is_manager",
    "permission",
    "permissions",
    "scopes",
    "access_level",
    "disabled",
    "is_disabled",
    "banned",
    "is_banned",
    "blocked",
    "is_blocked",
    "suspended",
    "is_suspended",
    "approved",
    "is_approved",
    "verified",
    "is_verified",
    "tenant",
    "tenant_id",
    "organization_id",
    "organisation_id",
    "org_id",
    "team_id",
    "workspace_id",
    "account_id",
];

/// Names of columns that say whose a row is.
const OWNER_NAMES: &[&str] = &[
    "user_id",
    "owner",
    "owner_id",
    "created_by",
    "assigned_to",
    "assignee_id",
    "author_id",
    "profile_id",
    "sales_id",
];

/// What policies read, by themselves and through the functions that they call.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    columns: Vec<ReadColumn>,
    functions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ReadColumn {
    schema: String,
    table: String,
    column: String,
    of_own_table: bool,
}

/// A column that decides rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deciding<'a> {
    /// Which one.
    pub column: &'a Column,
    /// Whether its name says so.
    pub is_named_so: bool,
    /// Whether policies read it.
    pub is_read: bool,
}

impl Deciding<'_> {
    /// Why it is one, as the end of a sentence.
    pub fn why(&self) -> &'static str {
        match (self.is_named_so, self.is_read) {
            (true, true) => "its name says that it decides rights, and policies read it",
            (true, false) => "its name says that it decides rights",
            (false, _) => "policies read it",
        }
    }
}

impl Reads {
    /// Reads what the policies of `schemas` depend on.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn read(client: &impl GenericClient, schemas: &[String]) -> Result<Reads> {
        let columns = client
            .query(include_str!("../../sql/read_by_policies.sql"), &[&schemas])
            .await;
        let sql = include_str!("../../sql/called_by_policies.sql");
        let functions = client.query(sql, &[&schemas, &foreign_schemas()]).await;
        let doing = "read what policies ask for";
        Ok(Reads {
            columns: columns.context(doing)?.iter().map(read_column).collect(),
            functions: functions
                .context(doing)?
                .iter()
                .map(|row| row.get("definition"))
                .collect(),
        })
    }

    /// Whether any policy, or a function that it calls, reads the column.
    fn has(&self, table: &Table, column: &str) -> bool {
        let by_itself = self.columns.iter().any(|read| read.is(table, column));
        by_itself
            || self.functions.iter().any(|text| {
                let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                words.clone().any(|word| word.eq_ignore_ascii_case(&table.name))
                    && words.any(|word| word.eq_ignore_ascii_case(column))
            })
    }

    /// Whether a policy of the table itself reads the column.
    fn has_own(&self, table: &Table, column: &str) -> bool {
        self.columns
            .iter()
            .any(|read| read.of_own_table && read.is(table, column))
    }
}

impl ReadColumn {
    fn is(&self, table: &Table, column: &str) -> bool {
        (&*self.schema, &*self.table, &*self.column) == (&*table.schema, &*table.name, column)
    }
}

fn read_column(row: &tokio_postgres::Row) -> ReadColumn {
    ReadColumn {
        schema: row.get("schema"),
        table: row.get("name"),
        column: row.get("column"),
        of_own_table: row.get("of_own_table"),
    }
}

/// The columns of a profile that decide rights. Who one is, is no right.
pub fn columns<'a>(profile: &ProfileTable<'a>, reads: &Reads) -> Vec<Deciding<'a>> {
    let table = profile.table();
    let is_key =
        |column: &Column| column.name == profile.user_column() || table.primary_key.contains(&column.name);
    let columns = table
        .columns
        .iter()
        .filter(|column| !column.generated && column.identity != Identity::Always && !is_key(column));
    columns
        .map(|column| Deciding {
            column,
            is_named_so: NAMES.contains(&column.name.to_lowercase().as_str()),
            is_read: reads.has(table, &column.name),
        })
        .filter(|deciding| deciding.is_named_so || deciding.is_read)
        .collect()
}

/// The columns by which policies of a table tell whose a row is, each with whether it holds the key of a profile.
pub fn owner_columns<'a>(
    table: &'a Table,
    profile: Option<&ProfileTable<'_>>,
    reads: &Reads,
) -> Vec<(&'a Column, bool)> {
    if profile
        .is_some_and(|profile| short(profile.schema(), profile.name()) == short(&table.schema, &table.name))
    {
        return Vec::new();
    }
    let points_at = |column: &Column, schema: &str, name: &str| {
        table.foreign_keys.iter().any(|key| {
            key.columns == [column.name.as_str()]
                && key.referenced_schema == schema
                && key.referenced_table == name
        })
    };
    let kind = |column: &'a Column| {
        let is_user = points_at(column, "auth", "users")
            || (column.kind == ColumnType::Uuid
                && OWNER_NAMES.contains(&column.name.as_str())
                && !table
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.contains(&column.name)));
        let is_profile = profile.is_some_and(|profile| points_at(column, profile.schema(), profile.name()));
        (is_user || is_profile).then_some((column, is_profile))
    };
    let read = table
        .columns
        .iter()
        .filter(|column| reads.has_own(table, &column.name));
    read.filter_map(kind).collect()
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::{Catalog, ForeignKey};

    use super::*;

    fn key(column: &str, schema: &str, table: &str) -> ForeignKey {
        ForeignKey {
            columns: vec![column.into()],
            referenced_schema: schema.into(),
            referenced_table: table.into(),
            ..ForeignKey::default()
        }
    }

    fn table(name: &str, columns: &[&str], foreign_keys: Vec<ForeignKey>) -> Table {
        let column = |name: &&str| Column {
            name: (*name).into(),
            ..Column::default()
        };
        Table {
            schema: "public".into(),
            name: name.into(),
            columns: columns.iter().map(column).collect(),
            primary_key: vec!["id".into()],
            foreign_keys,
            ..Table::default()
        }
    }

    fn reads(own: &[(&str, &str)], functions: &[&str]) -> Reads {
        let column = |(table, column): &(&str, &str)| ReadColumn {
            schema: "public".into(),
            table: (*table).into(),
            column: (*column).into(),
            of_own_table: true,
        };
        Reads {
            columns: own.iter().map(column).collect(),
            functions: functions.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    #[test]
    fn names_and_policies_say_which_columns_decide() {
        let columns_of_profile = ["id", "user_id", "name", "Role", "region", "tier"];
        let catalog = Catalog {
            tables: vec![table(
                "profiles",
                &columns_of_profile,
                vec![key("user_id", "auth", "users")],
            )],
        };
        let profile = ProfileTable::find(&catalog).unwrap();
        let reads = reads(
            &[("profiles", "region"), ("profiles", "user_id")],
            &[
                "select tier from public.profiles where user_id = auth.uid()",
                "select name from others",
            ],
        );
        let found: Vec<(&str, &str)> = columns(&profile, &reads)
            .iter()
            .map(|deciding| (deciding.column.name.as_str(), deciding.why()))
            .collect();
        let expected = [
            ("Role", "its name says that it decides rights"),
            ("region", "policies read it"),
            ("tier", "policies read it"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_owner_column_points_at_people_and_policies_read_it() {
        let foreign_keys = vec![
            key("owner_id", "public", "profiles"),
            key("editor_id", "auth", "users"),
            key("checked_by", "auth", "users"),
        ];
        let catalog = Catalog {
            tables: vec![
                table(
                    "profiles",
                    &["id", "user_id"],
                    vec![key("user_id", "auth", "users")],
                ),
                table(
                    "notes",
                    &["id", "owner_id", "editor_id", "checked_by", "text"],
                    foreign_keys,
                ),
            ],
        };
        let profile = ProfileTable::find(&catalog);
        let reads = reads(
            &[("notes", "owner_id"), ("notes", "editor_id"), ("notes", "text")],
            &[],
        );
        let found: Vec<(&str, bool)> = owner_columns(&catalog.tables[1], profile.as_ref(), &reads)
            .iter()
            .map(|(column, is_of_profile)| (column.name.as_str(), *is_of_profile))
            .collect();
        assert_eq!(found, [("owner_id", true), ("editor_id", false)]);
        assert_eq!(owner_columns(&catalog.tables[0], profile.as_ref(), &reads), []);
    }
}
