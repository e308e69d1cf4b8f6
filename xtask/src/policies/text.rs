//! The matrix and the findings for the terminal.
//!
//! One line for each table and each group of roles that get equally far with it; in a pipe every line stands for
//! itself. Colours are put in always: the stream keeps or drops them.

mod grid;

use owo_colors::{OwoColorize, Style};

use super::findings::{Finding, Findings, Rule, Severity};
use super::matrix::{Cell, Matrix, Outcome, Relation, RelationKind, Try, Verb, Whose};
use super::reach::Reach;
use crate::database::name::short;
use grid::{Grid, Word};

/// Characters that places may take on a line, with room for what stands before them.
const WIDTH: usize = 110;

/// The matrix, what the policies said where they fail, and the legend. Roles that nothing distinguishes stand on top.
pub fn matrix(matrix: &Matrix, findings: &Findings) -> String {
    let mut text = String::new();
    let equal = findings
        .findings
        .iter()
        .filter(|one| one.rule == Rule::RolesNotDistinguished);
    equal.for_each(|finding| text.push_str(&format!("{}\n\n", finding.message.red().bold())));
    if matrix.relations.is_empty() {
        return text;
    }
    let shut = shut_out(matrix);
    if !shut.is_empty() {
        text.push_str(&format!(
            "{}: no grant on anything\n\n",
            people(matrix, &shut).bold()
        ));
    }
    let head = [
        "table", "role", "sees own", "others'", "insert", "update", "delete",
    ];
    let mut grid = Grid::new(head.map(|word| Word::new(word, Style::new().bold())).to_vec());
    for relation in &matrix.relations {
        for (at, (actors, cell)) in groups(relation, &shut).into_iter().enumerate() {
            let name = match at {
                0 => Style::new().bold(),
                _ => Style::new().dimmed(),
            };
            let is_anon = actors.iter().any(|&actor| matrix.actors[actor].name == "anon");
            let mut line = vec![
                Word::new(&title(relation), name),
                Word::plain(&people(matrix, &actors)),
            ];
            line.extend(seen(cell, is_anon));
            line.extend(
                [Verb::Insert, Verb::Update, Verb::Delete].map(|verb| word(cell.reach(verb), is_anon)),
            );
            grid.push(line);
        }
    }
    text.push_str(&grid.text());
    let said = messages(matrix);
    if !said.is_empty() {
        text.push_str(&format!("\n{said}"));
    }
    text.push_str(&format!("\n{}", legend(matrix).dimmed()));
    text
}

/// The findings, the worst first, each with what would mend it, those that say the same together; those that
/// `is_accepted` are counted only.
pub fn findings(findings: &Findings, is_accepted: impl Fn(&Finding) -> bool) -> String {
    let mut text = String::new();
    let (accepted, open): (Vec<&Finding>, Vec<&Finding>) =
        findings.findings.iter().partition(|finding| is_accepted(finding));
    let alike = |one: &&Finding, other: &&Finding| {
        (one.severity, one.rule, &one.message) == (other.severity, other.rule, &other.message)
    };
    for alike in open.chunk_by(alike) {
        let severity = alike[0].severity.name();
        let severity = match alike[0].severity {
            Severity::High => severity.red().bold().to_string(),
            Severity::Medium => severity.yellow().to_string(),
            Severity::Low => severity.cyan().to_string(),
        };
        let places = alike.iter().map(|finding| finding.place.as_str());
        let places = lines(places).into_iter().map(|line| line.bold().to_string());
        let (places, message) = (places.collect::<Vec<_>>().join("\n  "), &alike[0].message);
        let rule = format!("({})", alike[0].rule.name());
        text.push_str(&format!("{severity} {places}: {message} {}\n", rule.dimmed()));
        // What mends one of several may mend the others too.
        let mut mends: Vec<&str> = Vec::new();
        for finding in alike {
            if !mends.contains(&finding.mend.as_str()) {
                mends.push(&finding.mend);
            }
        }
        text.extend(mends.iter().map(|mend| format!("  {} {mend}\n", "mend:".cyan())));
    }
    match accepted.len() {
        0 => {}
        1 => text.push_str("1 finding is accepted by the expectation\n"),
        count => text.push_str(&format!("{count} findings are accepted by the expectation\n")),
    }
    findings
        .untried
        .iter()
        .for_each(|untried| text.push_str(&format!("{}\n", untried.why.dimmed())));
    text
}

