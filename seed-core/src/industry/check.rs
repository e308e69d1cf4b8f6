//! What a pack must hold before rows are made of it.

use std::collections::BTreeSet;

use super::{IndustryPack, ListProblem, Phrase, TradeRole};

/// The shortest that each list may be; `endings` are per role, `titles` of all departments, `subjects`, `outcomes`
/// and `descriptions` per type of activity.
///
/// ```
/// use seed_core::industry::MINIMUM_LENGTHS;
/// assert!(MINIMUM_LENGTHS.contains(&("tags", 20)));
/// ```
pub const MINIMUM_LENGTHS: &[(&str, usize)] = &[
    ("organization_stems", 50),
    ("organization_types", 20),
    ("endings", 5),
    ("departments", 15),
    ("titles", 26),
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

impl IndustryPack {
    /// All that is wrong with the pack's lists.
    pub(super) fn problems(&self) -> Vec<ListProblem> {
        let mut found = Found::default();
        self.check_texts(&mut found);
        self.check_lengths(&mut found);
        self.check_companies(&mut found);
        self.check_words(&mut found);
        self.check_products_and_tags(&mut found);
        found.problems
    }

    fn check_texts(&self, found: &mut Found) {
        for (key, text) in [
            ("name", &self.name),
            ("title", &self.title),
            ("description", &self.description),
        ] {
            if text.trim().is_empty() {
                found.problems.push(ListProblem::Unset { key });
            }
        }
        if !self.name.is_empty() && !Self::is_name(&self.name) {
            found.entry("name", &self.name, "is not made of a-z, 0-9 and _ alone");
        }
    }

    fn check_lengths(&self, found: &mut Found) {
        found.length("organization_stems", "", self.organization_stems.len());
        found.length("organization_types", "", self.organization_types.len());
        for role in TradeRole::ALL {
            let prefix = format!("organization_types.{}.", role.name());
            found.length("endings", &prefix, self.endings(role).count());
        }
        found.length("departments", "", self.departments.len());
        found.length("titles", "departments.", self.titles().count());
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

    /// Names of companies are unique because a stem and an ending make one name, and one name only.
    fn check_companies(&self, found: &mut Found) {
        let stems = self.organization_stems.iter().map(String::as_str);
        found.distinct("organization_stems", stems.clone());
        for stem in stems {
            let is_longer = |other: &String| {
                stem.strip_prefix(other.as_str())
                    .is_some_and(|rest| rest.starts_with(' '))
            };
            if self.organization_stems.iter().any(is_longer) {
                found.entry("organization_stems", stem, "begins with another stem");
            }
        }
        let types = &self.organization_types;
        found.distinct(
            "organization_types",
            types.iter().map(|of_type| of_type.name.as_str()),
        );
        found.distinct(
            "organization_types.endings",
            types
                .iter()
                .flat_map(|of_type| &of_type.endings)
                .map(String::as_str),
        );
        for of_type in types.iter().filter(|of_type| of_type.endings.is_empty()) {
            found.entry("organization_types", &of_type.name, "has no `endings`");
        }
        found.distinct(
            "departments",
            self.departments.iter().map(|department| department.name.as_str()),
        );
        found.distinct("departments.titles", self.titles().map(|(title, _)| title));
        for department in self
            .departments
            .iter()
            .filter(|department| department.titles.is_empty())
        {
            found.entry("departments", &department.name, "has no `titles`");
        }
    }

    fn check_words(&self, found: &mut Found) {
        found.distinct("competitors", self.competitors.iter().map(String::as_str));
        found.distinct("certifications", self.certifications.iter().map(String::as_str));
        found.distinct(
            "decision_criteria",
            self.decision_criteria.iter().map(String::as_str),
        );
        found.distinct("pain_points", self.pain_points.iter().map(String::as_str));
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
    use crate::industry::{IndustryPack, PackError};

    const HEAD: &str = "name = 'tiny'\ntitle = 'Tiny'\ndescription = 'Too small.'\n";

    fn findings(text: &str) -> Vec<String> {
        match IndustryPack::from_toml(text) {
            Err(PackError::Content { findings }) => findings.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(body: &str, expect: &[&str]) {
        let findings = findings(&format!("{HEAD}{body}")).join("\n");
        for part in expect {
            assert!(findings.contains(part), "`{part}` is not in: {findings}");
        }
    }

    #[test]
    fn names_every_missing_and_short_list() {
        check(
            "departments = [{ name = 'Kitchen', titles = ['Cook', 'Chef'] }]\n\
             organization_types = [{ name = 'Mill', role = 'principal', endings = ['Mills'] }]",
            &[
                "`organization_stems` is missing or empty, it needs 50 entries",
                "`organization_types.principal.endings` has 1 of 5 entries",
                "`organization_types.distributor.endings` is missing or empty, it needs 5 entries",
                "`departments` has 1 of 15 entries",
                "`departments.titles` has 2 of 26 entries",
                "`activity.event.outcomes` is missing or empty, it needs 4 entries",
            ],
        );
    }

    #[test]
    fn names_bad_entries() {
        check(
            "competitors = ['Northmere', 'northmere']",
            &["`northmere` in `competitors` stands there twice"],
        );
        check(
            "departments = [{ name = 'Kitchen', titles = ['Chef'] }, { name = 'Office', titles = ['Chef'] }]",
            &["`Chef` in `departments.titles` stands there twice"],
        );
        check(
            "departments = [{ name = 'Kitchen' }]",
            &["`Kitchen` in `departments` has no `titles`"],
        );
        check(
            "organization_stems = ['Blue Oak', 'Blue', 'Blueberry']",
            &["`Blue Oak` in `organization_stems` begins with another stem"],
        );
        check(
            "organization_types = [{ name = 'Mill', endings = ['Foods'] }, { name = 'Grocer', endings = ['Foods'] }]",
            &["`Foods` in `organization_types.endings` stands there twice"],
        );
        check(
            "organization_types = [{ name = 'Mill' }]",
            &["`Mill` in `organization_types` has no `endings`"],
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
    fn names_unknown_keys_and_wrong_types_with_all_else() {
        check(
            "department = []\ncompetitors = 7\ntags = ['VIP', { name = 'Key' }]\nproducts = []\n\
             [activity.call]\nsubjects = ['Call {boss}', 'Call {contact}', 'Call {chef}']",
            &[
                "line 4, column 1: `department`: unknown field `department`",
                "line 5, column 15: `competitors`: invalid type: integer `7`",
                "line 6, column 9: `tags`: invalid type: string \"VIP\", expected a table",
                "line 6, column 16: `tags`: missing field `color`",
                "line 7, column 1: `products` is missing or empty",
                "line 9, column 13: `activity.call.subjects`: `{boss}` in `Call {boss}` is no placeholder",
                "line 9, column 46: `activity.call.subjects`: `{chef}`",
                "`activity.call.outcomes` is missing",
            ],
        );
    }

    #[test]
    fn a_list_with_entries_that_cannot_be_read_is_not_called_short() {
        let found = findings(&format!("{HEAD}[activity.call]\nsubjects = ['Call {{boss}}']")).join("\n");
        assert!(!found.contains("`activity.call.subjects` is"), "{found}");
        assert!(!found.contains("`activity.call.subjects` has"), "{found}");
    }

    #[test]
    fn a_title_that_is_no_text_is_not_called_missing() {
        let found = findings("name = 'a'\ntitle = 7").join("\n");
        assert!(
            found.contains("`title`: invalid type: integer `7`, expected a string"),
            "{found}"
        );
        assert!(!found.contains("`title` is missing"), "{found}");
    }

    #[test]
    fn entries_are_found_where_they_stand() {
        check(
            "competitors = [\n  'Northmere',\n  'Calder',\n  'northmere',\n]\n\
             [[tags]]\nname='VIP'\ncolor='red'\ndescription='x'",
            &[
                "line 7, column 3: `northmere` in `competitors` stands there twice",
                "line 4, column 1: `competitors` has 3 of 13 entries",
                "line 10, column 6: `VIP` in `tags` has a `color`",
            ],
        );
    }

    #[test]
    fn a_pack_has_a_name_that_can_be_typed_a_title_and_a_description() {
        let found = findings("name = 'My Pack'\ntitle = ' '\n").join("\n");
        for part in [
            "line 1, column 8: `My Pack` in `name` is not made of",
            "`title` is missing",
            "`description` is missing",
        ] {
            assert!(found.contains(part), "{found}");
        }
    }

    #[test]
    fn what_is_not_toml_is_refused_where_it_ends_to_be_some() {
        let found = findings("name = 'a'\ntags = [");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("line 2, column 9: "), "{found:?}");
    }
}
