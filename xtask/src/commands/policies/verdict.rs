//! What is made of the matrix and the findings: shown, compared with the expectation or written as such.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use stack::hint::mendable;

use crate::cli::PoliciesArgs;
use crate::context::Context;
use crate::database::name::short;
use crate::error::Exit;
use crate::policies::expectation::{self, Comparison, Expectation};
use crate::policies::findings::{Finding, Findings};
use crate::policies::matrix::Matrix;
use crate::policies::{html, text};

/// The expectation that a run is held against.
pub struct Expected<'a> {
    args: &'a PoliciesArgs,
    /// The tables and views that are asked for, by their short names; none for all.
    pub only: Vec<String>,
    file: PathBuf,
    /// As it is on the disk; `None` where there is none, and where it is written anew.
    known: Option<Expectation>,
}

/// What a run came to.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Where the matrix is not what was expected; `None` where nothing was.
    pub comparison: Option<Comparison>,
    #[serde(skip)]
    accepted: Expectation,
    #[serde(skip)]
    is_written: bool,
}

impl<'a> Expected<'a> {
    /// Reads it. To be done before anything is tried, so that what is wrong with it is said at once.
    ///
    /// # Errors
    /// It was asked for and is not there, or it makes no sense.
    pub fn read(context: &Context, args: &'a PoliciesArgs) -> Result<Expected<'a>> {
        let file = args.expect.clone();
        let file = file.unwrap_or_else(|| expectation::default_file(&context.paths));
        if args.accept && !args.only.is_empty() && !file.exists() {
            return Err(mendable(
                format!(
                    "accept some tables: there is no expectation `{}` yet",
                    file.display()
                ),
                "leave `--only` out once: what is not in the file would count as new",
            ));
        }
        let is_needed = args.expect.is_some() && !args.accept;
        let is_replaced = args.accept && args.only.is_empty();
        let known = match (is_needed || file.exists()) && !is_replaced {
            true => Some(Expectation::read(&file)?),
            false => None,
        };
        let only = args.only.iter().map(|name| shortened(name)).collect();
        Ok(Expected {
            args,
            only,
            file,
            known,
        })
    }

    /// Compares what was found with it, or writes what was found as such.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn judge(self, context: &Context, matrix: &Matrix, findings: &Findings) -> Result<Verdict> {
        let now = Expectation::of(matrix, findings);
        let only = self.only.as_slice();
        let verdict = match self.known {
            _ if self.args.accept => {
                let accepted = match self.known {
                    Some(known) if !only.is_empty() => known.with(now, only),
                    _ => now,
                };
                accepted.write(&self.file)?;
                Verdict {
                    comparison: None,
                    accepted,
                    is_written: true,
                }
            }
            Some(known) => {
                let known = match only {
                    [] => known,
                    only => known.only(only),
                };
                Verdict {
                    comparison: Some(known.compare(&now)),
                    accepted: known,
                    is_written: false,
                }
            }
            None => Verdict {
                comparison: None,
                accepted: Expectation::default(),
                is_written: false,
            },
        };
        if let Some(page) = &self.args.html {
            let project = context.paths.project.file_name().unwrap_or_default();
            let project = project.to_string_lossy();
            html::write(page, &project, matrix, findings, |one| verdict.accepts(one))?;
            context.output.say(format!("wrote `{}`", page.display()));
        }
        let at = self
            .file
            .strip_prefix(&context.paths.project)
            .unwrap_or(&self.file);
        verdict.say(context, &at.display().to_string(), findings);
        Ok(verdict)
    }
}

impl Verdict {
    /// The matrix, the findings and where they are not as expected.
    pub fn text(&self, matrix: &Matrix, findings: &Findings) -> String {
        let shown = text::matrix(matrix, findings);
        let found = text::findings(findings, |one| self.accepts(one));
        let differences = self.comparison.as_ref().map(Comparison::text).unwrap_or_default();
        let parts = [shown, found, differences]
            .into_iter()
            .filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n")
    }

    /// No, where something differs or was found that nobody has accepted.
    pub fn exit(&self, findings: &Findings) -> Exit {
        match self.differs() || self.is_open(findings) {
            true => Exit::No,
            false => Exit::Done,
        }
    }

    fn accepts(&self, finding: &Finding) -> bool {
        self.accepted.accepts(finding)
    }

    fn differs(&self) -> bool {
        self.comparison.as_ref().is_some_and(|one| !one.is_equal())
    }

    fn is_open(&self, findings: &Findings) -> bool {
        findings.findings.iter().any(|finding| !self.accepts(finding))
    }

    fn say(&self, context: &Context, file: &str, findings: &Findings) {
        let sentence = match (&self.comparison, self.is_written) {
            (_, true) => format!("wrote what was found to `{file}`"),
            (Some(_), _) if self.differs() => format!(
                "this is not what `{file}` expects: mend the policies, or accept it with `cargo xtask policies --accept`"
            ),
            (Some(_), _) => format!("this is what `{file}` expects"),
            (None, _) if self.is_open(findings) => {
                "mend what was found, or accept it as it is with `cargo xtask policies --accept`".to_owned()
            }
            (None, _) => return,
        };
        context.output.say(sentence);
    }
}

/// The short name of a table that was asked for as `public.contacts` or `contacts`.
fn shortened(name: &str) -> String {
    match name.split_once('.') {
        Some((schema, table)) => short(schema, table),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_asked_for_with_their_schema() {
        assert_eq!(shortened("contacts"), "contacts");
        assert_eq!(shortened("public.contacts"), "contacts");
        assert_eq!(shortened("crm.contacts"), "crm.contacts");
        assert_eq!(shortened("public.odd.name"), "public.odd.name");
    }
}
