//! `POST /logout?scope=global|local|others`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::Value;

use super::caller::Caller;
use super::error::{Answer, AuthError};
use super::sessions::{self, Scope};
use super::{Auth, audit};

pub(super) async fn log_out(State(auth): State<Arc<Auth>>, caller: Caller) -> Answer {
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let (user, session) = caller.user(&tx).await?;
    let scope = match (caller.context.query("scope").unwrap_or("global"), session) {
        // A token without a session stands for all of them, as in tokens from before sessions.
        ("global", _) | ("local", None) => Scope::All,
        ("local", Some(session)) => Scope::Only(session),
        ("others", Some(session)) => Scope::AllBut(session),
        ("others", None) => return Ok(StatusCode::NO_CONTENT.into_response()),
        (other, _) => {
            return Err(AuthError::bad_request(format!(
                "Unsupported logout scope {other:?}"
            )));
        }
    };
    audit::write(&tx, &user, "logout", Value::Null).await?;
    sessions::end(&tx, user.id, scope)
        .await
        .map_err(|error| error.during("Error logging out user"))?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
