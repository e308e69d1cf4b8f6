//! Passwords: strength, hashing off the asynchronous threads, and comparing in constant time.

use super::error::AuthError;
use super::stored_hash::StoredHash;

/// The cost of Supabase Auth's own hashes.
const COST: u32 = 10;
/// Bcrypt reads no further, in bytes.
const LONGEST: usize = 72;
/// No setting makes passwords shorter than this good enough.
const SHORTEST: usize = 6;
/// A hash with the cost of a real one, compared against where there is no user: nobody can tell by the time
/// that an answer takes whether an e-mail is known.
const NOBODY: &str = "$2b$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi";

/// What a password must have.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    shortest: usize,
    /// Sets of characters; a password needs one of each.
    required: Vec<&'static str>,
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const SYMBOLS: &str = r#"!@#$%^&*()_+-=[]{};'\:"|<>?,./`~"#;

impl Policy {
    /// The policy of `[auth] minimum_password_length` and `password_requirements`.
    pub(super) fn new(shortest: usize, requirements: &str) -> Self {
        let required = match requirements {
            "letters_digits" => vec![LETTERS, DIGITS],
            "lower_upper_letters_digits" => vec![LOWER, UPPER, DIGITS],
            "lower_upper_letters_digits_symbols" => vec![LOWER, UPPER, DIGITS, SYMBOLS],
            _ => Vec::new(),
        };
        Self {
            shortest: shortest.max(SHORTEST),
            required,
        }
    }

    /// Refuses a password that is too weak, and one that is too long to hash.
    pub(super) fn check(&self, password: &str) -> Result<(), AuthError> {
        if password.len() > LONGEST {
            let message = format!("Password cannot be longer than {LONGEST} characters");
            return Err(AuthError::bad_request(message));
        }
        match self.weakness(password) {
            Some((message, reasons)) => Err(AuthError::weak_password(message, reasons)),
            None => Ok(()),
        }
    }

    /// Why a password is weak, in words and as reasons.
    pub(super) fn weakness(&self, password: &str) -> Option<(String, Vec<&'static str>)> {
        let (mut messages, mut reasons) = (Vec::new(), Vec::new());
        if password.len() < self.shortest {
            reasons.push("length");
            messages.push(format!(
                "Password should be at least {} characters.",
                self.shortest
            ));
        }
        if self
            .required
            .iter()
            .any(|set| !password.contains(|c| set.contains(c)))
        {
            reasons.push("characters");
            let sets = self.required.join(", ");
            messages.push(format!(
                "Password should contain at least one character of each: {sets}."
            ));
        }
        (!reasons.is_empty()).then(|| (messages.join(" "), reasons))
    }
}

/// The hash of a password.
///
/// # Errors
/// If it is too long: Supabase Auth panics there, and these are the words in which it says so.
pub(super) async fn hash(password: String) -> Result<String, AuthError> {
    if password.len() > LONGEST {
        return Err(AuthError::internal("Internal Server Error"));
    }
    let hashed = tokio::task::spawn_blocking(move || bcrypt::hash(password, COST)).await;
    match hashed {
        Ok(Ok(hash)) => Ok(hash),
        _ => Err(AuthError::internal("Error hashing the password")),
    }
}

/// A password that nobody knows, for users who were given none.
pub(super) fn random() -> String {
    use rand::distr::{Alphanumeric, SampleString as _};
    // With one character of each kind, so that it meets every policy.
    Alphanumeric.sample_string(&mut rand::rng(), 60) + "aA1!"
}

/// Whether a password is the one of a hash; without a hash it takes the same time and is not.
///
/// # Errors
/// If the hash is of a kind that cannot be compared.
pub(super) async fn verify(password: &str, hash: Option<&str>) -> Result<bool, AuthError> {
    let stored = hash.filter(|hash| !hash.is_empty());
    let (password, compared) = (password.to_owned(), stored.unwrap_or(NOBODY).to_owned());
    let known = stored.is_some();
    let failed = || AuthError::internal("Database error querying schema");
    let hash = StoredHash::parse(&compared).ok_or_else(failed)?;
    #[cfg(test)]
    COMPARED.with_borrow_mut(|hashes| hashes.push(hash.clone()));
    match tokio::task::spawn_blocking(move || hash.is_of(&password)).await {
        Ok(Ok(same)) => Ok(same && known),
        _ => Err(failed()),
    }
}

#[cfg(test)]
thread_local! {
    /// What was compared for this thread: the work that the time of an answer shows.
    pub(super) static COMPARED: std::cell::RefCell<Vec<StoredHash>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: (usize, &str), password: &str, expect: &[&str]) {
        let weakness = Policy::new(policy.0, policy.1).weakness(password);
        assert_eq!(
            weakness.map(|(_, reasons)| reasons).unwrap_or_default(),
            expect,
            "{password}"
        );
    }

    #[test]
    fn weak_passwords_have_reasons() {
        check((6, ""), "secret", &[]);
        check((6, ""), "short", &["length"]);
        check((2, ""), "short", &["length"]);
        check((10, ""), "ninechars", &["length"]);
        check((6, "letters_digits"), "letters", &["characters"]);
        check((6, "letters_digits"), "letters1", &[]);
        check((6, "lower_upper_letters_digits"), "letters1", &["characters"]);
        check(
            (6, "lower_upper_letters_digits_symbols"),
            "Ab1",
            &["length", "characters"],
        );
        check((6, "lower_upper_letters_digits_symbols"), "TestPass123!", &[]);
    }

    #[test]
    fn over_72_bytes_is_no_weakness_but_refused() {
        let policy = Policy::new(6, "");
        assert_eq!(
            policy.check(&"x".repeat(73)).unwrap_err().code(),
            "validation_failed"
        );
        assert!(policy.check(&"x".repeat(72)).is_ok());
        assert_eq!(policy.check("x").unwrap_err().code(), "weak_password");
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        let hash = hash("TestPass123!".into()).await.unwrap();
        assert!(hash.starts_with("$2b$10$"));
        assert!(verify("TestPass123!", Some(&hash)).await.unwrap());
        assert!(!verify("testpass123!", Some(&hash)).await.unwrap());
        assert!(!verify("TestPass123!", None).await.unwrap());
        assert!(!verify("", Some("")).await.unwrap());
        assert_eq!(verify("x", Some("plain text")).await.unwrap_err().status(), 500);
    }
}
