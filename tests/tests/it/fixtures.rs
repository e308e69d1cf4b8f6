//! `cargo xtask fixtures`: the rows of a seed, written down.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use futures_util::SinkExt;
use serde_json::Value;
use tokio_postgres::{Client, NoTls};
use workspace_tests::{Project, changed, content, deno_test_with, shared, tools};

/// Tables that a seed fills in the reference project.
const TABLES: &str = "organizations, contacts, contact_organizations, products, opportunities, activities,
    contact_notes, opportunity_notes, tasks";

#[track_caller]
fn write(project: &Project, args: &[&str], out: &Path) -> Value {
    let out = out.to_str().unwrap();
    let args = [&["fixtures", "--json", "--out", out], args].concat();
    project.xtask(&args).exits(0).json()
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("read {file}: {error}"))
}

/// The names of the tables that were written, parents first.
fn tables(written: &Value) -> Vec<String> {
    let files = written["files"].as_array().unwrap();
    let names = files.iter().filter_map(|file| file["table"].as_str());
    names.map(str::to_owned).collect()
}

/// The columns that a file of CSV names.
fn columns(folder: &Path, table: &str) -> String {
    let csv = read(folder, &format!("{table}.csv"));
    csv.lines().next().expect("a header").to_owned()
}

/// A copy of the shared database as its reset left it, dropped at the end.
struct Copied {
    client: Client,
    admin: Client,
    name: &'static str,
}

impl Copied {
    async fn of_shared(name: &'static str) -> Copied {
        let admin = shared().database().await;
        let kept = "select datname from pg_database where datistemplate and datname ~ '^seedbed' \
            and datname <> 'seedbed_empty'";
        let kept: String = admin.query_one(kept, &[]).await.expect("the kept reset").get(0);
        let make = format!("create database {name} template {kept}");
        admin.batch_execute(&make).await.expect("copy the database");
        let url = shared().status()["db_url"].as_str().unwrap().to_owned();
        let url = url.rsplit_once('/').map(|(server, _)| format!("{server}/{name}"));
        let (client, connection) = tokio_postgres::connect(&url.unwrap(), NoTls)
            .await
            .expect("connect");
        tokio::spawn(connection);
        Copied { client, admin, name }
    }

    async fn empty(&self) {
        let empty = format!("truncate {TABLES}; update tags set usage_count = 0");
        self.client.batch_execute(&empty).await.expect("empty the tables");
    }

    async fn copy_in(&self, statement: &str, bytes: Vec<u8>) {
        let sink = self.client.copy_in(statement).await.expect(statement);
        let mut sink = std::pin::pin!(sink);
        sink.send(Bytes::from(bytes)).await.expect(statement);
        sink.finish()
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }

