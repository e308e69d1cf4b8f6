//! The project's `.env`, with the line of each variable.
//!
//! The form is the one of npm's `dotenv`, which Vite and the Supabase CLI use: `NAME=value`, `export NAME=value`,
//! values in `'`, `"` or `` ` `` that may span lines, `#` comments. (The `dotenvy` crate refuses `NAME=two words`,
//! which stands in many projects, and does not tell lines.) Values are taken as they are: `$NAME` means itself.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use stack::hint::{WithHint, mendable};

/// The variables of one file.
#[derive(Debug, Clone, Default)]
pub struct Dotenv {
    path: PathBuf,
    variables: Vec<Variable>,
}

/// One variable of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, without quotes.
    pub value: String,
    /// Where it begins, counted from 1.
    pub line: usize,
}

impl Dotenv {
    /// Reads a file; one that is not there is empty.
    ///
    /// # Errors
    /// When it cannot be read, or has a line that is no assignment: file and line are named.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read(path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| broken(path, None, "it is not UTF-8 text"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("read `{}`", path.display()))
                    .with_hint(|| "make it a file that you can read".to_owned());
            }
        };
        let variables = parse(&text).map_err(|(line, problem)| broken(path, Some(line), problem))?;
        Ok(Self {
            path: path.to_owned(),
            variables,
        })
    }

    /// The last assignment to `name`.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn broken(path: &Path, line: Option<usize>, problem: &str) -> anyhow::Error {
    let place = line.map(|line| format!(" line {line}")).unwrap_or_default();
    mendable(
        format!("read `{}`{place}: {problem}", path.display()),
        "write `NAME=value`, one a line; a value with `#` or line breaks stands in quotes; a comment begins with `#`",
    )
}

/// The assignments of a file's text, or the first line that is none and why.
fn parse(text: &str) -> Result<Vec<Variable>, (usize, &'static str)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut variables = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assignment = line.strip_prefix("export ").unwrap_or(line);
        let (name, rest) = assignment.split_once('=').ok_or((number, "it has no `=`"))?;
        let (name, rest) = (name.trim(), rest.trim_start());
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        {
            return Err((number, "what stands before `=` is not a name"));
        }
        let value = match rest.chars().next().filter(|quote| "'\"`".contains(*quote)) {
            None => rest
                .split_once(" #")
                .map_or(rest, |(value, _)| value)
                .trim()
                .to_owned(),
            Some(quote) => {
                let mut value = rest[1..].to_owned();
                while end_of(&value, quote).is_none() {
                    let (_, next) = lines.next().ok_or((number, "the quote does not end"))?;
                    value = format!("{value}\n{next}");
                }
                let (value, after) = value.split_at(end_of(&value, quote).expect("the loop has found it"));
                let after = after[1..].trim_start();
                if !after.is_empty() && !after.starts_with('#') {
                    return Err((number, "something stands after the closing quote"));
                }
                unescaped(value, quote)
            }
        };
        variables.push(Variable {
            name: name.to_owned(),
            value,
            line: number,
        });
    }
    Ok(variables)
}

/// A line that reads back as this value, here and with the usual libraries.
///
/// ```
/// use xtask::dotenv::line;
/// assert_eq!(line("NAME", "plain-1"), "NAME=plain-1\n");
/// assert_eq!(line("NAME", "it's #1"), "NAME=`it's #1`\n");
/// ```
pub fn line(name: &str, value: &str) -> String {
    let is_plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.:/@+=!,".contains(c));
    if is_plain {
        return format!("{name}={value}\n");
    }
    // In single quotes nothing is expanded, and in backticks little.
    let quote = ['\'', '`', '"'].into_iter().find(|quote| !value.contains(*quote));
    match quote {
        Some(quote) => format!("{name}={quote}{value}{quote}\n"),
        None => format!("{name}=\"{}\"\n", value.replace('"', "\\\"")),
    }
}

/// Where the closing quote stands.
fn end_of(value: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    value.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn unescaped(value: &str, quote: char) -> String {
    match quote {
        '"' => value
            .replace("\\n", "\n")
            .replace("\\r", "\r")
            .replace("\\\"", "\""),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected<'a> = Result<&'a [(&'a str, &'a str, usize)], (usize, &'static str)>;

    fn check(text: &str, expect: Expected) {
        let actual = parse(text);
        let expect = expect.map(|all| {
            let variable = |&(name, value, line): &(&str, &str, usize)| Variable {
                name: name.into(),
                value: value.into(),
                line,
            };
            all.iter().map(variable).collect::<Vec<_>>()
        });
        assert_eq!(actual, expect, "{text:?}");
    }

    #[test]
    fn assignments_are_read_as_npm_does() {
        check("", Ok(&[]));
        check(
            "# c\n\nA=1\nexport B = two words # c\r\n",
            Ok(&[("A", "1", 3), ("B", "two words", 4)]),
        );
        check(
            "A='x # y' # z\nB=\"a\\nb\"\nC=`it's`",
            Ok(&[("A", "x # y", 1), ("B", "a\nb", 2), ("C", "it's", 3)]),
        );
        check(
            "A=\"one\ntwo\"\nB=p#q\nC=",
            Ok(&[("A", "one\ntwo", 1), ("B", "p#q", 3), ("C", "", 4)]),
        );
        check("A=\"say \\\"hi\\\"\"", Ok(&[("A", "say \"hi\"", 1)]));
    }

    #[test]
    fn a_line_that_is_no_assignment_is_named() {
        check("A=1\nnonsense", Err((2, "it has no `=`")));
        check("\n=x", Err((2, "what stands before `=` is not a name")));
        check("A B=x", Err((1, "what stands before `=` is not a name")));
        check("A=\"x\nB=1", Err((1, "the quote does not end")));
        check("A='x' y", Err((1, "something stands after the closing quote")));
    }

    #[test]
    fn the_last_assignment_counts_and_a_missing_file_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(Dotenv::load(&path).unwrap().get("A").is_none());
        fs::write(&path, "A=1\nA=2\n").unwrap();
        assert_eq!(Dotenv::load(&path).unwrap().get("A").unwrap().value, "2");
    }
}
