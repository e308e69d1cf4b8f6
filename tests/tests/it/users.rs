//! `cargo xtask users` and its words: who the test users are, and what can be done with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::Lent;
use workspace_tests::lent::{MIGRATED, UNSEEDED};

pub fn users_of(json: &Value) -> &Vec<Value> {
    json["users"].as_array().unwrap()
}

pub async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[test]
fn a_second_run_changes_nothing_and_another_password_is_brought_in_line() {
    let project = Lent::reference(MIGRATED);
    let made = project.xtask(&["users", "--json"]).exits(0).json();
    let again = project.xtask(&["users", "--json"]).exits(0).says("").json();
    for (before, after) in users_of(&made).iter().zip(users_of(&again)) {
        assert_eq!((&before["id"], true), (&after["id"], after["signed_in"] == true));
        assert_eq!(after["outcome"], "unchanged", "{after}");
    }
    let changed = project
        .xtask_with("TEST_USER_PASSWORD", "AnotherPass456!", &["users", "--json"])
        .exits(0)
        .json();
    assert!(
        users_of(&changed)
            .iter()
            .all(|user| user["changes"][0] == "password"),
        "{changed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_found_whatever_their_number_and_others_are_left_alone() {
    let project = Lent::reference(MIGRATED);
    let client = project.database().await;
    project.xtask(&["users", "--role", "manager"]).exits(0);
    // More than a page of Auth, all newer than the test user.
    client
        .batch_execute(
            "insert into auth.users (instance_id, id, aud, role, email, encrypted_password, confirmation_token, recovery_token,
               email_change_token_new, email_change, created_at, updated_at, raw_app_meta_data, raw_user_meta_data)
             select '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
               'crowd' || n || '@test.local', '', '', '', '', '', now(), now(), '{}', '{}' from generate_series(1, 1200) n",
        )
        .await
        .unwrap();
    let crowd = "select hashtext(string_agg(u::text, '' order by id))::bigint from auth.users u where email like 'crowd%'";
    let before = number(&client, crowd).await;
    let again = project.xtask(&["users", "--json"]).exits(0).json();
    let outcomes: Vec<&Value> = users_of(&again).iter().map(|user| &user["outcome"]).collect();
    assert_eq!(outcomes, ["made", "made", "unchanged"]);
    assert_eq!(
        number(
            &client,
            "select count(*) from auth.users where email = 'manager@test.local'"
        )
        .await,
        1
    );
    assert_eq!(number(&client, crowd).await, before);
    project
        .xtask_with("TEST_ADMIN_EMAIL", "crowd7@test.local", &["users"])
        .exits(1)
        .says("--adopt");
    assert_eq!(number(&client, crowd).await, before);
    project
        .xtask_with(
            "TEST_ADMIN_EMAIL",
            "crowd7@test.local",
            &["users", "remove", "crowd7@test.local"],
        )
        .exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbered_users_own_rows_and_go_with_them() {
    let project = Lent::reference(UNSEEDED);
    project.xtask(&["seed"]).exits(0);
    let client = project.database().await;
    let contacts = "select count(*) from contacts";
    let before = number(&client, contacts).await;

    let made = project
        .xtask(&[
            "users",
            "--role",
            "manager",
            "--count",
            "3",
            "--with-data",
            "--json",
        ])
        .exits(0)
        .json();
    let emails: Vec<&Value> = users_of(&made).iter().map(|user| &user["email"]).collect();
    assert_eq!(
        emails,
        [
            "manager1@test.local",
            "manager2@test.local",
            "manager3@test.local"
        ]
    );
    assert_eq!(number(&client, contacts).await, before + 3 * 40);
    let owned = "select count(*) from contacts where assigned_to = (select id from sales where email = 'manager2@test.local')";
    assert_eq!(number(&client, owned).await, 40);
    let listed = project.xtask(&["users", "list", "--json"]).exits(0).json();
    let second = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["email"] == "manager2@test.local")
        .unwrap();
    assert_eq!(
        (&second["owns"]["contacts"], &second["confirmed"]),
        (&Value::from(40), &Value::from(true))
    );
    project
        .xtask(&["users", "--role", "manager", "--count", "3", "--with-data"])
        .exits(0)
        .says("have rows already");
    assert_eq!(number(&client, contacts).await, before + 3 * 40);
    project.xtask(&["verify"]).exits(0);

    // A row of somebody's own keeps one of them, with everything that is its.
    let own = "insert into contacts (first_name, last_name, assigned_to, created_by)
               select 'My', 'Own', id, id from sales where email = 'manager2@test.local'";
    client.batch_execute(own).await.unwrap();
    let rehearsed = project
        .xtask(&["users", "remove", "--role", "manager", "--dry-run", "--json"])
        .exits(1)
        .json();
    assert_eq!(number(&client, contacts).await, before + 3 * 40 + 1);
    let removed = project
        .xtask(&["users", "remove", "--role", "manager", "--json"])
        .exits(1)
        .says("--cascade")
        .json();
    assert_eq!(rehearsed["users"], removed["users"]);
    let kept: Vec<&Value> = users_of(&removed)
        .iter()
        .filter(|user| user["removed"] == false)
        .collect();
    assert_eq!(
        (kept.len(), &kept[0]["email"]),
        (1, &Value::from("manager2@test.local"))
    );
    assert_eq!(kept[0]["hanging"][0]["table"], "public.contacts");
    assert_eq!(number(&client, owned).await, 41);
    let left = "select count(*) from auth.users where email like 'manager%'";
    assert_eq!(number(&client, left).await, 1);
    assert_eq!(
        number(&client, "select count(*) from sales where email like 'manager%'").await,
        1
    );
    assert_eq!(
        number(
            &client,
            "select count(*) from test_user_metadata where role = 'account_manager'"
        )
        .await,
        1
    );

    // What keeps a seeded row is named, and the seeded row is told as one.
    client
        .batch_execute(
            "insert into tasks (title, contact_id) select 'Mine', min(id::text)::uuid from contacts
             where assigned_to = (select id from sales where email = 'manager2@test.local') and id::text like '5eed%'",
        )
        .await
        .unwrap();
    let kept = project
        .xtask(&["users", "remove", "manager2@test.local", "--dry-run", "--json"])
        .exits(1)
        .says("point")
        .json();
    let of = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .find(|one| one["table"] == "public.contacts")
            .cloned()
    };
    let contacts_kept = of(&kept["users"][0]["hanging"]).unwrap();
    assert_eq!(
        (&contacts_kept["rows"], &contacts_kept["seeded"]),
        (&Value::from(2), &Value::from(1))
    );
    let cause = &kept["taken_back"]["hanging"][0];
    assert_eq!(
        (&cause["table"], &cause["on"]),
        (&Value::from("public.tasks"), &Value::from("public.contacts"))
    );
    client
        .batch_execute("delete from tasks where title = 'Mine'")
        .await
        .unwrap();

    // The one of the role is made anew, and gets rows of its own in its old place.
    client
        .batch_execute("delete from contacts where first_name = 'My' and last_name = 'Own'")
        .await
        .unwrap();
    project
        .xtask(&["users", "remove", "manager2@test.local"])
        .exits(0);
    project.xtask(&["users", "--with-data"]).exits(0);
    assert_eq!(number(&client, contacts).await, before);
    project.xtask(&["verify"]).exits(0);
}