/// Places with commas between, on as many lines as a terminal needs for them.
fn lines<'a>(places: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for place in places {
        match lines.last_mut() {
            Some(line) if line.chars().count() + place.chars().count() > WIDTH => {
                line.push(',');
                lines.push(place.to_owned());
            }
            Some(line) => line.push_str(&format!(", {place}")),
            None => lines.push(place.to_owned()),
        }
    }
    lines
}

/// Its name, with what else one must know of it.
fn title(relation: &Relation) -> String {
    let name = short(&relation.schema, &relation.name);
    match (relation.kind, relation.row_security) {
        (RelationKind::Table, true) => name,
        (RelationKind::Table, false) => format!("{name} (RLS off)"),
        (RelationKind::View, _) => format!("{name} (view)"),
        (RelationKind::MaterializedView, _) => format!("{name} (kept view)"),
    }
}

/// The actors who are denied everything: one line for each of them and each table would say nothing. That a view cannot
/// be written is told to everybody, before grants are looked at.
fn shut_out(matrix: &Matrix) -> Vec<usize> {
    let is_denied = |cell: &Cell| {
        cell.reach(Verb::Select) == Reach::Denied
            && Verb::ALL
                .iter()
                .all(|&verb| [Reach::Denied, Reach::ReadOnly].contains(&cell.reach(verb)))
    };
    let is_shut_out = |&actor: &usize| {
        let mut cells = matrix
            .relations
            .iter()
            .filter_map(|relation| relation.cells.get(actor));
        cells.all(is_denied)
    };
    match matrix.relations.as_slice() {
        [] => Vec::new(),
        _ => (0..matrix.actors.len()).filter(is_shut_out).collect(),
    }
}

/// The actors without those who are shut out, those together who get equally far and see equally much.
fn groups<'a>(relation: &'a Relation, shut: &[usize]) -> Vec<(Vec<usize>, &'a Cell)> {
    let mut groups: Vec<(Vec<usize>, &Cell)> = Vec::new();
    for (at, cell) in relation
        .cells
        .iter()
        .enumerate()
        .filter(|(at, _)| !shut.contains(at))
    {
        match groups.iter_mut().find(|(_, other)| is_alike(other, cell)) {
            Some((actors, _)) => actors.push(at),
            None => groups.push((vec![at], cell)),
        }
    }
    groups
}

fn is_alike(one: &Cell, other: &Cell) -> bool {
    let seen = |cell: &Cell| seen(cell, false).map(|word| word.text);
    seen(one) == seen(other) && Verb::ALL.iter().all(|&verb| one.reach(verb) == other.reach(verb))
}

fn people(matrix: &Matrix, actors: &[usize]) -> String {
    let names: Vec<&str> = actors.iter().map(|&at| matrix.actors[at].name.as_str()).collect();
    let has_anon = names.contains(&"anon");
    match matrix.actors.len() - actors.len() {
        0 if actors.len() > 1 => "everyone".to_owned(),
        1 if !has_anon && actors.len() > 1 && matrix.actors.iter().any(|actor| actor.name == "anon") => {
            "everyone signed in".to_owned()
        }
        _ => names.join(", "),
    }
}

/// Rows seen of how many, own and others' apart; where none can be, why.
fn seen(cell: &Cell, is_anon: bool) -> [Word; 2] {
    let reach = cell.reach(Verb::Select);
    let of = |whose: &[Whose]| {
        let tries = cell.select.iter().filter(|one| whose.contains(&one.whose));
        let counted =
            tries.filter(|one| matches!(one.outcome, Outcome::Allowed | Outcome::Part | Outcome::NoRows));
        // There is one try for each.
        counted.map(Try::counted).next()
    };
    let (own, others) = (of(&[Whose::Own]), of(&[Whose::Others, Whose::Any]));
    match (own, others) {
        (None, None) => [word(reach, is_anon), Word::plain("")],
        (own, others) => {
            let style = style(reach, is_anon);
            [own, others].map(|rows| rows.map_or_else(|| Word::plain("–"), |rows| Word::new(&rows, style)))
        }
    }
}

