//! Errors of PostgREST; which SQLSTATE is which status stands in its
//! [table](https://docs.postgrest.org/en/stable/references/errors.html#http-status-codes).

use serde_json::{Value, json};

use super::ApiError;

fn rest(status: u16, code: &str, message: impl Into<String>, details: Value, hint: Value) -> ApiError {
    ApiError {
        status: Some(status),
        body: json!({ "code": code, "details": details, "hint": hint, "message": message.into() }),
    }
}

/// Something broke in the database: `XX000`, 500.
///
/// ```
/// assert_eq!(seed_core::errors::server().status, Some(500));
/// ```
pub fn server() -> ApiError {
    rest(500, "XX000", "internal error", Value::Null, Value::Null)
}

/// The database does not answer: `PGRST002`, 503.
///
/// ```
/// assert_eq!(seed_core::errors::unavailable().code(), Some("PGRST002"));
/// ```
pub fn unavailable() -> ApiError {
    let message = "Could not query the database for the schema cache. Retrying.";
    rest(503, "PGRST002", message, Value::Null, Value::Null)
}

/// A column that must be given is null: `23502`, 400. `row` is the failing row as PostgreSQL prints it.
///
/// ```
/// use seed_core::errors;
/// let error = errors::not_null_violation("contacts", "last_name", "(5eed, John, null)");
/// assert_eq!(error.body["details"], "Failing row contains (5eed, John, null).");
/// ```
pub fn not_null_violation(table: &str, column: &str, row: &str) -> ApiError {
    let message =
        format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint");
    let details = format!("Failing row contains {row}.");
    rest(400, "23502", message, details.into(), Value::Null)
}

/// A check says no: `23514`, 400. `row` is the failing row as PostgreSQL prints it.
///
/// ```
/// use seed_core::errors;
/// let error = errors::check_violation("products", "products_prices_in_order", "(5eed, Cheddar, 1, 2)");
/// assert!(error.message().contains("violates check constraint \"products_prices_in_order\""));
/// ```
pub fn check_violation(table: &str, constraint: &str, row: &str) -> ApiError {
    let message = format!("new row for relation \"{table}\" violates check constraint \"{constraint}\"");
    let details = format!("Failing row contains {row}.");
    rest(400, "23514", message, details.into(), Value::Null)
}

/// A value that its type does not take: `22P02`, 400.
///
/// ```
/// use seed_core::errors;
/// let error = errors::invalid_text("uuid", "abc");
/// assert_eq!(error.message(), "invalid input syntax for type uuid: \"abc\"");
/// ```
pub fn invalid_text(type_name: &str, value: &str) -> ApiError {
    let message = format!("invalid input syntax for type {type_name}: \"{value}\"");
    rest(400, "22P02", message, Value::Null, Value::Null)
}

/// A row of that unique key is there already: `23505`, 409.
///
/// ```
/// use seed_core::errors;
/// let error = errors::unique_violation("tags_name_key", &[("name", "VIP")]);
/// assert_eq!(error.message(), "duplicate key value violates unique constraint \"tags_name_key\"");
/// ```
pub fn unique_violation(constraint: &str, key: &[(&str, &str)]) -> ApiError {
    let message = format!("duplicate key value violates unique constraint \"{constraint}\"");
    let details = format!("Key {} already exists.", pairs(key));
    rest(409, "23505", message, details.into(), Value::Null)
}

/// A row points at none, or is pointed at and cannot go: `23503`, 409. `other` is the table pointed at.
///
/// ```
/// use seed_core::errors;
/// let error = errors::foreign_key_violation("tasks", "tasks_contact_id_fkey", &[("contact_id", "5eed")], "contacts");
/// assert_eq!(error.body["details"], "Key (contact_id)=(5eed) is not present in table \"contacts\".");
/// ```
pub fn foreign_key_violation(table: &str, constraint: &str, key: &[(&str, &str)], other: &str) -> ApiError {
    let message =
        format!("insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\"");
    let details = format!("Key {} is not present in table \"{other}\".", pairs(key));
    rest(409, "23503", message, details.into(), Value::Null)
}

