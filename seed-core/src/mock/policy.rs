//! Who may do what with which row, as the policies of the reference schema have it.

use super::auth_provider::MockUser;
use super::parameters::Object;

/// What is done with a row.
///
/// ```
/// use seed_core::factory::Records;
/// use seed_core::mock::{DataProvider, Delete, MockDataProvider, Verb};
/// let records = Records::seeded(7);
/// let provider = MockDataProvider::of(&records);
/// provider.policy(|verb, resource, _row| resource != "tags" || verb == Verb::Select);
/// let tag = records.tags().build();
/// assert_eq!(provider.delete("tags", Delete::of(tag.id)).unwrap_err().code(), Some("PGRST116"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is read.
    Select,
    /// It is new.
    Insert,
    /// It changes; asked of the row as it was and as it would be.
    Update,
    /// It goes.
    Delete,
}

/// Whether a user may do this with a row: an administrator anything, a sales director reads all and writes own rows, an
/// account manager reads and writes own rows; all read tags and products, and only administrators write tags.
pub(super) fn allows(user: &MockUser, verb: Verb, resource: &str, row: &Object) -> bool {
    let is_own = |column: &str| row.get(column).and_then(serde_json::Value::as_i64) == Some(user.profile_id);
    match (user.role.as_str(), verb) {
        ("admin", _) => true,
        (_, Verb::Select) if matches!(resource, "tags" | "products") => true,
        ("sales_director", Verb::Select) => true,
        (_, Verb::Insert) => is_own("created_by"),
        _ => is_own("assigned_to") || is_own("created_by"),
    }
}
