//! The mails that users get: each changes the user's row, keeps a one-time token and lands in the outbox.

use deadpool_postgres::Transaction;
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded::byte_serialize;

use super::Auth;
use super::error::AuthError;
use super::one_time_token;
use super::user_object::User;
use crate::gateway::mail::Mail;

/// How soon the same mail may be asked for again: `[auth.email] max_frequency` of the CLI.
const SOONEST: SignedDuration = SignedDuration::from_secs(1);

/// A one-time password with what belongs to it.
pub(super) struct Secret {
    pub(super) otp: String,
    /// What links carry and the row keeps; with a prefix in the PKCE flow.
    pub(super) token: String,
}

impl Secret {
    /// A new one for this address.
    pub(super) fn new(address: &str, pkce: bool) -> Self {
        Self::with_otp(address, one_time_token::otp(), pkce)
    }

    fn with_otp(address: &str, otp: String, pkce: bool) -> Self {
        let hash = one_time_token::hash(address, &otp);
        Self {
            token: if pkce { format!("pkce_{hash}") } else { hash },
            otp,
        }
    }
}

impl Auth {
    /// The link that a mail carries.
    pub(super) fn action_link(&self, token: &str, kind: &str, redirect_to: &str) -> String {
        let redirect: String = byte_serialize(redirect_to.as_bytes()).collect();
        format!(
            "{}/verify?token={token}&type={kind}&redirect_to={redirect}",
            self.url
        )
    }

    /// Sends the link that confirms a new user.
    pub(super) async fn send_confirmation(
        &self,
        tx: &Transaction<'_>,
        user: &mut User,
        redirect_to: &str,
        pkce: bool,
    ) -> Result<(), AuthError> {
        check_frequency(user.confirmation_sent_at)?;
        let secret = Secret::new(user.email(), pkce);
        keep_confirmation(tx, user, &secret).await?;
        self.send(
            user.email(),
            "signup",
            "Confirm Your Signup",
            &secret,
            redirect_to,
        );
        Ok(())
    }

    /// Sends the link by which somebody who was invited comes in.
    pub(super) async fn send_invitation(
        &self,
        tx: &Transaction<'_>,
        user: &mut User,
        redirect_to: &str,
    ) -> Result<(), AuthError> {
        let secret = Secret::new(user.email(), false);
        keep_invitation(tx, user, &secret).await?;
        self.send(
            user.email(),
            "invite",
            "You have been invited",
            &secret,
            redirect_to,
        );
        Ok(())
    }

    /// Sends the link by which a user can choose another password, or sign in without one.
    pub(super) async fn send_recovery(
        &self,
        tx: &Transaction<'_>,
        user: &mut User,
        kind: RecoveryKind,
        redirect_to: &str,
        pkce: bool,
    ) -> Result<(), AuthError> {
        check_frequency(user.recovery_sent_at)?;
        let secret = Secret::new(user.email(), pkce);
        keep_recovery(tx, user, &secret).await?;
        let (name, subject) = match kind {
            RecoveryKind::Recovery => ("recovery", "Reset Your Password"),
            RecoveryKind::MagicLink => ("magiclink", "Your Magic Link"),
        };
        self.send(user.email(), name, subject, &secret, redirect_to);
        Ok(())
    }

    /// Sends the links that confirm another e-mail: to the new address and, where there is one, to the old.
    pub(super) async fn send_email_change(
        &self,
        tx: &Transaction<'_>,
        user: &mut User,
        new_email: &str,
        redirect_to: &str,
        pkce: bool,
    ) -> Result<(), AuthError> {
        check_frequency(user.email_change_sent_at)?;
        let new = Secret::new(new_email, pkce);
        let current = (!user.email().is_empty()).then(|| Secret::new(user.email(), pkce));
        keep_email_change(tx, user, new_email, Some(&new), current.as_ref()).await?;
        let subject = "Confirm Email Change";
        self.send(new_email, "email_change", subject, &new, redirect_to);
        if let Some(current) = current {
            self.send(user.email(), "email_change", subject, &current, redirect_to);
        }
        Ok(())
    }

