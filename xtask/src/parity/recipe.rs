//! How one table is compared: which columns, in what form, and which are left out.

use std::collections::BTreeSet;

use seed_core::catalog::{Catalog, Table};
use serde::Serialize;

use super::clock;
use super::given::Given;
use super::person::{self, Person};
use crate::database::name::{qualified, quoted, short};

/// A column of a table, by the names of all three.
pub type ColumnName = (String, String, String);

/// How the rows of a table are compared. Columns are in the order of their names, so that one that was added later on one
/// side is no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Schema of the table.
    pub schema: String,
    /// Name of the table.
    pub name: String,
    /// What is compared.
    pub columns: Vec<Compared>,
    /// Those of them that tell a row from others; none where only the whole row does.
    pub key: Vec<String>,
    /// What is not.
    pub left_out: Vec<LeftOut>,
}

/// A column that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    form: Form,
}

/// What is compared of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// The value.
    Value,
    /// The value in rows that were seeded; others have what the database made up.
    WhereSeeded,
    /// The user whom it leads to.
    Person(Person),
}

/// A column that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub column: String,
    /// Why not.
    pub why: &'static str,
}

/// What is known of the columns of both sides.
pub struct Knowledge<'a> {
    /// The tables here.
    pub here: &'a Catalog,
    /// The tables there.
    pub there: &'a Catalog,
    /// What triggers set by the clock, on either side.
    pub clocked: BTreeSet<ColumnName>,
    /// What `seedbed.toml` calls volatile.
    pub volatile: BTreeSet<ColumnName>,
    /// What this tool notes for itself.
    pub notes: BTreeSet<ColumnName>,
    /// What the seed gave.
    pub given: Given,
}

const BY_TRIGGER: &str = "a trigger sets it by the clock";
const MADE_UP: &str = "the database gives it by the clock or at random";
const MADE_UP_IN_SOME: &str = "the database gives it by the clock or at random, in rows that were not seeded";
const STAND_IN: &str = "it stands for a user, who is compared by the e-mail";
const NOTE: &str = "this tool notes it";
const SAID: &str = "`seedbed.toml` says so";

impl Recipe {
    /// How the columns `names`, which both sides have, are compared.
    pub fn of(knowledge: &Knowledge, here: &Table, there: &Table, names: &[String]) -> Recipe {
        let stand_in = match (person::stand_in(here), person::stand_in(there)) {
            (Some(one), Some(other)) if one == other => Some(one),
            _ => None,
        };
        let mut recipe = Recipe {
            schema: here.schema.clone(),
            name: here.name.clone(),
            columns: Vec::new(),
            key: match stand_in {
                Some(_) => person::user_column(here).map(str::to_owned).into_iter().collect(),
                None => here.primary_key.clone(),
            },
            left_out: Vec::new(),
        };
        for name in names {
            let column: ColumnName = (here.schema.clone(), here.name.clone(), name.clone());
            let persons = [(knowledge.here, here), (knowledge.there, there)]
                .map(|(catalog, table)| Person::of(catalog, table, name));
            let form = match persons {
                _ if knowledge.volatile.contains(&column) => Err(SAID),
                _ if knowledge.notes.contains(&column) => Err(NOTE),
                _ if knowledge.clocked.contains(&column) => Err(BY_TRIGGER),
                _ if stand_in == Some(name.as_str()) => Err(STAND_IN),
                [Some(one), Some(other)] if one == other => Ok(Form::Person(one)),
                _ if !is_made_up(here, name) && !is_made_up(there, name) => Ok(Form::Value),
                _ if knowledge.given.is_seeded(&column) => {
                    let is_whole = knowledge.given.names_all_rows(here, there);
                    match is_whole || is_pointed_at(knowledge, here, name) {
                        true => Ok(Form::Value),
                        false => Ok(Form::WhereSeeded),
                    }
                }
                _ if is_pointed_at(knowledge, here, name) => Ok(Form::Value),
                _ => Err(MADE_UP),
            };
            let column = name.clone();
            match form {
                Ok(form) => {
                    if form == Form::WhereSeeded {
                        let why = MADE_UP_IN_SOME;
                        recipe.left_out.push(LeftOut { column, why });
                    }
                    let name = name.clone();
                    recipe.columns.push(Compared { name, form });
                }
                Err(why) => recipe.left_out.push(LeftOut { column, why }),
            }
        }
        let is_compared = |key: &String| recipe.columns.iter().any(|column| column.name == *key);
        if !recipe.key.iter().all(is_compared) || here.primary_key != there.primary_key {
            recipe.key.clear();
        }
        recipe
    }

    /// The table as people write it.
    pub fn title(&self) -> String {
        short(&self.schema, &self.name)
    }

