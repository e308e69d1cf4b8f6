//! `cargo xtask backup` and `restore`: what was there comes back, by us and by `psql`; what is stopped leaves everything as
//! it was.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::SinkExt;
use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, changed, content};

/// Values and tables that are hard to carry, and tables that a backup of `public` leaves out but that point at it.
const ODD: &str = r#"
create type mood as enum ('so, so', 'back\slash');
create table "Odd ""one""" (
  id integer generated always as identity primary key,
  "Text" text, j jsonb, b bytea, a text[], moods mood[], at timestamptz, day date, span interval, f double precision,
  n numeric, price money, kind regclass, doubled integer generated always as (id * 2) stored
);
insert into "Odd ""one""" ("Text", j, b, a, moods, at, day, span, f, n, price, kind) values
  (E'tab\t line\n back\\ \\. end', '{"a": "\\n\u0007"}', '\x00ff5c', array['a,b', null, '', '"'], '{"so, so"}',
   '2026-03-29 01:30+01', '0044-03-15 BC', '-1 mon +2 days -03:04:05.6', 0.1 + 0.2, 'NaN', 1234.5, 'contacts'),
  (null, 'null', '', '{}', null, 'infinity', '-infinity', '0', '-0', 1e-20, -1, null),
  (E'\\.', '"ä€𝄞"', null, null, '{"back\\slash"}', null, null, null, 'Infinity', null, null, null);
create table parted (id integer, at date, primary key (id, at)) partition by range (at);
create table parted_old partition of parted for values from (minvalue) to ('2026-01-01');
create table parted_new partition of parted for values from ('2026-01-01') to (maxvalue);
insert into parted values (1, '2025-05-05'), (2, '2026-05-05');
create table no_columns ();
insert into no_columns default values;
create table empty_one (id serial primary key);
create schema other;
create table other.memos (id integer primary key, contact_id uuid references contacts on delete cascade);
create table other.pages (id integer primary key, memo_id integer references other.memos on delete cascade);
create table other.marks (id integer primary key, contact_id uuid references contacts on delete set null);
"#;

/// What happens to a database between a backup and its restore.
const SPOILT: &str = r#"
delete from auth.users where email = 'manager@test.local';
insert into contacts (id, first_name, last_name) values ('00000000-0000-4000-8000-000000000001', 'Bea', 'Later');
insert into other.memos values (1, '00000000-0000-4000-8000-000000000001'), (2, (select min(id::text)::uuid from contacts where last_name <> 'Later'));
insert into other.pages values (1, 1), (2, 2);
insert into other.marks values (1, '00000000-0000-4000-8000-000000000001');
update organizations set name = 'spoilt';
delete from "Odd ""one""" where id = 2;
update parted set at = '2026-06-06';
insert into empty_one default values;
insert into no_columns default values;
delete from seedbed.runs;
"#;

/// What is left of [`SPOILT`] in the tables that a backup leaves out: rows that point at rows which are there.
const LEFT: &str = "select (select array_agg(id) from other.memos) = '{2}' and (select array_agg(id) from other.pages) = '{2}'
    and (select array_agg(contact_id) from other.marks) = '{null}'";