#[test]
fn a_role_or_an_e_mail_gives_a_token_and_nothing_else() {
    let project = Lent::reference(MIGRATED);
    project
        .xtask(&["users", "token", "admin"])
        .exits(1)
        .says("`cargo xtask users` makes the test users");
    project.xtask(&["users"]).exits(0);
    for who in [
        "director",
        "sales_director",
        "director@test.local",
        "Director@Test.Local",
    ] {
        let token = project.xtask(&["users", "token", who]).exits(0).stdout;
        assert_eq!((token.lines().count(), token.split('.').count()), (1, 3), "{who}");
    }
    project
        .xtask(&["users", "token", "directer"])
        .exits(1)
        .says("did you mean `sales_director`");
    project
        .xtask(&["users", "token", "nobody@test.local"])
        .exits(1)
        .says("there is none");

    let with_stdin = |password: &str| {
        project.write("password.txt", password);
        let file = fs::File::open(project.folder().join("password.txt")).unwrap();
        let mut command = project.command(&["users", "set-password", "manager"]);
        let run = command.stdin(file).output().unwrap();
        (
            run.status.code(),
            String::from_utf8_lossy(&run.stderr).into_owned(),
        )
    };
    assert_eq!(with_stdin("").0, Some(1));
    assert_eq!(with_stdin(&"long".repeat(20)).0, Some(1));
    let (code, said) = with_stdin("Fresh-Secret-77\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("Fresh-Secret-77"), "{said}");
    project
        .xtask(&["users", "token", "manager"])
        .exits(1)
        .says("Invalid login credentials")
        .says("its password is not `TEST_USER_PASSWORD`");
    project
        .xtask_with(
            "TEST_USER_PASSWORD",
            "Fresh-Secret-77",
            &["users", "token", "manager"],
        )
        .exits(0);
}

#[test]
fn tests_get_what_they_need_to_be_a_user() {
    let project = Lent::reference(UNSEEDED);
    let dotenv = project
        .xtask(&["users", "env", "--role", "admin,manager"])
        .exits(0)
        .stdout;
    let names: Vec<&str> = dotenv
        .lines()
        .map(|line| line.split_once('=').unwrap().0)
        .collect();
    assert_eq!(names.len(), 2 + 2 * 5, "{names:?}");
    assert!(
        dotenv.contains("TEST_MANAGER_EMAIL=manager@test.local\n"),
        "{names:?}"
    );
    let json = project
        .xtask(&["users", "env", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["users"]["sales_director"]["email"], "director@test.local");

    let origin = "http://localhost:5173";
    let run = project
        .xtask(&["users", "env", "--format", "playwright", "--origin", origin])
        .exits(0);
    let paths: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(paths.len(), 3);
    let state: Value = serde_json::from_str(&fs::read_to_string(paths[1]).unwrap()).unwrap();
    let kept = &state["origins"][0];
    assert_eq!(kept["origin"], origin);
    let session: Value = serde_json::from_str(kept["localStorage"][0]["value"].as_str().unwrap()).unwrap();
    assert_eq!(session["user"]["email"], "director@test.local");
    let mode = fs::metadata(paths[1]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let ignored = fs::read_to_string(project.folder().join("playwright/.auth/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
    project
        .xtask(&["users", "env", "--format", "playwright", "--origin", "here"])
        .exits(1)
        .says("not a URL");
    project
        .xtask(&["users", "env", "--out", "x"])
        .exits(1)
        .says("--format playwright");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_leaves_nobody_unknown() {
    let project = Lent::reference(MIGRATED);
    let client = project.database().await;
    let mut many = project.spawn(&["users", "--role", "manager", "--count", "200", "--via", "admin"]);
    let managers = "select count(*) from auth.users where email like 'manager%'";
    while number(&client, managers).await < 3 {
        assert!(many.is_at_work(), "it ended before it was stopped");
    }
    many.signal(libc::SIGKILL);
    many.finish();
    // Also one whom the run has made and could not note any more.
    client
        .batch_execute(
            "insert into seedbed.announced_users (email) values ('boss@test.local') on conflict do nothing",
        )
        .await
        .unwrap();
    client
        .batch_execute(
            "insert into auth.users (instance_id, id, aud, role, email, encrypted_password, confirmation_token, recovery_token,
               email_change_token_new, email_change, created_at, updated_at, raw_app_meta_data, raw_user_meta_data)
             values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
               'boss@test.local', '', '', '', '', '', now(), now(), '{\"role\": \"boss\"}', '{}')",
        )
        .await
        .unwrap();

    let there = number(&client, "select count(*) from auth.users").await;
    let listed = project.xtask(&["users", "list", "--json"]).exits(0).json();
    assert_eq!(listed.as_array().unwrap().len() as i64, there, "{listed}");
    // No setting names this role.
    let listed = project
        .xtask(&["users", "list", "--role", "boss", "--json"])
        .exits(0)
        .json();
    assert_eq!(listed[0]["email"], "boss@test.local");
    project.xtask(&["users", "remove", "--role", "boss"]).exits(0);
    assert_eq!(
        number(&client, "select count(*) from auth.users").await,
        there - 1
    );
    project.xtask(&["users", "remove"]).exits(0);
    assert_eq!(number(&client, "select count(*) from auth.users").await, 0);
    assert_eq!(number(&client, "select count(*) from sales").await, 0);
}
