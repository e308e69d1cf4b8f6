//! Names of columns that say what they are for.

/// Names that say of a column in a user's own row that it decides rights.
pub const NAMES: &[&str] = &[
    "role",
    "roles",
    "user_role",
    "role_id",
    "admin",
    "is_admin",
    "administrator",
    "is_administrator",
    "superuser",
    "is_superuser",
    "is_super_admin",
    "super_admin",
    "is_staff",
    "is_owner",
    "is_manager",
    "permission",
    "permissions",
    "scopes",
    "access_level",
    "disabled",
    "is_disabled",
    "banned",
    "is_banned",
    "blocked",
    "is_blocked",
    "suspended",
    "is_suspended",
    "approved",
    "is_approved",
    "verified",
    "is_verified",
    "tenant",
    "tenant_id",
    "organization_id",
    "organisation_id",
    "org_id",
    "team_id",
    "workspace_id",
    "account_id",
];

/// Those among them that say where one belongs: of a person it is a right, of a record it is where the record lies.
pub const GROUPS: &[&str] = &[
    "tenant",
    "tenant_id",
    "organization_id",
    "organisation_id",
    "org_id",
    "team_id",
    "workspace_id",
    "account_id",
    "approved",
    "is_approved",
    "verified",
    "is_verified",
    "disabled",
    "is_disabled",
    "blocked",
    "is_blocked",
    "suspended",
    "is_suspended",
];

/// Names of columns that say whose a row is.
pub const OWNER_NAMES: &[&str] = &[
    "user_id",
    "owner",
    "owner_id",
    "created_by",
    "assigned_to",
    "assignee_id",
    "author_id",
    "profile_id",
    "sales_id",
];

/// Whether a name is one of these, however it joins its words: `is_admin`, `isAdmin`.
pub fn is_among(names: &[&str], name: &str) -> bool {
    let name = name.replace('_', "");
    names
        .iter()
        .any(|known| known.replace('_', "").eq_ignore_ascii_case(&name))
}
