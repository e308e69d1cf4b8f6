use seed_core::catalog::Column;
use stack::hint::hints;

use super::*;

const WHOLE: &str = r#"
[tables.crm_accounts]
record = "organizations"
rows = 200

[tables.crm_accounts.columns]
title = { field = "name" }
state = { field = "status", labels = { won = "Closed Won" } }
origin = { value = "seed" }
score = { value = 7 }
flags = { value = { vip = true, since = 2026-01-02, sizes = [1, 2.5] } }
kind = { values = ["a", true] }
note = { skip = true }

[tables."crm.audit_log"]
skip = true
"#;

fn parse(text: &str) -> ProjectFile {
    ProjectFile::parse(text.to_owned()).unwrap()
}

/// What is said of `text`, with its hint.
#[track_caller]
fn check_fault(text: &str, message: &str, hint: &str) {
    check_error(&ProjectFile::parse(text.to_owned()).unwrap_err(), message, hint);
}

#[track_caller]
fn check_error(error: &anyhow::Error, message: &str, hint: &str) {
    assert_eq!(error.to_string(), message);
    assert!(hints(error)[0].contains(hint), "{:?}", hints(error));
}

fn catalog() -> Catalog {
    let column = |name: &str| Column {
        name: name.into(),
        ..Column::default()
    };
    let table = |schema: &str, name: &str, columns: &[&str]| Table {
        schema: schema.into(),
        name: name.into(),
        columns: columns.iter().map(|name| column(name)).collect(),
        ..Table::default()
    };
    Catalog {
        tables: vec![
            table("public", "crm_accounts", &["id", "title", "origin"]),
            table("crm", "audit_log", &["id"]),
        ],
    }
}

