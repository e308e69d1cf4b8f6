use insta::assert_snapshot;
use stack::hint::hints;

use super::*;
use crate::policies::findings::Severity;
use crate::policies::matrix::{Cell, Outcome, Whose};
use crate::policies::sample::{cell, matrix, relation, tried};

fn own() -> Cell {
    cell([
        tried(Whose::Own, Outcome::Allowed),
        tried(Whose::Others, Outcome::NoRows),
    ])
}

fn all() -> Cell {
    cell([
        tried(Whose::Own, Outcome::Allowed),
        tried(Whose::Others, Outcome::Allowed),
    ])
}

fn denied() -> Cell {
    cell([tried(Whose::Any, Outcome::PermissionDenied)])
}

fn untried() -> Cell {
    cell([tried(Whose::Any, Outcome::Untried { why: "no row".into() })])
}

fn finding(rule: Rule, place: &str) -> Finding {
    Finding {
        rule,
        severity: Severity::Low,
        place: place.into(),
        relation: None,
        roles: Vec::new(),
        message: String::new(),
        mend: String::new(),
    }
}

fn findings(all: &[(Rule, &str)]) -> Findings {
    Findings {
        findings: all.iter().map(|(rule, place)| finding(*rule, place)).collect(),
        ..Findings::default()
    }
}

fn sample() -> Expectation {
    let mut matrix = matrix(
        &["rep", "anon"],
        vec![
            ("tags", vec![all(), denied()]),
            ("Contact Notes", vec![own(), denied()]),
        ],
    );
    let mut other = relation("tags", vec![untried(), untried()]);
    other.schema = "crm".into();
    matrix.relations.push(other);
    Expectation::of(
        &matrix,
        &findings(&[
            (Rule::RlsWithoutPolicy, "tags"),
            (Rule::PolicyAlwaysTrue, "tags: policy \"open\"\nto all\u{7f}"),
            (Rule::PolicyAlwaysTrue, "tags: policy a"),
        ]),
    )
}

fn file() -> &'static Path {
    Path::new("policies.expected.toml")
}

fn diff(expected: &Expectation, found: &Expectation) -> String {
    anstream::adapter::strip_str(&expected.compare(found).text()).to_string()
}

#[track_caller]
fn fails(text: &str, message: &str, hint: &str) {
    let error = on_disk::parse(text, file()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("read the expectation `policies.expected.toml:{message}")
    );
    assert_eq!(hints(&error), [hint]);
}

#[test]
fn the_file_is_sorted_and_says_who_writes_it() {
    assert_snapshot!(on_disk::printed(&sample()));
}

#[test]
fn what_is_written_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policies.expected.toml");
    sample().write(&file).unwrap();
    assert_eq!(Expectation::read(&file).unwrap(), sample());
    assert_eq!(Expectation::read(&file).unwrap().compare(&sample()).changes, []);
}

#[test]
fn counts_and_order_change_nothing() {
    let mut more = matrix(
        &["anon", "rep"],
        vec![("tags", vec![denied(), all()]), ("notes", vec![denied(), own()])],
    );
    more.relations
        .iter_mut()
        .flat_map(|one| &mut one.cells)
        .flat_map(|cell| &mut cell.select)
        .for_each(|one| {
            one.rows *= 100;
            one.of = 100;
        });
    let few = matrix(
        &["rep", "anon"],
        vec![("notes", vec![own(), denied()]), ("tags", vec![all(), denied()])],
    );
    let print = |matrix| on_disk::printed(&Expectation::of(matrix, &Findings::default()));
    assert_eq!(print(&more), print(&few));
}

#[test]
fn a_file_that_is_not_there_is_accepted_into_being() {
    let error = Expectation::read(Path::new("/nowhere/expected.toml")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read the expectation `/nowhere/expected.toml`: there is no such file"
    );
    assert!(hints(&error)[0].contains("--accept"));
}

#[test]
fn words_that_mean_nothing_are_named_with_their_place() {
    let line = |word: &str| {
        format!(
            "[tables.tags]\nrep = {{ select = {word}, insert = \"own\", update = \"own\", delete = \"own\" }}\n"
        )
    };
    fails(
        &line("\"al\""),
        "2:18`: `al` is no word for what a role may do",
        "did you mean `all`?",
    );
    fails(
        &line("true"),
        "2:18`: `true` is no word for what a role may do",
        "did you mean `untried`?",
    );
    fails(
        "\n[accepted]\nrls_of = [\"tags\"]\n",
        "3:1`: there is no finding `rls_of`",
        "did you mean `rls_off`?",
    );
    let anew = "mend the line, or let `cargo xtask policies --accept` write the file anew";
    fails(
        "[tables.tags]\nrep = { select = \"all\" }\n",
        "2:7`: missing field `insert`",
        anew,
    );
    fails("[tables.tags\n", "1:13`: unclosed table, expected `]`", anew);
    let unknown = "1:2`: unknown field `relations`, expected `accepted` or `tables`";
    fails("[relations.tags]\n", unknown, anew);
}

