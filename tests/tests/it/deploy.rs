//! `deploy` to a second stack: what fails leaves it as it was, what goes well is all there.

use std::os::unix::fs::PermissionsExt;

use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, changed, content, tools};

const REF: &str = "abcdefghijklmnopqrst";
const TOKEN: &str = "sbp_of_a_person_who_deploys";

/// A `supabase` that notes what is deployed by the platform's API, and hands the rest on to the real one.
fn stand_in(project: &Project) -> String {
    let bin = project.folder().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in\n  *'functions deploy'*) echo \"$* with $SUPABASE_ACCESS_TOKEN\" > '{}/deployed' ;;\n  \
         *) exec '{}' \"$@\" ;;\nesac\n",
        bin.display(),
        tools().supabase.path.display()
    );
    std::fs::write(bin.join("supabase"), text).unwrap();
    std::fs::set_permissions(bin.join("supabase"), PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[tokio::test]
async fn what_fails_leaves_the_target_as_it_was_and_what_is_deployed_is_checked() {
    let (project, cloud) = (Project::reference(), Lent::reference(RESET));
    project.has_cloud(&cloud, "acme-staging");
    let client = cloud.database().await;
    let path = stand_in(&project);
    let deploy = |flags: &[&str]| {
        let mut command = project.command(&["deploy", "--target", "cloud"]);
        command
            .args(flags)
            .env("PATH", &path)
            .env("SEEDBED_TOOLS", "path");
        workspace_tests::Run::from(command.output().unwrap())
    };
    let confirmed = || deploy(&["--confirm", "acme-staging"]);
    project.write(
        "supabase/migrations/20990101000000_column.sql",
        "alter table public.organizations add column mood text;\ncreate index concurrently moods on public.organizations (mood);",
    );
    let bad = "supabase/migrations/20990102000000_bad.sql";
    project.write(
        bad,
        "update public.organizations set name = 'x';\n\nselect mood, nope\nfrom public.organizations;",
    );

    let before = content(&client).await;
    // What a migration removes is counted by the rehearsal.
    client
        .batch_execute("insert into public.tags (name) values ('Somebody''s own')")
        .await
        .unwrap();
    project.write(
        "supabase/migrations/20990102000000_bad.sql",
        "delete from public.contact_notes;\nalter table public.organizations drop column website;\n\
         delete from public.tags where name = 'Somebody''s own';",
    );
    confirmed()
        .exits(1)
        .says("rows of contact_notes: 120\n")
        .says("rows of tags: 1, 1 of them not ours")
        .says("column organizations.website goes with what it holds")
        .says("--foreign-rows 1");
    client
        .batch_execute("delete from public.tags where name = 'Somebody''s own'")
        .await
        .unwrap();
    std::fs::rename(project.folder().join(bad), project.folder().join("removing.sql")).unwrap();
    project.write(
        bad,
        "update public.organizations set name = 'x';\n\nselect mood, nope\nfrom public.organizations;",
    );
    confirmed()
        .exits(1)
        .says("20990102000000_bad.sql:3")
        .says("\"nope\" does not exist")
        .says("nothing was applied");
    // The value comes from a transaction of its own, so no rehearsal gets past it.
    project.write(
        bad,
        "update public.organizations set name = 'x';\ncreate index concurrently moods2 on public.organizations (mood);\n\
         alter type public.sales_role add value 'nobody';\nselect 'nobody'::public.sales_role;\nselect nope;",
    );
    let dry = deploy(&["--dry-run"]).exits(0).says("20990102000000_bad.sql:4");
    assert!(dry.stdout.contains("20990101000000_column.sql"), "{}", dry.stdout);
    deploy(&[]).exits(1).says("--confirm acme-staging");
    deploy(&["--confirm", "acme"]).exits(1);
    assert_eq!(changed(&before, &content(&client).await), [""; 0]);

    confirmed()
        .exits(1)
        .says("rows of organizations are as they were");
    let names = "select count(*) from public.organizations where name = 'x'";
    assert_eq!(client.query_one(names, &[]).await.unwrap().get::<_, i64>(0), 0);

    std::fs::remove_file(project.folder().join(bad)).unwrap();
    let keys = std::fs::read_to_string(project.folder().join(".env.production")).unwrap();
    project.write(
        ".env.production",
        &format!("{keys}SUPABASE_ACCESS_TOKEN={TOKEN}\n"),
    );
    project.write(
        "seedbed.toml",
        &format!("[target.cloud]\nproject_ref = \"{REF}\"\n"),
    );
    let done = confirmed().exits(0).says("functions   1 sent").says("contract");
    assert!(!done.stderr.contains(TOKEN), "{}", done.stderr);
    let deployed = std::fs::read_to_string(project.folder().join("bin/deployed")).unwrap();
    for part in ["functions deploy --use-api", REF, TOKEN] {
        assert!(deployed.contains(part), "{deployed}");
    }
    assert_eq!(
        client
            .query("select mood from public.organizations", &[])
            .await
            .unwrap()
            .len(),
        100
    );
    let backups = project.xtask(&["backup", "list", "--json"]).exits(0).json();
    assert_eq!(backups.as_array().map(Vec::len), Some(1), "{backups}");

    // What is wrong with the target is found before anything else.
    project.change(
        ".env.production",
        "SUPABASE_SERVICE_ROLE_KEY=",
        "SUPABASE_SERVICE_ROLE_KEY=wrong",
    );
    let ill = confirmed().exits(1).says("nothing is deployed");
    assert!(ill.stdout.contains("secret key"), "{}", ill.stdout);
}