pub async fn run(client: &Client, sql: &str) {
    let done = client.batch_execute(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// All that a backup carries. Which transaction wrote a run is another one after a restore.
async fn carried(client: &Client) -> BTreeMap<String, String> {
    let mut content = content(client).await;
    content.retain(|name, _| match name.split_once('.') {
        Some(("auth", table)) => ["users", "identities"].contains(&table),
        Some(("seedbed", table)) => table != "run_parts",
        _ => name.starts_with("public"),
    });
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_comes_back_by_restore_and_by_psql() {
    let project = Lent::reference(RESET);
    let client = project.database().await;
    run(&client, ODD).await;
    // The password of a backup is the one that counts.
    let password = ["users", "set-password", "manager"];
    let mut set = project.command(&password);
    let mut child = set.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"Backed-Up-7\n").unwrap();
    assert!(child.wait().unwrap().success());
    let before = carried(&client).await;
    assert!(
        before.contains_key("auth.users") && before.len() > 20,
        "{:?}",
        before.keys()
    );

    let status = project.status();
    let url = status["db_url"].as_str().unwrap();
    let file = |name: &str| project.folder().join(name).display().to_string();
    for name in ["a.sql", "a.sql.gz", "a.sql.zst"] {
        let written = project
            .xtask(&["backup", "--out", &file(name), "--json"])
            .exits(0)
            .json();
        let rows = written["rows"].as_u64().unwrap();
        assert_eq!(written["users"], 3);
        assert_eq!(
            fs::metadata(file(name)).unwrap().permissions().mode() & 0o777,
            0o600
        );
        run(&client, SPOILT).await;
        assert_ne!(changed(&before, &carried(&client).await), Vec::<String>::new());
        let plan = project
            .xtask(&["restore", &file(name), "--dry-run", "--json"])
            .exits(0)
            .json();
        let planned = plan["plan"]["tables"].as_array().unwrap();
        let users = planned.iter().find(|one| one["table"] == "auth.users").unwrap();
        assert_eq!(
            (&users["now"], &users["backup"]),
            (&2.into(), &3.into()),
            "{plan}"
        );
        assert_ne!(changed(&before, &carried(&client).await), Vec::<String>::new());
        let restored = project.xtask(&["restore", &file(name), "--json"]).exits(0).json();
        assert_eq!(restored["restored"]["rows"].as_u64(), Some(rows));
        assert_eq!(
            changed(&before, &carried(&client).await),
            Vec::<String>::new(),
            "{name}"
        );
        assert!(
            client.query_one(LEFT, &[]).await.unwrap().get::<_, bool>(0),
            "{name}: {restored}"
        );
        run(&client, "delete from other.memos; delete from other.marks").await;
    }
    for name in ["a.sql", "a.sql.gz"] {
        run(&client, SPOILT).await;
        by_psql(url, Path::new(&file(name)), &client).await;
        assert_eq!(
            changed(&before, &carried(&client).await),
            Vec::<String>::new(),
            "{name} by psql"
        );
        assert!(
            client.query_one(LEFT, &[]).await.unwrap().get::<_, bool>(0),
            "{name} by psql"
        );
        run(&client, "delete from other.memos; delete from other.marks").await;
    }
    project
        .xtask_with(
            "TEST_USER_PASSWORD",
            "Backed-Up-7",
            &["users", "token", "manager"],
        )
        .exits(0);
    let next = "insert into \"Odd \"\"one\"\"\" default values returning id";
    assert_eq!(client.query_one(next, &[]).await.unwrap().get::<_, i32>(0), 4);
    run(&client, "delete from \"Odd \"\"one\"\"\" where id = 4").await;
    project.xtask(&["users", "--role", "manager"]).exits(0);
    run(&client, "drop schema other cascade; drop table \"Odd \"\"one\"\"\", parted, no_columns, empty_one; drop type mood").await;
    project.xtask(&["verify"]).exits(0);

    let report = project
        .xtask(&["bench", "backup", "--rounds", "2", "--json"])
        .exits(0)
        .json();
    let ways = report["candidates"].as_array().unwrap();
    let is_compared = report["without_pg_dump"].is_null();
    assert_eq!(ways.len(), if is_compared { 4 } else { 3 }, "{report}");
    assert!(
        ways.iter()
            .all(|way| way["times_pg_dump"].is_null() != is_compared),
        "{report}"
    );

    let text = fs::read_to_string(file("a.sql")).unwrap();
    let header: String = text.lines().take_while(|line| line.starts_with("--")).collect();
    let hash = "select string_agg(encrypted_password, ' ') from auth.users";
    let hashes: String = client.query_one(hash, &[]).await.unwrap().get(0);
    let secrets = [
        "postgres:postgres",
        status["service_role_key"].as_str().unwrap(),
        "$2",
    ];
    for secret in hashes.split(' ').chain(secrets) {
        assert!(!header.contains(secret), "`{secret}` in {header}");
    }
}

/// Restores a file without us: by `psql`, or where there is none by what it would do.
async fn by_psql(url: &str, file: &Path, client: &Client) {
    let text = match file.extension().is_some_and(|extension| extension == "gz") {
        false => fs::read(file).unwrap(),
        true => Command::new("gzip").arg("-dc").arg(file).output().unwrap().stdout,
    };
    let psql = Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"])
        .arg(url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut psql) = psql else {
        eprintln!("there is no psql here: its part is played by the test");
        return replay(client, std::str::from_utf8(&text).unwrap()).await;
    };
    psql.stdin.take().unwrap().write_all(&text).unwrap();
    assert!(psql.wait().unwrap().success(), "{}", file.display());
}

async fn replay(client: &Client, text: &str) {
    let (mut statements, mut lines) = (String::new(), text.split_inclusive('\n'));
    while let Some(line) = lines.next() {
        let Some(copy) = line.strip_suffix(" from stdin;\n") else {
            statements += line;
            continue;
        };
        run(client, &std::mem::take(&mut statements)).await;
        let sink = client
            .copy_in::<_, Bytes>(&format!("{copy} from stdin"))
            .await
            .unwrap();
        let mut sink = std::pin::pin!(sink);
        for row in lines.by_ref().take_while(|line| *line != "\\.\n") {
            sink.send(Bytes::copy_from_slice(row.as_bytes())).await.unwrap();
        }
        sink.finish().await.unwrap();
    }
    run(client, &statements).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_or_finds_no_room_leaves_everything_as_it_was() {
    let project = Lent::reference(RESET);
    let client = project.database().await;
    // Small on the server's disk, and long to write.
    run(&client, "create table long (line text); insert into long select repeat(md5(n::text), 250000) from generate_series(1, 40) n").await;
    let backups = project.folder().join("backups");
    let left = || -> Vec<String> {
        let entries = fs::read_dir(&backups).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".gitignore").collect()
    };
    let mut interrupted = project.spawn(&["backup", "--verbose"]);
    interrupted.wait_for("rows of long");
    assert_eq!(left().len(), 1, "{:?}", left());
    interrupted.signal(libc::SIGINT);
    interrupted.finish().exits(130).says("no file was written");
    assert_eq!(left(), Vec::<String>::new());

    let mut killed = project.spawn(&["backup", "--verbose"]);
    killed.wait_for("rows of long");
    // One that is being written is left alone by others.
    project.xtask(&["backup", "list"]).exits(0);
    assert!(killed.is_at_work(), "it was quicker than a list of backups");
    killed.signal(libc::SIGKILL);
    killed.finish();
    assert!(
        left().iter().all(|name| name.ends_with("-incomplete")) && left().len() == 1,
        "{:?}",
        left()
    );
    assert_eq!(
        project.xtask(&["backup", "list", "--json"]).exits(0).json(),
        Value::Array(Vec::new())
    );
    assert_eq!(left(), Vec::<String>::new());

    a_full_disk(&project);

    run(&client, "drop table long").await;
    let file = project.xtask(&["backup"]).exits(0).stdout;
    run(
        &client,
        "create temp table held as select * from tags limit 1;
        delete from tags where id in (select id from held)",
    )
    .await;
    let before = content(&client).await;
    for signal in [libc::SIGKILL, libc::SIGINT] {
        // A key of the backup about which nothing is decided yet keeps the restore waiting in the middle of its rows.
        run(&client, "begin; insert into tags select * from held").await;
        let mut restore = project.spawn(&["restore", file.trim(), "--verbose"]);
        restore.wait_for("rows of tags");
        restore.signal(signal);
        restore.finish();
        run(&client, "rollback").await;
        assert_eq!(changed(&before, &content(&client).await), Vec::<String>::new());
    }
    project.xtask(&["restore", file.trim()]).exits(0);
}

/// A file system that is too small for a backup; only root may make one.
fn a_full_disk(project: &Project) {
    let small = project.folder().join("small");
    fs::create_dir(&small).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "seedbed-test"])
        .arg(&small)
        .output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        eprintln!("skipped: only root may mount a small file system");
        return;
    }
    let full = project.xtask(&["backup", "--out", small.join("a.sql").to_str().unwrap()]);
    let left = fs::read_dir(&small).unwrap().count();
    Command::new("umount").arg(&small).status().unwrap();
    full.exits(1).says("make room on the disk");
    assert_eq!(left, 0);
}
