//! `cargo xtask sync`: one environment's users and rows in the place of another's, all of them or none.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Client;
use workspace_tests::lent::{RESET, UNSEEDED};
use workspace_tests::{DEADLINE, Lent, Project, Run, Running, changed, content};

/// What the cloud is called.
const NAME: &str = "acme-staging";
/// A user whom nobody of ours has made, who is signed in.
const GUEST: &str = "insert into auth.users (instance_id, id, aud, role, email) values
    ('00000000-0000-0000-0000-000000000000', '99999999-0000-4000-8000-000000000000', 'authenticated', 'authenticated',
     'guest@acme.test');
    insert into auth.sessions (id, user_id) values
    ('99999999-0000-4000-8000-000000000001', '99999999-0000-4000-8000-000000000000');
    insert into auth.mfa_amr_claims (session_id, created_at, updated_at, authentication_method, id) values
    ('99999999-0000-4000-8000-000000000001', now(), now(), 'password', '99999999-0000-4000-8000-000000000002')";

fn command(local: &Project, args: &[&str]) -> std::process::Command {
    let mut command = local.command(&["sync", "--target", "cloud"]);
    // Whoever runs the tests may be an agent, or CI.
    command.args(args).env("SEEDBED_CONSENT", NAME);
    command
}

fn sync(local: &Project, args: &[&str]) -> Run {
    command(local, args).output().expect("run xtask").into()
}

