//! `cargo xtask restore`: what is damaged or does not fit is refused, the fence holds; and the folder of backups.

use std::fs;

use serde_json::Value;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, changed, content};

use crate::backup::run;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_or_does_not_fit_is_refused_and_the_fence_holds() {
    let (project, cloud) = (Lent::reference(RESET), Lent::reference(RESET));
    project.has_cloud(&cloud, "acme");
    let client = project.database().await;
    let before = content(&client).await;
    let file = |name: &str| project.folder().join(name);
    let shown = |name: &str| file(name).display().to_string();
    let backups = project.folder().join("backups");
    let newest = |run: workspace_tests::Run| fs::read(run.exits(0).stdout.trim()).unwrap();

    // Damage of every kind, each said.
    let zst = newest(project.xtask(&["backup"]));
    for name in ["whole.sql", "whole.sql.gz"] {
        project.xtask(&["backup", "--out", &shown(name)]).exits(0);
    }
    project
        .xtask(&["backup", "--out", &shown("whole.sql")])
        .exits(1)
        .says("--force");
    project
        .xtask(&["backup", "--out", &shown("whole.sql"), "--force"])
        .exits(0);
    project
        .xtask(&["backup", "--out", &shown("none/a.sql")])
        .exits(1)
        .says("mkdir -p");
    project
        .xtask(&["backup", "--schema", "nowhere"])
        .exits(1)
        .says("`nowhere`");
    let plain = fs::read(file("whole.sql")).unwrap();
    let gzip = fs::read(file("whole.sql.gz")).unwrap();
    let text = String::from_utf8(plain.clone()).unwrap();
    let changed_text = |old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1).into_bytes()
    };
    let row = text
        .lines()
        .skip_while(|line| !line.starts_with("copy \"public\".\"tags\""))
        .nth(1)
        .unwrap();
    let flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = bytes.len() * 3 / 4;
        bytes[at] ^= 0x10;
        bytes
    };
    let damaged = [
        (plain[..plain.len() / 2].to_vec(), "it is cut off in the rows of"),
        (plain[..plain.len() - 3].to_vec(), "it is cut off"),
        (gzip[..gzip.len() - 1000].to_vec(), "it is cut off"),
        (zst[..zst.len() - 1000].to_vec(), "it is cut off"),
        (
            plain[..200].to_vec(),
            "it is no backup of this tool, or its beginning is gone",
        ),
        (
            changed_text(row, &row.to_lowercase().replace('a', "b")),
            "its rows of `tags` were changed",
        ),
        (changed_text(&format!("{row}\n"), ""), "19 rows of `tags`, of 20"),
        (
            changed_text("\nbegin;", "\ndrop table tags; begin;"),
            "statements were changed",
        ),
        (
            changed_text("-- target: \"", "-- target: \"x"),
            "statements were changed",
        ),
        (
            b"-- PostgreSQL database dump\n".to_vec(),
            "it is no backup of this tool",
        ),
        (flipped(&plain), "were changed"),
        (flipped(&gzip), "hint:"),
        (flipped(&zst), "hint:"),
    ];
    for (number, (bytes, expect)) in damaged.iter().enumerate() {
        fs::write(file("damaged"), bytes).unwrap();
        let refused = project.xtask(&["restore", &shown("damaged")]);
        assert!(refused.stderr.contains(expect), "{number}: {expect}: {refused:?}");
        refused.exits(1);
    }
    assert_eq!(changed(&before, &content(&client).await), Vec::<String>::new());

    // A list tells which are whole; what is damaged or not ours is neither counted nor removed.
    fs::write(backups.join("cut.sql.zst"), &zst[..zst.len() - 1000]).unwrap();
    fs::write(backups.join("theirs.sql"), "select 1;").unwrap();
    newest(project.xtask(&["backup"]));
    newest(project.xtask(&["backup", "--target", "cloud"]));
    let listed = project.xtask(&["backup", "list", "--json"]).exits(0).json();
    let listed = listed.as_array().unwrap();
    let of = |target: &str, is_whole: bool| {
        let is_it = |one: &&Value| one["target"] == target && one["is_whole"] == is_whole;
        listed.iter().filter(is_it).count()
    };
    assert_eq!(
        (
            listed.len(),
            of("embedded", true),
            of("embedded", false),
            of("cloud", true)
        ),
        (4, 2, 1, 1)
    );
    let names = |count: usize| {
        let entries = fs::read_dir(&backups).unwrap();
        assert_eq!(entries.count(), count, ".gitignore, theirs.sql and backups");
    };
    project
        .xtask(&["backup", "prune", "--keep", "1", "--dry-run"])
        .exits(0)
        .says("would remove 1");
    names(6);
    project
        .xtask(&["backup", "prune", "--keep", "1"])
        .exits(0)
        .says("removed 1");
    names(5);

    // The fence, which `--dry-run` tells of; then it passes.
    let whole = shown("whole.sql.gz");
    let cloudy = cloud.database().await;
    run(&cloudy, "update contacts set last_name = 'Cloudy'").await;
    let cloud_before = content(&cloudy).await;
    let restore = |more: &[&str]| {
        let words = ["restore", &whole, "--target", "cloud"];
        project.xtask(&[&words, more].concat())
    };
    restore(&[])
        .exits(1)
        .says("rows of contacts: 200")
        .says("--foreign-rows");
    let told = restore(&["--dry-run"]).exits(0).stderr;
    let number = told
        .split("--foreign-rows ")
        .nth(1)
        .and_then(|rest| rest.split(['`', ' ']).next());
    let number = number.unwrap().to_owned();
    restore(&["--confirm", "other", "--foreign-rows", &number]).exits(1);
    assert_eq!(
        changed(&cloud_before, &content(&cloudy).await),
        Vec::<String>::new()
    );
    let agreed = ["--confirm", "acme", "--foreign-rows", &number];
    let mut by_agent = project.command(&[&["restore", &whole, "--target", "cloud"], &agreed[..]].concat());
    let by_agent: workspace_tests::Run = by_agent.env("CI", "true").output().unwrap().into();
    by_agent.exits(1).says("SEEDBED_CONSENT");
    // What people make of a database that is another one by then.
    run(
        &cloudy,
        "insert into supabase_migrations.schema_migrations (version) values ('20990101000000');
        alter table contacts add column later text default 'none'",
    )
    .await;
    restore(&agreed)
        .exits(0)
        .says("20990101000000")
        .says("column `later` of `contacts` gets its default");
    let same = "select count(*) from contacts where last_name = 'Cloudy' or later is distinct from 'none'";
    assert_eq!(cloudy.query_one(same, &[]).await.unwrap().get::<_, i64>(0), 0);
    run(&cloudy, "alter table contacts drop column title cascade").await;
    restore(&["--dry-run"])
        .exits(1)
        .says("the table `contacts` of the database has no column `title`");
    run(&cloudy, "update seedbed.environment set kind = 'production'").await;
    restore(&agreed)
        .exits(1)
        .says("nothing is ever written to production");
}
