//! What the platform calls a project, for what only its own API can do.

use std::fmt;

use url::Url;

use crate::database::address::Address;

/// A project on Supabase's platform, or on one that has the same API.
#[derive(Clone, PartialEq, Eq)]
pub struct Hosting {
    /// As in `https://REF.supabase.co`.
    pub project_ref: String,
    /// The token of a person; without one the Supabase CLI takes the one of its `login`.
    pub access_token: Option<String>,
}

impl fmt::Debug for Hosting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hosting({})", self.project_ref)
    }
}

/// The project's name where its addresses have it: `https://REF.supabase.co`, `db.REF.supabase.co`, and the user
/// `postgres.REF` of the pooler.
pub(super) fn project_ref(api_url: &str, database: &Address) -> Option<String> {
    let of_host = |host: &str| {
        let name = host.strip_suffix(".supabase.co")?;
        Some(name.strip_prefix("db.").unwrap_or(name).to_owned())
    };
    let api = Url::parse(api_url).ok();
    let of_api = api.as_ref().and_then(Url::host_str).and_then(of_host);
    let of_user = || {
        let user = database.get_user()?.split_once('.')?.1;
        let is_pooler = database.host().ends_with(".pooler.supabase.com");
        is_pooler.then(|| user.to_owned())
    };
    of_api
        .or_else(|| of_host(&database.host()))
        .or_else(of_user)
        .filter(|name| !name.is_empty() && !name.contains('.'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[track_caller]
    fn check(api_url: &str, database: &str, expected: Option<&str>) {
        let database = Address::parse(database, Path::new("/")).unwrap();
        assert_eq!(project_ref(api_url, &database).as_deref(), expected);
    }

    #[test]
    fn the_name_stands_in_each_kind_of_address() {
        let own = "postgresql://postgres@10.0.0.1/postgres";
        check("https://abcd.supabase.co", own, Some("abcd"));
        check(
            "",
            "postgresql://postgres@db.abcd.supabase.co/postgres",
            Some("abcd"),
        );
        let pooler = "postgresql://postgres.abcd:x@aws-0-eu-1.pooler.supabase.com:6543/postgres";
        check("https://api.example.com", pooler, Some("abcd"));
        check("http://127.0.0.1:54321", own, None);
    }
}