    /// A query for the rows as they are compared; `seeded` is SQL that is true for a row `t` that was seeded.
    pub fn rows_sql(&self, seeded: &str) -> String {
        let mut joins = String::new();
        let mut selected = Vec::new();
        for (number, column) in self.columns.iter().enumerate() {
            let name = quoted(&column.name);
            selected.push(match &column.form {
                Form::Value => format!("t.{name}"),
                Form::WhereSeeded => format!("case when {seeded} then t.{name} end as {name}"),
                Form::Person(person) => {
                    joins += &format!(
                        " left join ({}) p{number} on p{number}.key = t.{name}",
                        person.sql()
                    );
                    format!("coalesce(p{number}.who, t.{name}::text) as {name}")
                }
            });
        }
        let table = qualified(&self.schema, &self.name);
        format!("select {} from {table} t{joins}", selected.join(", "))
    }

    /// The compared values of a row `t` of [`Recipe::rows_sql`].
    pub fn values(&self) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|column| format!("t.{}", quoted(&column.name)))
            .collect()
    }

    /// SQL for the text that tells a row `t` from others: its key; all of it where it has none that counts.
    pub fn key_sql(&self) -> String {
        let all = format!("row({})::text", self.values().join(", "));
        let Some(first) = self.key.first() else {
            return all;
        };
        let key: Vec<String> = self
            .key
            .iter()
            .map(|name| format!("t.{}", quoted(name)))
            .collect();
        let first = quoted(first);
        format!(
            "case when t.{first} is null then {all} else row({})::text end",
            key.join(", ")
        )
    }
}

/// Whether the database gives a column a value by the clock or at random, where nobody else does.
fn is_made_up(table: &Table, name: &str) -> bool {
    let column = table.columns.iter().find(|column| column.name == name);
    let default = column.and_then(|column| column.default.as_deref());
    default.is_some_and(clock::is_unsteady)
}

/// Whether rows of other tables hold this column's values: whoever compares those compares these.
fn is_pointed_at(knowledge: &Knowledge, table: &Table, name: &str) -> bool {
    let mut keys = knowledge.here.tables.iter().flat_map(|other| &other.foreign_keys);
    keys.any(|key| {
        key.referenced_schema == table.schema
            && key.referenced_table == table.name
            && key.referenced_columns.iter().any(|column| column == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a table of the project is compared with itself where nothing was seeded.
    fn recipe(name: &str, volatile: &[&str]) -> Recipe {
        let catalog = Catalog::reference();
        let mut tables = catalog.tables.iter();
        let table = tables
            .find(|table| table.name == name)
            .expect("a table of the project");
        let column = |column: &&str| ("public".to_owned(), name.to_owned(), (*column).to_owned());
        let knowledge = Knowledge {
            here: &catalog,
            there: &catalog,
            clocked: BTreeSet::from([column(&"updated_at")]),
            volatile: volatile.iter().map(column).collect(),
            notes: BTreeSet::new(),
            given: Given::default(),
        };
        let mut names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        names.sort();
        Recipe::of(&knowledge, table, table, &names)
    }

    #[track_caller]
    fn check(recipe: &Recipe, key: &[&str], left_out: &[(&str, &str)]) {
        assert_eq!(recipe.key, key);
        let found = recipe.left_out.iter().map(|one| (one.column.as_str(), one.why));
        assert_eq!(found.collect::<Vec<_>>(), left_out);
    }

    #[test]
    fn what_the_database_makes_up_is_left_out() {
        let made_up = |column| (column, MADE_UP);
        let clocked = ("updated_at", BY_TRIGGER);
        check(
            &recipe("sales", &[]),
            &["user_id"],
            &[made_up("created_at"), ("id", STAND_IN), clocked],
        );
        // Other rows hold the ids of contacts, and none those of tags.
        check(
            &recipe("contacts", &[]),
            &["id"],
            &[made_up("created_at"), clocked],
        );
        check(
            &recipe("tags", &[]),
            &[],
            &[made_up("created_at"), made_up("id"), clocked],
        );
    }

    #[test]
    fn what_the_project_calls_volatile_is_left_out() {
        let left_out = [
            ("created_at", MADE_UP),
            ("title", SAID),
            ("updated_at", BY_TRIGGER),
        ];
        check(&recipe("contacts", &["title"]), &["id"], &left_out);
    }

    #[test]
    fn users_are_compared_by_their_emails() {
        let sql = recipe("contacts", &[]).rows_sql("false");
        assert!(
            sql.contains(r#".who, t."assigned_to"::text) as "assigned_to""#),
            "{sql}"
        );
        assert!(
            sql.contains(r#"from "public"."sales" p join auth.users u on u.id = p."user_id""#),
            "{sql}"
        );
    }
}
