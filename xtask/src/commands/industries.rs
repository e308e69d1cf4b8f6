//! `industries`: the packs that `--industry` takes.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use comfy_table::{CellAlignment, Table, presets};
use owo_colors::OwoColorize;
use seed_core::domain::SampleNames;
use seed_core::industry::{Finding, IndustryPack, PackError, Place};
use serde_json::{Map, Value, json};
use stack::hint::{WithHint, mendable};

use crate::cli::IndustriesCommand;
use crate::context::Context;
use crate::error::{self, Exit};
use crate::seeding::industry::{Named, Origin, Packs};

/// The lists whose lengths `list` shows.
const MAIN_LISTS: [&str; 5] = [
    "organization_stems",
    "organization_types",
    "titles",
    "products",
    "tags",
];
/// Entries of each list that `show` gives as examples.
const EXAMPLES: usize = 3;
/// Names of companies and products that `show` gives.
const NAMES: u64 = 10;
/// The seed that they are made with: the default of `--seed`.
const SEED: u64 = 42;

/// Runs `industries`.
///
/// # Errors
/// There is no such pack, it is no usable one, or the new one cannot be written.
pub fn run(context: &Context, command: IndustriesCommand) -> Result<Exit> {
    let packs = Packs::of(&context.paths);
    match command {
        IndustriesCommand::List => list(context, &packs),
        IndustriesCommand::Show { pack } => show(context, &packs, &pack),
        IndustriesCommand::Check { file } => check(context, &packs, &file),
        IndustriesCommand::New { name, out, force } => new(context, &packs, &name, out, force),
    }
}

fn list(context: &Context, packs: &Packs) -> Result<Exit> {
    let all: Vec<(Named, Result<IndustryPack>)> = packs
        .all()?
        .into_iter()
        .map(|named| {
            let pack = packs.read(&named.origin);
            (named, pack)
        })
        .collect();
    let value: Vec<Value> = all.iter().map(|(named, pack)| list_json(named, pack)).collect();
    context
        .output
        .result(&value, || list_text(&all, &context.paths.project))?;
    for error in all.iter().filter_map(|(_, pack)| pack.as_ref().err()) {
        context.output.warn(error::message(error));
    }
    if all.iter().any(|(named, _)| is_own(named)) {
        context
            .output
            .say("files in `industries/` go before bundled packs of their names");
    }
    Ok(Exit::Done)
}

fn is_own(named: &Named) -> bool {
    matches!(named.origin, Origin::File(_))
}

fn list_json(named: &Named, pack: &Result<IndustryPack>) -> Value {
    let from = match &named.origin {
        Origin::Bundled(_) => "bundled".to_owned(),
        Origin::File(path) => path.display().to_string(),
    };
    match pack {
        Ok(pack) => json!({
            "name": named.name, "title": pack.title, "description": pack.description, "from": from,
            "lists": lengths_json(pack),
        }),
        Err(error) => json!({ "name": named.name, "from": from, "error": error::message(error) }),
    }
}

fn lengths_json(pack: &IndustryPack) -> Map<String, Value> {
    let lengths = pack.list_lengths().into_iter();
    lengths
        .map(|(list, length)| (list.to_owned(), length.into()))
        .collect()
}

