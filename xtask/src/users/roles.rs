//! The roles that test users have: the three of the domain, or those that the project names in `seedbed.toml`.

use anyhow::Result;
use seed_core::spec::Volume;
use serde_json::{Map, Value};
use stack::hint::mendable;

use crate::env_vars;
use crate::project_file;

/// A role, and the test user who has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// As the database spells it.
    pub name: String,
    /// The place of its rows among the owners, the same whichever other roles exist.
    pub slot: u16,
    /// Its test user's e-mail, in lower case as Auth keeps it.
    pub email: String,
    /// Its test user's first name.
    pub first_name: String,
    /// Its test user's last name: the role, so that a person sees in any list whom they look at.
    pub last_name: String,
    /// Whether it administers the other users.
    pub is_administrator: bool,
    /// What else stands in `user_metadata`, which users write themselves.
    pub metadata: Map<String, Value>,
    /// What else stands in `app_metadata`, which only the service writes: policies read it from the token.
    pub claims: Map<String, Value>,
    /// How many rows a user of the role usually has.
    pub volume: Volume,
}

/// The name of a role that administers, where the project says nothing else.
const ADMINISTRATORS: [&str; 2] = ["admin", "administrator"];

impl Role {
    /// The three roles of the domain.
    pub fn defaults() -> Vec<Role> {
        let names = ["admin", "sales_director", "account_manager"];
        (0..)
            .zip(names)
            .map(|(slot, name)| Role::named(name, slot))
            .collect()
    }

    /// A role of which only the name is known.
    pub fn named(name: &str, slot: u16) -> Role {
        let (first_name, last_name, volume) = match name {
            "admin" => ("Ada", "Admin".to_owned(), Volume::ADMIN),
            "sales_director" => ("Dana", "Director".to_owned(), Volume::DIRECTOR),
            "account_manager" => ("Max", "Manager".to_owned(), Volume::MANAGER),
            _ => ("Test", capitalised(name), Volume::UNOWNED),
        };
        Role {
            name: name.to_owned(),
            slot,
            email: format!("{}@test.local", short(name)),
            first_name: first_name.to_owned(),
            last_name,
            is_administrator: ADMINISTRATORS.contains(&name),
            metadata: Map::new(),
            claims: Map::new(),
            volume,
        }
    }

    /// As people read it.
    pub fn title(&self) -> String {
        title(&self.name)
    }

    /// One word for it, as in `director`: for flags, variables and file names.
    pub fn short(&self) -> &str {
        short(&self.name)
    }

    /// Whether a person who types `word` means it.
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.trim().replace([' ', '-'], "_");
        word.eq_ignore_ascii_case(&self.name) || word.eq_ignore_ascii_case(self.short())
    }

    /// The variable that sets the e-mail of its test user, if there is one.
    pub fn email_variable(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "admin" => Some(env_vars::TEST_ADMIN_EMAIL),
            "sales_director" => Some(env_vars::TEST_DIRECTOR_EMAIL),
            "account_manager" => Some(env_vars::TEST_MANAGER_EMAIL),
            _ => None,
        }
    }

    /// Where its e-mail is set, for hints.
    pub fn email_place(&self) -> String {
        match self.email_variable() {
            Some(variable) => format!("`{variable}`"),
            None => format!("`email` of the role `{}` in `{}`", self.name, project_file::NAME),
        }
    }

    /// The label for this role among those that the database takes: its own, else the nearest that projects use.
    pub fn label_among<'l>(&'l self, allowed: &'l [String]) -> Option<&'l str> {
        let nearest: &[&str] = match self.name.as_str() {
            "admin" => &["administrator", "owner"],
            "sales_director" => &["director", "manager", "sales_manager"],
            "account_manager" => &["rep", "sales_rep", "sales", "agent", "user", "member"],
            _ => &[],
        };
        let known = std::iter::once(self.name.as_str()).chain(nearest.iter().copied());
        known
            .filter_map(|label| allowed.iter().find(|one| one.eq_ignore_ascii_case(label)))
            .map(String::as_str)
            .next()
    }
}

/// The roles that people call so, each once and in their own order; all where nothing is said.
///
/// # Errors
/// There is no such role: the nearest is named.
pub fn called<'r>(roles: &'r [Role], words: &[String]) -> Result<Vec<&'r Role>> {
    for word in words {
        if !roles.iter().any(|role| role.is_called(word)) {
            let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
            let likeness = |name: &&&str| (strsim::jaro_winkler(name, word) * 1000.0) as u64;
            let nearest = names.iter().max_by_key(likeness).copied().unwrap_or_default();
            return Err(mendable(
                format!("find the role `{word}`: there is none"),
                format!(
                    "did you mean `{nearest}`? The roles are {}; `[[role]]` in `{}` names others",
                    names.join(", "),
                    project_file::NAME
                ),
            ));
        }
    }
    let is_meant = |role: &&Role| words.is_empty() || words.iter().any(|word| role.is_called(word));
    Ok(roles.iter().filter(is_meant).collect())
}

/// The name of a role as people read it.
pub fn title(name: &str) -> String {
    name.replace('_', " ")
}

fn short(name: &str) -> &str {
    match name {
        "sales_director" => "director",
        "account_manager" => "manager",
        _ => name,
    }
}

fn capitalised(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    let words: Vec<String> = name.split('_').map(word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(role: &str, allowed: &[&str], expected: Option<&str>) {
        let allowed: Vec<String> = allowed.iter().map(|&label| label.to_owned()).collect();
        assert_eq!(Role::named(role, 0).label_among(&allowed), expected);
    }

    #[test]
    fn a_role_takes_its_own_label_before_a_similar_one() {
        check(
            "sales_director",
            &["manager", "sales_director"],
            Some("sales_director"),
        );
        check("sales_director", &["admin", "manager", "rep"], Some("manager"));
        check("account_manager", &["admin", "manager", "rep"], Some("rep"));
        check("admin", &["viewer"], None);
        check("warehouse", &["admin", "Warehouse"], Some("Warehouse"));
    }

    #[test]
    fn people_may_say_the_short_name() {
        let called = |word: &str| {
            let roles = Role::defaults().into_iter().filter(|role| role.is_called(word));
            roles.map(|role| role.name).collect::<Vec<_>>()
        };
        assert_eq!(called("Manager"), ["account_manager"]);
        assert_eq!(called("sales-director"), ["sales_director"]);
        assert_eq!(called("account manager"), ["account_manager"]);
        assert!(called("manage").is_empty());
    }

    #[test]
    fn a_role_of_which_only_the_name_is_known_has_a_user_with_a_name() {
        let role = Role::named("night_shift", 4);
        assert_eq!(role.email, "night_shift@test.local");
        assert_eq!(
            (role.first_name.as_str(), role.last_name.as_str()),
            ("Test", "Night Shift")
        );
        assert!(!role.is_administrator);
    }
}
