//! `policies`

mod verdict;

use anyhow::Result;
use serde::Serialize;

use crate::cli::PoliciesArgs;
use crate::context::Context;
use crate::database::catalog;
use crate::database::connect::connect;
use crate::error::Exit;
use crate::policies::findings::{self, Findings, Subject};
use crate::policies::matrix::Matrix;
use crate::target::Target;
use crate::users::metadata::MetadataTable;
use verdict::{Expected, Verdict};

/// What `policies` found.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    matrix: Matrix,
    #[serde(flatten)]
    findings: Findings,
    #[serde(flatten)]
    verdict: Verdict,
}

/// Runs `policies`.
///
/// # Errors
/// The stack does not run, the database refuses a query, the expectation makes no sense, or a file cannot be written.
pub async fn run(context: &Context, args: PoliciesArgs) -> Result<Exit> {
    let expected = Expected::read(context, &args)?;
    let settings = context.settings()?;
    let target = Target::resolve(context).await?;
    let mut client = connect(&target.database, "policies").await?;
    let schemas = catalog::schemas(&target.project)?;
    let catalog = catalog::read(&client, &schemas).await?;
    let matrix = Matrix::default();

    let step = context.output.step("findings");
    let users = MetadataTable::of(&catalog)
        .accounts(&client, &settings.test_users)
        .await?;
    let mut subjects = Vec::new();
    for (account, id) in users.iter().filter(|(account, _)| !account.is_administrator()) {
        subjects.push(Subject::read(&client, account.role.label(), *id).await?);
    }
    let findings = findings::read(&mut client, &catalog, &schemas, &subjects).await?;
    let findings = findings.with_roles(&matrix, &expected.only);
    step.done(findings.summary());

    let verdict = expected.judge(context, &matrix, &findings)?;
    let report = Report {
        matrix,
        findings,
        verdict,
    };
    context
        .output
        .result(&report, || report.verdict.text(&report.matrix, &report.findings))?;
    Ok(report.verdict.exit(&report.findings))
}
