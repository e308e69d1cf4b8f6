//! What a pack must hold before rows are made of it.

use std::collections::BTreeSet;
use std::fmt;

use super::{IndustryPack, Phrase};

/// The shortest that each list may be; `subjects`, `outcomes` and `descriptions` are per type of activity.
pub const MINIMUM_LENGTHS: &[(&str, usize)] = &[
    ("organization_names", 50),
    ("organization_types", 20),
    ("job_titles", 26),
    ("departments", 15),
    ("competitors", 13),
    ("certifications", 5),
    ("tags", 20),
    ("products", 40),
    ("note_phrases", 20),
    ("organization_notes", 10),
    ("opportunity_descriptions", 10),
    ("next_actions", 12),
    ("decision_criteria", 10),
    ("pain_points", 10),
    ("subjects", 6),
    ("outcomes", 4),
    ("descriptions", 4),
];

/// One thing that is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListProblem {
    /// Not there, or empty.
    Missing {
        /// Key in the file, `activity.call.subjects`.
        list: String,
        /// How many entries it needs.
        needed: usize,
    },
    /// There, with too few entries.
    Short {
        /// Key in the file.
        list: String,
        /// How many entries it has.
        found: usize,
        /// How many it needs.
        needed: usize,
    },
    /// An entry that cannot stay as it is.
    Entry {
        /// Key in the file.
        list: String,
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for ListProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { list, needed } => write!(f, "`{list}` is missing, it needs {needed} entries"),
            Self::Short { list, found, needed } => write!(f, "`{list}` has {found} of {needed} entries"),
            Self::Entry { list, entry, reason } => write!(f, "`{entry}` in `{list}` {reason}"),
        }
    }
}

impl IndustryPack {
    /// All that is wrong with the pack's lists.
    pub(super) fn problems(&self) -> Vec<ListProblem> {
        let mut found = Found::default();
        self.check_lengths(&mut found);
        self.check_words(&mut found);
        self.check_products_and_tags(&mut found);
        found.problems
    }

    fn check_lengths(&self, found: &mut Found) {
        found.length("organization_names", "", self.organization_names.len());
        found.length("organization_types", "", self.organization_types.len());
        found.length("job_titles", "", self.job_titles.len());
        found.length("departments", "", self.departments.len());
        found.length("competitors", "", self.competitors.len());
        found.length("certifications", "", self.certifications.len());
        found.length("tags", "", self.tags.len());
        found.length("products", "", self.products.len());
        found.length("note_phrases", "", self.note_phrases.len());
        found.length("organization_notes", "", self.organization_notes.len());
        found.length(
            "opportunity_descriptions",
            "",
            self.opportunity_descriptions.len(),
        );
        found.length("next_actions", "", self.next_actions.len());
        found.length("decision_criteria", "", self.decision_criteria.len());
        found.length("pain_points", "", self.pain_points.len());
        for (kind, words) in self.activity_lists() {
            let prefix = format!("activity.{kind}.");
            found.length("subjects", &prefix, words.subjects.len());
            found.length("outcomes", &prefix, words.outcomes.len());
            found.length("descriptions", &prefix, words.descriptions.len());
        }
    }

    fn check_words(&self, found: &mut Found) {
        found.distinct(
            "organization_names",
            self.organization_names.iter().map(String::as_str),
        );
        found.distinct(
            "organization_types",
            self.organization_types.iter().map(String::as_str),
        );
        found.distinct("job_titles", self.job_titles.iter().map(String::as_str));
        found.distinct("departments", self.departments.iter().map(String::as_str));
        found.distinct("competitors", self.competitors.iter().map(String::as_str));
        found.distinct("certifications", self.certifications.iter().map(String::as_str));
        found.distinct(
            "decision_criteria",
            self.decision_criteria.iter().map(String::as_str),
        );
        found.distinct("pain_points", self.pain_points.iter().map(String::as_str));
        let mut stems = BTreeSet::new();
        for name in &self.organization_names {
            let (stem, tail) = stem_and_tail(name);
            if tail.is_empty() {
                found.entry(
                    "organization_names",
                    name,
                    "is a single word, and the last word is what varies",
                );
            }
            if !stems.insert(stem.to_lowercase()) {
                found.entry(
                    "organization_names",
                    name,
                    "differs from another in its last word only",
                );
            }
        }
        for phrase in self
            .organization_notes
            .iter()
            .filter(|phrase| Phrase::names_a_contact(phrase))
        {
            let text = phrase.to_string();
            found.entry(
                "organization_notes",
                &text,
                "names a contact, and a company has many",
            );
        }
    }