#[test]
fn differences_are_shown_like_a_diff() {
    let before = matrix(
        &["anon", "rep", "lead"],
        vec![
            ("gone", vec![denied(), own(), own()]),
            ("notes", vec![denied(), own(), all()]),
            ("tags", vec![denied(), all(), all()]),
        ],
    );
    let mut widened = own();
    widened.delete = all().delete;
    let now = matrix(
        &["anon", "rep", "boss"],
        vec![
            ("added", vec![denied(), own(), all()]),
            ("notes", vec![denied(), widened, all()]),
            ("tags", vec![untried(), all(), all()]),
        ],
    );
    let before = Expectation::of(
        &before,
        &findings(&[(Rule::RlsOff, "gone"), (Rule::RlsWithoutPolicy, "tags")]),
    );
    let now = Expectation::of(
        &now,
        &findings(&[
            (Rule::RlsWithoutPolicy, "tags"),
            (Rule::PolicyAlwaysTrue, "added: policy open"),
        ]),
    );
    assert_snapshot!(diff(&before, &now));
    assert!(!before.compare(&now).is_equal());
}

#[test]
fn a_word_that_rests_on_some_of_the_tries_differs_only_where_it_contradicts() {
    let select = |own: Outcome, others: Outcome| Cell {
        select: vec![tried(Whose::Own, own), tried(Whose::Others, others)],
        ..Cell::default()
    };
    let of = |cell| {
        Expectation::of(
            &matrix(&["rep"], vec![("tags", vec![cell])]),
            &Findings::default(),
        )
    };
    let untried = || Outcome::Untried { why: "no row".into() };
    use Outcome::{Allowed, NoRows};
    let own = || select(Allowed, NoRows);
    let agree = |whole: Cell, part: Cell| of(whole).compare(&of(part)).is_equal();
    assert!(agree(own(), select(Allowed, untried())));
    assert!(agree(own(), select(untried(), NoRows)));
    assert!(!agree(own(), select(untried(), Allowed)), "others' rows are seen");
    assert!(!agree(select(Allowed, Allowed), select(untried(), NoRows)));
    assert!(!agree(own(), select(NoRows, NoRows)), "nothing is left out here");
}

#[test]
fn what_could_not_be_tried_is_counted_and_no_difference() {
    let before = Expectation::of(
        &matrix(&["rep"], vec![("tags", vec![all()])]),
        &Findings::default(),
    );
    let now = Expectation::of(
        &matrix(&["rep"], vec![("tags", vec![untried()])]),
        &Findings::default(),
    );
    for (one, other) in [(&before, &now), (&now, &before)] {
        let comparison = one.compare(other);
        assert!(comparison.is_equal());
        assert_eq!(
            anstream::adapter::strip_str(&comparison.text()).to_string(),
            "not compared, since it could not be tried: 4 (tags: rep select, tags: rep insert, tags: rep update, …)\n"
        );
    }
}

#[test]
fn only_some_tables_are_replaced() {
    let old = Expectation::of(
        &matrix(
            &["rep"],
            vec![
                ("notes", vec![own()]),
                ("tags", vec![own()]),
                ("tags2", vec![own()]),
            ],
        ),
        &findings(&[
            (Rule::RlsOff, "tags"),
            (Rule::RlsOff, "tags2"),
            (Rule::PolicyAlwaysTrue, "tags: policy a"),
        ]),
    );
    let found = Expectation::of(
        &matrix(&["rep"], vec![("tags", vec![all()])]),
        &findings(&[
            (Rule::CheckAlwaysTrue, "tags: policy b"),
            (Rule::RolesNotDistinguished, "rep = lead"),
        ]),
    );
    let only = ["tags".to_owned()];
    let expected = Expectation::of(
        &matrix(
            &["rep"],
            vec![
                ("notes", vec![own()]),
                ("tags", vec![all()]),
                ("tags2", vec![own()]),
            ],
        ),
        &findings(&[(Rule::RlsOff, "tags2"), (Rule::CheckAlwaysTrue, "tags: policy b")]),
    );
    assert_eq!(old.clone().with(found, &only), expected);
    let gone = old.with(Expectation::default(), &only);
    assert_eq!(gone.only(&only), Expectation::default());
}

#[test]
fn a_finding_is_accepted_by_rule_and_place() {
    let expectation = Expectation::of(&Matrix::default(), &findings(&[(Rule::RlsOff, "tags")]));
    assert!(expectation.accepts(&finding(Rule::RlsOff, "tags")));
    assert!(!expectation.accepts(&finding(Rule::RlsOff, "notes")));
    assert!(!expectation.accepts(&finding(Rule::RlsWithoutPolicy, "tags")));
}
