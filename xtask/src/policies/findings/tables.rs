//! Tables whose rows no policy guards, or that none opens.

use super::exposed::{Exposed, RowPolicy};
use super::{Finding, Rule, Severity, joined, people};

/// Judges every table.
pub fn judge(relations: &[Exposed], policies: &[RowPolicy]) -> Vec<Finding> {
    let tables = relations
        .iter()
        .filter(|one| !["v", "m"].contains(&one.kind.as_str()));
    tables
        .filter(|table| !table.roles().is_empty())
        .filter_map(|table| {
            let own = policies.iter().filter(|policy| policy.relation == table.oid);
            match (table.row_security, own.count()) {
                (false, count) => Some(unguarded(table, count)),
                (true, 0) => Some(closed(table)),
                (true, _) => None,
            }
        })
        .collect()
}

fn unguarded(table: &Exposed, policies: usize) -> Finding {
    let (name, roles) = (table.title(), table.roles());
    let is_foreign = table.kind == "f";
    let asleep = match policies {
        0 => String::new(),
        1 => "; its policy does nothing until then".to_owned(),
        count => format!("; its {count} policies do nothing until then"),
    };
    Finding {
        rule: Rule::RlsOff,
        severity: Severity::High,
        message: format!(
            "row level security is off: {} can {} all rows{asleep}",
            people(&roles),
            joined(&verbs(table)),
        ),
        mend: match is_foreign {
            true => format!(
                "foreign tables have no policies, so take the grants away: `revoke all on {} from anon, authenticated;`",
                table.qualified()
            ),
            false => format!(
                "`alter table {} enable row level security;`, with policies for those who need rows",
                table.qualified()
            ),
        },
        place: name.clone(),
        relation: Some(name),
        roles,
    }
}

fn closed(table: &Exposed) -> Finding {
    let (name, roles) = (table.title(), table.roles());
    Finding {
        rule: Rule::RlsWithoutPolicy,
        severity: Severity::Low,
        message: format!(
            "row level security is on and there is no policy: it looks empty to {}, although they have grants",
            people(&roles)
        ),
        mend: format!(
            "write the policies that are missing, or take the grants away: `revoke all on {} from anon, authenticated;`",
            table.qualified()
        ),
        place: name.clone(),
        relation: Some(name),
        roles,
    }
}

/// What any role may do, in the order of the verbs.
fn verbs(table: &Exposed) -> Vec<&'static str> {
    ["select", "insert", "update", "delete"]
        .into_iter()
        .filter(|verb| table.granted.iter().flatten().any(|one| one == verb))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(row_security: bool, anon: &[&str]) -> Exposed {
        Exposed {
            oid: 1,
            schema: "public".into(),
            name: "notes".into(),
            kind: "r".into(),
            row_security,
            granted: [anon.iter().map(|&verb| verb.to_owned()).collect(), Vec::new()],
            owner: None,
        }
    }

    fn policy() -> RowPolicy {
        RowPolicy {
            relation: 1,
            name: "read own".into(),
            permissive: true,
            verb: None,
            roles: Vec::new(),
            rows: None,
            written: None,
        }
    }

    #[test]
    fn a_table_without_row_security_is_open_to_whom_it_is_granted() {
        let [finding] = &judge(&[table(false, &["select", "insert"])], &[policy()])[..] else {
            panic!("not one finding")
        };
        assert_eq!((finding.rule, finding.severity), (Rule::RlsOff, Severity::High));
        assert_eq!(
            finding.message,
            "row level security is off: everyone who is not signed in can select and insert all rows; its \
             policy does nothing until then"
        );
        assert!(
            finding.mend.contains(r#"alter table "public"."notes" enable"#),
            "{}",
            finding.mend
        );
    }

    #[test]
    fn without_a_grant_there_is_nothing_to_guard() {
        assert_eq!(judge(&[table(false, &[]), table(true, &[])], &[]), []);
    }

    #[test]
    fn a_table_that_no_policy_opens_is_named() {
        let open = table(true, &["select"]);
        assert_eq!(
            judge(std::slice::from_ref(&open), &[])[0].rule,
            Rule::RlsWithoutPolicy
        );
        assert_eq!(judge(&[open], &[policy()]), []);
    }
}
