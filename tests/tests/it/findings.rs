//! What `policies` finds fault with: a project with one of each, and ours with none.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, content, shared};

const EXPECTATION: &str = "supabase/policies.expected.toml";

/// Severity, rule, place and roles of the findings that the catalog and the tries of users give; what the matrix says
/// of roles is another test's.
#[track_caller]
fn findings(report: &Value) -> Vec<Value> {
    let findings = report["findings"].as_array().expect("findings");
    let of_catalog = findings
        .iter()
        .filter(|one| one["rule"] != "roles_not_distinguished");
    of_catalog
        .map(|one| json!([one["severity"], one["rule"], one["place"], one["roles"]]))
        .collect()
}

/// What is never tried, for want of a row.
const UNTRIED: [&str; 2] = [
    "whether users can change `user_roles.role` was not tried: no user who administers nothing has a row in `user_roles`",
    "whether users can take rows of `user_roles` was not tried: there is none of others",
];

fn untried(report: &Value) -> Vec<&str> {
    let untried = report["untried"].as_array().expect("sentences");
    untried.iter().filter_map(Value::as_str).collect()
}

/// The rows of the project and its sequences; who signs in to try leaves its traces in those of Auth.
async fn rows(client: &Client) -> BTreeMap<String, String> {
    let mut rows = content(client).await;
    rows.retain(|name, _| !name.starts_with("auth."));
    rows
}

#[tokio::test]
async fn each_fault_is_found_and_nothing_beside_it() {
    let project = Lent::fixture("loose_crm", RESET);
    let client = project.database().await;
    let before = rows(&client).await;
    let report = project.xtask(&["policies", "--json"]).exits(1).json();
    let everyone = json!(["anon", "authenticated"]);
    let signed_in = json!(["authenticated"]);
    let users = json!(["sales_director", "account_manager"]);
    let anon = json!(["anon"]);
    let expected = [
        json!(["high", "rls_off", "price_list", everyone]),
        json!(["high", "view_bypasses_rls", "company_counts", everyone]),
        json!(["high", "view_bypasses_rls", "contact_initials", everyone]),
        json!(["high", "view_bypasses_rls", "contact_names", everyone]),
        json!([
            "high",
            "policy_always_true",
            "tags: policy Enable all access",
            everyone
        ]),
        json!(["high", "rights_writable", "members: column userRole", users]),
        json!(["high", "rights_writable", "profiles: column role", users]),
        json!(["high", "rights_writable", "user_roles: column role", users]),
        json!(["high", "rows_can_be_taken", "contacts: column owner_id", users]),
        json!([
            "high",
            "trusts_user_metadata",
            "handbook: policy editors delete",
            signed_in
        ]),
        json!([
            "medium",
            "check_always_true",
            "contact_notes: policy hand over",
            signed_in
        ]),
        json!(["medium", "rights_writable", "profiles: column region", users]),
        json!(["medium", "search_path_not_fixed", "function my_role()", everyone]),
        json!([
            "low",
            "policy_always_true",
            "announcements: policy members read",
            signed_in
        ]),
        json!(["low", "rls_without_policy", "audit_log", everyone]),
        json!(["low", "definer_open_to_anon", "function my_region()", anon]),
        json!(["low", "definer_open_to_anon", "function my_role()", anon]),
    ];
    assert_eq!(findings(&report), expected, "{report:#}");
    assert_eq!(untried(&report), UNTRIED, "{report:#}");
    assert_eq!(rows(&client).await, before, "what was tried is still there");

    // The view beneath is the one that asks as its owner.
    let beneath = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["place"] == "contact_initials");
    assert_eq!(
        beneath.unwrap()["mend"],
        "`alter view public.contact_names set (security_invoker = true);`"
    );
    only_some_tables_are_asked_for(&project);
    what_is_mended_is_found_no_more(&project, &client).await;
    what_was_not_tried_is_said(&project, &client).await;
    policies_that_fail_are_found(&project, &client).await;
}

fn only_some_tables_are_asked_for(project: &Project) {
    let report = project
        .xtask(&["policies", "--json", "--only", "public.tags,announcements"])
        .exits(1)
        .json();
    let places: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["relation"])
        .collect();
    assert_eq!(places, ["tags", "announcements"]);
    assert_eq!(report["untried"], json!([]));
}

