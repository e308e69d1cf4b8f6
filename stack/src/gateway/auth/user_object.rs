//! A user as `auth.users` and `auth.identities` have it, and as the API shows it.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_postgres::Row;
use uuid::Uuid;

use super::database::{optional, rows};
use super::error::AuthError;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// A row of `auth.users`. The order of the fields is the order of the JSON.
#[derive(Debug, Clone, Serialize)]
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) aud: String,
    pub(super) role: String,
    #[serde(serialize_with = "or_empty")]
    pub(super) email: Option<String>,
    #[serde(skip)]
    pub(super) encrypted_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_confirmed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invited_at: Option<Timestamp>,
    #[serde(serialize_with = "or_empty")]
    pub(super) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone_confirmed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmation_sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_sent_at: Option<Timestamp>,
    #[serde(rename = "new_email", skip_serializing_if = "String::is_empty")]
    pub(super) email_change: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_change_sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reauthentication_sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sign_in_at: Option<Timestamp>,
    pub(super) app_metadata: Object,
    pub(super) user_metadata: Object,
    /// None where they were not loaded, which shows as `null`.
    pub(super) identities: Option<Vec<Identity>>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) banned_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) is_anonymous: bool,
    #[serde(skip)]
    pub(super) is_sso_user: bool,
    #[serde(skip)]
    pub(super) email_change_confirm_status: i16,
    #[serde(skip)]
    pub(super) confirmation_token: String,
    #[serde(skip)]
    pub(super) recovery_token: String,
    #[serde(skip)]
    pub(super) email_change_token_current: String,
    #[serde(skip)]
    pub(super) email_change_token_new: String,
}

fn or_empty<S: serde::Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.as_deref().unwrap_or_default())
}

/// A row of `auth.identities`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Identity {
    #[serde(rename = "identity_id")]
    pub(super) id: Uuid,
    #[serde(rename = "id")]
    pub(super) provider_id: String,
    pub(super) user_id: Uuid,
    pub(super) identity_data: Object,
    pub(super) provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sign_in_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
}

/// The columns that [`User::from_row`] reads.
pub(super) const COLUMNS: &str = "id, aud, role, email, encrypted_password, email_confirmed_at, invited_at, phone,
    phone_confirmed_at, confirmation_sent_at, confirmed_at, recovery_sent_at, email_change, email_change_sent_at,
    reauthentication_sent_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
    banned_until, deleted_at, is_anonymous, is_sso_user, email_change_confirm_status, confirmation_token,
    recovery_token, email_change_token_current, email_change_token_new, phone_change, phone_change_token,
    reauthentication_token";
/// Columns of that list that nothing here needs, but that must not be NULL all the same.
const NEVER_NULL: [&str; 3] = ["phone_change", "phone_change_token", "reauthentication_token"];

impl User {
    /// Reads a row. A column that is NULL where Supabase Auth has no place for it is an error, as it is there.
    pub(super) fn from_row(row: &Row) -> Result<Self, AuthError> {
        for column in NEVER_NULL {
            row.try_get::<_, &str>(column)?;
        }
        Ok(Self {
            id: row.try_get("id")?,
            aud: row.try_get("aud")?,
            role: row.try_get("role")?,
            email: row.try_get("email")?,
            encrypted_password: row.try_get("encrypted_password")?,
            email_confirmed_at: row.try_get("email_confirmed_at")?,
            invited_at: row.try_get("invited_at")?,
            phone: row.try_get("phone")?,
            phone_confirmed_at: row.try_get("phone_confirmed_at")?,
            confirmation_sent_at: row.try_get("confirmation_sent_at")?,
            confirmed_at: row.try_get("confirmed_at")?,
            recovery_sent_at: row.try_get("recovery_sent_at")?,
            email_change: row.try_get("email_change")?,
            email_change_sent_at: row.try_get("email_change_sent_at")?,
            reauthentication_sent_at: row.try_get("reauthentication_sent_at")?,
            last_sign_in_at: row.try_get("last_sign_in_at")?,
            app_metadata: object(row, "raw_app_meta_data")?,
            user_metadata: object(row, "raw_user_meta_data")?,
            identities: None,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            banned_until: row.try_get("banned_until")?,
            deleted_at: row.try_get("deleted_at")?,
            is_anonymous: row.try_get("is_anonymous")?,
            is_sso_user: row.try_get("is_sso_user")?,
            email_change_confirm_status: row.try_get("email_change_confirm_status")?,
            confirmation_token: row.try_get("confirmation_token")?,
            recovery_token: row.try_get("recovery_token")?,
            email_change_token_current: row.try_get("email_change_token_current")?,
            email_change_token_new: row.try_get("email_change_token_new")?,
        })
    }

