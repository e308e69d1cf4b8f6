//! The writes to `auth.users` and `auth.identities`, one statement for each that Supabase Auth makes: a
//! project's triggers see the same number of updates, in the same order.

use deadpool_postgres::Transaction;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::database::{execute, optional};
use super::error::AuthError;
use super::one_time_token;
use super::user_object::{Identity, Object, User, merge};

/// The role of everybody who signs in.
pub(super) const DEFAULT_ROLE: &str = "authenticated";

/// What a new user starts with.
pub(super) struct NewUser {
    pub(super) id: Uuid,
    pub(super) aud: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    /// A hash; empty for none.
    pub(super) encrypted_password: String,
    /// None is stored as JSON `null`.
    pub(super) user_metadata: Option<Object>,
    /// `email`, `phone` or both.
    pub(super) providers: Vec<&'static str>,
}

impl User {
    /// Inserts a user who has no role yet and is not confirmed.
    pub(super) async fn insert(tx: &Transaction<'_>, new: NewUser) -> Result<Self, AuthError> {
        let app_metadata = json!({ "provider": new.providers.first(), "providers": new.providers });
        let user_metadata = new.user_metadata.map_or(Value::Null, Value::Object);
        let sql = "insert into auth.users (instance_id, id, aud, role, email, encrypted_password, phone,
                raw_app_meta_data, raw_user_meta_data, created_at, updated_at, confirmation_token, recovery_token,
                email_change, email_change_token_new, email_change_token_current, phone_change, phone_change_token,
                reauthentication_token, email_change_confirm_status, is_sso_user, is_anonymous)
            values ($1, $2, $3, '', $4, $5, $6, $7, $8, now(), now(), '', '', '', '', '', '', '', '', 0, false, false)";
        let params: [&(dyn ToSql + Sync); 8] = [
            &Uuid::nil(),
            &new.id,
            &new.aud,
            &new.email,
            &new.encrypted_password,
            &new.phone,
            &app_metadata,
            &user_metadata,
        ];
        execute(tx, sql, &params).await?;
        let found = Self::by_id(tx, new.id).await?;
        found.ok_or_else(|| AuthError::internal("Database error loading user after sign-up"))
    }

    /// Inserts an identity of this user.
    pub(super) async fn add_identity(
        &mut self,
        tx: &Transaction<'_>,
        provider: &str,
        data: Object,
    ) -> Result<(), AuthError> {
        let sql = "insert into auth.identities
                (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
            values ($1, $2, $3, $4, now(), now(), now())";
        execute(
            tx,
            sql,
            &[&self.id.to_string(), &self.id, &Value::Object(data), &provider],
        )
        .await?;
        self.identities = Some(Identity::of(tx, self.id).await?);
        Ok(())
    }

    /// Gives the identity of this provider other data, or makes it where the user has none.
    pub(super) async fn set_identity(
        &mut self,
        tx: &Transaction<'_>,
        provider: &str,
        changes: Object,
    ) -> Result<(), AuthError> {
        let sql = "update auth.identities set identity_data = identity_data || $3, updated_at = now()
            where provider_id = $1 and provider = $2";
        let data = Value::Object(changes.clone());
        if execute(tx, sql, &[&self.id.to_string(), &provider, &data]).await? == 0 {
            let mut claims = identity_claims(self.id, "");
            claims.extend(changes);
            return self.add_identity(tx, provider, claims).await;
        }
        self.identities = Some(Identity::of(tx, self.id).await?);
        Ok(())
    }

    /// Updates some columns and `updated_at`; `assignments` starts with `$2`.
    pub(super) async fn update(
        &self,
        tx: &Transaction<'_>,
        assignments: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<(), AuthError> {
        let sql = format!("update auth.users set {assignments}, updated_at = now() where id = $1");
        let params: Vec<&(dyn ToSql + Sync)> = std::iter::once(&self.id as _)
            .chain(values.iter().copied())
            .collect();
        execute(tx, &sql, &params).await?;
        Ok(())
    }

    pub(super) async fn set_role(&mut self, tx: &Transaction<'_>, role: &str) -> Result<(), AuthError> {
        self.role = role.trim().to_owned();
        self.update(tx, "role = $2", &[&self.role]).await
    }

    pub(super) async fn set_app_metadata(
        &mut self,
        tx: &Transaction<'_>,
        changes: Object,
    ) -> Result<(), AuthError> {
        merge(&mut self.app_metadata, changes);
        let metadata = Value::Object(self.app_metadata.clone());
        self.update(tx, "raw_app_meta_data = $2", &[&metadata]).await
    }

    pub(super) async fn set_user_metadata(
        &mut self,
        tx: &Transaction<'_>,
        changes: Object,
    ) -> Result<(), AuthError> {
        merge(&mut self.user_metadata, changes);
        let metadata = Value::Object(self.user_metadata.clone());
        self.update(tx, "raw_user_meta_data = $2", &[&metadata]).await
    }

    /// Writes into the metadata which providers the user has.
    pub(super) async fn note_providers(&mut self, tx: &Transaction<'_>) -> Result<(), AuthError> {
        let mut providers: Vec<_> = self
            .identities
            .iter()
            .flatten()
            .map(|identity| &identity.provider)
            .collect();
        providers.sort();
        providers.dedup();
        let mut changes = Object::from_iter([("providers".to_owned(), json!(providers))]);
        if let Some(first) = providers.first() {
            changes.insert("provider".into(), json!(first));
        }
        self.set_app_metadata(tx, changes).await
    }

    /// Confirms the e-mail.
    pub(super) async fn confirm(&mut self, tx: &Transaction<'_>) -> Result<(), AuthError> {
        self.confirmation_token.clear();
        self.email_confirmed_at = Some(Timestamp::now());
        self.update(
            tx,
            "confirmation_token = '', email_confirmed_at = $2",
            &[&self.email_confirmed_at],
        )
        .await?;
        let verified = Object::from_iter([("email_verified".to_owned(), true.into())]);
        self.set_user_metadata(tx, verified).await?;
        one_time_token::clear(tx, self.id).await
    }

    /// Confirms the phone number.
    pub(super) async fn confirm_phone(&mut self, tx: &Transaction<'_>) -> Result<(), AuthError> {
        self.phone_confirmed_at = Some(Timestamp::now());
        self.update(
            tx,
            "confirmation_token = '', phone_confirmed_at = $2",
            &[&self.phone_confirmed_at],
        )
        .await?;
        one_time_token::clear(tx, self.id).await
    }

    /// Bans the user for some nanoseconds; 0 lifts the ban.
    pub(super) async fn ban(&mut self, tx: &Transaction<'_>, nanoseconds: i64) -> Result<(), AuthError> {
        self.banned_until = match nanoseconds {
            0 => None,
            _ => {
                let until = Timestamp::now().checked_add(SignedDuration::from_nanos(nanoseconds));
                Some(until.map_err(|_| AuthError::internal("the ban ends after the year 9999"))?)
            }
        };
        self.update(tx, "banned_until = $2", &[&self.banned_until]).await
    }

    /// Stores another password and forgets every pending link; sessions are for the caller to end.
    pub(super) async fn set_password(
        &mut self,
        tx: &Transaction<'_>,
        hash: Option<String>,
    ) -> Result<(), AuthError> {
        self.encrypted_password = hash;
        let assignments = format!("encrypted_password = $2, {NO_PENDING_TOKENS}");
        self.update(tx, &assignments, &[&self.encrypted_password]).await?;
        self.forget_pending();
        one_time_token::clear(tx, self.id).await
    }

    /// Forgets every pending link.
    pub(super) async fn clear_pending_tokens(&mut self, tx: &Transaction<'_>) -> Result<(), AuthError> {
        self.update(tx, NO_PENDING_TOKENS, &[]).await?;
        self.forget_pending();
        one_time_token::clear(tx, self.id).await
    }

    fn forget_pending(&mut self) {
        self.confirmation_sent_at = None;
        self.recovery_sent_at = None;
        self.email_change_sent_at = None;
        self.reauthentication_sent_at = None;
    }

    /// Whether another user has this e-mail.
    pub(super) async fn is_duplicate_email(
        tx: &Transaction<'_>,
        email: &str,
        aud: &str,
        except: Option<Uuid>,
    ) -> Result<bool, AuthError> {
        let sql = "select 1 from auth.identities where email = $1 and provider = 'email'
                and ($2::uuid is null or user_id <> $2) limit 1";
        if optional(tx, sql, &[&email, &except]).await?.is_some() {
            return Ok(true);
        }
        let sql = "select 1 from auth.users where instance_id = $4 and lower(email) = $1 and aud = $3
                and is_sso_user = false and ($2::uuid is null or id <> $2) limit 1";
        Ok(optional(tx, sql, &[&email, &except, &aud, &Uuid::nil()])
            .await?
            .is_some())
    }

    /// Whether another user has this phone number.
    pub(super) async fn is_duplicate_phone(
        tx: &Transaction<'_>,
        phone: &str,
        aud: &str,
    ) -> Result<bool, AuthError> {
        let sql = "select 1 from auth.users where instance_id = $3 and phone = $1 and aud = $2 limit 1";
        Ok(optional(tx, sql, &[&phone, &aud, &Uuid::nil()]).await?.is_some())
    }
}

const NO_PENDING_TOKENS: &str = "confirmation_token = '', confirmation_sent_at = null, recovery_token = '',
    recovery_sent_at = null, email_change_token_current = '', email_change_token_new = '', email_change_sent_at = null,
    phone_change_token = '', phone_change_sent_at = null, reauthentication_token = '', reauthentication_sent_at = null";

/// The data of an e-mail identity.
pub(super) fn identity_claims(id: Uuid, email: &str) -> Object {
    let mut claims = Object::new();
    if !email.is_empty() {
        claims.insert("email".into(), email.into());
    }
    claims.insert("email_verified".into(), false.into());
    claims.insert("phone_verified".into(), false.into());
    claims.insert("sub".into(), id.to_string().into());
    claims
}
