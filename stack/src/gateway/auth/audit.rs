//! The audit log, in the form that the dashboard reads.

use deadpool_postgres::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use super::database::execute;
use super::error::AuthError;
use super::user_object::User;

/// Who did something.
pub(super) struct Actor {
    id: Uuid,
    name: String,
    is_sso: bool,
}

impl Actor {
    /// The holder of an administrator's token, who is no user: known by the role.
    pub(super) fn role(role: &str) -> Self {
        Self {
            id: Uuid::nil(),
            name: role.into(),
            is_sso: false,
        }
    }
}

impl From<&User> for Actor {
    fn from(user: &User) -> Self {
        let name = user
            .email
            .as_ref()
            .or(user.phone.as_ref())
            .cloned()
            .unwrap_or_default();
        Self {
            id: user.id,
            name,
            is_sso: user.is_sso_user,
        }
    }
}

/// Writes that `actor` did `action`; `traits` says to what, `null` for nothing more.
pub(super) async fn write(
    tx: &Transaction<'_>,
    actor: impl Into<Actor>,
    action: &str,
    traits: Value,
) -> Result<(), AuthError> {
    let actor = actor.into();
    let log_type = match action {
        "login" | "logout" => "account",
        "token_refreshed" | "token_revoked" => "token",
        "user_signedup" | "user_invited" | "user_deleted" => "team",
        _ => "user",
    };
    let mut payload = json!({
        "action": action,
        "actor_id": actor.id,
        "actor_username": actor.name,
        "actor_via_sso": actor.is_sso,
        "log_type": log_type,
    });
    if !traits.is_null() {
        payload["traits"] = traits;
    }
    let sql = "insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
        values ($1, $2, $3, now(), '')";
    execute(tx, sql, &[&Uuid::nil(), &Uuid::new_v4(), &payload]).await?;
    Ok(())
}

/// What the log says of a user whom an administrator changed.
pub(super) fn subject(user: &User) -> Value {
    json!({ "user_id": user.id, "user_email": user.email(), "user_phone": user.phone.as_deref().unwrap_or_default() })
}
