//! A test user as it should be.

use std::fmt;

use serde_json::{Map, Value, json};

use super::roles::Role;
use crate::settings::TestUsers;

/// A test user as it should be.
#[derive(Clone, PartialEq)]
pub struct Account {
    /// What it may do.
    pub role: Role,
    /// In lower case, as Auth keeps it.
    pub email: String,
    /// Never shown, except the documented default in the summary.
    pub password: String,
    /// Its number among the users of the role; `None` for the one that each role has.
    pub number: Option<u32>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.email)
    }
}

impl Account {
    /// The one account that each role has.
    pub fn new(role: &Role, password: &str) -> Account {
        Account {
            email: role.email.trim().to_lowercase(),
            role: role.clone(),
            password: password.to_owned(),
            number: None,
        }
    }

    /// The account of each role.
    pub fn all(users: &TestUsers) -> Vec<Account> {
        let accounts = users.roles.iter();
        accounts.map(|role| Account::new(role, &users.password)).collect()
    }

    /// One of many of the same role, as `manager7@test.local`.
    pub fn numbered(&self, number: u32) -> Account {
        let (user, host) = self.email.rsplit_once('@').unwrap_or((&self.email, "test.local"));
        Account {
            email: format!("{user}{number}@{host}"),
            number: Some(number),
            ..self.clone()
        }
    }

    /// The account that somebody with this e-mail has, when it is this one or a numbered one of its role.
    pub fn with_email(&self, email: &str) -> Option<Account> {
        let email = email.to_lowercase();
        if email == self.email {
            return Some(self.clone());
        }
        let (user, host) = self.email.rsplit_once('@')?;
        let digits = email.strip_prefix(user)?.strip_suffix(host)?.strip_suffix('@')?;
        let account = self.numbered(digits.parse().ok()?);
        (account.email == email).then_some(account)
    }

    /// The name the user goes by.
    pub fn first_name(&self) -> &str {
        &self.role.first_name
    }

    /// The role's, with the number where there are many.
    pub fn last_name(&self) -> String {
        match self.number {
            Some(number) => format!("{} {number}", self.role.last_name),
            None => self.role.last_name.clone(),
        }
    }

    /// What projects make the profile from.
    pub fn user_metadata(&self) -> Map<String, Value> {
        let own = json!({
            "first_name": self.first_name(),
            "last_name": self.last_name(),
            "role": self.role.name,
        });
        let mut metadata = self.role.metadata.clone();
        metadata.extend(own.as_object().cloned().unwrap_or_default());
        metadata
    }

    /// The role where the user cannot change it, for policies and triggers that read it from the token.
    pub fn app_metadata(&self) -> Map<String, Value> {
        let mut metadata = Map::from_iter([("role".to_owned(), json!(self.role.name))]);
        metadata.extend(self.role.claims.clone());
        metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager() -> Account {
        Account::new(&Role::named("account_manager", 2), "secret")
    }

    #[test]
    fn numbered_users_are_told_by_their_e_mail() {
        let seventh = manager().numbered(7);
        assert_eq!(
            (seventh.email.as_str(), seventh.last_name().as_str()),
            ("manager7@test.local", "Manager 7")
        );
        assert_eq!(manager().with_email("Manager7@test.local"), Some(seventh));
        assert_eq!(manager().with_email("manager@test.local"), Some(manager()));
        for other in [
            "manager07@test.local",
            "manager7@other.local",
            "managers@test.local",
            "m7@test.local",
        ] {
            assert_eq!(manager().with_email(other), None, "{other}");
        }
    }

    #[test]
    fn claims_go_where_the_user_cannot_write() {
        let mut role = Role::named("warehouse", 0);
        role.metadata.insert("phone".into(), "555-0100".into());
        role.claims.insert("tenant".into(), 7.into());
        let account = Account::new(&role, "secret");
        assert_eq!(
            Value::Object(account.user_metadata()),
            json!({ "phone": "555-0100", "first_name": "Test", "last_name": "Warehouse", "role": "warehouse" })
        );
        assert_eq!(
            Value::Object(account.app_metadata()),
            json!({ "role": "warehouse", "tenant": 7 })
        );
    }

    #[test]
    fn a_password_is_not_printed() {
        assert!(!format!("{:?}", manager()).contains("secret"));
    }
}
