//! Columns that stand for a user of Auth. Users who were made through the front door have another id on each side, so these
//! columns are compared by the user's e-mail.

use seed_core::catalog::{Catalog, Column, Identity, Table};

use super::clock;
use crate::database::name::{qualified, quoted};

/// How a column leads to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// It holds the user's id.
    User,
    /// It holds the key of the user's row in a table of profiles.
    Profile {
        /// That table, as SQL takes it.
        table: String,
        /// Its key.
        key: String,
        /// Its column with the user's id.
        user: String,
    },
}

impl Person {
    /// How a column of a table leads to a user, if it does: by one foreign key of its own.
    pub fn of(catalog: &Catalog, table: &Table, column: &str) -> Option<Person> {
        let mut keys = table.foreign_keys.iter();
        keys.find_map(|key| {
            let ([from], [to]) = (key.columns.as_slice(), key.referenced_columns.as_slice()) else {
                return None;
            };
            if from != column {
                return None;
            }
            if is_of_auth(&key.referenced_schema, &key.referenced_table) {
                return Some(Person::User);
            }
            let is_target =
                |live: &&Table| live.schema == key.referenced_schema && live.name == key.referenced_table;
            let profiles = catalog.tables.iter().find(is_target)?;
            let user = user_column(profiles)?;
            if user == to {
                return Some(Person::User);
            }
            (stand_in(profiles)? == to).then(|| Person::Profile {
                table: qualified(&profiles.schema, &profiles.name),
                key: to.clone(),
                user: user.to_owned(),
            })
        })
    }

    /// A query for every value that leads to a user (`key`) and the user's e-mail (`who`), the id where there is none.
    pub fn sql(&self) -> String {
        let who = "coalesce(lower(u.email), u.id::text) as who";
        match self {
            Person::User => format!("select u.id as key, {who} from auth.users u"),
            Person::Profile { table, key, user } => format!(
                "select p.{} as key, {who} from {table} p join auth.users u on u.id = p.{}",
                quoted(key),
                quoted(user)
            ),
        }
    }
}

/// The column that makes a table one of users: it points at Auth, and no two rows have the same.
pub fn user_column(table: &Table) -> Option<&str> {
    let mut keys = table.foreign_keys.iter();
    keys.find_map(|key| {
        let [column] = key.columns.as_slice() else {
            return None;
        };
        let alone = std::slice::from_ref(column);
        let is_unique = table.primary_key == alone
            || table
                .unique
                .iter()
                .any(|unique| unique.columns == alone && !unique.partial);
        let is_it = is_of_auth(&key.referenced_schema, &key.referenced_table) && is_unique;
        is_it.then_some(column.as_str())
    })
}

/// The key of a table of users that says nothing but whose row it is: the database made it up.
pub fn stand_in(table: &Table) -> Option<&str> {
    let user = user_column(table)?;
    let [key] = table.primary_key.as_slice() else {
        return None;
    };
    let is_it = |column: &&Column| column.name == *key && column.name != user && is_made_up(column);
    table
        .columns
        .iter()
        .find(is_it)
        .map(|column| column.name.as_str())
}

fn is_made_up(column: &Column) -> bool {
    let default = column.default.as_deref().unwrap_or_default();
    column.identity != Identity::No || default.starts_with("nextval(") || clock::is_unsteady(default)
}

fn is_of_auth(schema: &str, table: &str) -> bool {
    (schema, table) == ("auth", "users")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_lead_to_users_by_themselves_or_over_a_profile() {
        let catalog = Catalog::reference();
        let table = |name: &str| {
            let mut tables = catalog.tables.iter();
            tables
                .find(|table| table.name == name)
                .expect("a table of the project")
        };
        let of = |name: &str, column: &str| Person::of(&catalog, table(name), column);
        assert_eq!(of("sales", "user_id"), Some(Person::User));
        let profile = Person::Profile {
            table: r#""public"."sales""#.into(),
            key: "id".into(),
            user: "user_id".into(),
        };
        assert_eq!(of("contacts", "assigned_to"), Some(profile));
        assert_eq!(of("products", "principal_id"), None);
        assert_eq!(stand_in(table("sales")), Some("id"));
        assert_eq!(stand_in(table("contacts")), None);
    }
}