async fn run(client: &Client, sql: &str) {
    let done = client.batch_execute(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn number(client: &Client, sql: &str) -> i64 {
    let row = client.query_one(&format!("select ({sql})::bigint"), &[]).await;
    row.expect(sql).get(0)
}

/// Who is there, with the hash of the password.
async fn people(client: &Client) -> Vec<String> {
    let sql =
        "select u.id || ' ' || u.email || ' ' || coalesce(u.encrypted_password, '') || ' ' || i.provider_id
        from auth.users u left join auth.identities i on i.user_id = u.id order by u.id";
    let rows = client.query(sql, &[]).await.expect("read the users");
    rows.iter().map(|row| row.get(0)).collect()
}

/// What both sides hold alike after a sync.
fn carried(mut content: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let ledger = [
        "seedbed.runs",
        "seedbed.run_tables",
        "seedbed.run_rows",
        "seedbed.test_user_metadata",
    ];
    content.retain(|name, _| name.starts_with("public.") || ledger.contains(&name.as_str()));
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_rows_take_the_place_of_those_that_are_there() {
    let (local, cloud) = (Lent::reference(RESET), Lent::reference(UNSEEDED));
    local.has_cloud(&cloud, NAME);
    let (from, onto) = (local.database().await, cloud.database().await);
    // It made a profile, as the trigger of the project does for everybody.
    run(&onto, GUEST).await;
    let before = content(&onto).await;
    assert_eq!(
        number(&onto, "select count(*) from tags").await,
        20,
        "rows that a migration has made"
    );

    // The source is not looked at before the fence lets anybody through.
    for (kind, why) in [("production", "marked as production"), ("", "carries no mark")] {
        let sql = format!("update seedbed.environment set kind = '{kind}'");
        let sql = if kind.is_empty() {
            "delete from seedbed.environment"
        } else {
            &sql
        };
        run(&onto, sql).await;
        sync(&local, &["--from", "nowhere", "--everything", "--confirm", NAME])
            .exits(1)
            .says(why);
    }
    run(
        &onto,
        &format!("insert into seedbed.environment (kind, name) values ('staging', '{NAME}')"),
    )
    .await;
    local.xtask(&["sync"]).exits(1).says("the same database");
    sync(&local, &["--no-backup", "--confirm", NAME])
        .exits(1)
        .says("not marked as development");
    sync(&local, &["--confirm", NAME])
        .exits(1)
        .says("--everything --foreign-rows 21 --foreign-users 1");
    let all = [
        "--everything",
        "--confirm",
        NAME,
        "--foreign-users",
        "1",
        "--foreign-rows",
    ];
    let with = |number: &'static str| [&all[..], &[number]].concat();
    sync(&local, &with("20"))
        .exits(1)
        .says("of the rows that would go, 21 and not 20 are not ours");
    let rehearsed = sync(&local, &[&with("21")[..], &["--dry-run", "--json"]].concat())
        .exits(0)
        .json();
    run(&onto, "alter table contacts add must text not null default ''; alter table contacts alter must drop default;
        alter table tags alter usage_count type bigint").await;
    sync(&local, &with("21"))
        .exits(1)
        .says("the source has no column `contacts.must`")
        .says("`tags.usage_count` is integer on the source and bigint on the target");
    run(
        &onto,
        "alter table contacts drop must; alter table tags alter usage_count type integer",
    )
    .await;
    let now = changed(&before, &content(&onto).await);
    assert!(now.iter().all(|name| name == "seedbed.environment"), "{now:?}");

    let done = sync(&local, &[&with("21")[..], &["--json"]].concat())
        .exits(0)
        .json();
    assert_eq!(done["plan"], rehearsed["plan"]);
    let users = done["users"].as_array().unwrap();
    assert!(
        users.len() == 3 && users.iter().all(|user| user["signs_in"] == true),
        "{users:?}"
    );
    let backup = Path::new(done["backup"].as_str().unwrap());
    assert!(backup.exists());
    assert_eq!(people(&onto).await, people(&from).await);
    // Two profiles of a user, or one whose time was set by a trigger, would be seen here.
    assert_eq!(
        changed(&carried(content(&from).await), &carried(content(&onto).await)),
        [""; 0]
    );
    assert_eq!(
        number(
            &onto,
            "select count(*) from test_user_metadata where last_sync_at is null"
        )
        .await,
        0
    );
    let of_guest = "select (select count(*) from auth.sessions s where not exists (select from auth.users u where u.id = s.user_id))
        + (select count(*) from auth.mfa_amr_claims c where not exists (select from auth.sessions s where s.id = c.session_id))";
    assert_eq!(number(&onto, of_guest).await, 0);
    let cleaned = local
        .xtask(&[
            "clean",
            "--all-seeded",
            "--dry-run",
            "--target",
            "cloud",
            "--json",
        ])
        .exits(0)
        .json();
    let tables = cleaned["taken_back"]["tables"].as_array().unwrap();
    assert!(
        !tables.is_empty() && tables.iter().all(|table| table["changed"] == 0),
        "{cleaned}"
    );

    // What is equal is left alone, and what was brought is ours.
    let before = content(&onto).await;
    let again = sync(&local, &["--json"]).exits(0).json();
    let tables = again["tables"].as_array().unwrap();
    assert!(
        tables.len() > 15 && tables.iter().all(|table| table["is_carried"] == false),
        "{tables:?}"
    );
    assert!(again["backup"].is_null());
    let now = changed(&before, &content(&onto).await);
    assert!(now.iter().all(|name| name.starts_with("auth.")), "{now:?}");
    run(
        &from,
        "update tags set description = 'other' where name = 'Buyer'",
    )
    .await;
    let done = sync(&local, &["--confirm", NAME, "--json"]).exits(0).json();
    let tables = done["tables"].as_array().unwrap().iter();
    let written: Vec<_> = tables
        .filter(|table| table["is_carried"] == true)
        .map(|table| &table["table"])
        .collect();
    assert_eq!(written, ["tags"]);
    run(&from, "update contacts set last_name = 'Other'").await;
    let done = sync(&local, &["--confirm", NAME, "--json"]).exits(0).json();
    assert_eq!(
        done["plan"]["removes"].as_array().unwrap().len(),
        1,
        "{}",
        done["plan"]
    );
    assert_eq!(
        changed(&carried(content(&from).await), &carried(content(&onto).await)),
        [""; 0]
    );
}

/// Waits until `sql` gives `wanted`.
async fn until(client: &Client, sql: &str, wanted: i64) {
    let wait = async {
        while number(client, sql).await != wanted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.expect(sql);
}

/// Waits until the server of `client` has a sync that waits for a lock.
async fn is_held_up(client: &Client) {
    let sql = "select count(*) from pg_locks l join pg_stat_activity a using (pid)
        where not l.granted and a.application_name = 'cargo xtask sync'";
    until(client, sql, 1).await;
}

/// Ends all that a sync has on the server of `client`.
async fn cut(client: &Client) {
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'cargo xtask sync'";
    assert_ne!(number(client, sql).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_cut_off_leaves_the_target_as_it_was() {
    let (local, cloud) = (Lent::reference(RESET), Lent::reference(UNSEEDED));
    local.has_cloud(&cloud, NAME);
    let (from, onto) = (local.database().await, cloud.database().await);
    let other = cloud.database().await;
    let before = content(&onto).await;
    let args = [
        "--everything",
        "--confirm",
        NAME,
        "--foreign-rows",
        "20",
        "--verbose",
    ];
    let start = || Running::start(command(&local, &args));

    // All rows have arrived where it notes that it was there.
    run(&other, "begin; lock table seedbed.syncs in exclusive mode").await;
    let killed = start();
    is_held_up(&onto).await;
    sync(&local, &args).exits(1).says("holds it");
    killed.signal(libc::SIGKILL);
    assert_eq!(killed.finish().code, None);
    let at_work = "select count(*) from pg_stat_activity where application_name = 'cargo xtask sync'";
    until(&onto, at_work, 0).await;
    assert_eq!(changed(&before, &content(&onto).await), [""; 0]);
    assert_eq!(
        number(&onto, "select count(*) from pg_locks where locktype = 'advisory'").await,
        0
    );

    let cut_off = start();
    is_held_up(&onto).await;
    cut(&onto).await;
    cut_off.finish().exits(1).says("`cloud`, which is as it was");
    run(&other, "rollback").await;
    assert_eq!(changed(&before, &content(&onto).await), [""; 0]);

    // The lock that seeds take, as a seed that is at work has it.
    run(&other, "select pg_advisory_lock(1936024932, 1)").await;
    let mut cut_off = start();
    cut_off.wait_for("waiting");
    cut(&from).await;
    run(&other, "select pg_advisory_unlock_all()").await;
    cut_off.finish().exits(1).says("`cloud`, which is as it was");
    assert_eq!(changed(&before, &content(&onto).await), [""; 0]);

    sync(&local, &args).exits(0);
    assert_eq!(people(&onto).await, people(&from).await);
}
