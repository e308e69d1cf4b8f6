//! Sessions: signing in opens one, a refresh token continues it, signing out ends it.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use rand::RngExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Auth;
use super::database::{execute, rows};
use super::error::AuthError;
use super::request::Context;
use super::user_object::User;

/// How a user proved who they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Method {
    Password,
    Otp,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "otp",
        }
    }
}

/// What a client gets when it signs in.
#[derive(Debug, Serialize)]
pub(super) struct TokenResponse {
    pub(super) access_token: String,
    pub(super) token_type: &'static str,
    pub(super) expires_in: u32,
    pub(super) expires_at: i64,
    pub(super) refresh_token: String,
    pub(super) user: User,
    /// Only after signing in by password: `null`, or why the password is weak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weak_password: Option<Value>,
}

/// The claims of a user token, in the order of Supabase Auth.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: Uuid,
    aud: &'a str,
    exp: i64,
    iat: i64,
    email: &'a str,
    phone: &'a str,
    app_metadata: &'a super::user_object::Object,
    user_metadata: &'a super::user_object::Object,
    role: &'a str,
    aal: &'a str,
    amr: Vec<Value>,
    session_id: Uuid,
    is_anonymous: bool,
}

/// Opens a session and signs its first tokens.
pub(super) async fn open(
    auth: &Auth,
    tx: &Transaction<'_>,
    context: &Context,
    mut user: User,
    method: Method,
) -> Result<TokenResponse, AuthError> {
    let session = Uuid::new_v4();
    user.last_sign_in_at = Some(Timestamp::now());
    let granted = grant(tx, context, &user, session).await;
    let refresh_token = granted.map_err(|error| error.during("Database error granting user"))?;
    let sql =
        "insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
        values ($1, $2, now(), now(), $3)";
    execute(tx, sql, &[&Uuid::new_v4(), &session, &method.name()]).await?;
    user.reload(tx).await?;
    response(auth, tx, user, session, refresh_token).await
}

/// Writes a session with its first refresh token.
async fn grant(
    tx: &Transaction<'_>,
    context: &Context,
    user: &User,
    session: Uuid,
) -> Result<String, AuthError> {
    let sql = "insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
        values ($1, $2, now(), now(), 'aal1', nullif($3, ''), $4)";
    execute(tx, sql, &[&session, &user.id, &context.user_agent(), &context.ip]).await?;
    issue_refresh_token(tx, user, session, None).await
}

/// Signs an access token for a session and puts it together with a refresh token.
pub(super) async fn response(
    auth: &Auth,
    tx: &Transaction<'_>,
    user: User,
    session: Uuid,
    refresh_token: String,
) -> Result<TokenResponse, AuthError> {
    let sql = "select authentication_method, extract(epoch from updated_at)::bigint
        from auth.mfa_amr_claims where session_id = $1 order by updated_at desc";
    let mut amr = Vec::new();
    for row in rows(tx, sql, &[&session]).await? {
        let (method, timestamp): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        amr.push(json!({ "method": method, "timestamp": timestamp }));
    }
    let issued_at = Timestamp::now().as_second();
    let expires_in = auth.settings.token_lifetime;
    let expires_at = issued_at + i64::from(expires_in);
    let access_token = auth.keys.sign(&Claims {
        iss: &auth.url,
        sub: user.id,
        aud: &user.aud,
        exp: expires_at,
        iat: issued_at,
        email: user.email(),
        phone: user.phone.as_deref().unwrap_or_default(),
        app_metadata: &user.app_metadata,
        user_metadata: &user.user_metadata,
        role: &user.role,
        aal: "aal1",
        amr,
        session_id: session,
        is_anonymous: user.is_anonymous,
    });
    Ok(TokenResponse {
        access_token,
        token_type: "bearer",
        expires_in,
        expires_at,
        refresh_token,
        user,
        weak_password: None,
    })
}

/// Adds a refresh token to a session; `parent` is the one that it replaces. Supabase Auth writes the time of the last
/// sign-in with each, so that triggers on `auth.users` fire here too, whether or not it has changed.
pub(super) async fn issue_refresh_token(
    tx: &Transaction<'_>,
    user: &User,
    session: Uuid,
    parent: Option<&str>,
) -> Result<String, AuthError> {
    let token = random_token();
    let sql = "insert into auth.refresh_tokens
            (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
        values ($1, $2, $3, false, now(), now(), $4, $5)";
    execute(
        tx,
        sql,
        &[&Uuid::nil(), &token, &user.id.to_string(), &parent, &session],
    )
    .await?;
    user.update(tx, "last_sign_in_at = $2", &[&user.last_sign_in_at])
        .await?;
    Ok(token)
}

/// Twelve letters and digits, as Supabase Auth makes them.
fn random_token() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = rand::rng();
    (0..12)
        .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
        .collect()
}

/// Which sessions of a user to end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope {
    All,
    Only(Uuid),
    AllBut(Uuid),
}

/// Ends sessions, and with them their refresh tokens.
pub(super) async fn end(tx: &Transaction<'_>, user_id: Uuid, scope: Scope) -> Result<(), AuthError> {
    let (condition, session) = match scope {
        Scope::All => ("$2::uuid is null", None),
        Scope::Only(session) => ("id = $2", Some(session)),
        Scope::AllBut(session) => ("id <> $2", Some(session)),
    };
    let sql = format!("delete from auth.sessions where user_id = $1 and {condition}");
    execute(tx, &sql, &[&user_id, &session]).await?;
    Ok(())
}
