//! What a reset tells at its end: who can sign in, and what each owns.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use uuid::Uuid;

use crate::users::roles::TestRole;

/// The documented default, no secret; any other password is one.
const DEFAULT_PASSWORD: &str = "TestPass123!";

/// A test user, as the result shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserSummary {
    /// What it may do.
    pub role: TestRole,
    /// Its e-mail.
    pub email: String,
    /// Its id in Auth.
    pub id: Uuid,
    /// Whether signing in worked.
    pub signed_in: bool,
    /// How many rows of each table it owns.
    pub owns: BTreeMap<String, u64>,
    /// The tables in the order in which they were written.
    #[serde(skip)]
    pub tables: Vec<String>,
}

/// The table of users.
pub fn table(users: &[UserSummary], password: &str) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["role", "e-mail", "password", "owns"]);
    for user in users {
        let owns = user
            .tables
            .iter()
            .filter_map(|name| Some((name, user.owns.get(name)?)));
        let owns: Vec<String> = owns
            .map(|(name, count)| format!("{} {name}", grouped(*count)))
            .collect();
        table.add_row([user.role.title(), &user.email, shown(password), &owns.join(" · ")]);
    }
    table.trim_fmt()
}

fn shown(password: &str) -> &str {
    if password == DEFAULT_PASSWORD {
        password
    } else {
        "TEST_USER_PASSWORD"
    }
}

/// A number with its thousands apart: `1 955`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, expected) in [(0, "0"), (999, "999"), (1955, "1 955"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn only_the_documented_password_is_shown() {
        let user = UserSummary {
            role: TestRole::Admin,
            email: "admin@test.local".into(),
            id: Uuid::nil(),
            signed_in: true,
            owns: BTreeMap::from([("contacts".to_owned(), 1100), ("organizations".to_owned(), 50)]),
            tables: vec!["organizations".into(), "contacts".into()],
        };
        let shown = table(std::slice::from_ref(&user), DEFAULT_PASSWORD);
        assert!(
            shown.contains("TestPass123!") && shown.contains("50 organizations · 1 100 contacts"),
            "{shown}"
        );
        assert!(!table(&[user], "hunter2").contains("hunter2"));
    }
}