fn word(reach: Reach, is_anon: bool) -> Word {
    Word::new(reach.name(), style(reach, is_anon))
}

fn style(reach: Reach, is_anon: bool) -> Style {
    match reach {
        // Whatever is open to those who are not signed in is worth a look.
        Reach::All | Reach::Own | Reach::Others | Reach::Part if is_anon => Style::new().red().bold(),
        Reach::All => Style::new().yellow(),
        Reach::Own => Style::new().green(),
        Reach::Others | Reach::Part => Style::new().magenta(),
        Reach::Trigger => Style::new().cyan(),
        Reach::Broken | Reach::Missing => Style::new().red().bold(),
        Reach::None | Reach::Denied | Reach::ReadOnly | Reach::Untried => Style::new().dimmed(),
    }
}

/// What the database said where something fails or was not tried, each sentence once for all whom it met.
fn messages(matrix: &Matrix) -> String {
    let mut said: Vec<(String, Vec<Vec<Verb>>)> = Vec::new();
    for relation in &matrix.relations {
        for (actor, cell) in relation.cells.iter().enumerate() {
            for verb in Verb::ALL {
                for sentence in cell.tries(verb).iter().filter_map(|one| sentence(&one.outcome)) {
                    let line = format!("{}: {sentence}", short(&relation.schema, &relation.name));
                    let at = said
                        .iter()
                        .position(|(known, _)| *known == line)
                        .unwrap_or_else(|| {
                            said.push((line, vec![Vec::new(); matrix.actors.len()]));
                            said.len() - 1
                        });
                    let verbs = &mut said[at].1[actor];
                    if !verbs.contains(&verb) {
                        verbs.push(verb);
                    }
                }
            }
        }
    }
    said.iter()
        .map(|(line, whom)| format!("{line}\n  {}\n", deeds(matrix, whom)))
        .collect()
}

/// Who did what, those together who did the same; `whom` has the verbs of each actor.
fn deeds(matrix: &Matrix, whom: &[Vec<Verb>]) -> String {
    let mut groups: Vec<(&[Verb], Vec<usize>)> = Vec::new();
    for (actor, verbs) in whom.iter().enumerate().filter(|(_, verbs)| !verbs.is_empty()) {
        match groups.iter_mut().find(|(known, _)| known == verbs) {
            Some((_, actors)) => actors.push(actor),
            None => groups.push((verbs, vec![actor])),
        }
    }
    let deed = |(verbs, actors): &(&[Verb], Vec<usize>)| {
        let verbs: Vec<&str> = verbs.iter().map(|verb| verb.name()).collect();
        format!("{}: {}", people(matrix, actors), verbs.join(", "))
    };
    groups.iter().map(deed).collect::<Vec<_>>().join("; ")
}

fn sentence(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Broken { code, message } => Some(format!("the policies fail: {message} [{code}]")),
        Outcome::Failed { message } => Some(format!("it fails: {message}")),
        Outcome::RefusedByTrigger { message } => Some(format!("a trigger refuses: {message}")),
        Outcome::Untried { why } => Some(format!("not tried: {why}")),
        _ => None,
    }
}

/// What the words mean that occur.
fn legend(matrix: &Matrix) -> String {
    let mut words = vec!["20/80: 20 of 80 rows".to_owned()];
    let explained = |reach: Reach| format!("{reach}: {}", reach.meaning());
    words.extend(matrix.words().into_iter().map(explained));
    if matrix.has_stars() {
        words.push("*: of rows that were placed to look at, since there were none".to_owned());
    }
    // A few lines read better than one that a terminal breaks.
    let lines: Vec<String> = words.chunks(4).map(|line| line.join(" · ") + "\n").collect();
    lines.concat()
}

#[cfg(test)]
mod tests;
