//! An auth provider in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::errors::{self, ApiError};

/// Who is signed in, as an application shows it.
///
/// ```
/// use seed_core::mock::{AuthProvider, MockAuthProvider};
/// let identity = MockAuthProvider::signed_in_as("admin").get_identity().unwrap();
/// assert_eq!((identity.id, identity.email.as_str()), (1, "admin@test.local"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Key in `sales`.
    pub id: i64,
    /// First and last name.
    pub full_name: String,
    /// E-mail address.
    pub email: String,
}

/// Someone who can sign in.
///
/// ```
/// use seed_core::mock::{AuthProvider, MockAuthProvider, MockUser};
/// let auth = MockAuthProvider::signed_out();
/// auth.add(MockUser { email: "olga@test.local".into(), role: "owner".into(), ..MockUser::of_role("admin", 4) });
/// auth.login("olga@test.local", MockUser::PASSWORD).unwrap();
/// assert_eq!(auth.get_permissions().unwrap(), "owner");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockUser {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Role, as in `sales`.
    pub role: String,
    /// Key in `sales`.
    pub profile_id: i64,
    /// First and last name.
    pub full_name: String,
    /// Why the user cannot sign in, with the right password too.
    pub refusal: Option<ApiError>,
}

impl MockUser {
    /// The password of the test users, as of `xtask users`.
    pub const PASSWORD: &str = "TestPass123!";

    /// A test user of that role.
    pub fn of_role(role: &str, profile_id: i64) -> Self {
        let name = match role {
            "sales_director" => "director",
            "account_manager" => "manager",
            other => other,
        };
        Self {
            email: format!("{name}@test.local"),
            password: Self::PASSWORD.into(),
            role: role.into(),
            profile_id,
            full_name: format!("Test {}{}", name[..1].to_uppercase(), &name[1..]),
            refusal: None,
        }
    }
}

/// Where an application signs in, with the calls of react-admin. One that is written against it can be tested with a
/// [`MockAuthProvider`].
///
/// ```
/// use seed_core::mock::{AuthProvider, MockAuthProvider};
/// fn greeting(auth: &impl AuthProvider) -> String {
///     auth.get_identity().map_or("Please sign in".into(), |identity| format!("Hello {}", identity.full_name))
/// }
/// assert_eq!(greeting(&MockAuthProvider::signed_out()), "Please sign in");
/// ```
pub trait AuthProvider {
    /// Signs in.
    ///
    /// # Errors
    /// [`errors::invalid_credentials`], and what else Auth answers.
    fn login(&self, email: &str, password: &str) -> Result<(), ApiError>;

    /// Signs out; who is signed out stays so.
    ///
    /// # Errors
    /// What Auth answers.
    fn logout(&self) -> Result<(), ApiError>;

    /// Whether somebody is signed in.
    ///
    /// # Errors
    /// Why not.
    fn check_auth(&self) -> Result<(), ApiError>;

    /// What an error of the API means for the session: 401 and 403 end it, as in ra-supabase.
    ///
    /// # Errors
    /// The error, where it ended the session.
    fn check_error(&self, error: &ApiError) -> Result<(), ApiError>;

    /// Who is signed in.
    ///
    /// # Errors
    /// Why nobody is.
    fn get_identity(&self) -> Result<Identity, ApiError>;

    /// The role of who is signed in.
    ///
    /// # Errors
    /// Why nobody is.
    fn get_permissions(&self) -> Result<String, ApiError>;
}

/// An auth provider in memory: the test users of the three roles, and those that are added. Clones share their session.
///
/// ```
/// use seed_core::errors;
/// use seed_core::factory::Records;
/// use seed_core::mock::{AuthProvider, Create, DataProvider, MockAuthProvider, MockDataProvider};
///
/// let auth = MockAuthProvider::signed_in_as("account_manager");
/// let provider = MockDataProvider::of(&Records::seeded(7)).guarded_by(&auth);
/// let tag = Create::of(serde_json::json!({ "name": "Key account" }));
/// assert_eq!(provider.create("tags", tag.clone()), Err(errors::policy_violation("tags")));
///
/// auth.login("admin@test.local", "TestPass123!")?;
/// assert!(provider.create("tags", tag.clone()).is_ok());
///
/// auth.expire();
/// assert_eq!(provider.create("tags", tag), Err(errors::jwt_expired()));
/// # Ok::<(), errors::ApiError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MockAuthProvider {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    users: Vec<MockUser>,
    session: Session,
    failing_next: VecDeque<ApiError>,
}