    /// The user with this id, with identities.
    pub(super) async fn by_id(tx: &Transaction<'_>, id: Uuid) -> Result<Option<Self>, AuthError> {
        let sql = format!("select {COLUMNS} from auth.users where instance_id = $2 and id = $1");
        Self::load(tx, &sql, &[&id, &Uuid::nil()]).await
    }

    /// The user with this e-mail, in lower case, with identities.
    pub(super) async fn by_email(
        tx: &Transaction<'_>,
        email: &str,
        aud: &str,
    ) -> Result<Option<Self>, AuthError> {
        let sql = format!(
            "select {COLUMNS} from auth.users
             where instance_id = $3 and lower(email) = $1 and aud = $2 and is_sso_user = false"
        );
        Self::load(tx, &sql, &[&email.to_lowercase(), &aud, &Uuid::nil()]).await
    }

    /// Reads the row again, as triggers and generated columns have left it.
    pub(super) async fn reload(&mut self, tx: &Transaction<'_>) -> Result<(), AuthError> {
        let again = Self::by_id(tx, self.id).await?;
        *self = again.ok_or_else(|| AuthError::internal("Database error loading user"))?;
        Ok(())
    }

    /// The user that a query finds, with identities.
    pub(super) async fn load(
        tx: &Transaction<'_>,
        sql: &str,
        params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<Option<Self>, AuthError> {
        let Some(row) = optional(tx, sql, params).await? else {
            return Ok(None);
        };
        let mut user = Self::from_row(&row)?;
        user.identities = Some(Identity::of(tx, user.id).await?);
        Ok(Some(user))
    }

    /// Its e-mail, or an empty text.
    pub(super) fn email(&self) -> &str {
        self.email.as_deref().unwrap_or_default()
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.email_confirmed_at.is_some()
    }

    pub(super) fn is_banned(&self) -> bool {
        self.banned_until.is_some_and(|until| Timestamp::now() < until)
    }

    pub(super) fn has_password(&self) -> bool {
        self.encrypted_password
            .as_deref()
            .is_some_and(|hash| !hash.is_empty())
    }
}

impl Identity {
    /// All identities of a user.
    pub(super) async fn of(tx: &Transaction<'_>, user_id: Uuid) -> Result<Vec<Self>, AuthError> {
        let sql = "select id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at,
                email from auth.identities where user_id = $1 order by created_at, provider";
        rows(tx, sql, &[&user_id])
            .await?
            .iter()
            .map(Self::from_row)
            .collect()
    }

    fn from_row(row: &Row) -> Result<Self, AuthError> {
        Ok(Self {
            id: row.try_get("id")?,
            provider_id: row.try_get("provider_id")?,
            user_id: row.try_get("user_id")?,
            identity_data: object(row, "identity_data")?,
            provider: row.try_get("provider")?,
            last_sign_in_at: row.try_get("last_sign_in_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            email: row.try_get("email")?,
        })
    }
}

/// A jsonb column that holds an object; NULL and other JSON count as an empty one.
fn object(row: &Row, column: &str) -> Result<Object, AuthError> {
    Ok(match row.try_get::<_, Option<Value>>(column)? {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    })
}

/// Merges changes into metadata: `null` deletes a key.
pub(super) fn merge(metadata: &mut Object, changes: Object) {
    for (key, value) in changes {
        match value {
            Value::Null => _ = metadata.shift_remove(&key),
            value => _ = metadata.insert(key, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_merged_and_null_deletes() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let mut metadata = object(json!({ "a": 1, "b": { "c": 2 } }));
        merge(
            &mut metadata,
            object(json!({ "a": null, "b": 3, "d": [4], "e": null })),
        );
        assert_eq!(Value::Object(metadata), json!({ "b": 3, "d": [4] }));
    }
}
