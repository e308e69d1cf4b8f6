//! One-time passwords, the hashes that links carry, and `auth.one_time_tokens`.

use deadpool_postgres::Transaction;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use sha2::{Digest as _, Sha224};
use uuid::Uuid;

use super::database::{execute, optional};
use super::error::AuthError;

/// How long links and one-time passwords are good for: `[auth.email] otp_expiry` of the CLI.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A one-time password of six digits.
pub(super) fn otp() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// What a link carries and the database keeps: a hash over address and one-time password.
pub(super) fn hash(address: &str, otp: &str) -> String {
    Sha224::digest(format!("{address}{otp}"))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a token that was sent at this time is too old.
pub(super) fn is_expired(sent_at: Option<Timestamp>) -> bool {
    sent_at.is_none_or(|sent_at| Timestamp::now().duration_since(sent_at) > LIFETIME)
}

/// Whether a hash is the one that was sent, and still good.
pub(super) fn is_valid(hash: &str, sent: &str, sent_at: Option<Timestamp>) -> bool {
    !sent.is_empty() && (sent == hash || sent.strip_prefix("pkce_") == Some(hash)) && !is_expired(sent_at)
}

/// Keeps a token, in place of an earlier one of the same kind.
pub(super) async fn create(
    tx: &Transaction<'_>,
    user_id: Uuid,
    kind: &str,
    hash: &str,
    relates_to: &str,
) -> Result<(), AuthError> {
    clear_kind(tx, user_id, kind).await?;
    let sql = "insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
        values ($1, $2, $3::text::auth.one_time_token_type, $4, $5)";
    execute(
        tx,
        sql,
        &[
            &Uuid::new_v4(),
            &user_id,
            &kind,
            &hash,
            &relates_to.to_lowercase(),
        ],
    )
    .await?;
    Ok(())
}

/// Whose token this is, if it is of one of these kinds.
pub(super) async fn owner(
    tx: &Transaction<'_>,
    hash: &str,
    kinds: &[&str],
) -> Result<Option<Uuid>, AuthError> {
    let sql = "select user_id from auth.one_time_tokens
        where token_hash = any($1) and token_type::text = any($2) limit 1";
    // A token of the PKCE flow is kept with a prefix, whether or not it comes with one.
    let hashes = [hash.to_owned(), format!("pkce_{hash}")];
    let row = optional(tx, sql, &[&hashes.as_slice(), &kinds]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Removes a user's token of one kind.
pub(super) async fn clear_kind(tx: &Transaction<'_>, user_id: Uuid, kind: &str) -> Result<(), AuthError> {
    let sql = "delete from auth.one_time_tokens where user_id = $1 and token_type = $2::text::auth.one_time_token_type";
    execute(tx, sql, &[&user_id, &kind]).await?;
    Ok(())
}

/// Removes all tokens of a user.
pub(super) async fn clear(tx: &Transaction<'_>, user_id: Uuid) -> Result<(), AuthError> {
    execute(
        tx,
        "delete from auth.one_time_tokens where user_id = $1",
        &[&user_id],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_passwords_have_six_digits() {
        for _ in 0..100 {
            let otp = otp();
            assert!(
                otp.len() == 6 && otp.bytes().all(|digit| digit.is_ascii_digit()),
                "{otp}"
            );
        }
    }

    #[test]
    fn a_token_is_good_for_an_hour() {
        let minutes_ago = |minutes| Some(Timestamp::now() - SignedDuration::from_mins(minutes));
        let hash = hash("a@b.c", "123456");
        assert_eq!(hash.len(), 56);
        assert!(is_valid(&hash, &hash, minutes_ago(59)));
        assert!(is_valid(&hash, &format!("pkce_{hash}"), minutes_ago(0)));
        assert!(!is_valid(&hash, &hash, minutes_ago(61)));
        assert!(!is_valid(&hash, &hash, None));
        assert!(!is_valid("", "", minutes_ago(0)));
        assert!(!is_valid(&hash, "other", minutes_ago(0)));
    }
}
