//! What a reset tells at its end: who can sign in, and what each owns.

use std::collections::BTreeMap;
use std::iter;

use comfy_table::{Table, presets};
use serde::Serialize;
use uuid::Uuid;

use crate::users::roles::title;

/// The documented default, no secret; any other password is one.
const DEFAULT_PASSWORD: &str = "TestPass123!";

/// A test user, as the result shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserSummary {
    /// The name of its role.
    pub role: String,
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

/// The table of users. Where `width` is known, each stands on one line, with as many tables as fit.
pub fn table(users: &[UserSummary], password: &str, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["role", "e-mail", "password", "owns"]);
    let longest = |text: fn(&UserSummary) -> &str| {
        let lengths = users.iter().map(|user| text(user).chars().count());
        lengths.max().unwrap_or(0)
    };
    let others = longest(|user| &user.role) + longest(|user| &user.email) + shown(password).len();
    let room = width.map(|width| width.saturating_sub(others + 4 * CELL_PADDING));
    for user in users {
        let owns = user
            .tables
            .iter()
            .filter_map(|name| Some((name, user.owns.get(name)?)));
        let owns: Vec<String> = owns
            .map(|(name, count)| format!("{} {name}", grouped(*count)))
            .collect();
        table.add_row([
            &title(&user.role),
            &user.email,
            shown(password),
            &fitting(&owns, room),
        ]);
    }
    table.trim_fmt()
}

/// Blanks to the left and to the right of a cell.
const CELL_PADDING: usize = 2;

/// As many of `items` as fit into `room` columns, but one at least; `…` stands for the others.
fn fitting(items: &[String], room: Option<usize>) -> String {
    let fits = |text: &String| room.is_none_or(|room| text.chars().count() <= room);
    let shortened = (1..items.len())
        .rev()
        .map(|count| items[..count].join(" · ") + " · …");
    let mut longest_first: Vec<String> = iter::once(items.join(" · ")).chain(shortened).collect();
    let at = longest_first
        .iter()
        .position(fits)
        .unwrap_or(longest_first.len() - 1);
    longest_first.swap_remove(at)
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
            role: "admin".into(),
            email: "admin@test.local".into(),
            id: Uuid::nil(),
            signed_in: true,
            owns: BTreeMap::from([("contacts".to_owned(), 1100), ("organizations".to_owned(), 50)]),
            tables: vec!["organizations".into(), "contacts".into()],
        };
        let shown = table(std::slice::from_ref(&user), DEFAULT_PASSWORD, None);
        assert!(
            shown.contains("TestPass123!") && shown.contains("50 organizations · 1 100 contacts"),
            "{shown}"
        );
        assert!(!table(&[user], "hunter2", None).contains("hunter2"));
    }

    #[test]
    fn tables_that_do_not_fit_are_left_out() {
        let items = ["50 organizations", "100 contacts", "75 opportunities"].map(str::to_owned);
        let check = |room, expected| assert_eq!(fitting(&items, room), expected);
        check(None, "50 organizations · 100 contacts · 75 opportunities");
        check(Some(50), "50 organizations · 100 contacts · 75 opportunities");
        check(Some(49), "50 organizations · 100 contacts · …");
        check(Some(34), "50 organizations · …");
        check(Some(3), "50 organizations · …");
        assert_eq!(fitting(&[], Some(3)), "");
    }
}