#[test]
fn a_file_says_what_tables_hold_and_columns_take() {
    let file = parse(WHOLE);
    let accounts = file.adjustments.of("public", "crm_accounts").unwrap();
    assert_eq!(
        (accounts.record, accounts.rows),
        (Some(Record::Organization), Some(200))
    );
    let one_of =
        |values: &[&str]| ColumnAdjustment::OneOf(values.iter().map(|value| (*value).to_owned()).collect());
    let labels = BTreeMap::from([("won".to_owned(), "Closed Won".to_owned())]);
    let field = |field, labels| ColumnAdjustment::Field { field, labels };
    let expected = [
        ("title", field(Field::Name, BTreeMap::new())),
        ("state", field(Field::Status, labels)),
        ("origin", one_of(&["seed"])),
        ("score", one_of(&["7"])),
        (
            "flags",
            one_of(&[r#"{"since":"2026-01-02","sizes":[1,2.5],"vip":true}"#]),
        ),
        ("kind", one_of(&["a", "true"])),
        ("note", ColumnAdjustment::Skip),
    ];
    let expected = expected.map(|(name, said)| (name.to_owned(), said));
    assert_eq!(accounts.columns, BTreeMap::from(expected));
    assert!(file.adjustments.of("crm", "audit_log").unwrap().skip);
    assert_eq!(file.adjustments.of("public", "audit_log"), None);
}

#[test]
fn without_a_file_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = ProjectFile::load(folder.path()).unwrap();
    assert_eq!((file.text(), &file.adjustments), ("", &Adjustments::default()));
    fs::write(folder.path().join(NAME), WHOLE).unwrap();
    assert_eq!(ProjectFile::load(folder.path()).unwrap().text(), WHOLE);
    fs::write(folder.path().join(NAME), [0xff, 0xfe]).unwrap();
    let error = ProjectFile::load(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("it is not UTF-8"), "{error}");
}

#[test]
fn what_is_misspelt_is_named_with_its_place_and_the_nearest_word() {
    check_fault(
        "[tables.a]\nrecord = \"organisations\"",
        "read `seedbed.toml:2:10`: there is no record `organisations`",
        "did you mean `organizations`?",
    );
    check_fault(
        "[tables.a.columns]\n  ä = 1\n",
        "read `seedbed.toml:2:3`: invalid unquoted key, expected letters, numbers, `-`, `_`",
        "mend `seedbed.toml`",
    );
    check_fault(
        "[tables.a.columns]\nb = { field = \"fist_name\" }",
        "read `seedbed.toml:2:15`: there is no field `fist_name`",
        "did you mean `first_name`?",
    );
    check_fault(
        "[roles.admin]",
        "read `seedbed.toml:1:2`: unknown field `roles`, expected one of `role`, `target`, `tables`",
        "mend `seedbed.toml`",
    );
}

#[test]
fn a_column_says_exactly_one_thing() {
    let neither = "read `seedbed.toml:2:1`: column `b` needs one of `field`, `value`, `values`, `skip = true`, `volatile = true`";
    for said in [
        "{}",
        "{ value = 1, skip = true }",
        "{ field = \"name\", values = [1] }",
        "{ skip = false }",
    ] {
        check_fault(
            &format!("[tables.a.columns]\nb = {said}"),
            neither,
            "keep the one",
        );
    }
    check_fault(
        "[tables.a.columns]\nb = { values = [] }",
        "read `seedbed.toml:2:1`: `values` is empty",
        "at least one",
    );
    check_fault(
        "[tables.a.columns]\nb = { value = 1, labels = { won = \"x\" } }",
        "read `seedbed.toml:2:1`: `labels` are the words of a field",
        "field = ",
    );
}

#[test]
fn what_is_of_another_type_is_said_in_words_of_the_file() {
    for rows in ["-1", "1.5", "\"many\""] {
        check_fault(
            &format!("[tables.a]\nrows = {rows}"),
            &format!("read `seedbed.toml:2:8`: `rows` is `{rows}`, and not a whole number from 0 up"),
            "`rows = 200`",
        );
    }
    check_fault(
        "[tables.a.columns]\nb = 7",
        "read `seedbed.toml:2:5`: invalid type: integer `7`, expected what is said of a column, as `{ value = \"…\" }`",
        "mend `seedbed.toml`",
    );
    check_fault(
        "[tables]\na = true",
        "read `seedbed.toml:2:5`: invalid type: boolean `true`, expected what is said of a table, as `record = \
         \"organizations\"`",
        "mend `seedbed.toml`",
    );
}

#[test]
fn a_record_lives_in_one_table() {
    check_fault(
        "[tables.a]\nrecord = \"tasks\"\n[tables.b]\nrecord = \"tasks\"",
        "read `seedbed.toml:4:10`: `a` holds tasks already",
        "one of the two",
    );
}

#[test]
fn tables_and_columns_that_the_database_lacks_are_named_with_the_nearest() {
    let check = |text: &str, message: &str, hint: &str| {
        check_error(&parse(text).adjustments(&catalog()).unwrap_err(), message, hint);
    };
    check(
        "\n[tables.crm_account]\nskip = true",
        "read `seedbed.toml:2:9`: the database has no table `crm_account`",
        "did you mean `crm_accounts`?",
    );
    check(
        "[tables.\"public.audit_log\"]\nskip = true",
        "read `seedbed.toml:1:9`: the database has no table `public.audit_log`",
        "did you mean `crm.audit_log`?",
    );
    check(
        "[tables.crm_accounts.columns]\n tittle = { skip = true }",
        "read `seedbed.toml:2:2`: table `crm_accounts` has no column `tittle`",
        "did you mean `title`?",
    );
    let fits =
        "[tables.crm_accounts.columns]\ntitle = { skip = true }\n[tables.\"crm.audit_log\"]\nskip = true";
    assert_eq!(parse(fits).adjustments(&catalog()).unwrap().tables.len(), 2);
}

#[test]
fn columns_are_volatile_beside_what_they_take_or_alone() {
    let file = parse(
        r#"
[tables.crm_accounts.columns]
title = { field = "name", volatile = true }
origin = { volatile = true }

[tables."crm.audit_log".columns]
id = { volatile = true }
"#,
    );
    let adjustments = file.adjustments(&catalog()).unwrap();
    let accounts = adjustments.of("public", "crm_accounts").unwrap();
    assert_eq!(accounts.columns.keys().collect::<Vec<_>>(), ["title"]);
    assert!(file.is_volatile("public", "crm_accounts", "title"));
    assert!(file.is_volatile("public", "crm_accounts", "origin"));
    assert!(file.is_volatile("crm", "audit_log", "id"));
    assert!(!file.is_volatile("public", "crm_accounts", "id"));
    assert!(!file.is_volatile("public", "audit_log", "id"));
    let misspelt = parse("[tables.crm_accounts.columns]\norigins = { volatile = true }");
    check_error(
        &misspelt.adjustments(&catalog()).unwrap_err(),
        "read `seedbed.toml:2:1`: table `crm_accounts` has no column `origins`",
        "did you mean `origin`?",
    );
}
