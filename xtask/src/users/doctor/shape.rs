//! What a database has of what the rules speak of: Auth adds columns with time, and projects name their tables.

use std::collections::HashSet;

use anyhow::{Context, Result};
use seed_core::catalog::Catalog;
use serde_json::Value;
use stack::hint::mendable;
use tokio_postgres::GenericClient;

use crate::database::name::{literal, qualified, quoted};
use crate::settings::TestUsers;
use crate::users::account::Account;
use crate::users::metadata::MetadataTable;
use crate::users::profile::ProfileTable;

/// Columns of `auth.users` that rules read and that older databases lack, as such a database would have them.
const ADDED_LATER: [(&str, &str); 4] = [
    ("phone", "null::text"),
    ("is_sso_user", "false"),
    ("is_anonymous", "false"),
    ("deleted_at", "null::timestamptz"),
];

/// What a database has.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Who looks at it.
    pub role: String,
    /// The ids of the test users.
    pub test_users: HashSet<String>,
    /// Those of them whom the settings name, so that their passwords and profiles are known.
    pub named_users: HashSet<String>,
    /// What the token of each of these says of what it may do: the id, and an object.
    claims: Vec<(String, Value)>,
    columns: HashSet<String>,
    profile: Option<Profile>,
}

/// The row that the project keeps for each user.
#[derive(Debug, Clone)]
struct Profile {
    table: String,
    name: String,
    user_column: String,
}