#[derive(Debug, Clone)]
enum Session {
    None,
    Of(MockUser),
    Expired,
}

impl MockAuthProvider {
    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        let roles = ["admin", "sales_director", "account_manager"];
        let users = roles
            .iter()
            .zip(1..)
            .map(|(role, id)| MockUser::of_role(role, id));
        Self {
            state: Arc::new(Mutex::new(State {
                users: users.collect(),
                session: Session::None,
                failing_next: VecDeque::new(),
            })),
        }
    }

    /// The test user of that role is signed in: `admin`, `sales_director` or `account_manager`. Their keys in `sales`
    /// are 1, 2 and 3.
    ///
    /// # Panics
    /// Where there is no such role.
    #[track_caller]
    pub fn signed_in_as(role: &str) -> Self {
        let auth = Self::signed_out();
        let user = auth.state().users.iter().find(|user| user.role == role).cloned();
        let user =
            user.unwrap_or_else(|| panic!("no test user has the role `{role}`; add one and let it log in"));
        auth.state().session = Session::Of(user);
        auth
    }

    /// One more who can sign in, or another one with the same address.
    pub fn add(&self, user: MockUser) {
        let mut state = self.state();
        state.users.retain(|other| other.email != user.email);
        state.users.push(user);
    }

    /// The session of who is signed in grows too old.
    pub fn expire(&self) {
        let mut state = self.state();
        if let Session::Of(_) = state.session {
            state.session = Session::Expired;
        }
    }

    /// The next sign-in fails; said twice, the next two do.
    pub fn fail_next(&self, error: ApiError) {
        self.state().failing_next.push_back(error);
    }

    /// Who asks the API for a table.
    pub(super) fn admit(&self, resource: &str) -> Result<MockUser, ApiError> {
        match &self.state().session {
            Session::None => Err(errors::permission_denied(resource)),
            Session::Expired => Err(errors::jwt_expired()),
            Session::Of(user) => Ok(user.clone()),
        }
    }

    fn user(&self) -> Result<MockUser, ApiError> {
        match &self.state().session {
            Session::None => Err(errors::no_authorization()),
            Session::Expired => Err(errors::jwt_expired()),
            Session::Of(user) => Ok(user.clone()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuthProvider for MockAuthProvider {
    fn login(&self, email: &str, password: &str) -> Result<(), ApiError> {
        let mut state = self.state();
        if let Some(error) = state.failing_next.pop_front() {
            return Err(error);
        }
        let fits = |user: &&MockUser| user.email == email.to_lowercase() && user.password == password;
        let user = state.users.iter().find(fits).cloned();
        let user = user.ok_or_else(errors::invalid_credentials)?;
        if let Some(refusal) = user.refusal {
            return Err(refusal);
        }
        state.session = Session::Of(user);
        Ok(())
    }

    fn logout(&self) -> Result<(), ApiError> {
        self.state().session = Session::None;
        Ok(())
    }

    fn check_auth(&self) -> Result<(), ApiError> {
        self.user().map(drop)
    }

    fn check_error(&self, error: &ApiError) -> Result<(), ApiError> {
        match error.status {
            Some(401 | 403) => {
                self.state().session = Session::None;
                Err(error.clone())
            }
            _ => Ok(()),
        }
    }

    fn get_identity(&self) -> Result<Identity, ApiError> {
        self.user().map(|user| Identity {
            id: user.profile_id,
            full_name: user.full_name,
            email: user.email,
        })
    }

    fn get_permissions(&self) -> Result<String, ApiError> {
        self.user().map(|user| user.role)
    }
}
