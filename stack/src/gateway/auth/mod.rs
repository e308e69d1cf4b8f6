//! `/auth/v1`: what Supabase Auth offers for e-mail and password, to the letter of its answers and its writes.

mod admin_users;
mod audit;
mod caller;
mod database;
mod duration;
mod email;
mod error;
mod generate_link;
mod info;
mod invite;
mod list_users;
mod logout;
mod mailer;
mod one_time_token;
mod otp;
mod password;
mod pkce;
mod recover;
mod redirect;
mod refresh;
mod request;
mod resend;
mod sessions;
mod signup;
mod stored_hash;
mod token;
mod unavailable;
mod user;
mod user_object;
mod users;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use deadpool_postgres::{Object, Pool};

use self::error::AuthError;
use super::mail::Outbox;
use crate::keys::Keys;
use crate::project::AuthConfig;

/// The audience of users, where a request names none.
const DEFAULT_AUDIENCE: &str = "authenticated";

/// What all endpoints share.
pub(super) struct Auth {
    pool: Pool,
    keys: Keys,
    settings: Settings,
    outbox: Outbox,
    /// Where clients reach these endpoints; the issuer of user tokens.
    url: String,
}

/// What `[auth]` of `supabase/config.toml` decides.
struct Settings {
    /// Of an access token, in seconds.
    token_lifetime: u32,
    signups: bool,
    email_provider: bool,
    /// New users need not follow a link before they can sign in.
    autoconfirm: bool,
    passwords: password::Policy,
    redirects: redirect::Allowed,
}

impl Auth {
    /// Endpoints under `url` (`http://…/auth/v1`) over the database on `db_port`.
    pub(super) fn new(config: &AuthConfig, keys: Keys, url: String, db_port: u16, outbox: Outbox) -> Self {
        let settings = Settings {
            token_lifetime: config.jwt_expiry,
            signups: config.enable_signup,
            email_provider: config.email.enable_signup,
            autoconfirm: !config.email.enable_confirmations,
            passwords: password::Policy::new(
                config.minimum_password_length as usize,
                &config.password_requirements,
            ),
            redirects: redirect::Allowed::new(&config.site_url, &config.additional_redirect_urls),
        };
        Self {
            pool: database::pool(db_port),
            keys,
            settings,
            outbox,
            url,
        }
    }

    async fn connection(&self) -> Result<Object, AuthError> {
        database::connection(&self.pool).await
    }
}

/// The endpoints, relative to `/auth/v1`.
pub(super) fn router(auth: Arc<Auth>) -> Router {
    Router::new()
        .route("/health", get(info::health))
        .route("/settings", get(info::settings))
        .route("/.well-known/jwks.json", get(info::jwks))
        .route("/signup", post(signup::sign_up))
        .route("/token", post(token::token))
        .route("/logout", post(logout::log_out))
        .route("/user", get(user::read).put(user::update))
        .route("/reauthenticate", get(user::reauthenticate))
        .route("/recover", post(recover::recover))
        .route("/resend", post(resend::resend))
        .route("/otp", post(otp::otp))
        .route("/magiclink", post(otp::magic_link))
        .route("/verify", get(verify::follow_link).post(verify::verify))
        .route("/invite", post(invite::invite))
        .route("/admin/users", get(list_users::list).post(admin_users::create))
        .route(
            "/admin/users/{id}",
            get(admin_users::read)
                .put(admin_users::update)
                .delete(admin_users::delete),
        )
        .route("/admin/generate_link", post(generate_link::generate))
        .merge(unavailable::router())
        .fallback(unavailable::not_found)
        .layer(from_fn(error::render_errors))
        .with_state(auth)
}
