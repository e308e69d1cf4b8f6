//! Errors of Supabase Auth, from the sources of [supabase/auth](https://github.com/supabase/auth)
//! (`internal/api/apierrors/errorcode.go` and where the codes are used, at bc32168e).

use serde_json::json;

use super::ApiError;

fn auth(status: u16, code: &str, message: &str) -> ApiError {
    ApiError {
        status: Some(status),
        body: json!({ "code": status, "error_code": code, "msg": message }),
    }
}

/// Nobody has this e-mail address and this password: 400. Auth does not tell which of the two is wrong.
///
/// ```
/// use seed_core::errors;
/// let error = errors::invalid_credentials();
/// assert_eq!(error.body["error_code"], "invalid_credentials");
/// assert_eq!(error.in_version_2024().body["code"], "invalid_credentials");
/// ```
pub fn invalid_credentials() -> ApiError {
    auth(400, "invalid_credentials", "Invalid login credentials")
}

/// The password is right and the address was never confirmed: 400.
///
/// ```
/// assert_eq!(seed_core::errors::email_not_confirmed().message(), "Email not confirmed");
/// ```
pub fn email_not_confirmed() -> ApiError {
    auth(400, "email_not_confirmed", "Email not confirmed")
}

/// The user may not sign in for now: 400.
///
/// ```
/// assert_eq!(seed_core::errors::user_banned().code(), Some("user_banned"));
/// ```
pub fn user_banned() -> ApiError {
    auth(400, "user_banned", "User is banned")
}

/// Somebody signs up with an address that a user has: 422.
///
/// ```
/// assert_eq!(seed_core::errors::user_already_exists().message(), "User already registered");
/// ```
pub fn user_already_exists() -> ApiError {
    auth(422, "user_already_exists", "User already registered")
}

/// An administrator makes a user with an address that one has: 422.
///
/// ```
/// assert_eq!(seed_core::errors::email_exists().status, Some(422));
/// ```
pub fn email_exists() -> ApiError {
    let message = "A user with this email address has already been registered";
    auth(422, "email_exists", message)
}

/// A password that is too weak: 422, with the reasons `length`, `characters` or `pwned`, and what the project asks for in
/// words.
///
/// ```
/// let error = seed_core::errors::weak_password("Password should be at least 8 characters.", &["length"]);
/// assert_eq!(error.body["weak_password"]["reasons"][0], "length");
/// ```
pub fn weak_password(message: &str, reasons: &[&str]) -> ApiError {
    let mut error = auth(422, "weak_password", message);
    error.body["weak_password"] = json!({ "reasons": reasons });
    error
}

/// A request that lacks something or has it in a wrong form: 400.
///
/// ```
/// let error = seed_core::errors::validation_failed("Unable to validate email address: invalid format");
/// assert_eq!(error.code(), Some("validation_failed"));
/// ```
pub fn validation_failed(message: &str) -> ApiError {
    auth(400, "validation_failed", message)
}

/// Too many requests in a short time: 429.
///
/// ```
/// assert_eq!(seed_core::errors::rate_limited().code(), Some("over_request_rate_limit"));
/// ```
pub fn rate_limited() -> ApiError {
    auth(429, "over_request_rate_limit", "Request rate limit reached")
}

/// No token where one is needed: 401.
///
/// ```
/// assert_eq!(seed_core::errors::no_authorization().status, Some(401));
/// ```
pub fn no_authorization() -> ApiError {
    auth(
        401,
        "no_authorization",
        "This endpoint requires a valid Bearer token",
    )
}
