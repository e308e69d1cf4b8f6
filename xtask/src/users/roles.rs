//! The roles of the domain and the test account of each.

use serde::{Deserialize, Serialize};

use crate::env_vars;
use crate::settings::TestUsers;

/// What a test user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestRole {
    /// Reads and writes all.
    Admin,
    /// Reads all, writes own.
    SalesDirector,
    /// Reads and writes own.
    AccountManager,
}

impl TestRole {
    /// All roles, in the order in which they own blocks of rows.
    pub const ALL: [TestRole; 3] = [TestRole::Admin, TestRole::SalesDirector, TestRole::AccountManager];

    /// The place of the role's rows among the owners, the same whichever other roles exist.
    pub fn slot(self) -> u16 {
        self as u16
    }

    /// As the database spells it.
    pub fn label(self) -> &'static str {
        match self {
            TestRole::Admin => "admin",
            TestRole::SalesDirector => "sales_director",
            TestRole::AccountManager => "account_manager",
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            TestRole::Admin => "admin",
            TestRole::SalesDirector => "sales director",
            TestRole::AccountManager => "account manager",
        }
    }

    /// The variable that sets the e-mail of its test user.
    pub fn email_variable(self) -> &'static str {
        match self {
            TestRole::Admin => env_vars::TEST_ADMIN_EMAIL,
            TestRole::SalesDirector => env_vars::TEST_DIRECTOR_EMAIL,
            TestRole::AccountManager => env_vars::TEST_MANAGER_EMAIL,
        }
    }

    /// The role that the database spells so.
    pub fn from_label(label: &str) -> Option<TestRole> {
        TestRole::ALL.into_iter().find(|role| role.label() == label)
    }

    /// The label for this role among those that the database takes: its own, else the nearest that projects use.
    pub fn label_among(self, allowed: &[String]) -> Option<&str> {
        let known: &[&str] = match self {
            TestRole::Admin => &["admin", "administrator", "owner"],
            TestRole::SalesDirector => &["sales_director", "director", "manager", "sales_manager"],
            TestRole::AccountManager => &[
                "account_manager",
                "rep",
                "sales_rep",
                "sales",
                "agent",
                "user",
                "member",
            ],
        };
        known
            .iter()
            .find_map(|label| allowed.iter().find(|one| one.eq_ignore_ascii_case(label)))
            .map(String::as_str)
    }
}

/// A test user as it should be.
#[derive(Debug, Clone)]
pub struct Account {
    /// What it may do.
    pub role: TestRole,
    /// In lower case, as Auth keeps it.
    pub email: String,
    /// Never shown, except the documented default in the summary.
    pub password: String,
}

impl Account {
    /// The account of `role`.
    pub fn new(role: TestRole, email: &str, password: &str) -> Account {
        Account {
            role,
            email: email.trim().to_lowercase(),
            password: password.to_owned(),
        }
    }

    /// The three accounts that the settings describe.
    pub fn all(users: &TestUsers) -> [Account; 3] {
        TestRole::ALL.map(|role| {
            let email = match role {
                TestRole::Admin => &users.admin_email,
                TestRole::SalesDirector => &users.director_email,
                TestRole::AccountManager => &users.manager_email,
            };
            Account::new(role, email, &users.password)
        })
    }

    /// The name the user goes by.
    pub fn first_name(&self) -> &'static str {
        match self.role {
            TestRole::Admin => "Ada",
            TestRole::SalesDirector => "Dana",
            TestRole::AccountManager => "Max",
        }
    }

    /// The role, so that a person sees in any list whom they look at.
    pub fn last_name(&self) -> &'static str {
        match self.role {
            TestRole::Admin => "Admin",
            TestRole::SalesDirector => "Director",
            TestRole::AccountManager => "Manager",
        }
    }

    /// Whether it administers the other users.
    pub fn is_administrator(&self) -> bool {
        self.role == TestRole::Admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(role: TestRole, allowed: &[&str], expected: Option<&str>) {
        let allowed: Vec<String> = allowed.iter().map(|&label| label.to_owned()).collect();
        assert_eq!(role.label_among(&allowed), expected);
    }

    #[test]
    fn a_role_takes_its_own_label_before_a_similar_one() {
        check(
            TestRole::SalesDirector,
            &["manager", "sales_director"],
            Some("sales_director"),
        );
        check(
            TestRole::SalesDirector,
            &["admin", "manager", "rep"],
            Some("manager"),
        );
        check(
            TestRole::AccountManager,
            &["admin", "manager", "rep"],
            Some("rep"),
        );
        check(TestRole::Admin, &["viewer"], None);
    }

    #[test]
    fn labels_read_back_to_their_role() {
        for role in TestRole::ALL {
            assert_eq!(TestRole::from_label(role.label()), Some(role));
        }
    }
}