impl Shape {
    /// Looks at the database.
    ///
    /// # Errors
    /// It has no Auth, or this role sees none of its rows.
    pub async fn read(client: &impl GenericClient, catalog: &Catalog, users: &TestUsers) -> Result<Shape> {
        let standing = client.query_one(include_str!("sql/standing.sql"), &[]).await;
        let standing = standing.context("look for the users of Auth")?;
        let role: String = standing.get("role");
        if !standing.get::<_, bool>("is_there") {
            return Err(mendable(
                "look for the users of Auth: the database has no tables `auth.users` and `auth.identities`",
                "let Auth make them: start it once on this database",
            ));
        }
        if standing.get::<_, Option<bool>>("sees_nothing") == Some(true) {
            return Err(mendable(
                format!("look for the users of Auth: row level security hides them from the role `{role}`"),
                "connect as `postgres`",
            ));
        }
        let columns = client.query(include_str!("sql/columns.sql"), &[]).await;
        let columns = columns.context("read which columns Auth has")?;
        let profile = ProfileTable::find_without_key(catalog).map(|profile| Profile {
            table: qualified(profile.schema(), profile.name()),
            name: profile.name().to_owned(),
            user_column: quoted(profile.user_column()),
        });
        let accounts = Account::all(users);
        let test_users = MetadataTable::of(catalog).emails(client).await?;
        let account = |email: &String| accounts.iter().find_map(|account| account.with_email(email));
        let mut claims: Vec<(String, Value)> = test_users
            .iter()
            .filter_map(|(id, email)| {
                let account = account(email.as_ref()?)?;
                Some((id.clone(), account.app_metadata().into()))
            })
            .collect();
        claims.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Shape {
            role,
            named_users: claims.iter().map(|(id, _)| id.clone()).collect(),
            claims,
            test_users: test_users.into_keys().collect(),
            columns: columns.iter().map(|row| row.get("name")).collect(),
            profile,
        })
    }

    /// One that has these columns, `schema.table.column`.
    #[cfg(test)]
    pub fn with_columns(columns: &[&str]) -> Shape {
        Shape {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            ..Shape::default()
        }
    }

    /// One that has two test users, one of whom the settings name.
    #[cfg(test)]
    pub fn with_test_users(named: &str, unnamed: &str) -> Shape {
        Shape {
            test_users: HashSet::from([named.to_owned(), unnamed.to_owned()]),
            named_users: HashSet::from([named.to_owned()]),
            ..Shape::default()
        }
    }

    /// The columns that `schema.table.column` names, as table and column; the schema can be `*`.
    pub fn columns(&self, path: &str) -> Vec<(String, String)> {
        let is_it = |name: &&String| match path.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => *name == path,
        };
        let split = |name: &String| {
            let (table, column) = name.rsplit_once('.')?;
            Some((table.to_owned(), column.to_owned()))
        };
        let mut found: Vec<_> = self.columns.iter().filter(is_it).filter_map(split).collect();
        found.sort();
        found
    }

    /// Puts the names of this database in the places that a rule leaves for them.
    ///
    /// # Errors
    /// Why there is nothing to put in.
    pub fn expand(&self, sql: &str) -> Result<String, String> {
        let provider_id = if self.has("auth.identities.provider_id") {
            "provider_id"
        } else {
            "id"
        };
        let sql = sql
            .replace("{provider_id}", provider_id)
            .replace("{account}", &self.accounts());
        if !sql.contains("{profile") {
            return Ok(sql);
        }
        let Some(profile) = &self.profile else {
            return Err("the project has no table with a row for each user".into());
        };
        let name = literal(&profile.name);
        Ok(sql
            .replace("'{profile_name}'", &name)
            .replace("{profile}", &profile.table)
            .replace("{profile_user}", &profile.user_column))
    }

    /// The test users whom the settings name as rows of `id` and `claims`, where a table can stand.
    fn accounts(&self) -> String {
        let row = |(id, claims): &(String, Value)| {
            format!("({}, {}::jsonb)", literal(id), literal(&claims.to_string()))
        };
        let rows: Vec<String> = self.claims.iter().map(row).collect();
        match rows.is_empty() {
            true => "(select null::text as id, null::jsonb as claims where false)".to_owned(),
            false => format!(
                "(select * from (values {}) as named (id, claims))",
                rows.join(", ")
            ),
        }
    }

    /// What a rule says, with the name of the project's table in it.
    pub fn sentence(&self, text: &str) -> String {
        let name = self.profile.as_ref().map_or("profiles", |profile| &profile.name);
        text.replace("{profile}", &format!("`{name}`"))
    }

    /// `everyone`, `person` and `identity`: Auth's tables in the shape of today, whatever their age, to begin a query
    /// with. A `person` is who was not deleted softly.
    pub fn preamble(&self) -> String {
        let added: String = ADDED_LATER
            .iter()
            .filter(|(column, _)| !self.has(&format!("auth.users.{column}")))
            .map(|(column, value)| format!(", {value} as {column}"))
            .collect();
        let provider_id = match self.has("auth.identities.provider_id") {
            true => "",
            false => ", i.id as provider_id",
        };
        format!(
            "with everyone as (select u.*{added} from auth.users as u),
                person as (select * from everyone where deleted_at is null),
                identity as (select i.*{provider_id} from auth.identities as i)"
        )
    }

    fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_auth_is_given_the_shape_of_today() {
        let old = Shape::with_columns(&["auth.users.phone"]);
        let preamble = old.preamble();
        for added in [
            "false as is_sso_user",
            "false as is_anonymous",
            "i.id as provider_id",
        ] {
            assert!(preamble.contains(added), "{preamble}");
        }
        assert!(!preamble.contains("as phone"), "{preamble}");
        assert_eq!(old.expand("{provider_id} = 1").unwrap(), "id = 1");

        let new = Shape::with_columns(&["auth.users.deleted_at", "auth.identities.provider_id"]);
        let preamble = new.preamble();
        assert!(!preamble.contains("as deleted_at"), "{preamble}");
        assert!(!preamble.contains("as provider_id"), "{preamble}");
        assert_eq!(new.expand("{provider_id} = 1").unwrap(), "provider_id = 1");
    }

    #[test]
    fn a_table_is_found_in_whichever_schema_it_is() {
        let shape = Shape::with_columns(&[
            "public.test_user_metadata.user_id",
            "seedbed.test_user_metadata.user_id",
        ]);
        let found = |schema: &str| (format!("{schema}.test_user_metadata"), "user_id".to_owned());
        assert_eq!(
            shape.columns("*.test_user_metadata.user_id"),
            [found("public"), found("seedbed")]
        );
        assert_eq!(shape.columns("auth.users.phone"), []);
    }

    #[test]
    fn what_test_users_may_do_stands_where_a_rule_asks_for_it() {
        let none = Shape::default().expand("from {account} as a").unwrap();
        assert!(none.contains("where false"), "{none}");
        let shape = Shape {
            claims: vec![("7".into(), serde_json::json!({ "role": "o'brien" }))],
            ..Shape::default()
        };
        assert_eq!(
            shape.expand("from {account} as a").unwrap(),
            r#"from (select * from (values ('7', '{"role":"o''brien"}'::jsonb)) as named (id, claims)) as a"#
        );
    }

    #[test]
    fn a_rule_about_profiles_is_skipped_where_there_are_none() {
        let why = Shape::default().expand("select 1 from {profile}").unwrap_err();
        assert!(why.contains("no table"), "{why}");
    }
}
