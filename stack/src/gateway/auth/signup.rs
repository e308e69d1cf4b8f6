//! `POST /signup`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::error::{Answer, AuthError};
use super::pkce::{self, Challenge};
use super::request::{Context, Params};
use super::sessions::{self, Method};
use super::user_object::{Object, User};
use super::users::{DEFAULT_ROLE, NewUser, identity_claims};
use super::{Auth, DEFAULT_AUDIENCE, audit, email, password};

/// What a client sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUp {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) password: Option<String>,
    pub(super) data: Option<Object>,
    #[serde(flatten)]
    pub(super) challenge: Challenge,
}

/// What came of it.
pub(super) enum SignedUp {
    /// A user who must still confirm the e-mail.
    Waiting(User),
    /// A user who can sign in.
    Confirmed(User),
}

pub(super) async fn sign_up(
    State(auth): State<Arc<Auth>>,
    context: Context,
    Params(params): Params<SignUp>,
) -> Answer {
    let is_absent = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
    if is_absent(&params.email) && is_absent(&params.phone) {
        let message = "Anonymous sign-ins are disabled";
        return Err(AuthError::new(422, "anonymous_provider_disabled", message));
    }
    let mut connection = auth.connection().await?;
    match auth.register(&mut connection, &context, params).await? {
        SignedUp::Waiting(user) => Ok(Json(user).into_response()),
        SignedUp::Confirmed(user) => {
            let tx = connection.transaction().await?;
            audit::write(&tx, &user, "login", json!({ "provider": "email" })).await?;
            let token = sessions::open(&auth, &tx, &context, user, Method::Password).await?;
            tx.commit().await?;
            Ok(Json(token).into_response())
        }
    }
}

impl Auth {
    /// Makes a user who signs up, and confirms them or sends the link for it.
    pub(super) async fn register(
        &self,
        connection: &mut deadpool_postgres::Object,
        context: &Context,
        params: SignUp,
    ) -> Result<SignedUp, AuthError> {
        if !self.settings.signups {
            return Err(AuthError::new(
                422,
                "signup_disabled",
                "Signups not allowed for this instance",
            ));
        }
        let password = params.password.unwrap_or_default();
        if password.is_empty() {
            return Err(AuthError::bad_request("Signup requires a valid password"));
        }
        self.settings.passwords.check(&password)?;
        let phone = params.phone.unwrap_or_default();
        let email = match (params.email.unwrap_or_default(), phone.is_empty()) {
            (email, false) if !email.is_empty() => {
                let message = "Only an email address or phone number should be provided on signup.";
                return Err(AuthError::bad_request(message));
            }
            (_, false) => {
                return Err(AuthError::new(
                    400,
                    "phone_provider_disabled",
                    "Phone signups are disabled",
                ));
            }
            (email, true) => email,
        };
        params.challenge.check()?;
        if !self.settings.email_provider {
            return Err(AuthError::new(
                400,
                "email_provider_disabled",
                "Email signups are disabled",
            ));
        }
        let email = email::validate(&email)?;
        let aud = context.audience().unwrap_or(DEFAULT_AUDIENCE).to_owned();
        let hash = password::hash(password).await?;
        let data = params.data.unwrap_or_default();

        let tx = connection.transaction().await?;
        let existing = User::by_email(&tx, &email, &aud)
            .await
            .map_err(|error| error.during("Database error finding user"))?;
        if let Some(user) = existing.as_ref().filter(|user| user.is_confirmed()) {
            audit::write(&tx, user, "user_repeated_signup", json!({ "provider": "email" })).await?;
            tx.commit().await?;
            return match self.settings.autoconfirm {
                true => Err(AuthError::new(
                    422,
                    "user_already_exists",
                    "User already registered",
                )),
                false => Ok(SignedUp::Waiting(disguised(&email, aud, data))),
            };
        }
        let mut user = match existing {
            Some(user) => user,
            None => sign_up_new(&tx, email, aud, hash, data.clone()).await?,
        };
        if !user
            .identities
            .iter()
            .flatten()
            .any(|identity| identity.provider == "email")
        {
            let mut claims = identity_claims(user.id, user.email());
            for (name, value) in data {
                claims.entry(name).or_insert(value);
            }
            user.add_identity(&tx, "email", claims).await?;
        }
        let provider = json!({ "provider": "email" });
        if self.settings.autoconfirm {
            audit::write(&tx, &user, "user_signedup", provider).await?;
            user.confirm(&tx)
                .await
                .map_err(|error| error.during("Database error updating user"))?;
        } else {
            audit::write(&tx, &user, "user_confirmation_requested", provider).await?;
            let is_pkce = pkce::begin(&tx, &params.challenge, "email", "email/signup", user.id).await?;
            let redirect_to = self.settings.redirects.target(context);
            let sent = self
                .send_confirmation(&tx, &mut user, &redirect_to, is_pkce)
                .await;
            sent.map_err(|error| error.during("Error sending confirmation email"))?;
        }
        user.reload(&tx).await?;
        tx.commit().await?;
        if self.settings.autoconfirm {
            return Ok(SignedUp::Confirmed(user));
        }
        if user.invited_at.is_some() {
            user.user_metadata.clear();
            user.identities = Some(Vec::new());
        }
        Ok(SignedUp::Waiting(user))
    }
}

/// Inserts a user who signs up or is invited; triggers may change the row before it is read again.
pub(super) async fn sign_up_new(
    tx: &Transaction<'_>,
    email: String,
    aud: String,
    encrypted_password: String,
    data: Object,
) -> Result<User, AuthError> {
    let new = NewUser {
        id: Uuid::new_v4(),
        aud,
        email: Some(email),
        phone: None,
        encrypted_password,
        user_metadata: Some(data),
        providers: vec!["email"],
    };
    let saved = User::insert(tx, new).await;
    let mut user = saved.map_err(|error| error.during("Database error saving new user"))?;
    let updated = user.set_role(tx, DEFAULT_ROLE).await;
    updated.map_err(|error| error.during("Database error updating user"))?;
    user.reload(tx)
        .await
        .map_err(|error| error.during("Database error loading user after sign-up"))?;
    Ok(user)
}

/// What somebody is shown who signs up with an e-mail that is taken: nothing tells it from a new user.
pub(super) fn disguised(email: &str, aud: String, data: Object) -> User {
    let now = Timestamp::now();
    let app_metadata = json!({ "provider": "email", "providers": ["email"] });
    User {
        id: Uuid::new_v4(),
        aud,
        role: String::new(),
        email: Some(email.into()),
        encrypted_password: None,
        email_confirmed_at: None,
        invited_at: None,
        phone: None,
        phone_confirmed_at: None,
        confirmation_sent_at: Some(now),
        confirmed_at: None,
        recovery_sent_at: None,
        email_change: String::new(),
        email_change_sent_at: None,
        reauthentication_sent_at: None,
        last_sign_in_at: None,
        app_metadata: app_metadata.as_object().cloned().unwrap_or_default(),
        user_metadata: data,
        identities: Some(Vec::new()),
        created_at: now,
        updated_at: now,
        banned_until: None,
        deleted_at: None,
        is_anonymous: false,
        is_sso_user: false,
        email_change_confirm_status: 0,
        confirmation_token: String::new(),
        recovery_token: String::new(),
        email_change_token_current: String::new(),
        email_change_token_new: String::new(),
    }
}
