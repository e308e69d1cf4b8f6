//! The file's text.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use stack::hint::mendable;
use toml::{Spanned, Value};

use super::{Expectation, Rights};
use crate::policies::findings::Rule;
use crate::policies::matrix::Verb;
use crate::policies::reach::Reach;

const HEADER: &str = "\
# What each role may do with each table and view that the API shows, and what is accepted although it looks wrong.
#
# `cargo xtask policies --accept` wrote this file; `cargo xtask policies` says where the database differs from it.
# Commit it, so that a change of what a role may do is seen in review.
#
# all: every row; own: own rows only; others: those of others only; part: some rows, by another rule; none: no policy
# lets a row through; denied: no grant; read_only: a view that cannot be written; trigger: a trigger refuses;
# missing: not known to the API; broken: the policies fail; untried: it could not be tried, and is not compared.
";

/// The text of the file for an expectation.
pub fn printed(expectation: &Expectation) -> String {
    let mut text = HEADER.to_owned();
    if !expectation.accepted.is_empty() {
        text.push_str("\n[accepted]\n");
    }
    for rule in Rule::ALL {
        let places = expectation.accepted.iter().filter(|(one, _)| *one == rule);
        let places: Vec<String> = places
            .map(|(_, place)| format!("    {},\n", string(place)))
            .collect();
        if !places.is_empty() {
            text.push_str(&format!("{} = [\n{}]\n", rule.name(), places.concat()));
        }
    }
    for (table, actors) in &expectation.tables {
        text.push_str(&format!("\n[tables.{}]\n", key(table)));
        for (actor, rights) in actors {
            let words: Vec<String> = Verb::ALL
                .iter()
                .zip(rights)
                .map(|(verb, reach)| format!("{} = \"{reach}\"", verb.name()))
                .collect();
            text.push_str(&format!("{} = {{ {} }}\n", key(actor), words.join(", ")));
        }
    }
    text
}

fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => string(name),
    }
}

/// A string on one line, whatever is in it.
fn string(text: &str) -> String {
    // TOML takes every escape of JSON, except the one for a slash, which is not written.
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

/// Reads the text of the file.
///
/// # Errors
/// It is no TOML, or has words that mean nothing: with line and column.
pub fn parse(text: &str, file: &Path) -> Result<Expectation> {
    let fault = |offset: usize, message: String, hint: String| {
        let before = &text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        mendable(
            format!(
                "read the expectation `{}:{line}:{column}`: {message}",
                file.display()
            ),
            hint,
        )
    };
    let on_disk: OnDisk = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message().trim_end().replace('\n', ", ");
        fault(
            offset,
            message,
            "mend the line, or let `cargo xtask policies --accept` write the file anew".into(),
        )
    })?;
    let mut expectation = Expectation::default();
    for (rule, places) in on_disk.accepted {
        let known = Rule::ALL.into_iter().find(|one| one.name() == rule.get_ref());
        let known = known.ok_or_else(|| {
            let names = Rule::ALL.map(Rule::name);
            fault(
                rule.span().start,
                format!("there is no finding `{}`", rule.get_ref()),
                nearest(rule.get_ref(), &names),
            )
        })?;
        expectation
            .accepted
            .extend(places.into_iter().map(|place| (known, place)));
    }
    for (table, actors) in on_disk.tables {
        let mut all = BTreeMap::new();
        for (actor, said) in actors {
            let rights = said.rights().map_err(|word| {
                let names = Reach::ALL.map(Reach::name);
                let message = format!("`{}` is no word for what a role may do", word.get_ref());
                fault(word.span().start, message, nearest(word.get_ref(), &names))
            })?;
            all.insert(actor, rights);
        }
        expectation.tables.insert(table, all);
    }
    Ok(expectation)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "tables of TOML")]
struct OnDisk {
    #[serde(default)]
    accepted: BTreeMap<Spanned<String>, Vec<String>>,
    #[serde(default)]
    tables: BTreeMap<String, BTreeMap<String, RightsOnDisk>>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "what a role may do, as `{ select = \"all\", insert = \"own\", update = \"own\", delete = \"own\" }`"
)]
struct RightsOnDisk {
    select: Spanned<Value>,
    insert: Spanned<Value>,
    update: Spanned<Value>,
    delete: Spanned<Value>,
}

impl RightsOnDisk {
    /// The words, or the first that is none.
    fn rights(self) -> Result<Rights, Spanned<String>> {
        let read = |said: Spanned<Value>| {
            let (span, value) = (said.span(), said.into_inner());
            let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let known = Reach::ALL.into_iter().find(|reach| reach.name() == word);
            known.ok_or_else(|| Spanned::new(span, word))
        };
        Ok([
            read(self.select)?,
            read(self.insert)?,
            read(self.update)?,
            read(self.delete)?,
        ])
    }
}

fn nearest(word: &str, names: &[&str]) -> String {
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), name);
    let nearest = names
        .iter()
        .copied()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    format!("did you mean `{}`?", nearest.unwrap_or_default())
}
