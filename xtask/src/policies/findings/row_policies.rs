//! Policies that let people through without a look at the row.

use super::exposed::{API_ROLES, Exposed, RowPolicy};
use super::openness::Openness;
use super::{Finding, Rule, Severity, joined, people};
use crate::database::name::quoted;
use crate::policies::matrix::Verb;

/// Judges every permissive policy by itself, together with the restrictive ones beside it.
pub fn judge(relations: &[Exposed], policies: &[RowPolicy]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in relations.iter().filter(|table| table.row_security) {
        let own: Vec<&RowPolicy> = policies
            .iter()
            .filter(|policy| policy.relation == table.oid)
            .collect();
        for policy in own.iter().filter(|policy| policy.permissive) {
            findings.extend(open(table, policy, &own).or_else(|| open_check(table, policy, &own)));
        }
    }
    findings
}

/// What a policy lets everyone of some roles do.
fn open(table: &Exposed, policy: &RowPolicy, beside: &[&RowPolicy]) -> Option<Finding> {
    let passes = passes(table, policy, beside, |policy, verb| match verb {
        // Without a check of its own, the one for all verbs asks of new rows what it asks of old ones.
        Verb::Insert => Some(Openness::of(
            policy.written.as_deref().or(policy.rows.as_deref())?,
        )),
        _ => Some(Openness::of(policy.rows.as_deref()?)),
    });
    let (roles, verbs) = (roles_of(&passes), verbs_of(&passes));
    let what: Vec<&str> = verbs.iter().map(|verb| deed(*verb, policy)).collect();
    let writes = verbs.iter().any(|verb| *verb != Verb::Select);
    let is_anon = roles.iter().any(|role| role == "anon");
    let severity = match (writes, is_anon) {
        _ if verbs.is_empty() => return None,
        // A form that anybody can fill in, and nobody else sees what was sent.
        (true, true) if verbs == [Verb::Insert] => Severity::Medium,
        (true, _) => Severity::High,
        (false, true) => Severity::Medium,
        (false, false) => Severity::Low,
    };
    let says_whose = says_whose(table, policy);
    Some(Finding {
        rule: Rule::PolicyAlwaysTrue,
        severity,
        message: format!("asks for nothing: {} can {}", people(&roles), joined(&what)),
        mend: match (verbs.as_slice(), is_anon) {
            ([Verb::Insert], true) => {
                format!("accept it where everyone may send something, as with a form; else {says_whose}")
            }
            ([Verb::Select], true) => format!("accept it where everyone may read it all; else {says_whose}"),
            ([Verb::Select], false) => {
                format!("accept it where everyone who is signed in may read it all; else {says_whose}")
            }
            _ => says_whose,
        },
        place: place(table, policy),
        relation: Some(table.title()),
        roles,
    })
}

/// What a policy lets people make of rows that they may change: with `with check (true)`, anybody's.
fn open_check(table: &Exposed, policy: &RowPolicy, beside: &[&RowPolicy]) -> Option<Finding> {
    let passes = passes(table, policy, beside, |policy, verb| match verb {
        Verb::Update => Some(Openness::of(policy.written.as_deref()?)),
        _ => None,
    });
    let roles = roles_of(&passes);
    if roles.is_empty() {
        return None;
    }
    Some(Finding {
        rule: Rule::CheckAlwaysTrue,
        severity: Severity::Medium,
        message: format!(
            "asks nothing of what is written: {} can make anything of the rows that they may change, rows of others too",
            people(&roles)
        ),
        mend: format!("say what a row must be afterwards: {}", alter(table, policy)),
        place: place(table, policy),
        relation: Some(table.title()),
        roles,
    })
}

/// The roles and verbs that a policy lets through: it applies, there is a grant, and nothing beside it holds back.
fn passes(
    table: &Exposed,
    policy: &RowPolicy,
    beside: &[&RowPolicy],
    openness: impl Fn(&RowPolicy, Verb) -> Option<Openness>,
) -> Vec<(String, Verb)> {
    let mut passes = Vec::new();
    for (role, granted) in API_ROLES.iter().zip(&table.granted) {
        for verb in Verb::ALL {
            let is_open =
                |policy: &RowPolicy| openness(policy, verb).is_some_and(|open| open.is_open_to(role));
            let holds_back =
                |other: &&&RowPolicy| !other.permissive && other.applies(role, verb) && !is_open(other);
            if policy.applies(role, verb)
                && granted.iter().any(|one| one == verb.name())
                && is_open(policy)
                && beside.iter().find(holds_back).is_none()
            {
                passes.push(((*role).to_owned(), verb));
            }
        }
    }
    passes
}

