//! `[[role]]`: who uses the project, where that is not the three roles of the domain.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;
use toml::{Spanned, Value};

use super::{Fault, json};
use crate::counts::Counts;
use crate::users::roles::Role;

#[derive(Debug, Clone, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "what is said of a role, as `name = \"owner\"`"
)]
pub(super) struct RoleOnDisk {
    name: Spanned<String>,
    email: Option<Spanned<String>>,
    #[serde(default)]
    metadata: BTreeMap<String, Value>,
    #[serde(default)]
    claims: BTreeMap<String, Value>,
    volume: Option<VolumeOnDisk>,
}

/// `volume = 20`, or `volume = { contacts = 20 }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(
    untagged,
    expecting = "a number of rows for all tables, or some of `organizations`, `contacts`, `opportunities`, `activities`, \
                 `notes`, `tags`, `products`, `tasks` with a number each"
)]
enum VolumeOnDisk {
    Each(u32),
    Some(Counts),
}

/// The roles in their order; none where the file names none.
pub(super) fn understood(roles: &[RoleOnDisk]) -> Result<Vec<Role>, Fault> {
    let mut understood: Vec<Role> = Vec::new();
    for (slot, on_disk) in (0..).zip(roles) {
        let role = on_disk.role(slot)?;
        let place = on_disk.name.span().start;
        if understood.iter().any(|other| other.name == role.name) {
            let message = format!("there are two roles `{}`", role.name);
            return Err(Fault::new(place, message, "give each role a name of its own"));
        }
        if let Some(other) = understood.iter().find(|other| other.email == role.email) {
            let message = format!("`{}` is the e-mail of the role `{}` too", role.email, other.name);
            return Err(Fault::new(place, message, "give each role an `email` of its own"));
        }
        understood.push(role);
    }
    Ok(understood)
}

impl RoleOnDisk {
    fn role(&self, slot: u16) -> Result<Role, Fault> {
        let name = self.name.get_ref();
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(Fault::new(
                self.name.span().start,
                format!("`{name}` is no name of a role"),
                "use letters, digits, `_` and `-`, as the database spells it",
            ));
        }
        let usual = Role::named(name, slot);
        let said = |key: &str| match self.metadata.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let administers = match self.metadata.get("administrator") {
            Some(Value::Boolean(is)) => *is,
            _ => usual.is_administrator,
        };
        let counts = match self.volume {
            Some(VolumeOnDisk::Each(count)) => Counts::of_each(count),
            Some(VolumeOnDisk::Some(counts)) => counts,
            None => Counts::NONE,
        };
        Ok(Role {
            email: self.email.as_ref().map_or(Ok(usual.email), email)?,
            first_name: said("first_name").unwrap_or(usual.first_name),
            last_name: said("last_name").unwrap_or(usual.last_name),
            is_administrator: administers,
            metadata: object(&self.metadata),
            claims: object(&self.claims),
            volume: counts.over(usual.volume),
            ..Role::named(name, slot)
        })
    }
}

fn email(said: &Spanned<String>) -> Result<String, Fault> {
    let text = said.get_ref().trim().to_lowercase();
    let is_address = text
        .rsplit_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if !is_address || text.contains(char::is_whitespace) {
        let message = format!("`{}` is not an e-mail address", said.get_ref());
        return Err(Fault::new(
            said.span().start,
            message,
            "set it to one, as in `owner@test.local`",
        ));
    }
    Ok(text)
}

fn object(values: &BTreeMap<String, Value>) -> Map<String, serde_json::Value> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), json(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use seed_core::spec::Volume;
    use serde_json::json;
    use stack::hint::hints;

    use super::super::ProjectFile;

    const WAREHOUSE: &str = r#"
[[role]]
name = "owner"
email = "Olga@test.local"
metadata = { first_name = "Olga", administrator = true, phone = "555-0100" }
volume = 7

[[role]]
name = "picker"
claims = { tenant = 3, role = "staff" }
volume = { contacts = 2, notes = 0 }
"#;

    #[test]
    fn a_project_names_its_own_roles() {
        let roles = ProjectFile::parse(WAREHOUSE.to_owned()).unwrap().roles();
        let [owner, picker] = roles.as_slice() else {
            panic!("{roles:?}")
        };
        assert_eq!(
            (owner.name.as_str(), owner.slot, owner.email.as_str()),
            ("owner", 0, "olga@test.local")
        );
        assert_eq!(
            (owner.first_name.as_str(), owner.last_name.as_str()),
            ("Olga", "Owner")
        );
        assert!(owner.is_administrator);
        assert_eq!(owner.metadata["phone"], "555-0100");
        assert_eq!((owner.volume.contacts, owner.volume.products), (7, 7));
        assert_eq!((picker.slot, picker.email.as_str()), (1, "picker@test.local"));
        assert_eq!(json!(picker.claims), json!({ "role": "staff", "tenant": 3 }));
        assert_eq!((picker.volume.contacts, picker.volume.contact_notes), (2, 0));
        assert_eq!(picker.volume.organizations, Volume::UNOWNED.organizations);
    }

    #[test]
    fn without_roles_there_are_the_three_of_the_domain() {
        let roles = ProjectFile::parse(String::new()).unwrap().roles();
        let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["admin", "sales_director", "account_manager"]);
    }

    #[track_caller]
    fn check_fault(text: &str, message: &str, hint: &str) {
        let error = ProjectFile::parse(text.to_owned()).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(hints(&error)[0].contains(hint), "{:?}", hints(&error));
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_place() {
        check_fault(
            "[[role]]\nname = \"a b\"",
            "read `seedbed.toml:2:8`: `a b` is no name of a role",
            "letters",
        );
        check_fault(
            "[[role]]\nname = \"a\"\nemail = \"nobody\"",
            "read `seedbed.toml:3:9`: `nobody` is not an e-mail address",
            "owner@test.local",
        );
        check_fault(
            "[[role]]\nname = \"a\"\n[[role]]\nname = \"a\"",
            "read `seedbed.toml:4:8`: there are two roles `a`",
            "a name of its own",
        );
        check_fault(
            "[[role]]\nname = \"a\"\nemail = \"b@test.local\"\n[[role]]\nname = \"b\"",
            "read `seedbed.toml:5:8`: `b@test.local` is the e-mail of the role `a` too",
            "an `email` of its own",
        );
        check_fault(
            "[[role]]\nname = \"a\"\nvolume = { contact = 1 }",
            "read `seedbed.toml:3:10`: a number of rows for all tables, or some of `organizations`, `contacts`, \
             `opportunities`, `activities`, `notes`, `tags`, `products`, `tasks` with a number each",
            "mend `seedbed.toml`",
        );
    }
}
