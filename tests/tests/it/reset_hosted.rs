//! `reset --target cloud` and `reset --both`, with a second stack as the cloud.

use workspace_tests::lent::RESET;
use workspace_tests::{Lent, changed, content};

#[tokio::test]
async fn a_hosted_target_keeps_its_schema_and_what_is_not_ours_unless_it_is_told_by_number() {
    let (project, cloud) = (Lent::reference(RESET), Lent::reference(RESET));
    project.has_cloud(&cloud, "acme-staging");
    let client = cloud.database().await;
    let reset = |flags: &[&str]| project.xtask(&[&["reset", "--target", "cloud"], flags].concat());
    let one = async |sql: &str| client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let own = "select count(*) from public.organizations where name = 'Somebody''s own'";
    let seeded = "select count(*) from public.organizations where name <> 'Somebody''s own'";
    client
        .batch_execute(
            "insert into public.organizations (name) values ('Somebody''s own');
             alter table public.organizations add column kept text;",
        )
        .await
        .unwrap();

    let before = content(&client).await;
    reset(&[])
        .exits(1)
        .says("rows of organizations: 100")
        .says("--confirm acme-staging");
    reset(&["--dry-run"]).exits(0).says("rows of organizations: 100");
    reset(&["--everything", "--confirm", "acme-staging"])
        .exits(1)
        .says("--foreign-rows 21");
    assert_eq!(changed(&before, &content(&client).await), [""; 0]);

    let users = "select string_agg(id::text, ' ' order by id) from auth.users";
    let ids: String = client.query_one(users, &[]).await.unwrap().get(0);
    let told = reset(&["--confirm", "acme-staging", "--organizations", "7"]).exits(0);
    assert!(told.stdout.contains("admin@test.local"), "{}", told.stdout);
    assert_eq!((one(own).await, one(seeded).await), (1, 21));
    assert_eq!(
        one("select count(*) from public.organizations where kept is null").await,
        22
    );
    assert_eq!(
        client.query_one(users, &[]).await.unwrap().get::<_, String>(0),
        ids
    );

    // The tags of the first run are everybody's, so they are not ours any more.
    let foreign = one("select 1 + count(*) from public.tags").await.to_string();
    let all = [
        "--everything",
        "--confirm",
        "acme-staging",
        "--foreign-rows",
        &foreign,
    ];
    reset(&all).exits(0);
    assert_eq!((one(own).await, one(seeded).await), (0, 100));

    client
        .batch_execute("alter table public.organizations drop column kept")
        .await
        .unwrap();
    let both = [
        "reset",
        "--both",
        "--confirm",
        "acme-staging",
        "--everything",
        "--json",
    ];
    let both = project.xtask(&both).exits(0).json();
    assert_eq!(both["parity"]["parity"], true, "{both}");
    assert!(
        both["reset"]["users"].is_array() && both["sync"].is_object(),
        "{both}"
    );

    client
        .batch_execute("update seedbed.environment set kind = 'production'")
        .await
        .unwrap();
    let before = content(&client).await;
    for words in [
        &["reset", "--target", "cloud", "--confirm", "acme-staging"][..],
        &["reset", "--both", "--confirm", "acme-staging"],
    ] {
        project.xtask(words).exits(1).says("production");
    }
    assert_eq!(changed(&before, &content(&client).await), [""; 0]);
}
