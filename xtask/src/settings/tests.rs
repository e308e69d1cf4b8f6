use std::fs;

use stack::hint::hints;

use super::*;

fn resolve(process: &[(&str, &str)], dotenv: &str) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, dotenv).unwrap();
    let get = |name: &str| {
        process
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_string())
    };
    let settings = Dotenv::load(&path).and_then(|file| {
        let variables = Variables { process: &get, file };
        Settings::resolve(&variables, Role::defaults())
    });
    settings.map_err(|error| {
        let message = error
            .to_string()
            .replace(&folder.path().display().to_string(), "<project>");
        mendable(message, hints(&error).join(" "))
    })
}

fn check_error(name: &str, value: &str, expect: &str, expect_hint: &str) {
    let in_environment = resolve(&[(name, value)], "").unwrap_err();
    assert_eq!(
        in_environment.to_string(),
        format!("read `{name}` in the environment: `{value}`: {expect}")
    );
    assert!(
        hints(&in_environment)[0].contains(expect_hint),
        "{:?}",
        hints(&in_environment)
    );
    let in_file = resolve(&[], &format!("# one\n{name}={value}\n")).unwrap_err();
    assert_eq!(
        in_file.to_string(),
        format!("read `{name}` in `<project>/.env` line 2: `{value}`: {expect}")
    );
}

#[test]
fn the_environment_beats_the_file_which_beats_the_default() {
    let file = "SEED_CONTACT_COUNT=7\nSEED_INDUSTRY=saas\nTEST_USER_PASSWORD='from file'\n";
    let settings = resolve(&[("SEED_CONTACT_COUNT", "9"), ("SEED_INDUSTRY", "")], file).unwrap();
    assert_eq!(settings.counts.contacts, Some(9));
    assert_eq!(settings.counts.tasks, None);
    assert_eq!(settings.industry.value, "saas");
    assert_eq!(settings.test_users.password, "from file");
    assert_eq!(settings.test_users.roles[0].email, "admin@test.local");
    assert_eq!(settings.pipeline.max_amount, 1_000_000);
}

#[test]
fn stages_come_from_the_environment_and_the_default_stage_is_one_of_them() {
    let settings = resolve(&[("OPPORTUNITY_PIPELINE_STAGES", "lead, won,lost")], "").unwrap();
    assert_eq!(settings.pipeline.stages, ["lead", "won", "lost"]);
    assert_eq!(settings.pipeline.default_stage, "lead");
    assert_eq!(resolve(&[], "").unwrap().pipeline.default_stage, "new_lead");
    check_error(
        "OPPORTUNITY_DEFAULT_STAGE",
        "new_leed",
        "there is no such stage",
        "did you mean `new_lead`?",
    );
    check_error(
        "OPPORTUNITY_PIPELINE_STAGES",
        "a,,b",
        "a name is missing between commas",
        "separated by commas",
    );
    check_error(
        "OPPORTUNITY_PIPELINE_STAGES",
        "a,b,a",
        "it names `a` twice",
        "each once",
    );
}

#[test]
fn a_bad_number_is_named_with_its_place() {
    let names = [
        "SEED_ORGANIZATION_COUNT",
        "SEED_CONTACT_COUNT",
        "SEED_OPPORTUNITY_COUNT",
        "SEED_ACTIVITY_COUNT",
        "SEED_NOTE_COUNT",
        "SEED_TAG_COUNT",
        "SEED_PRODUCT_COUNT",
        "SEED_TASK_COUNT",
        "OPPORTUNITY_MAX_AMOUNT",
        "OPPORTUNITY_DEFAULT_PROBABILITY",
    ];
    for name in names {
        check_error(name, "-5", "it is negative", "from 0 up");
        check_error(name, "many", "it is not a whole number", "from 0 up");
        check_error(name, "1.5", "it is not a whole number", "from 0 up");
        check_error(name, "99999999999999999999", "it is too large", "from 0 up");
    }
    check_error(
        "OPPORTUNITY_DEFAULT_PROBABILITY",
        "101",
        "it is more than 100",
        "from 0 to 100",
    );
}

#[test]
fn a_bad_test_user_is_named_with_its_place() {
    check_error(
        "TEST_ADMIN_EMAIL",
        "admin",
        "it is not an e-mail address",
        "admin@test.local",
    );
    check_error(
        "TEST_DIRECTOR_EMAIL",
        "@x",
        "it is not an e-mail address",
        "admin@test.local",
    );
    check_error(
        "TEST_MANAGER_EMAIL",
        "a b@x",
        "it is not an e-mail address",
        "admin@test.local",
    );
    check_error("TEST_USER_ID", "7", "it is not a UUID", "auth.users");
}

#[test]
fn two_test_users_with_one_email_are_refused() {
    let error = resolve(&[("TEST_MANAGER_EMAIL", "Admin@test.local")], "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "read `TEST_MANAGER_EMAIL`: `admin@test.local` is the e-mail of `TEST_ADMIN_EMAIL` too"
    );
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let error = resolve(&[], "A=1\noops\n").unwrap_err();
    assert_eq!(error.to_string(), "read `<project>/.env` line 2: it has no `=`");
}

#[test]
fn a_password_is_not_in_the_debug_form() {
    let settings = resolve(&[("TEST_USER_PASSWORD", "hunter2")], "").unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}