/// A policy does not let the row in: `42501`, 403 (401 where nobody is signed in).
///
/// A policy that hides rows gives no error but fewer rows, and so [`no_rows`] where one was asked for.
///
/// ```
/// use seed_core::errors;
/// assert_eq!(errors::policy_violation("tags").status, Some(403));
/// assert_eq!(errors::policy_violation("tags").with_status(401).status, Some(401));
/// ```
pub fn policy_violation(table: &str) -> ApiError {
    let message = format!("new row violates row-level security policy for table \"{table}\"");
    rest(403, "42501", message, Value::Null, Value::Null)
}

/// The caller, who is not signed in, has no right to the table: `42501`, 401 (403 for those who are signed in).
///
/// ```
/// use seed_core::errors;
/// assert_eq!(errors::permission_denied("contacts").message(), "permission denied for table contacts");
/// ```
pub fn permission_denied(table: &str) -> ApiError {
    let message = format!("permission denied for table {table}");
    rest(401, "42501", message, Value::Null, Value::Null)
}

/// One row was asked for and there is none that the caller may see: `PGRST116`, 406.
///
/// ```
/// assert_eq!(seed_core::errors::no_rows().body["details"], "The result contains 0 rows");
/// ```
pub fn no_rows() -> ApiError {
    let message = "Cannot coerce the result to a single JSON object";
    rest(
        406,
        "PGRST116",
        message,
        "The result contains 0 rows".into(),
        Value::Null,
    )
}

/// There is no such table: `PGRST205`, 404.
///
/// ```
/// use seed_core::errors;
/// let error = errors::table_not_found("public", "people");
/// assert_eq!(error.message(), "Could not find the table 'public.people' in the schema cache");
/// ```
pub fn table_not_found(schema: &str, table: &str) -> ApiError {
    let message = format!("Could not find the table '{schema}.{table}' in the schema cache");
    rest(404, "PGRST205", message, Value::Null, Value::Null)
}

/// A column that is written is not there: `PGRST204`, 400.
///
/// ```
/// use seed_core::errors;
/// let error = errors::column_not_found("contacts", "shoe_size");
/// assert_eq!(error.message(), "Could not find the 'shoe_size' column of 'contacts' in the schema cache");
/// ```
pub fn column_not_found(table: &str, column: &str) -> ApiError {
    let message = format!("Could not find the '{column}' column of '{table}' in the schema cache");
    rest(400, "PGRST204", message, Value::Null, Value::Null)
}

/// A column that is filtered or sorted by is not there: `42703`, 400.
///
/// ```
/// use seed_core::errors;
/// let error = errors::undefined_column("contacts", "shoe_size");
/// assert_eq!(error.message(), "column contacts.shoe_size does not exist");
/// ```
pub fn undefined_column(table: &str, column: &str) -> ApiError {
    let message = format!("column {table}.{column} does not exist");
    rest(400, "42703", message, Value::Null, Value::Null)
}

/// A filter that cannot be read: `PGRST100`, 400.
///
/// ```
/// use seed_core::errors;
/// assert_eq!(errors::bad_filter("resembles.John").code(), Some("PGRST100"));
/// ```
pub fn bad_filter(filter: &str) -> ApiError {
    let message = format!("\"failed to parse filter ({filter})\" (line 1, column 1)");
    let details = "unexpected operator";
    rest(400, "PGRST100", message, details.into(), Value::Null)
}

/// The token is too old: `PGRST303`, 401. Before version 13 of PostgREST the code was `PGRST301`.
///
/// ```
/// assert_eq!(seed_core::errors::jwt_expired().message(), "JWT expired");
/// ```
pub fn jwt_expired() -> ApiError {
    rest(401, "PGRST303", "JWT expired", Value::Null, Value::Null)
}

/// The token was signed by somebody else: `PGRST301`, 401.
///
/// ```
/// assert_eq!(seed_core::errors::jwt_invalid().status, Some(401));
/// ```
pub fn jwt_invalid() -> ApiError {
    let message = "No suitable key or wrong key type";
    rest(401, "PGRST301", message, Value::Null, Value::Null)
}

/// `(a, b)=(1, 2)`
fn pairs(key: &[(&str, &str)]) -> String {
    let columns: Vec<&str> = key.iter().map(|(column, _)| *column).collect();
    let values: Vec<&str> = key.iter().map(|(_, value)| *value).collect();
    format!("({})=({})", columns.join(", "), values.join(", "))
}
