//! The form of e-mail addresses and phone numbers.

use super::error::AuthError;

const LONGEST: usize = 255;

/// An e-mail in lower case, if it has the form of one.
///
/// # Errors
/// 400 `validation_failed`.
pub(super) fn validate(email: &str) -> Result<String, AuthError> {
    if email.is_empty() {
        return Err(AuthError::bad_request("An email address is required"));
    }
    if email.len() > LONGEST {
        return Err(AuthError::bad_request("An email address is too long"));
    }
    match is_email(email) {
        true => Ok(email.to_lowercase()),
        false => Err(AuthError::bad_request(
            "Unable to validate email address: invalid format",
        )),
    }
}

/// The pattern of HTML's `input type=email`, which the real one uses too.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    !local.is_empty() && local.bytes().all(is_local) && domain.split('.').all(is_label)
}

/// The digits of a phone number in the form of E.164.
///
/// # Errors
/// 400 `validation_failed`.
pub(super) fn validate_phone(phone: &str) -> Result<String, AuthError> {
    let digits = phone.replace([' ', '+'], "");
    let is_phone = (2..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0');
    match is_phone {
        true => Ok(digits),
        false => Err(AuthError::bad_request(
            "Invalid phone number format (E.164 required)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(email: &str, expect: Option<&str>) {
        assert_eq!(validate(email).ok().as_deref(), expect, "{email}");
    }

    #[test]
    fn addresses_are_checked_and_lowered() {
        check("Admin@Test.local", Some("admin@test.local"));
        check("a+b_c'd@localhost", Some("a+b_c'd@localhost"));
        check("", None);
        check("no-at", None);
        check("a@", None);
        check("@b.c", None);
        check("a b@c.d", None);
        check("a@b@c.d", None);
        check("a@-b.c", None);
        check("a@b..c", None);
        check("jürgen@example.com", None);
        check("a@münchen.de", None);
        check("a@b.c\r\nx: y", None);
        check(&format!("{}@b.c", "a".repeat(260)), None);
    }

    #[test]
    fn phone_numbers_are_digits() {
        assert_eq!(validate_phone("+1 555 0100").unwrap(), "15550100");
        assert!(validate_phone("0155").is_err());
        assert!(validate_phone("phone").is_err());
        assert!(validate_phone("").is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_stays_as_it_is(
            email in r"[\w.+'-]{1,20}@[a-zA-Z.-]{1,20}|.*|\PC{0,300}",
            phone in "[+ 0-9]{0,20}|.*",
        ) {
            match validate(&email) {
                Ok(valid) => {
                    proptest::prop_assert!(valid.is_ascii() && valid.len() <= LONGEST);
                    proptest::prop_assert_eq!(validate(&valid).ok(), Some(valid));
                }
                Err(error) => proptest::prop_assert_eq!(error.code(), "validation_failed"),
            }
            match validate_phone(&phone) {
                Ok(valid) => proptest::prop_assert_eq!(validate_phone(&valid).ok(), Some(valid)),
                Err(error) => proptest::prop_assert_eq!(error.code(), "validation_failed"),
            }
        }
    }
}
