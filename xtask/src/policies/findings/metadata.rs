//! Policies that believe what users write of themselves: the metadata of a user are for the user to change.

use anyhow::{Context, Result};
use tokio_postgres::GenericClient;

use super::exposed::{Exposed, RowPolicy};
use super::functions::foreign_schemas;
use super::{Finding, Rule, Severity};

/// What a text says that reads them: as the token has them, and as Auth keeps them.
const NAMES: [&str; 2] = ["user_metadata", "raw_user_meta_data"];

/// Finds them in the policies themselves, and in the functions that they call.
///
/// # Errors
/// The database refuses.
pub async fn read(
    client: &impl GenericClient,
    schemas: &[String],
    relations: &[Exposed],
    policies: &[RowPolicy],
) -> Result<Vec<Finding>> {
    let sql = include_str!("../sql/called_by_policies.sql");
    let functions = client.query(sql, &[&schemas, &foreign_schemas()]).await;
    let functions = functions.context("read the functions that policies call")?;
    let functions = functions
        .iter()
        .filter(|row| is_read_in(&without_comments(row.get("definition"))))
        .map(|row| {
            let signature: String = row.get("signature");
            let title = signature.strip_prefix("public.").unwrap_or(&signature);
            finding(format!("function {title}"), "is called by policies and believes")
        });
    Ok(of_policies(relations, policies)
        .into_iter()
        .chain(functions)
        .collect())
}

fn of_policies(relations: &[Exposed], policies: &[RowPolicy]) -> Vec<Finding> {
    let reading = policies.iter().filter(|policy| is_read_in(&policy.text()));
    let found = reading.filter_map(|policy| {
        let table = relations.iter().find(|table| table.oid == policy.relation)?;
        let place = format!("{}: policy {}", table.title(), policy.name);
        Some(Finding {
            relation: Some(table.title()),
            roles: policy.roles.clone(),
            ..finding(place, "believes")
        })
    });
    found.collect()
}

fn finding(place: String, believes: &str) -> Finding {
    Finding {
        rule: Rule::TrustsUserMetadata,
        severity: Severity::High,
        place,
        relation: None,
        roles: vec!["authenticated".to_owned()],
        message: format!(
            "{believes} the metadata of users, which every user can write: `auth.updateUser({{ data: … }})`"
        ),
        mend: "read `app_metadata`, which only the server can write, or a table that users cannot write"
            .to_owned(),
    }
}

/// Whether a text names them, as a word of their own.
fn is_read_in(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.any(|word| NAMES.contains(&word.to_lowercase().as_str()))
}

/// A definition without what stands behind `--`: a warning against metadata reads none.
fn without_comments(definition: &str) -> String {
    let lines = definition
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_write_of_themselves_is_told_from_what_the_server_writes() {
        let check = |text: &str, expected: bool| assert_eq!(is_read_in(text), expected, "{text}");
        check(
            "((auth.jwt() -> 'user_metadata'::text) ->> 'role'::text) = 'admin'::text",
            true,
        );
        check("auth.jwt() #>> '{user_metadata,role}'", true);
        check("select RAW_USER_META_DATA ->> 'role' from auth.users", true);
        check(
            "((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'admin'::text",
            false,
        );
        check("select raw_app_meta_data from auth.users", false);
        let definition = "select true -- never read user_metadata\nfrom members";
        check(&without_comments(definition), false);
    }

    #[test]
    fn a_policy_is_named_with_its_table() {
        let table = Exposed {
            oid: 1,
            schema: "public".into(),
            name: "notes".into(),
            ..Exposed::default()
        };
        let policy = |name: &str, rows: &str| RowPolicy {
            relation: 1,
            name: name.into(),
            permissive: true,
            verb: None,
            roles: vec!["authenticated".into()],
            rows: Some(rows.into()),
            written: None,
        };
        let policies = [
            policy("own", "(user_id = auth.uid())"),
            policy(
                "admins",
                "((auth.jwt() -> 'user_metadata'::text) ? 'admin'::text)",
            ),
        ];
        let found = of_policies(&[table], &policies);
        let [finding] = found.as_slice() else {
            panic!("not one finding: {found:?}")
        };
        assert_eq!(finding.place, "notes: policy admins");
        assert_eq!(
            (finding.rule, finding.severity),
            (Rule::TrustsUserMetadata, Severity::High)
        );
    }
}
