//! The rules that make the data believable, read from `rules/*.sql`.

use seed_core::domain::Record;

use super::check::Question;
use super::template::Names;

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The record it is about, by its canonical name.
    pub record: &'static str,
    /// What must hold, in words.
    pub text: &'static str,
    /// A template (see [`super::template`]) that selects the keys of the rows that break it.
    pub violations: &'static str,
}

impl Rule {
    /// The records it is about: one, or each for `*`.
    pub fn records(&self) -> Vec<&'static str> {
        match self.record {
            "*" => Record::ALL
                .iter()
                .map(|record| record.name())
                .filter(|name| *name != "tags")
                .collect(),
            name => vec![name],
        }
    }

    /// Which rows of `record` break it, where the database has what it speaks of?
    pub fn question(&self, record: &str, names: &Names) -> Question {
        let violations = names.expand(&self.violations.replace("{*", &format!("{{{record}")));
        Question {
            table: record.to_owned(),
            rule: self.text.to_owned(),
            violations,
        }
    }
}

/// Begins a rule: `-- rule contacts: has one primary organization`.
const MARK: &str = "-- rule ";

const FILES: [&str; 4] = [
    include_str!("rules/organizations.sql"),
    include_str!("rules/opportunities.sql"),
    include_str!("rules/activities.sql"),
    include_str!("rules/products.sql"),
];

/// All rules, in their order in the files.
pub fn all() -> impl Iterator<Item = Rule> {
    FILES.into_iter().flat_map(parse)
}

fn parse(file: &'static str) -> impl Iterator<Item = Rule> {
    file.split(MARK).skip(1).map(|section| {
        let (head, violations) = section.split_once('\n').unwrap_or((section, ""));
        let (record, text) = head.split_once(": ").unwrap_or((head, ""));
        Rule {
            record,
            text,
            violations: violations.trim().trim_end_matches(';'),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_rule_is_a_headline_and_a_query() {
        let rules: Vec<Rule> =
            parse("-- About.\n\n-- rule tags: are named\nselect 1;\n\n-- rule tasks: b\nselect 2;\n")
                .collect();
        let rule = |record, text, violations| Rule {
            record,
            text,
            violations,
        };
        assert_eq!(
            rules,
            [
                rule("tags", "are named", "select 1"),
                rule("tasks", "b", "select 2")
            ]
        );
    }

    #[test]
    fn every_rule_is_a_query_and_is_named_once() {
        let mut seen = HashSet::new();
        for rule in all() {
            assert!(
                rule.violations.starts_with("select") || rule.violations.starts_with("with"),
                "{rule:?}"
            );
            assert!(seen.insert((rule.record, rule.text)), "{rule:?}");
        }
    }
}