    async fn drop(self) {
        drop(self.client);
        let drop = format!("drop database {} with (force)", self.name);
        self.admin.batch_execute(&drop).await.expect("drop the database");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_gives_an_empty_database_the_rows_that_seed_gave_it() {
    let copy = Copied::of_shared("fixtures_formats").await;
    let seeded = content(&copy.client).await;
    let check = async |format: &str| {
        let changed = changed(&seeded, &content(&copy.client).await);
        assert!(changed.is_empty(), "{format} gives other rows in {changed:?}");
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();

    write(shared(), &["--format", "sql"], out);
    copy.empty().await;
    copy.client
        .batch_execute(&read(out, "fixtures.sql"))
        .await
        .expect("run the script");
    check("sql").await;

    for (format, extension, options) in [
        ("csv", "csv", "format csv, header"),
        ("copy", "copy", "format text"),
        ("binary", "bin", "format binary"),
    ] {
        let written = write(shared(), &["--format", format], out);
        copy.empty().await;
        for table in tables(&written) {
            let columns = columns(out, &table);
            let rows = fs::read(out.join(format!("{table}.{extension}"))).unwrap();
            copy.copy_in(&format!("copy {table} ({columns}) from stdin ({options})"), rows)
                .await;
        }
        check(format).await;
    }

    let written = write(shared(), &["--format", "json"], out);
    copy.empty().await;
    for table in tables(&written) {
        let columns = columns(out, &table);
        let insert = format!(
            "insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, $1)"
        );
        let rows: Value = serde_json::from_str(&read(out, &format!("{table}.json"))).unwrap();
        copy.client.execute(&insert, &[&rows]).await.expect(&insert);
    }
    check("json").await;
    copy.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_stack_the_rows_are_the_same_but_for_their_owners() {
    let copy = Copied::of_shared("fixtures_built_in").await;
    let run = "select as_of::date::text from seedbed.runs where command = 'seed'";
    let day: String = copy.client.query_one(run, &[]).await.unwrap().get(0);
    let rows = async || {
        let mut content = content(&copy.client).await;
        content.retain(|name, _| name.starts_with("public.") && TABLES.contains(&name["public.".len()..]));
        content
    };
    copy.client
        .batch_execute(&disown())
        .await
        .expect("take the owners away");
    let seeded = rows().await;

    let nothing_runs = Project::reference();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().to_str().unwrap();
    let args = ["fixtures", "--format", "sql", "--as-of", &day, "--out", script];
    nothing_runs
        .xtask(&args)
        .exits(0)
        .says("no stack of this project answers");
    copy.empty().await;
    copy.client
        .batch_execute(&read(folder.path(), "fixtures.sql"))
        .await
        .expect("run the script");
    assert_eq!(changed(&seeded, &rows().await), [""; 0]);
    copy.drop().await;
}

/// Takes the owners away and leaves `updated_at` as it is.
fn disown() -> String {
    let of_table = |table: &str| {
        format!(
            "alter table {table} disable trigger user;
            update {table} set assigned_to = null, created_by = null;
            alter table {table} enable trigger user;"
        )
    };
    TABLES.split(',').map(of_table).collect()
}

#[test]
fn stdout_has_what_the_files_have() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    for (format, file) in [
        ("json", "contacts.json"),
        ("jsonl", "contacts.jsonl"),
        ("csv", "contacts.csv"),
        ("copy", "contacts.copy"),
        ("sql", "fixtures.sql"),
    ] {
        let written = write(shared(), &["--format", format, "--table", "contacts"], out);
        assert_eq!(written["files"].as_array().unwrap().len(), 1, "{written}");
        let printed = shared()
            .xtask(&["fixtures", "--format", format, "--table", "Contacts"])
            .exits(0);
        assert!(printed.stdout == read(out, file), "{format}");
    }
    let all = write(shared(), &[], out);
    let printed = shared().xtask(&["fixtures"]).exits(0).json();
    let lines = shared().xtask(&["fixtures", "--format", "jsonl"]).exits(0).stdout;
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, all["rows"].as_u64().unwrap());
    assert!(printed.as_object().unwrap().keys().eq(&tables(&all)));
    for table in tables(&all) {
        let rows: Value = serde_json::from_str(&read(out, &format!("{table}.json"))).unwrap();
        assert!(printed[&table] == rows, "{table}");
        let named = lines
            .iter()
            .filter(|line| line["table"] == *table)
            .map(|line| &line["row"]);
        assert!(named.eq(rows.as_array().unwrap()), "{table}");
    }
}

#[test]
fn flags_ask_for_other_rows_than_those_that_are_there() {
    let ids = |args: &[&str]| -> Vec<Value> {
        let args = [&["fixtures", "--table", "contacts"], args].concat();
        let rows = shared().xtask(&args).exits(0).json();
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].clone())
            .collect()
    };
    let there = ids(&[]);
    assert_eq!(ids(&["--seed", "42"]), there);
    assert!(!ids(&["--seed", "7"]).contains(&there[0]));
    let few = ids(&["--contacts", "2"]);
    assert_eq!((few.len(), &few[0]), (6, &there[0]));
}

#[test]
fn typescript_finds_its_rows_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let again = write(shared(), &["--typescript"], out);
    assert_eq!(again["files"][0]["replaced"], false);
    let again = write(shared(), &["--typescript"], out);
    assert_eq!(again["files"][0]["replaced"], true);
    for task in [["check", "--no-lock", "--quiet"], ["fmt", "--check", "--quiet"]] {
        let mut deno = Command::new(&tools().deno.path);
        deno.args(task).current_dir(out).env("NO_COLOR", "1");
        let done = deno
            .arg(if task[0] == "check" { "index.ts" } else { "." })
            .output()
            .expect("run deno");
        assert!(
            done.status.success(),
            "{task:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    deno_test_with(
        shared(),
        "tests/e2e/fixtures.ts",
        &[("FIXTURES", out.to_str().unwrap())],
    );
}

