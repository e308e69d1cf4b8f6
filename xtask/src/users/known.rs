//! The test users that exist, by the words that people have for them.

use anyhow::Result;
use seed_core::catalog::Catalog;
use stack::hint::mendable;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::account::Account;
use super::auth_api::{AuthApi, SignIn};
use super::metadata::{MetadataTable, TestUser};
use super::roles::{Role, called};
use crate::settings::TestUsers;

/// Someone who is signed in.
pub struct Session {
    /// As whom.
    pub account: Account,
    /// Its id in Auth.
    pub id: Uuid,
    /// All that Auth answered: `access_token`, `refresh_token`, `expires_at`, `user` and so on.
    pub body: serde_json::Value,
}

impl Session {
    /// A text of what Auth answered.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

/// The account of a test user, who must be there.
///
/// # Errors
/// There is no such role, or no such test user.
pub async fn find(
    client: &impl GenericClient,
    catalog: &Catalog,
    users: &TestUsers,
    who: &str,
) -> Result<(Account, Uuid)> {
    let known = MetadataTable::of(catalog).users(client).await?;
    let email = match who.contains('@') {
        true => who.trim().to_lowercase(),
        false => Account::new(called(&users.roles, &[who.to_owned()])?[0], &users.password).email,
    };
    let user = known.iter().find(|user| user.email == email).ok_or_else(|| {
        let emails: Vec<&str> = known.iter().map(|user| user.email.as_str()).take(8).collect();
        let hint = match emails.as_slice() {
            [] => "`cargo xtask users` makes the test users".to_owned(),
            emails => format!(
                "`cargo xtask users` makes the test users; there are {}",
                emails.join(", ")
            ),
        };
        mendable(format!("find the test user `{email}`: there is none"), hint)
    })?;
    Ok((account_of(user, users), user.user_id))
}

/// The test users whom the settings name, by the e-mail of their role or by a number with it, each with its id.
///
/// # Errors
/// The database refuses.
pub async fn named(
    client: &impl GenericClient,
    catalog: &Catalog,
    users: &TestUsers,
) -> Result<Vec<(Account, Uuid)>> {
    let accounts = Account::all(users);
    let named = |user: TestUser| {
        let account = accounts
            .iter()
            .find_map(|account| account.with_email(&user.email))?;
        Some((account, user.user_id))
    };
    let known = MetadataTable::of(catalog).users(client).await?;
    Ok(known.into_iter().filter_map(named).collect())
}

/// The account of a test user as the database knows it.
pub fn account_of(user: &TestUser, users: &TestUsers) -> Account {
    let accounts = Account::all(users);
    let own = accounts
        .iter()
        .find_map(|account| account.with_email(&user.email));
    own.unwrap_or_else(|| {
        let role = users.roles.iter().find(|role| role.name == user.role).cloned();
        Account {
            email: user.email.clone(),
            ..Account::new(
                &role.unwrap_or_else(|| Role::named(&user.role, u16::MAX)),
                &users.password,
            )
        }
    })
}

/// The roles of the settings, and those that test users have whom the settings do not name any more.
pub fn with_roles_of(users: &[TestUser], roles: &[Role]) -> Vec<Role> {
    let mut all = roles.to_vec();
    for user in users {
        if all.iter().all(|role| role.name != user.role) {
            all.push(Role::named(&user.role, u16::MAX));
        }
    }
    all
}

/// In the order of their roles, then of their e-mails, shorter ones first: 10 comes after 9.
pub fn in_order(mut users: Vec<TestUser>, roles: &[Role]) -> Vec<TestUser> {
    let place = |user: &TestUser| {
        roles
            .iter()
            .position(|role| role.name == user.role)
            .unwrap_or(usize::MAX)
    };
    users.sort_by_key(|user| (place(user), user.email.len(), user.email.clone()));
    users
}

const ANOTHER_PASSWORD: &str = "its password is not `TEST_USER_PASSWORD`: `cargo xtask users` sets it back, or set the variable \
                                to the one that `cargo xtask users set-password` has set";
const BRING_IN_LINE: &str = "`cargo xtask users` brings password and confirmation in line; `cargo xtask users doctor` finds \
                             what else is wrong";

/// Signs in as an account.
///
/// # Errors
/// Auth refuses.
pub async fn sign_in(api: &AuthApi, account: Account, id: Uuid) -> Result<Session> {
    match api.sign_in(&account).await? {
        SignIn::Done { session, .. } => Ok(Session {
            account,
            id,
            body: session,
        }),
        SignIn::Refused { code, message } => Err(mendable(
            format!("sign in as `{}`: {message} ({code})", account.email),
            match code.as_str() {
                "invalid_credentials" => ANOTHER_PASSWORD,
                _ => BRING_IN_LINE,
            },
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(email: &str, role: &str) -> Account {
        let users = TestUsers {
            roles: Role::defaults(),
            password: "secret".into(),
            owner: None,
        };
        let user = TestUser {
            user_id: Uuid::nil(),
            role: role.into(),
            email: email.into(),
            owns: Default::default(),
        };
        account_of(&user, &users)
    }

    #[test]
    fn a_role_that_left_the_settings_is_found_while_somebody_has_it() {
        let boss = TestUser {
            user_id: Uuid::nil(),
            role: "boss".into(),
            email: "boss@test.local".into(),
            owns: Default::default(),
        };
        let roles = with_roles_of(&[boss.clone(), boss], &Role::defaults());
        assert_eq!(roles.len(), 4);
        assert_eq!(called(&roles, &["boss".into()]).unwrap()[0].name, "boss");
        assert!(called(&with_roles_of(&[], &Role::defaults()), &["boss".into()]).is_err());
    }

    #[test]
    fn a_test_user_has_the_account_of_its_e_mail_else_of_its_role() {
        assert_eq!(account("manager3@test.local", "account_manager").number, Some(3));
        let renamed = account("boss@old.local", "admin");
        assert_eq!(
            (renamed.email.as_str(), renamed.role.name.as_str()),
            ("boss@old.local", "admin")
        );
        assert_eq!(account("w@test.local", "warehouse").role.name, "warehouse");
    }
}