    fn check_products_and_tags(&self, found: &mut Found) {
        found.distinct(
            "products",
            self.products.iter().map(|product| product.name.as_str()),
        );
        found.distinct("tags", self.tags.iter().map(|tag| tag.name.as_str()));
        for product in &self.products {
            if product.min_price > product.max_price {
                found.entry(
                    "products",
                    &product.name,
                    "has a `min_price` above its `max_price`",
                );
            }
        }
        for tag in &self.tags {
            let hex = tag.color.strip_prefix('#').unwrap_or_default();
            if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                found.entry(
                    "tags",
                    &tag.name,
                    "has a `color` that is not of the form `#rrggbb`",
                );
            }
        }
    }
}

/// A company name without its last word, and that word; an `&` before it goes with it (`Ames` and `& Sons`).
pub(crate) fn stem_and_tail(name: &str) -> (&str, &str) {
    let last = name.rfind(' ').unwrap_or(name.len());
    let joined = ["&", "and", "of", "the"].iter().find_map(|word| {
        let before = name[..last].strip_suffix(word)?;
        before.ends_with(' ').then(|| before.len() - 1)
    });
    let (stem, tail) = name.split_at(joined.unwrap_or(last));
    (stem, tail.trim_start())
}

#[derive(Default)]
struct Found {
    problems: Vec<ListProblem>,
}

impl Found {
    fn length(&mut self, list: &str, prefix: &str, found: usize) {
        let minimum = MINIMUM_LENGTHS.iter().find(|(name, _)| *name == list);
        let needed = minimum.expect("each list has a minimum").1;
        let list = format!("{prefix}{list}");
        if found == 0 {
            self.problems.push(ListProblem::Missing { list, needed });
        } else if found < needed {
            self.problems.push(ListProblem::Short { list, found, needed });
        }
    }

    fn distinct<'a>(&mut self, list: &str, entries: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for entry in entries {
            if entry.trim().is_empty() {
                self.entry(list, entry, "is empty");
            } else if !seen.insert(entry.to_lowercase()) {
                self.entry(list, entry, "stands there twice");
            }
        }
    }

    fn entry(&mut self, list: &str, entry: &str, reason: &'static str) {
        self.problems.push(ListProblem::Entry {
            list: list.to_owned(),
            entry: entry.to_owned(),
            reason,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::stem_and_tail;
    use crate::industry::{IndustryPack, PackError};

    const HEAD: &str = "name = 'tiny'\ntitle = 'Tiny'\ndescription = 'Too small.'\n";

    fn check(body: &str, expect: &[&str]) {
        let error = IndustryPack::from_toml(&format!("{HEAD}{body}")).unwrap_err();
        let text = error.to_string();
        for part in expect {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
    }

    #[test]
    fn names_every_missing_and_short_list() {
        check(
            "job_titles = ['Buyer', 'Chef']",
            &[
                "`organization_names` is missing, it needs 50 entries",
                "`job_titles` has 2 of 26 entries",
                "`activity.event.outcomes` is missing, it needs 4 entries",
            ],
        );
    }

    #[test]
    fn names_bad_entries() {
        check(
            "departments = ['Kitchen', 'kitchen']",
            &["`kitchen` in `departments` stands there twice"],
        );
        check(
            "organization_names = ['Blue Oak Foods', 'Blue Oak Bakery']",
            &["`Blue Oak Bakery` in `organization_names` differs from another in its last word only"],
        );
        check(
            "organization_names = ['Oakline']",
            &["`Oakline` in `organization_names` is a single word"],
        );
        check(
            "organization_notes = ['Ask {contact}']",
            &["`Ask {contact}` in `organization_notes` names a contact"],
        );
        check(
            "[[tags]]\nname='VIP'\ncolor='red'\ndescription='x'",
            &["`VIP` in `tags` has a `color`"],
        );
    }

    #[test]
    fn takes_names_apart() {
        assert_eq!(stem_and_tail("Blue Oak Foods"), ("Blue Oak", "Foods"));
        assert_eq!(stem_and_tail("Ames & Sons"), ("Ames", "& Sons"));
        assert_eq!(stem_and_tail("Oakline"), ("Oakline", ""));
    }

    #[test]
    fn refuses_unknown_keys_and_types() {
        let syntax = |body: &str| match IndustryPack::from_toml(&format!("{HEAD}{body}")) {
            Err(PackError::Syntax { message }) => message,
            other => panic!("{other:?}"),
        };
        assert!(syntax("job_title = []").contains("unknown field `job_title`"));
        assert!(syntax("job_titles = 7").contains("line 4"));
    }
}
