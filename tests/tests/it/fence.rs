//! The fence: nothing is written where it may not be, and nothing is destroyed that nobody has given.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, Run, answered, changed, content};

/// All that writes, be it undone.
const WRITING: &[&[&str]] = &[
    &["seed", "--seed", "7"],
    &["seed", "--dry-run"],
    &["seed", "--clean", "--seed", "7"],
    &["add"],
    &["products", "--count", "7"],
    &["products", "--check-constraints"],
    &["users", "--with-data"],
    &["users", "--adopt"],
    &["users", "set-password", "admin"],
    &["users", "remove", "--cascade"],
    &["users", "doctor", "--fix"],
    &["policies"],
    &["migrate"],
    &["clean"],
    &["clean", "--all-seeded", "--detach"],
    &["clean", "--all-seeded", "--dry-run"],
    &["reset"],
    &["reset", "--everything", "--dry-run"],
    &["deploy"],
    &["sync"],
    &["sync", "--everything", "--dry-run"],
    &["restore", "of-another-day.sql"],
    &["env", "mark", "development"],
];

/// All that removes or changes what is there, and what the plan says of it.
const DESTRUCTIVE: &[(&[&str], &str)] = &[
    (
        &["seed", "--clean", "--seed", "7"],
        "  removes   rows of contacts: 200\n",
    ),
    (
        &["users", "--adopt"],
        "  also      whoever has the e-mail of a test user becomes one",
    ),
    (&["users", "doctor", "--fix"], "  also      mends `"),
    (
        &["migrate"],
        "  also      applies `20991231000000_add_shelves.sql`\n",
    ),
    (&["clean", "--all-seeded"], "  removes   rows of contacts: 200\n"),
    (&["reset"], "  removes   rows of contacts: 200\n"),
    (&["users", "remove"], "  removes   users: 3\n"),
    (
        &["env", "mark", "development"],
        "  also      the mark becomes development, `acme`\n",
    ),
];

fn on_cloud(project: &Project, args: &[&str]) -> Run {
    project.xtask(&[args, &["--target", "cloud"]].concat())
}

/// Asserts that the database is as it was `before`.
#[track_caller]
fn is_as(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>, after: &[&str]) {
    assert_eq!(changed(before, now), Vec::<String>::new(), "after {after:?}");
}

async fn all_are_refused(project: &Project, client: &Client, why: &str) {
    let before = content(client).await;
    for args in WRITING {
        if why.contains("no mark") && args[0] == "env" {
            continue;
        }
        on_cloud(project, args).exits(1).says(why);
        is_as(&before, &content(client).await, args);
    }
    let verified = on_cloud(project, &["verify", "--json"]).json();
    let checks = verified["checks"].as_array().unwrap();
    let tried = checks.iter().find(|check| check["table"] == "policies").unwrap();
    assert!(tried["why"].as_str().unwrap().contains(why), "{tried}");
    on_cloud(project, &["users", "list"]).exits(0);
}

#[tokio::test]
async fn nothing_is_written_that_nobody_has_given() {
    let (project, cloud) = (Project::reference(), Lent::reference(RESET));
    let client = cloud.database().await;
    project.leads_to(&cloud);
    // A stack marks its own database.
    client
        .batch_execute("delete from seedbed.environment")
        .await
        .unwrap();
    all_are_refused(&project, &client, "carries no mark that says what it is for").await;

    let mark = ["env", "mark", "staging", "--name", "acme", "--target", "cloud"];
    for variable in ["CI", "CLAUDECODE"] {
        let marked = project.xtask_with(variable, "1", &mark).exits(1);
        marked.says("a person sets `SEEDBED_CONSENT=acme`");
    }
    project.xtask(&mark).exits(0);
    client
        .batch_execute(
            "insert into auth.users (id, email, aud, role) values (gen_random_uuid(), 'ada@acme.example', 'authenticated', 'authenticated');
             update auth.users set confirmation_token = null where email = 'manager@test.local'",
        )
        .await
        .unwrap();
    project.write(
        "supabase/migrations/20991231000000_add_shelves.sql",
        "create table public.shelves (id integer primary key);",
    );
    nothing_is_destroyed_in_passing(&project, &client).await;

    // A person who types the name.
    let command =
        |args: &[&str]| project.command(&[args, &["--foreign-users", "1", "--target", "cloud"]].concat());
    let before = content(&client).await;
    answered(command(&["clean", "--all-seeded"]), "acne")
        .exits(1)
        .says("the name that was typed is another one");
    is_as(&before, &content(&client).await, &["another name"]);
    answered(command(&["clean", "--all-seeded"]), "acme")
        .exits(0)
        .says("Type `acme` to go on: ");
    assert_eq!(content(&client).await["public.contacts"], "");

    let mut given = command(&["users", "doctor", "--fix", "--confirm", "acme"]);
    given.env("CI", "true").env("SEEDBED_CONSENT", "acme");
    Run::from(given.output().unwrap())
        .exits(0)
        .says("target cloud: 127.0.0.1:");
    on_cloud(
        &project,
        &["users", "remove", "--role", "manager", "--confirm", "acme"],
    )
    .exits(0);

    on_cloud(&project, &["env", "mark", "production"]).exits(0);
    all_are_refused(&project, &client, "is marked as production, `acme`").await;
}

/// Each refusal, on a database that is marked as staging with one user who is not ours.
async fn nothing_is_destroyed_in_passing(project: &Project, client: &Client) {
    let before = content(client).await;
    for (args, told) in DESTRUCTIVE {
        let counts_users = !args.contains(&"remove") && !args.contains(&"mark");
        let users: &[&str] = match counts_users {
            true => &["--foreign-users", "1"],
            false => &[],
        };
        let all = [args, users, &["--confirm", "acme", "--target", "cloud"]].concat();
        on_cloud(project, &[args, users].concat())
            .exits(1)
            .says(told)
            .says("nobody has confirmed it")
            .says("give `--confirm acme");
        project
            .xtask_with("CI", "1", &all)
            .exits(1)
            .says("a person sets `SEEDBED_CONSENT=acme`");
        if !args.contains(&"--adopt") && !args.contains(&"--fix") {
            on_cloud(project, &[args, ["--dry-run"].as_slice()].concat())
                .exits(0)
                .says(told)
                .says("  to do it: ");
        }
        is_as(&before, &content(client).await, args);
    }
    // Consent is given to a name, so nobody gives the database another one without it.
    let renamed = ["env", "mark", "staging", "--name", "other", "--target", "cloud"];
    project.xtask(&renamed).exits(1).says("give `--confirm acme");
    // The words and numbers are asked for in one place, so one verb is enough.
    for (flags, said) in [
        (
            "--confirm acme",
            "of the users there, 1 are not ours\nhint: look at what they are; if it is meant, give `--confirm acme --foreign-users 1`",
        ),
        (
            "--confirm acme --foreign-users 2",
            "of the users there, 1 and not 2 are",
        ),
        ("--confirm acne --foreign-users 1", "`acne` is not its name"),
        (
            "--confirm acme --foreign-users 1 --foreign-rows 5",
            "of the rows that would go, 0 and not 5 are",
        ),
    ] {
        let args: Vec<&str> = "clean --all-seeded".split(' ').chain(flags.split(' ')).collect();
        on_cloud(project, &args).exits(1).says(said);
    }
    is_as(&before, &content(client).await, &["clean"]);
}
