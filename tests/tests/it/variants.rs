//! Projects whose tables are not ours: each is filled as it is, and verified.

use tokio_postgres::Client;
use workspace_tests::{Project, workspace_root};

fn fixture(name: &str) -> Project {
    Project::copy_of(
        &workspace_root()
            .join("tests/fixtures")
            .join(name)
            .join("supabase"),
    )
}

/// Asserts that each condition holds in the project's database.
async fn holds(client: &Client, conditions: &[&str]) {
    for condition in conditions {
        let row = client.query_one(&format!("select {condition}"), &[]).await;
        assert!(row.expect(condition).get::<_, bool>(0), "not so: {condition}");
    }
}

#[tokio::test]
async fn atomic_crm_is_filled_as_it_is() {
    let project = fixture("atomic_crm");
    project.xtask(&["reset"]).exits(0);
    project.xtask(&["verify"]).exits(0);
    let client = project.database().await;
    holds(
        &client,
        &[
            "(select count(*) from companies) = 100 and (select count(*) from contacts) = 200",
            "(select count(*) from deals) = 140 and (select count(*) from tasks) = 200",
            "(select count(*) from \"contactNotes\") + (select count(*) from \"dealNotes\") = 300",
            "not exists (select from contacts where company_id is null or sales_id is null or tags is null)",
            "(select count(distinct sales_id) from deals) = 3",
            "not exists (select from contacts, unnest(tags) as tag where tag not in (select id from tags))",
            "not exists (select from contacts where email_jsonb -> 0 ->> 'email' is null
               or phone_jsonb -> 0 ->> 'number' is null)",
            "not exists (select from deals where cardinality(contact_ids) not between 1 and 3)",
            "not exists (select from deals d, unnest(d.contact_ids) as one
               join contacts c on c.id = one where c.company_id <> d.company_id)",
            "exists (select from tasks where done_date is not null) and exists (select from tasks where done_date is null)",
            "not exists (select from contacts where last_seen < first_seen)",
            "(select bool_and(attachments is null or attachments = '{}') from \"dealNotes\")",
            "(select bool_and(archived_at is null) from deals)",
        ],
    )
    .await;
    client
        .batch_execute("insert into deals (name, stage) values ('By hand', 'new_lead')")
        .await
        .expect("the sequence is past the seeded keys");
}
