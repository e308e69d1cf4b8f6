//! `policies`

use std::path::Path;

use anyhow::Result;
use seed_core::catalog::Catalog;
use serde_json::json;
use tokio_postgres::Client;

use crate::cli::PoliciesArgs;
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::policies::expectation::{self, Comparison, Expectation};
use crate::policies::findings::{self, Findings, Subject};
use crate::policies::matrix::Matrix;
use crate::policies::{html, text};
use crate::settings::TestUsers;
use crate::target::Target;
use crate::users::metadata::MetadataTable;

/// Runs `policies`.
///
/// # Errors
/// The stack does not run, the database refuses a query, the expectation makes no sense, or a file cannot be written.
pub async fn run(context: &Context, args: PoliciesArgs) -> Result<Exit> {
    let file = args
        .expect
        .clone()
        .unwrap_or_else(|| expectation::default_file(&context.paths));
    // What is wrong with it is said before anything is tried.
    let expected = read_expectation(&file, &args)?;
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "policies").await?;
    let schemas = catalog::schemas(&target.project)?;
    let catalog = catalog::read(&client, &schemas).await?;
    let step = context.output.step("findings");
    let subjects = subjects(&client, &catalog, &settings.test_users).await?;
    let mut found = findings::read(&mut client, &catalog, &schemas, &subjects).await?;
    let matrix = Matrix::default();
    match args.only.is_empty() {
        true => findings::not_distinguished(&matrix)
            .into_iter()
            .for_each(|one| found.push(one)),
        false => found = found.only(&args.only),
    }
    step.done(match found.findings.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    });
    report(context, &args, &file, expected, &matrix, &found)
}

/// Shows what was found, compares it with the expectation or writes it as such.
fn report(
    context: &Context,
    args: &PoliciesArgs,
    file: &Path,
    expected: Option<Expectation>,
    matrix: &Matrix,
    found: &Findings,
) -> Result<Exit> {
    let now = Expectation::of(matrix, found);
    let (compared, accepted) = match (expected, args.accept) {
        (expected, true) => {
            let whole = match (expected, args.only.as_slice()) {
                (Some(expected), only @ [_, ..]) => expected.with(now, only),
                _ => now,
            };
            whole.write(file)?;
            (None, whole)
        }
        (Some(expected), false) => {
            let of_these = match args.only.as_slice() {
                [] => expected,
                only => expected.only(only),
            };
            (Some(of_these.compare(&now)), of_these)
        }
        (None, false) => (None, Expectation::default()),
    };
    if let Some(page) = &args.html {
        let project = context
            .paths
            .project
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        html::write(page, &project, matrix, found, |finding| accepted.accepts(finding))?;
        context.output.say(format!("wrote `{}`", page.display()));
    }
    let value = json!({"matrix": matrix, "findings": found.findings, "untried": found.untried, "comparison": compared});
    context.output.result(&value, || {
        let shown = text::matrix(matrix, found);
        let findings = text::findings(found, |finding| accepted.accepts(finding));
        let differences = compared.as_ref().map(Comparison::text).unwrap_or_default();
        let parts = [shown, findings, differences]
            .into_iter()
            .filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n")
    })?;
    let is_open = found.findings.iter().any(|finding| !accepted.accepts(finding));
    let differs = compared.as_ref().is_some_and(|compared| !compared.is_equal());
    let at = file
        .strip_prefix(&context.paths.project)
        .unwrap_or(file)
        .display();
    match (args.accept, differs, compared.is_some()) {
        (true, ..) => context.output.say(format!("wrote what was found to `{at}`")),
        (_, true, _) => context.output.say(format!(
            "this is not what `{at}` expects: mend the policies, or accept it with `cargo xtask policies --accept`"
        )),
        (_, _, true) => context.output.say(format!("this is what `{at}` expects")),
        (_, _, false) if is_open => context.output.say(
            "mend what was found, or accept it as it is with `cargo xtask policies --accept`",
        ),
        _ => {}
    }
    Ok(if is_open || differs { Exit::No } else { Exit::Done })
}

/// The expectation that is asked for, or the one that is there.
fn read_expectation(file: &Path, args: &PoliciesArgs) -> Result<Option<Expectation>> {
    let is_needed = args.expect.is_some() && !args.accept;
    let is_replaced = args.accept && args.only.is_empty();
    match (is_needed || file.exists()) && !is_replaced {
        true => Expectation::read(file).map(Some),
        false => Ok(None),
    }
}

/// The test users who administer nothing, as they ask the database.
async fn subjects(client: &Client, catalog: &Catalog, users: &TestUsers) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for (account, id) in MetadataTable::of(catalog).accounts(client, users).await? {
        if !account.is_administrator() {
            subjects.push(Subject::read(client, account.role.label(), id).await?);
        }
    }
    Ok(subjects)
}