    /// Sends the number by which a user proves again who they are.
    pub(super) async fn send_reauthentication(
        &self,
        tx: &Transaction<'_>,
        user: &mut User,
    ) -> Result<(), AuthError> {
        check_frequency(user.reauthentication_sent_at)?;
        let secret = Secret::new(user.email(), false);
        user.reauthentication_sent_at = Some(Timestamp::now());
        let assignments = "reauthentication_token = $2, reauthentication_sent_at = $3";
        user.update(tx, assignments, &[&secret.token, &user.reauthentication_sent_at])
            .await?;
        one_time_token::create(tx, user.id, "reauthentication_token", &secret.token, user.email()).await?;
        self.outbox.put(Mail::new(
            user.email(),
            "reauthentication",
            "Confirm Reauthentication",
            secret.otp,
            None,
        ));
        Ok(())
    }

    fn send(&self, to: &str, kind: &'static str, subject: &'static str, secret: &Secret, redirect_to: &str) {
        let link = self.action_link(&secret.token, kind, redirect_to);
        self.outbox
            .put(Mail::new(to, kind, subject, secret.otp.clone(), Some(link)));
    }
}

/// What a recovery token is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum RecoveryKind {
    Recovery,
    MagicLink,
}

/// Keeps the token of a sign-up.
pub(super) async fn keep_confirmation(
    tx: &Transaction<'_>,
    user: &mut User,
    secret: &Secret,
) -> Result<(), AuthError> {
    user.confirmation_sent_at = Some(Timestamp::now());
    let assignments = "confirmation_token = $2, confirmation_sent_at = $3";
    user.update(tx, assignments, &[&secret.token, &user.confirmation_sent_at])
        .await?;
    one_time_token::create(tx, user.id, "confirmation_token", &secret.token, user.email()).await
}

/// Keeps the token of an invitation.
pub(super) async fn keep_invitation(
    tx: &Transaction<'_>,
    user: &mut User,
    secret: &Secret,
) -> Result<(), AuthError> {
    let now = Some(Timestamp::now());
    (user.invited_at, user.confirmation_sent_at) = (now, now);
    let assignments = "confirmation_token = $2, confirmation_sent_at = $3, invited_at = $3";
    user.update(tx, assignments, &[&secret.token, &now]).await?;
    one_time_token::create(tx, user.id, "confirmation_token", &secret.token, user.email()).await
}

/// Keeps the token of a recovery.
pub(super) async fn keep_recovery(
    tx: &Transaction<'_>,
    user: &mut User,
    secret: &Secret,
) -> Result<(), AuthError> {
    user.recovery_sent_at = Some(Timestamp::now());
    let assignments = "recovery_token = $2, recovery_sent_at = $3";
    user.update(tx, assignments, &[&secret.token, &user.recovery_sent_at])
        .await?;
    one_time_token::create(tx, user.id, "recovery_token", &secret.token, user.email()).await
}

/// Keeps the tokens of a change of e-mail.
pub(super) async fn keep_email_change(
    tx: &Transaction<'_>,
    user: &mut User,
    new_email: &str,
    new: Option<&Secret>,
    current: Option<&Secret>,
) -> Result<(), AuthError> {
    if let Some(secret) = new {
        user.email_change_token_new.clone_from(&secret.token);
    }
    if let Some(secret) = current {
        user.email_change_token_current.clone_from(&secret.token);
    }
    user.email_change = new_email.to_owned();
    user.email_change_confirm_status = 0;
    user.email_change_sent_at = Some(Timestamp::now());
    let assignments = "email_change_token_current = $2, email_change_token_new = $3, email_change = $4,
        email_change_sent_at = $5, email_change_confirm_status = 0";
    let (token_current, token_new) = (&user.email_change_token_current, &user.email_change_token_new);
    user.update(
        tx,
        assignments,
        &[
            token_current,
            token_new,
            &user.email_change,
            &user.email_change_sent_at,
        ],
    )
    .await?;
    if !token_current.is_empty() {
        one_time_token::create(
            tx,
            user.id,
            "email_change_token_current",
            token_current,
            user.email(),
        )
        .await?;
    }
    if !token_new.is_empty() {
        one_time_token::create(tx, user.id, "email_change_token_new", token_new, new_email).await?;
    }
    Ok(())
}

fn check_frequency(sent_at: Option<Timestamp>) -> Result<(), AuthError> {
    let Some(sent_at) = sent_at else { return Ok(()) };
    let left = SOONEST - Timestamp::now().duration_since(sent_at);
    if left <= SignedDuration::ZERO {
        return Ok(());
    }
    let message = format!(
        "For security purposes, you can only request this after {} seconds.",
        left.as_secs()
    );
    Err(AuthError::new(429, "over_email_send_rate_limit", message))
}
