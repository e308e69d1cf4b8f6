use super::*;

fn notes(kind: RelationKind) -> Exposed {
    Exposed {
        schema: "public".into(),
        name: "notes".into(),
        kind,
        row_security: true,
        policies: Vec::new(),
        columns: Vec::new(),
        keys: Vec::new(),
        followers: Vec::new(),
        guarded: vec![Verb::Insert, Verb::Update, Verb::Delete],
    }
}

/// Every write of the table goes through a trigger.
fn outcome(verb: Verb, kind: RelationKind, code: &str, message: &str) -> Outcome {
    Refusal {
        code: code.into(),
        message: message.into(),
    }
    .outcome(&notes(kind), verb)
}

#[track_caller]
fn check(verb: Verb, code: &str, message: &str, expected: &Outcome) {
    assert_eq!(
        outcome(verb, RelationKind::Table, code, message),
        *expected,
        "{code} {message}"
    );
}

#[test]
fn grants_and_policies_are_told_apart() {
    let policy = r#"new row violates row-level security policy for table "notes""#;
    check(Verb::Insert, "42501", policy, &Outcome::RefusedByPolicy);
    let named = r#"new row violates row-level security policy "own" for table "notes""#;
    check(Verb::Update, "42501", named, &Outcome::RefusedByPolicy);
    for what in [
        "table notes",
        "schema crm",
        "view notes",
        "function is_admin",
        "column \"a\" of relation \"b\"",
    ] {
        let message = format!("permission denied for {what}");
        check(Verb::Select, "42501", &message, &Outcome::PermissionDenied);
        check(Verb::Insert, "42501", &message, &Outcome::PermissionDenied);
    }
}

#[test]
fn a_policy_of_another_table_is_met_by_a_trigger_or_a_view() {
    let other = r#"new row violates row-level security policy for table "audit""#;
    let raised = Outcome::RefusedByTrigger {
        message: other.into(),
    };
    check(Verb::Insert, "42501", other, &raised);
    assert_eq!(
        outcome(Verb::Insert, RelationKind::View, "42501", other),
        Outcome::RefusedByPolicy
    );
}

#[test]
fn constraints_are_named() {
    let named = |name: &str| Outcome::RefusedByConstraint {
        constraint: name.into(),
    };
    let unique = r#"duplicate key value violates unique constraint "notes_pkey""#;
    check(Verb::Insert, "23505", unique, &named("notes_pkey"));
    let foreign =
        r#"update or delete on table "notes" violates foreign key constraint "a_fkey" on table "a""#;
    check(Verb::Delete, "23503", foreign, &named("a_fkey"));
    let missing = r#"null value in column "text" of relation "notes" violates not-null constraint"#;
    check(Verb::Insert, "23502", missing, &named(missing));
}

#[test]
fn what_triggers_raise_is_theirs_and_what_policies_raise_breaks_them() {
    let said = "Nobody writes on Sundays";
    let raised = Outcome::RefusedByTrigger { message: said.into() };
    for code in ["P0001", "PT403", "45000", "ZZ001", "42501"] {
        check(Verb::Update, code, said, &raised);
    }
    let broken = |code: &str| Outcome::Broken {
        code: code.into(),
        message: said.into(),
    };
    check(Verb::Select, "P0001", said, &broken("P0001"));
    for code in ["42P17", "54001", "42883", "42703", "2F005"] {
        check(Verb::Select, code, said, &broken(code));
        check(Verb::Insert, code, said, &broken(code));
    }
    for verb in [Verb::Select, Verb::Update, Verb::Delete] {
        check(verb, "22P02", said, &broken("22P02"));
    }
}

