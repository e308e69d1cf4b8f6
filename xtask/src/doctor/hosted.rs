//! A target that is there without us: whether it is reached, how safely, what may be done there, and whether it is
//! where the project is.

mod api;
mod database;
pub mod migrations;

use std::time::{Duration, Instant};

use super::Finding;
use crate::context::Context;
use crate::database::address::{Address, Tls};
use crate::database::connect::connect;
use crate::target::Target;

/// How long connecting may take before it is told.
const SLOW: Duration = Duration::from_secs(2);

/// Looks at the target that the flags ask for; what cannot be looked at because of what comes before is left out.
pub async fn examine(context: &Context) -> Vec<Finding> {
    let target = match Target::resolve(context).await {
        Ok(target) => target,
        Err(error) => return vec![Finding::from_error("database", &error)],
    };
    let mut findings = Vec::new();
    let started = Instant::now();
    match connect(&target.database, "doctor").await {
        Ok(client) => {
            findings.push(reached(&target.database, started.elapsed()));
            findings.push(tls(&target.database));
            findings.extend(pooled(&target.database));
            findings.extend(database::examine(context, &target, &client).await);
            findings.extend(api::examine(context, &target, Some(&client)).await);
        }
        Err(error) => {
            findings.push(Finding::from_error("database", &error));
            findings.extend(api::examine(context, &target, None).await);
        }
    }
    findings
}

fn reached(address: &Address, elapsed: Duration) -> Finding {
    let detail = format!("`{address}` is reached in {} ms", elapsed.as_millis());
    match elapsed > SLOW {
        true => Finding::notice(
            "database",
            detail,
            "a machine near the database's region makes everything quicker",
        ),
        false => Finding::good("database", detail),
    }
}

fn tls(address: &Address) -> Finding {
    let hint = "give `sslmode=verify-full&sslrootcert=FILE` in its address; the dashboard has the file under Database, \
                Settings, SSL Configuration";
    match (address.tls, address.is_loopback()) {
        (Tls::Disable, true) => Finding::good("tls", "none; the server is this machine"),
        (Tls::Prefer, true) => Finding::good("tls", "where the server can; it is this machine"),
        (Tls::Disable, false) => Finding::notice(
            "tls",
            "none: the rows are sent in the clear to another machine",
            hint,
        ),
        (Tls::Prefer, false) => Finding::notice(
            "tls",
            "where the server can: whoever is in between can say that it cannot",
            hint,
        ),
        (Tls::Require, _) if address.root.is_none() => Finding::good(
            "tls",
            "required, whoever the server is: its certificate is not looked at",
        ),
        (Tls::Require | Tls::VerifyCa, _) => Finding::good(
            "tls",
            "required, with a certificate that is signed by one that is trusted",
        ),
        (Tls::VerifyFull, _) => Finding::good("tls", "required, with a trusted certificate for this host"),
    }
}

/// Nothing where there is no pooler of the platform. One that gives sessions away was left for its other port before, or
/// refused.
fn pooled(address: &Address) -> Option<Finding> {
    let is_pooler = address.host().ends_with(".pooler.supabase.com");
    is_pooler.then(|| {
        let port = address.port();
        Finding::good("pooler", format!("in the mode that keeps sessions (port {port})"))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::doctor::Verdict;

    #[track_caller]
    fn check(url: &str, verdict: Verdict, said: &str) {
        let finding = tls(&Address::parse(url, Path::new("/")).unwrap());
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.detail.contains(said), "{finding:?}");
        assert_eq!(finding.hint.is_some(), verdict != Verdict::Good, "{finding:?}");
    }

    #[test]
    fn what_others_can_read_on_the_way_is_told() {
        check(
            "postgresql://u@127.0.0.1/x?sslmode=disable",
            Verdict::Good,
            "this machine",
        );
        check(
            "postgresql://u@db.example.com/x?sslmode=disable",
            Verdict::Notice,
            "in the clear",
        );
        check("postgresql://u@db.example.com/x", Verdict::Notice, "in between");
        check(
            "postgresql://u@db.example.com/x?sslmode=require",
            Verdict::Good,
            "not looked at",
        );
        check(
            "postgresql://u@db.example.com/x?sslmode=require&sslrootcert=f",
            Verdict::Good,
            "trusted",
        );
        check(
            "postgresql://u@db.example.com/x?sslmode=verify-full",
            Verdict::Good,
            "for this host",
        );
    }

    #[test]
    fn the_pooler_of_the_platform_is_told() {
        let found = |url| pooled(&Address::parse(url, Path::new("/")).unwrap());
        let pooler = "postgresql://postgres.ref@aws-0-eu-1.pooler.supabase.com:5432/postgres";
        assert!(found(pooler).is_some() && found("postgresql://u@h:5432/x").is_none());
    }
}