fn list_text(all: &[(Named, Result<IndustryPack>)], project: &Path) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let header = ["name", "title", "from"].into_iter().chain(MAIN_LISTS);
    table.set_header(header.map(|list| list.replace("organization_", "company ")));
    for (named, pack) in all {
        let from = match &named.origin {
            Origin::Bundled(_) => "bundled".to_owned(),
            Origin::File(path) => path.strip_prefix(project).unwrap_or(path).display().to_string(),
        };
        let title = pack.as_ref().map_or("not usable", |pack| &pack.title);
        let mut cells = vec![named.name.clone(), title.to_owned(), from];
        if let Ok(pack) = pack {
            let lengths = pack.list_lengths();
            let of = |list: &&str| {
                lengths
                    .iter()
                    .find(|(name, _)| name == list)
                    .map(|(_, length)| length)
            };
            cells.extend(MAIN_LISTS.iter().filter_map(of).map(ToString::to_string));
        }
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn show(context: &Context, packs: &Packs, called: &str) -> Result<Exit> {
    let origin = packs.find(called, Path::new(""))?;
    let pack = packs.read(&origin)?;
    context.output.result(&pack, || show_text(&pack, &origin))?;
    Ok(Exit::Done)
}

fn show_text(pack: &IndustryPack, origin: &Origin) -> String {
    let mut text = format!("{} · {origin}\n{}\n\n", pack.title.bold(), pack.description);
    let examples = examples(pack);
    for (list, length) in pack.list_lengths() {
        let some = examples.iter().find(|(name, _)| *name == list);
        let some = some.map_or(String::new(), |(_, some)| some.join(" · "));
        let _ = writeln!(text, "{list:<24} {length:>4}  {some}");
    }
    let sample = SampleNames::new(SEED, pack, NAMES);
    for (title, names) in [
        ("companies", &sample.organizations),
        ("products", &sample.products),
    ] {
        let _ = writeln!(
            text,
            "\n{}",
            format!("{title}, as `--seed {SEED}` names them").bold()
        );
        names.iter().for_each(|name| {
            let _ = writeln!(text, "  {name}");
        });
    }
    text
}

/// The first entries of each list.
fn examples(pack: &IndustryPack) -> Vec<(&'static str, Vec<String>)> {
    fn first<T>(list: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> Vec<String> {
        list.into_iter().take(EXAMPLES).map(text).collect()
    }
    let words = |list: &[String]| first(list, String::clone);
    let departments = || pack.departments.iter();
    vec![
        ("organization_stems", words(&pack.organization_stems)),
        (
            "organization_types",
            first(&pack.organization_types, |of_type| of_type.name.clone()),
        ),
        (
            "departments",
            first(departments(), |department| department.name.clone()),
        ),
        (
            "titles",
            first(
                departments().flat_map(|department| &department.titles),
                String::clone,
            ),
        ),
        ("competitors", words(&pack.competitors)),
        ("certifications", words(&pack.certifications)),
        ("tags", first(&pack.tags, |tag| tag.name.clone())),
        (
            "products",
            first(&pack.products, |product| {
                format!(
                    "{} ({} to {})",
                    product.name, product.min_price, product.max_price
                )
            }),
        ),
        (
            "note_phrases",
            first(&pack.note_phrases[..1], ToString::to_string),
        ),
        (
            "organization_notes",
            first(&pack.organization_notes[..1], ToString::to_string),
        ),
        (
            "opportunity_descriptions",
            first(&pack.opportunity_descriptions[..1], ToString::to_string),
        ),
        ("next_actions", first(&pack.next_actions, ToString::to_string)),
        ("decision_criteria", words(&pack.decision_criteria)),
        ("pain_points", words(&pack.pain_points)),
        (
            "activity",
            first(&pack.activity.call.subjects, ToString::to_string),
        ),
    ]
}

fn check(context: &Context, packs: &Packs, called: &str) -> Result<Exit> {
    let path = PathBuf::from(called);
    let origin = match path.is_file() {
        true => Origin::File(path),
        false => packs.find(called, Path::new(""))?,
    };
    let findings = match packs.check(&origin)? {
        Ok(_) => Vec::new(),
        Err(PackError::Content { findings }) => findings,
        Err(error) => return Err(mendable(format!("check {origin}: {error}"), error.hint())),
    };
    let is_usable = findings.is_empty();
    let value: Vec<Value> = findings.iter().map(finding_json).collect();
    let value = json!({ "pack": origin.place(), "usable": is_usable, "findings": value });
    context.output.result(&value, || {
        findings
            .iter()
            .map(|finding| finding_line(&origin.place(), finding))
            .collect()
    })?;
    match (is_usable, findings.len()) {
        (true, _) => context.output.say(format!("{origin} is a usable pack")),
        (false, 1) => context
            .output
            .say(format!("{origin} is no usable pack yet: 1 thing to mend")),
        (false, count) => context
            .output
            .say(format!("{origin} is no usable pack yet: {count} things to mend")),
    }
    Ok(if is_usable { Exit::Done } else { Exit::No })
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "line": finding.place.map(|place| place.line), "column": finding.place.map(|place| place.column),
        "list": finding.problem.list(), "problem": finding.problem.to_string(),
    })
}