#[test]
fn what_is_raised_on_a_table_without_a_trigger_is_a_policys() {
    let refusal = |code: &str| Refusal {
        code: code.into(),
        message: "no tenant".into(),
    };
    let free = Exposed {
        guarded: vec![Verb::Update],
        ..notes(RelationKind::Table)
    };
    for code in ["P0001", "42501", "PT403"] {
        let broken = refusal(code).outcome(&free, Verb::Insert);
        assert!(matches!(broken, Outcome::Broken { .. }), "{code} {broken:?}");
        let raised = refusal(code).outcome(&free, Verb::Update);
        assert!(
            matches!(raised, Outcome::RefusedByTrigger { .. }),
            "{code} {raised:?}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_row_before_policies_are_asked_says_nothing_of_them() {
    let partition = r#"no partition of relation "notes" found for row"#;
    let domain = r#"value for domain price violates check constraint "price_check""#;
    for (code, message) in [
        ("428C9", r#"cannot insert a non-DEFAULT value into column "id""#),
        ("22P02", r#"invalid input syntax for type integer: "a""#),
        ("22001", "value too long for type character varying(3)"),
        ("0A000", "such a row is not supported"),
        ("23514", partition),
        ("23514", domain),
        ("23502", "domain price does not allow null values"),
    ] {
        let why = format!("what was made up to write does not fit: {message}");
        check(Verb::Insert, code, message, &Outcome::Untried { why });
    }
    let numbered = r#"column "id" can only be updated to DEFAULT"#;
    let why = format!("what was made up to write does not fit: {numbered}");
    check(Verb::Update, "428C9", numbered, &Outcome::Untried { why });
    let checked = r#"new row for relation "notes" violates check constraint "short""#;
    let refused = |constraint: &str| Outcome::RefusedByConstraint {
        constraint: constraint.into(),
    };
    check(Verb::Insert, "23514", checked, &refused("short"));
    let shown = r#"new row violates check option for view "mine""#;
    check(Verb::Insert, "44000", shown, &refused(shown));
}

#[test]
fn a_statement_that_is_cut_off_is_slow_and_no_policy_fails() {
    let message = "canceling statement due to statement timeout";
    for verb in Verb::ALL {
        let slow = Outcome::Failed {
            message: TOO_SLOW.into(),
        };
        check(verb, "57014", message, &slow);
    }
}

#[test]
fn a_table_that_is_not_there_is_missing_and_one_that_a_policy_asks_breaks_it() {
    let cache = "Could not find the table 'public.notes' in the schema cache";
    check(Verb::Select, "PGRST205", cache, &Outcome::Missing);
    check(Verb::Insert, "PGRST106", "Invalid schema: crm", &Outcome::Missing);
    check(
        Verb::Select,
        "42P01",
        r#"relation "public.notes" does not exist"#,
        &Outcome::Missing,
    );
    let other = r#"relation "members" does not exist"#;
    let broken = Outcome::Broken {
        code: "42P01".into(),
        message: other.into(),
    };
    check(Verb::Select, "42P01", other, &broken);
}

#[test]
fn a_view_that_cannot_be_written_is_read_only() {
    let view = |verb, code, message| outcome(verb, RelationKind::View, code, message);
    assert_eq!(
        view(Verb::Insert, "55000", r#"cannot insert into view "notes""#),
        Outcome::ReadOnly
    );
    assert_eq!(
        view(
            Verb::Delete,
            "42809",
            r#"cannot change materialized view "notes""#
        ),
        Outcome::ReadOnly
    );
    assert_eq!(
        view(
            Verb::Update,
            "0A000",
            r#"cannot update column "n" of view "notes""#
        ),
        Outcome::ReadOnly
    );
    let message = r#"materialized view "notes" has not been populated"#;
    let broken = Outcome::Broken {
        code: "55000".into(),
        message: message.into(),
    };
    assert_eq!(view(Verb::Select, "55000", message), broken);
}

#[test]
fn a_constraint_that_a_trigger_speaks_for_says_nothing_of_policies() {
    let outcome = |message: &str| outcome(Verb::Insert, RelationKind::Table, "23514", message);
    assert!(outcome("organization 7 is no principal").is_untried());
    let checked = outcome("new row for relation \"notes\" violates check constraint \"length\"");
    assert!(checked.is_let_through(), "{checked:?}");
}

#[test]
fn what_passes_is_tried_again_and_all_else_is_an_answer() {
    let passes = |code: &str| {
        Reply::Refused(Refusal {
            code: code.into(),
            message: String::new(),
        })
        .is_passing()
    };
    assert!(
        ["40P01", "40001", "55P03", "", "PGRST001", "53300", "57014"]
            .into_iter()
            .all(passes)
    );
    assert!(!["42501", "23505", "P0001", "PGRST205"].into_iter().any(passes));
    assert!(!Reply::Rows(0).is_passing());
    let unknown = Refusal {
        code: "PGRST100".into(),
        message: "unexpected".into(),
    };
    let failed = Outcome::Failed {
        message: "PGRST100: unexpected".into(),
    };
    assert_eq!(unknown.outcome(&notes(RelationKind::Table), Verb::Select), failed);
}
