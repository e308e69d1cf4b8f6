//! Columns that decide rights: by their names, and because policies read them.

use anyhow::{Context, Result};
use seed_core::catalog::{Column, ColumnType, Identity, Table};
use tokio_postgres::GenericClient;

use super::names::{GROUPS, NAMES, OWNER_NAMES, is_among};
use crate::database::name::quoted;
use crate::policies::findings::functions::foreign_schemas;
use crate::users::profile::ProfileTable;

/// What policies read, by themselves and through the functions that they call.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    columns: Vec<ReadColumn>,
    functions: Vec<String>,
    asked: Vec<Asked>,
}

/// What one policy asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its expressions, as PostgreSQL prints them.
    pub text: String,
}

/// The column of a table that says whom a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// Which one.
    pub column: &'a Column,
    /// Whether it holds the key of a profile, and not the id of a user.
    pub holds_profile: bool,
    /// Whether the table keeps something of each person, as members with their roles, and not records that people own.
    is_kept_of: bool,
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
    pub async fn read(client: &impl GenericClient, schemas: &[String], asked: Vec<Asked>) -> Result<Reads> {
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
            asked,
        })
    }

    /// Whether any policy, or a function that it calls, reads the column.
    fn has(&self, table: &Table, column: &str) -> bool {
        let by_itself = self.columns.iter().any(|read| read.is(table, column));
        by_itself || self.has_function(table, column)
    }

    /// Whether policies of the table compare the column with the id of whoever asks.
    fn compares(&self, table: &Table, column: &str) -> bool {
        let own = self
            .asked
            .iter()
            .filter(|asked| (&asked.schema, &asked.table) == (&table.schema, &table.name));
        own.map(|asked| asked.text.replace("( SELECT auth.uid() AS uid)", "auth.uid()"))
            .any(|text| {
                [column.to_owned(), quoted(column)].iter().any(|name| {
                    text.contains(&format!("({name} = auth.uid())"))
                        || text.contains(&format!("(auth.uid() = {name})"))
                })
            })
    }

    fn has_function(&self, table: &Table, column: &str) -> bool {
        self.functions.iter().any(|text| {
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

/// The column that says whom a row of the table is about: the one by which policies compare it with `auth.uid()`, or
/// one that points at people.
pub fn person<'a>(table: &'a Table, profile: Option<&ProfileTable<'_>>, reads: &Reads) -> Option<Person<'a>> {
    let is_profile = profile.is_some_and(|profile| is_same(profile.table(), table));
    let holder = |column: &'a Column| match is_profile {
        true => (Some(column.name.as_str()) == profile.map(ProfileTable::user_column)).then_some(false),
        false => holds(table, column, profile),
    };
    let compared = table
        .columns
        .iter()
        .find(|column| reads.compares(table, &column.name));
    let column = compared.or_else(|| table.columns.iter().find(|column| holder(column).is_some()))?;
    Some(Person {
        column,
        // What is compared with the id of the user is one, whatever it points at.
        holds_profile: compared.is_none() && holder(column) == Some(true),
        is_kept_of: is_profile || keys(table).any(|key| key.contains(&column.name)),
    })
}

/// The columns of a table that decide the rights of the person that a row is about. Who one is, is no right; in a table
/// that keeps records and not people, neither is what the owner of a record says of it.
pub fn columns<'a>(table: &'a Table, person: &Person<'_>, reads: &Reads) -> Vec<Deciding<'a>> {
    let is_key =
        |column: &Column, is_named_so: bool| table.primary_key.contains(&column.name) && !is_named_so;
    let deciding = |column: &'a Column| {
        let deciding = Deciding {
            column,
            is_named_so: is_among(NAMES, &column.name),
            is_read: reads.has(table, &column.name),
        };
        let decides = match person.is_kept_of {
            true => deciding.is_named_so || deciding.is_read,
            false => deciding.is_read && deciding.is_named_so && !is_among(GROUPS, &column.name),
        };
        (decides && !is_key(column, deciding.is_named_so)).then_some(deciding)
    };
    let columns = table.columns.iter().filter(|column| {
        !column.generated && column.identity != Identity::Always && column.name != person.column.name
    });
    columns.filter_map(deciding).collect()
}

fn is_same(one: &Table, other: &Table) -> bool {
    (&one.schema, &one.name) == (&other.schema, &other.name)
}

/// The keys of a table: each combination of their columns stands in one row at most.
fn keys(table: &Table) -> impl Iterator<Item = &Vec<String>> {
    let unique = table.unique.iter().map(|key| &key.columns);
    unique.chain([&table.primary_key])
}

/// The columns by which policies of a table tell whose a row is, each with whether it holds the key of a profile.
pub fn owner_columns<'a>(
    table: &'a Table,
    profile: Option<&ProfileTable<'_>>,
    reads: &Reads,
) -> Vec<(&'a Column, bool)> {
    if profile.is_some_and(|profile| is_same(profile.table(), table)) {
        return Vec::new();
    }
    let read = table
        .columns
        .iter()
        .filter(|column| reads.has_own(table, &column.name));
    read.filter_map(|column| Some((column, holds(table, column, profile)?)))
        .collect()
}

/// Whether a column that says whose a row is holds the key of a profile, and not the id of a user; `None` where it says
/// nothing of the kind.
fn holds(table: &Table, column: &Column, profile: Option<&ProfileTable<'_>>) -> Option<bool> {
    let points_at = |schema: &str, name: &str| {
        table.foreign_keys.iter().any(|key| {
            key.columns == [column.name.as_str()]
                && key.referenced_schema == schema
                && key.referenced_table == name
        })
    };
    let is_user = points_at("auth", "users")
        || (column.kind == ColumnType::Uuid
            && is_among(OWNER_NAMES, &column.name)
            && !table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(&column.name)));
    let is_profile = profile.is_some_and(|profile| points_at(profile.schema(), profile.name()));
    (is_user || is_profile).then_some(is_profile)
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
            asked: Vec::new(),
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
        let table = &catalog.tables[0];
        let person = person(table, Some(&profile), &reads).unwrap();
        let found: Vec<(&str, &str)> = columns(table, &person, &reads)
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
    fn other_tables_keep_rights_too() {
        let mut usrs = table("usrs", &["id", "isAdmin", "name"], Vec::new());
        usrs.unique = Vec::new();
        let members = table(
            "members",
            &["id", "user_id", "role", "team_id"],
            vec![key("user_id", "auth", "users")],
        );
        let deals = table(
            "deals",
            &["id", "user_id", "team_id", "scopes", "role"],
            vec![key("user_id", "auth", "users")],
        );
        let mut reads = reads(&[("deals", "team_id"), ("members", "role")], &[]);
        reads.asked = vec![Asked {
            schema: "public".into(),
            table: "usrs".into(),
            text: "(( SELECT auth.uid() AS uid) = id)".into(),
        }];
        let check = |table: &Table, expected: &[&str]| {
            let person = person(table, None, &reads).expect("somebody");
            let columns = columns(table, &person, &reads);
            let names: Vec<&str> = columns.iter().map(|one| one.column.name.as_str()).collect();
            assert_eq!(names, expected, "{}", table.name);
        };
        check(&usrs, &["isAdmin"]);
        check(&members, &["role"]);
        // Where a record lies is no right of its owner, and its role is none that any policy asks for.
        check(&deals, &[]);
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