/// As compilers write it, so that editors find the place: `mine.toml:12:5: …`.
fn finding_line(pack: &str, finding: &Finding) -> String {
    let problem = &finding.problem;
    match finding.place {
        Some(Place { line, column }) => format!("{pack}:{line}:{column}: {problem}\n"),
        None => format!("{pack}: {problem}\n"),
    }
}

fn new(context: &Context, packs: &Packs, name: &str, out: Option<PathBuf>, force: bool) -> Result<Exit> {
    if !IndustryPack::is_name(name) {
        return Err(mendable(
            format!("make the pack `{name}`: a pack's name is made of a-z, 0-9 and _"),
            "choose another name, as in `garden_trade`",
        ));
    }
    let has_name = out.is_none();
    let file = out.unwrap_or_else(|| packs.file_of(name));
    write_new(&file, &IndustryPack::template(name, &title(name)), force)?;
    let asked_by = match has_name {
        true => name.to_owned(),
        false => file.display().to_string(),
    };
    context
        .output
        .result(&json!({ "name": name, "file": file }), || {
            file.display().to_string()
        })?;
    context.output.say(format!(
        "put your own words into it, then: `cargo xtask industries check {asked_by}`, `cargo xtask reset --industry {asked_by}`"
    ));
    if has_name && IndustryPack::bundled_text(name).is_some() {
        context.output.say(format!(
            "from now on it goes before the bundled pack `{name}` in this project"
        ));
    }
    Ok(Exit::Done)
}

/// The name as a title: `garden_trade` is `Garden trade`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let words = words.trim();
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    match first {
        Some(first) => format!("{first}{}", letters.as_str()),
        None => name.to_owned(),
    }
}

fn write_new(file: &Path, text: &str, force: bool) -> Result<()> {
    let doing = || format!("write `{}`", file.display());
    if file.is_dir() {
        return Err(mendable(
            format!("{}: it is a folder", doing()),
            "name a file in it with `--out`",
        ));
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)
            .with_context(doing)
            .with_hint(|| format!("make `{}` a folder that you may write to", folder.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    match options
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
    {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(mendable(
            format!("{}: it is there already", doing()),
            "choose another name, or overwrite it with `--force`",
        )),
        written => written
            .with_context(doing)
            .with_hint(|| "name a file in a folder that you may write to with `--out`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_a_title() {
        assert_eq!(title("garden_trade"), "Garden trade");
        assert_eq!(title("_3d"), "3d");
        assert_eq!(title("_"), "_");
    }

    #[test]
    fn every_list_has_examples() {
        for name in IndustryPack::names() {
            let pack = IndustryPack::bundled(name).unwrap();
            let examples = examples(&pack);
            for (list, _) in pack.list_lengths() {
                let some = examples.iter().find(|(name, _)| *name == list);
                assert!(some.is_some_and(|(_, some)| !some.is_empty()), "{list}");
            }
        }
    }

    #[test]
    fn a_finding_stands_as_compilers_write_it() {
        let finding = |place| Finding {
            place,
            problem: seed_core::industry::ListProblem::Unset { key: "title" },
        };
        let place = Place { line: 12, column: 5 };
        assert_eq!(
            finding_line("a.toml", &finding(Some(place))),
            "a.toml:12:5: `title` is missing\n"
        );
        assert_eq!(
            finding_line("a.toml", &finding(None)),
            "a.toml: `title` is missing\n"
        );
    }
}
