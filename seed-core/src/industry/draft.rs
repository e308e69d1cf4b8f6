//! A pack as one file gives it: read, but not yet complete.
//!
//! Whatever cannot be read is noted and taken out, so that one look at a file shows all that is wrong with it.

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};
use toml::{Spanned, Table, Value};

use super::locate::locate;
use super::{Finding, IndustryPack, ListProblem, PackError, Place};

/// A pack that may take lists from another one: `extends = "food_beverage"`.
///
/// ```
/// use seed_core::industry::PackDraft;
/// let own = r#"
///     name = "bakeries"
///     title = "Bakeries"
///     description = "Sells to bakeries."
///     extends = "food_beverage"
///     competitors = [
///         "Anvil", "Birch", "Crown", "Delta", "Elm", "Forge", "Grove", "Helm", "Isle", "Jade", "Kiln", "Loom", "Mast",
///     ]
/// "#;
/// let own = PackDraft::parse(own)?;
/// assert_eq!(own.extends(), Some("food_beverage"));
/// let pack = own.on(&PackDraft::bundled("food_beverage")?).finish()?;
/// assert_eq!((pack.competitors.len(), pack.tags.is_empty()), (13, false));
/// # Ok::<(), seed_core::industry::PackError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PackDraft {
    text: String,
    /// What could be read, and what was taken from other packs.
    lists: Table,
    extends: Option<String>,
    unreadable: Vec<Finding>,
}

/// Keys that are a pack's own, whatever it extends.
const OWN_KEYS: [&str; 3] = ["name", "title", "description"];

impl PackDraft {
    /// Reads a text. Keys that no pack has, wrong types and unknown placeholders are told by [`Self::finish`].
    ///
    /// # Errors
    /// [`PackError::Content`] where the text is not TOML.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let mut document = DeTable::parse(text).map_err(|error| syntax(text, &error))?;
        let mut unreadable = Vec::new();
        let extends = match document.get_mut().remove("extends") {
            None => None,
            Some(name) => {
                let offset = name.span().start;
                match name.into_inner() {
                    DeValue::String(name) => Some(name.into_owned()),
                    other => {
                        let message = format!("invalid type: {}, expected a string", other.type_str());
                        unreadable.push(finding(text, offset, "extends".into(), message));
                        None
                    }
                }
            }
        };
        while let Err(error) = IndustryPack::deserialize(Deserializer::from(document.clone())) {
            let taken = error.span().and_then(|span| {
                let key = take_out(document.get_mut(), span.start)?;
                Some(finding(text, span.start, key, one_line(&error)))
            });
            unreadable.push(taken.ok_or_else(|| syntax(text, &error))?);
        }
        Ok(Self {
            text: text.to_owned(),
            lists: Table::deserialize(Deserializer::from(document)).map_err(|error| syntax(text, &error))?,
            extends,
            unreadable,
        })
    }

    /// The bundled pack of that name.
    ///
    /// # Errors
    /// [`PackError::Unknown`] where there is none.
    pub fn bundled(name: &str) -> Result<Self, PackError> {
        let text = IndustryPack::bundled_text(name).ok_or_else(|| PackError::unknown(name))?;
        Self::parse(text)
    }

    /// The pack that gives the lists which this one does not, as the file names it.
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// The draft with the lists of `base` where it gives none itself; an empty list is one.
    pub fn on(mut self, base: &Self) -> Self {
        let mut lists = base.lists.clone();
        lists.retain(|key, _| !OWN_KEYS.contains(&key));
        lay_over(&mut lists, std::mem::take(&mut self.lists));
        self.lists = lists;
        self
    }

    /// The pack.
    ///
    /// # Errors
    /// [`PackError::Content`] with all that is wrong: what cannot be read, lists that are missing or too short, or
    /// hold what they must not.
    pub fn finish(self) -> Result<IndustryPack, PackError> {
        let pack: IndustryPack = Value::Table(self.lists)
            .try_into()
            .map_err(|error| syntax(&self.text, &error))?;
        let mut findings = self.unreadable;
        // A list that some entries were taken out of may well be long enough with them.
        let mut problems = pack.problems();
        for finding in &findings {
            problems.retain(|problem| !problem.is_lack_of(finding.problem.list()));
        }
        findings.extend(locate(&self.text, problems));
        if findings.is_empty() {
            return Ok(pack);
        }
        // In the order of the file; what is not there at all comes last.
        findings.sort_by_key(|finding| (finding.place.is_none(), finding.place));
        Err(PackError::Content { findings })
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> PackError {
    let finding = Finding {
        place: error.span().map(|span| Place::of(text, span.start)),
        problem: ListProblem::Syntax {
            message: one_line(error),
        },
    };
    PackError::Content {
        findings: vec![finding],
    }
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().lines().collect::<Vec<_>>().join(", ")
}

fn finding(text: &str, offset: usize, list: String, message: String) -> Finding {
    Finding {
        place: Some(Place::of(text, offset)),
        problem: ListProblem::Unreadable { list, message },
    }
}

/// Takes out the entry of a list that stands at `offset`, or else the key with all that it has; gives the key.
fn take_out(table: &mut DeTable<'_>, offset: usize) -> Option<String> {
    let (key, _) = table
        .iter()
        .find(|(key, value)| key.span().contains(&offset) || stands_at(value, offset))?;
    let key = key.get_ref().to_string();
    match table.get_mut(key.as_str())?.get_mut() {
        DeValue::Table(inner) => {
            if let Some(inner) = take_out(inner, offset) {
                return Some(format!("{key}.{inner}"));
            }
        }
        DeValue::Array(entries) if entries.iter().any(|entry| stands_at(entry, offset)) => {
            let others = entries.iter().filter(|entry| !stands_at(entry, offset));
            *entries = others.cloned().collect();
            return Some(key);
        }
        _ => {}
    }
    table.remove(key.as_str());
    Some(key)
}

/// Whether `value` or anything in it stands at `offset`; the parts of a table may stand anywhere in a text.
fn stands_at(value: &Spanned<DeValue<'_>>, offset: usize) -> bool {
    let is_within = match value.get_ref() {
        DeValue::Array(entries) => entries.iter().any(|entry| stands_at(entry, offset)),
        DeValue::Table(table) => table
            .iter()
            .any(|(key, value)| key.span().contains(&offset) || stands_at(value, offset)),
        _ => false,
    };
    is_within || value.span().contains(&offset)
}

/// Puts what `upper` gives in the place of what is in `lower`; tables are gone through key by key.
fn lay_over(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => lay_over(lower, upper),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