fn roles_of(passes: &[(String, Verb)]) -> Vec<String> {
    let has = |role: &&str| passes.iter().any(|(one, _)| one == role);
    API_ROLES.iter().copied().filter(has).map(str::to_owned).collect()
}

fn verbs_of(passes: &[(String, Verb)]) -> Vec<Verb> {
    let has = |verb: &Verb| passes.iter().any(|(_, one)| one == verb);
    Verb::ALL.into_iter().filter(has).collect()
}

fn deed(verb: Verb, policy: &RowPolicy) -> &'static str {
    match verb {
        Verb::Update
            if policy
                .written
                .as_deref()
                .is_some_and(|check| Openness::of(check) == Openness::Asks) =>
        {
            "change any row to what the check lets pass"
        }
        Verb::Select => "read all rows",
        Verb::Insert => "put in any row",
        Verb::Update => "change all rows",
        Verb::Delete => "delete all rows",
    }
}

fn place(table: &Exposed, policy: &RowPolicy) -> String {
    format!("{}: policy {}", table.title(), policy.name)
}

/// How to say whose rows the policy is for.
fn says_whose(table: &Exposed, policy: &RowPolicy) -> String {
    format!("say whose rows: {}", alter(table, policy))
}

/// The statement that would say so, for the parts that the policy has, with the column that the table has for it.
fn alter(table: &Exposed, policy: &RowPolicy) -> String {
    let condition = match &table.owner {
        Some(owner) if owner.is_user_id => {
            format!("(select auth.uid()) = {}", quoted(&owner.name))
        }
        _ => "…".to_owned(),
    };
    let using = policy.rows.as_ref().map(|_| format!(" using ({condition})"));
    let check = policy
        .written
        .as_ref()
        .map(|_| format!(" with check ({condition})"));
    let statement = format!(
        "`alter policy {} on {}{}{};`",
        quoted(&policy.name),
        table.qualified(),
        using.unwrap_or_default(),
        check.unwrap_or_default()
    );
    match &table.owner {
        Some(owner) if owner.is_user_id => statement,
        Some(owner) => format!(
            "{statement}, with a condition on {}, which holds the key of a profile",
            quoted(&owner.name)
        ),
        None => format!(
            "{statement}, with a condition on what tells its rows apart, as whose they are or who may see them"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::names::OwnerColumn;

    fn table() -> Exposed {
        let all = || Verb::ALL.map(|verb| verb.name().to_owned()).to_vec();
        Exposed {
            oid: 1,
            schema: "public".into(),
            name: "notes".into(),
            kind: "r".into(),
            row_security: true,
            granted: [all(), all()],
            owner: None,
        }
    }

    fn policy(verb: Option<Verb>, roles: &[&str], rows: Option<&str>, written: Option<&str>) -> RowPolicy {
        RowPolicy {
            relation: 1,
            name: "open".into(),
            permissive: true,
            verb,
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            rows: rows.map(str::to_owned),
            written: written.map(str::to_owned),
        }
    }

    #[track_caller]
    fn check(policies: &[RowPolicy], expected: &[(Rule, Severity, &str)]) {
        let findings = judge(&[table()], policies);
        let found: Vec<(Rule, Severity, &str)> = findings
            .iter()
            .map(|finding| (finding.rule, finding.severity, finding.message.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    const BOTH: &[&str] = &API_ROLES;
    const SIGNED_IN: &[&str] = &["authenticated"];

    #[test]
    fn a_policy_is_as_bad_as_what_it_opens_and_to_whom() {
        check(
            &[policy(None, SIGNED_IN, Some("true"), None)],
            &[(
                Rule::PolicyAlwaysTrue,
                Severity::High,
                "asks for nothing: everyone who is signed in can read all rows, put in any row, change all \
                 rows and delete all rows",
            )],
        );
        check(
            &[policy(Some(Verb::Select), BOTH, Some("true"), None)],
            &[(
                Rule::PolicyAlwaysTrue,
                Severity::Medium,
                "asks for nothing: everyone (signed in or not) can read all rows",
            )],
        );
        check(
            &[policy(
                Some(Verb::Update),
                SIGNED_IN,
                Some("true"),
                Some("(user_id = auth.uid())"),
            )],
            &[(
                Rule::PolicyAlwaysTrue,
                Severity::High,
                "asks for nothing: everyone who is signed in can change any row to what the check lets pass",
            )],
        );
        check(
            &[policy(Some(Verb::Insert), BOTH, None, Some("true"))],
            &[(
                Rule::PolicyAlwaysTrue,
                Severity::Medium,
                "asks for nothing: everyone (signed in or not) can put in any row",
            )],
        );
    }

    #[test]
    fn signed_in_in_other_words_is_the_same_thing() {
        for rows in [
            "(auth.uid() IS NOT NULL)",
            "(auth.role() = 'authenticated'::text)",
        ] {
            check(
                &[policy(Some(Verb::Select), BOTH, Some(rows), None)],
                &[(
                    Rule::PolicyAlwaysTrue,
                    Severity::Low,
                    "asks for nothing: everyone who is signed in can read all rows",
                )],
            );
        }
    }

    #[test]
    fn a_check_that_is_always_true_lets_rows_become_anybodys() {
        check(
            &[policy(
                Some(Verb::Update),
                SIGNED_IN,
                Some("(user_id = auth.uid())"),
                Some("true"),
            )],
            &[(
                Rule::CheckAlwaysTrue,
                Severity::Medium,
                "asks nothing of what is written: everyone who is signed in can make anything of the rows \
                 that they may change, rows of others too",
            )],
        );
        check(
            &[policy(
                Some(Verb::Update),
                SIGNED_IN,
                Some("(user_id = auth.uid())"),
                None,
            )],
            &[],
        );
    }

    #[test]
    fn a_restrictive_policy_beside_it_holds_back() {
        let mut tenant = policy(None, BOTH, Some("(tenant_id = 1)"), None);
        tenant.permissive = false;
        check(
            &[policy(Some(Verb::Select), SIGNED_IN, Some("true"), None), tenant],
            &[],
        );
    }

    #[test]
    fn without_a_grant_or_for_other_roles_it_opens_nothing() {
        check(&[policy(None, &[], Some("true"), Some("true"))], &[]);
        let mut shut = table();
        shut.granted = Default::default();
        let open = policy(None, BOTH, Some("true"), Some("true"));
        assert_eq!(judge(&[shut], std::slice::from_ref(&open)), []);
        let mut asleep = table();
        asleep.row_security = false;
        assert_eq!(judge(&[asleep], &[open]), []);
    }

    #[test]
    fn a_mend_names_the_column_that_is_there() {
        let open = policy(None, SIGNED_IN, Some("true"), None);
        let mend = |owner: Option<(&str, bool)>| {
            let mut table = table();
            table.owner = owner.map(|(name, is_user_id)| OwnerColumn {
                name: name.to_owned(),
                is_user_id,
            });
            judge(&[table], std::slice::from_ref(&open))[0].mend.clone()
        };
        assert_eq!(
            mend(Some(("ownerId", true))),
            r#"say whose rows: `alter policy "open" on "public"."notes" using ((select auth.uid()) = "ownerId");`"#
        );
        let with_profile = mend(Some(("sales_id", false)));
        assert!(
            with_profile.contains(r#"a condition on "sales_id""#),
            "{with_profile}"
        );
        for words in [with_profile, mend(None)] {
            assert!(!words.contains("auth.uid"), "{words}");
        }
    }

    #[test]
    fn what_may_be_meant_is_said_with_how_to_accept_it() {
        let mend = |verb, roles| {
            let (rows, written) = match verb {
                Verb::Insert => (None, Some("true")),
                _ => (Some("true"), None),
            };
            judge(&[table()], &[policy(Some(verb), roles, rows, written)])[0]
                .mend
                .clone()
        };
        for (verb, roles, expected) in [
            (Verb::Insert, BOTH, "accept it where everyone may send something"),
            (Verb::Select, BOTH, "accept it where everyone may read it all"),
            (
                Verb::Select,
                SIGNED_IN,
                "accept it where everyone who is signed in",
            ),
            (Verb::Delete, BOTH, "say whose rows"),
        ] {
            let mend = mend(verb, roles);
            assert!(mend.starts_with(expected), "{mend}");
        }
    }
}