async fn what_is_mended_is_found_no_more(project: &Project, client: &Client) {
    let mended = r#"
        revoke update on profiles from anon, authenticated;
        grant update (full_name) on profiles to authenticated;
        alter policy "update own" on contacts using (owner_id = auth.uid());
        alter policy "hand over" on contact_notes with check (owner_id = auth.uid());
        alter view contact_names set (security_invoker = true);
        alter function my_role() set search_path = '';
        revoke all on company_counts from anon, authenticated;
        revoke update on members from authenticated;
        revoke insert on user_roles from authenticated;
        drop policy "editors delete" on handbook;
        revoke execute on function my_role(), my_region() from public, anon;
        create policy "held back" on tags as restrictive using (auth.uid() = '00000000-0000-4000-8000-000000000000');
    "#;
    client.batch_execute(mended).await.expect("mend it");
    let report = project.xtask(&["policies", "--json"]).exits(1).json();
    let places: Vec<Value> = findings(&report).iter().map(|one| one[2].clone()).collect();
    assert_eq!(
        places,
        ["price_list", "announcements: policy members read", "audit_log"]
    );
}

async fn what_was_not_tried_is_said(project: &Project, client: &Client) {
    client
        .batch_execute("update contacts set owner_id = null")
        .await
        .expect("disown them");
    let report = project.xtask(&["policies", "--json"]).exits(1).json();
    let none_of_others = "whether users can take rows of `contacts` was not tried: there is none of others";
    assert!(
        untried(&report).contains(&none_of_others),
        "{}",
        report["untried"]
    );
}

async fn policies_that_fail_are_found(project: &Project, client: &Client) {
    let endless = r#"create policy "known to the known" on tags using (exists (select from tags))"#;
    client.batch_execute(endless).await.expect("break them");
    let report = project
        .xtask(&["policies", "--json", "--only", "tags"])
        .exits(1)
        .json();
    let found = findings(&report);
    let roles = json!(["anon", "admin", "sales_director", "account_manager"]);
    assert_eq!(found, [json!(["high", "policy_fails", "tags", roles])]);
}

#[test]
fn the_reference_project_has_none() {
    let project = Lent::reference(RESET);
    let report = project.xtask(&["policies", "--json"]).exits(0).json();
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["untried"], json!([]));
    assert_eq!(report["comparison"], json!({ "changes": [], "not_compared": [] }));
}

#[tokio::test]
async fn what_is_accepted_is_kept_and_compared() {
    let project = Lent::fixture("loose_crm", RESET);
    // Without an expectation, what is found is a no.
    project
        .xtask(&["policies"])
        .exits(1)
        .says("accept it as it is with");
    let missing = project.xtask(&["policies", "--expect", "none.toml"]).exits(1);
    missing
        .says("read the expectation `none.toml`: there is no such file")
        .says("--accept");
    let written = project.xtask(&["policies", "--accept"]).exits(0);
    written.says("wrote what was found to `supabase/policies.expected.toml`");
    let text = std::fs::read_to_string(project.folder().join(EXPECTATION)).expect("it is written");
    project
        .xtask(&["policies"])
        .exits(0)
        .says("this is what `supabase/policies.expected.toml` expects");
    project.xtask(&["policies", "--accept"]).exits(0);
    assert_eq!(
        std::fs::read_to_string(project.folder().join(EXPECTATION)).unwrap(),
        text
    );

    let client = project.database().await;
    let change =
        "alter table price_list enable row level security; drop policy \"Enable all access\" on tags";
    client.batch_execute(change).await.expect("change it");
    let differs = project.xtask(&["policies"]).exits(1).says("this is not what");
    for line in [
        "- rls_off price_list",
        "+ rls_without_policy price_list",
        "- policy_always_true tags: policy Enable all access",
    ] {
        assert!(
            differs.stdout.lines().any(|one| one == line),
            "`{line}` is not in {}",
            differs.stdout
        );
    }
    // One table is accepted, the other is not.
    project
        .xtask(&["policies", "--accept", "--only", "tags"])
        .exits(0);
    project.xtask(&["policies", "--only", "tags"]).exits(0);
    let left = project.xtask(&["policies"]).exits(1);
    assert!(
        left.stdout.contains("- rls_off price_list") && !left.stdout.contains("Enable all"),
        "{}",
        left.stdout
    );

    project.change(EXPECTATION, "rls_off", "rls_of");
    let broken = project.xtask(&["policies"]).exits(1);
    broken
        .says("policies.expected.toml:11:1`: there is no finding `rls_of`")
        .says("did you mean `rls_off`?");
    project.xtask(&["policies", "--accept"]).exits(0);
    project.xtask(&["policies"]).exits(0);
}

#[test]
fn the_page_is_written_where_it_is_asked_for() {
    let project = shared();
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("policies.html");
    project
        .xtask(&["policies", "--html", page.to_str().unwrap()])
        .says("wrote `");
    let text = std::fs::read_to_string(&page).expect("it is written");
    assert!(text.starts_with("<!doctype html>"), "{text}");
    let missing = folder.path().join("reports/policies.html");
    let refused = project
        .xtask(&["policies", "--html", missing.to_str().unwrap()])
        .exits(1);
    refused.says("hint: make the folder first");
}