#[test]
fn bad_input_is_refused_before_anything_is_written() {
    let project = Project::reference();
    let folder = tempfile::tempdir().unwrap();
    let (out, file) = (folder.path().join("out"), folder.path().join("file"));
    fs::write(&file, "mine").unwrap();
    let (out, file) = (out.to_str().unwrap(), file.to_str().unwrap());
    let refuse = |args: &[&str], says: &[&str]| {
        let run = project.xtask(&[&["fixtures"], args].concat()).exits(1);
        says.iter()
            .for_each(|text| assert!(run.stderr.contains(text), "`{text}`: {}", run.stderr));
        assert_eq!(run.stdout, "");
    };
    refuse(
        &["--table", "contcts"],
        &["`contcts`", "hint: did you mean `contacts`?"],
    );
    refuse(&["--format", "xml"], &["'xml'", "jsonl"]);
    refuse(&["--out", file], &[file, "it is no folder", "hint:"]);
    refuse(&["--out", "/proc/fixtures"], &["/proc/fixtures", "hint:"]);
    refuse(
        &["--format", "csv"],
        &["nothing would tell them apart", "hint: name one with `--table`"],
    );
    refuse(&["--typescript"], &["--out"]);
    refuse(&["--catalog", "live"], &["not running", "cargo xtask start"]);
    refuse(&["--count", "0"], &["none are asked for", "hint:"]);
    let both = project
        .xtask(&["fixtures", "--format", "sql", "--json"])
        .exits(1)
        .json();
    assert!(
        both["error"]["message"].as_str().unwrap().contains("--json"),
        "{both}"
    );

    fs::create_dir_all(format!("{out}/contacts.json")).unwrap();
    refuse(&["--out", out], &["contacts.json", "it is a folder"]);
    let left: Vec<_> = fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["contacts.json"]);
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[test]
fn a_reader_that_goes_away_has_seen_enough() {
    let project = Project::reference();
    let mut command = project.command(&["fixtures", "--format", "jsonl", "--count", "20000"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("run xtask");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), line.starts_with("{\"table\":\"tags\"")),
        (Some(0), true),
        "{said}"
    );
    assert!(!said.contains("panic") && !said.contains("error"), "{said}");
}

#[test]
fn a_full_disk_leaves_the_files_that_were_there() {
    let disk = tempfile::tempdir().unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "seedbed-test"])
        .arg(disk.path())
        .output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        eprintln!("skipped: only root may mount a small file system");
        return;
    }
    let (project, out) = (Project::reference(), disk.path().to_str().unwrap());
    let done = std::panic::catch_unwind(|| {
        write(&project, &["--count", "20"], disk.path());
        let before = files(disk.path());
        let full = project
            .xtask(&["fixtures", "--count", "20000", "--out", out])
            .exits(1);
        assert!(full.stderr.contains(&format!("write `{out}/")), "{}", full.stderr);
        assert!(
            full.stderr.contains("hint: make room on the disk"),
            "{}",
            full.stderr
        );
        assert!(files(disk.path()) == before);
    });
    let _ = Command::new("umount").arg(disk.path()).status();
    done.unwrap();
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let (project, folder) = (Project::reference(), tempfile::tempdir().unwrap());
    let out = folder.path().to_str().unwrap();
    let mut running = project.spawn(&[
        "fixtures",
        "--verbose",
        "--organizations",
        "1000000",
        "--out",
        out,
    ]);
    running.wait_for("rows of organizations");
    assert_eq!(files(folder.path()).len(), 1, "files wait until all are complete");
    running.signal(libc::SIGINT);
    running.finish().exits(130);
    assert!(files(folder.path()).is_empty());
}

/// Asserts that the rows which `fixtures` gives of these tables are in the database of a project that was seeded.
pub async fn are_there(project: &Project, tables: &[&str]) {
    let client = project.database().await;
    for table in tables {
        let rows = project.xtask(&["fixtures", "--table", table]).exits(0).json();
        let there = format!(
            "select count(*) from jsonb_array_elements($1) as one where exists
             (select from \"{table}\" row where to_jsonb(row) @> one)"
        );
        let there: i64 = client.query_one(&there, &[&rows]).await.expect(&there).get(0);
        let given = rows.as_array().unwrap().len();
        assert!(
            given > 0 && there == given as i64,
            "{there} of {given} rows of {table} are there"
        );
    }
}

/// All that is in a folder.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| {
            (
                path.display().to_string(),
                fs::read_to_string(&path).unwrap_or_default(),
            )
        })
        .collect();
    files.sort();
    files
}
