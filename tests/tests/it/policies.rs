//! `cargo xtask policies`: what each role may do, tried and undone.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, Running, WireRequest, changed, content, workspace_root};

const ROLES: [&str; 3] = ["admin", "sales_director", "account_manager"];

/// The tries of one cell in words: `own allowed 40/40`.
#[track_caller]
fn tries(report: &Value, relation: &str, actor: &str, verb: &str) -> Vec<String> {
    let at = |list: &Value, name: &str| {
        let position = list
            .as_array()
            .unwrap()
            .iter()
            .position(|one| one["name"] == name);
        position.unwrap_or_else(|| panic!("no `{name}`: {list}"))
    };
    let relation = &report["relations"][at(&report["relations"], relation)];
    let cell = &relation["cells"][at(&report["actors"], actor)];
    let tries = cell[verb].as_array().unwrap().iter();
    let word = |one: &Value| {
        format!(
            "{} {} {}/{}",
            one["whose"].as_str().unwrap(),
            one["outcome"].as_str().unwrap(),
            one["rows"],
            one["of"]
        )
    };
    tries.map(word).collect()
}

/// What is there, but for what signing in leaves.
async fn rows(client: &Client) -> BTreeMap<String, String> {
    let mut rows = content(client).await;
    rows.retain(|table, _| !table.starts_with("auth."));
    rows
}

/// Lets the API read what it was last told of, which it puts off until somebody asks.
#[track_caller]
fn reads_the_schema(project: &Project) {
    let status = project.status();
    let text = |name: &str| status[name].as_str().expect("it has a status");
    let (_, port) = text("api_url").rsplit_once(':').expect("a port");
    let asked = WireRequest::new("GET", "/rest/v1/contacts?limit=1")
        .header("apikey", text("service_role_key"))
        .send(port.parse().expect("a port is a number"));
    assert_eq!(asked.expect("the API answers").status, 200);
}

fn policy_crm() -> Project {
    Project::copy_of(&workspace_root().join("tests/fixtures/policy_crm/supabase"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_the_reference_project_reach_what_they_should_and_nothing_stays() {
    let project = Lent::reference(RESET);
    let client = project.database().await;
    let before = rows(&client).await;
    let report = project.xtask(&["policies", "--sql", "--json"]).exits(0).json();
    assert_eq!(
        changed(&before, &rows(&client).await),
        Vec::<String>::new(),
        "tries have stayed"
    );

    let tries = |actor, verb| tries(&report, "contacts", actor, verb);
    assert_eq!(tries("anon", "select"), ["others permission_denied 0/200"]);
    assert_eq!(tries("anon", "delete"), ["others permission_denied 0/1"]);
    assert_eq!(
        tries("admin", "select"),
        ["own allowed 100/100", "others allowed 100/100"]
    );
    assert_eq!(
        tries("admin", "insert"),
        ["own allowed 1/1", "others allowed 1/1"]
    );
    assert_eq!(
        tries("sales_director", "select"),
        ["own allowed 60/60", "others allowed 140/140"]
    );
    assert_eq!(
        tries("sales_director", "update"),
        ["own allowed 1/1", "others no_rows 0/1"]
    );
    assert_eq!(
        tries("account_manager", "select"),
        ["own allowed 40/40", "others no_rows 0/160"]
    );
    assert_eq!(
        tries("account_manager", "insert"),
        ["own allowed 1/1", "others refused_by_policy 0/1"]
    );
    assert_eq!(
        tries("account_manager", "update"),
        ["own allowed 1/1", "others no_rows 0/1"]
    );
    assert_eq!(
        tries("account_manager", "delete"),
        ["own allowed 1/1", "others no_rows 0/1"]
    );
    assert_eq!(report["differences"], Value::Array(Vec::new()));
}

#[test]
fn only_what_was_named_is_tried_and_a_wrong_name_is_told() {
    let project = Lent::reference(RESET);
    let report = project
        .xtask(&["policies", "--only", "tags,public.tasks", "--json"])
        .exits(0)
        .json();
    let names: Vec<&Value> = report["relations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["tags", "tasks"]);
    project
        .xtask(&["policies", "--only", "taks"])
        .exits(1)
        .says("shows no table and no view of this name")
        .says("`tasks`");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_can_come_of_a_try_is_told_apart() {
    let project = policy_crm();
    // Its policies fail, as they should here, and `verify` says so.
    let reset = project.xtask(&["reset"]).exits(1);
    let said = "teams: its policies work for each role: infinite recursion";
    assert!(reset.stdout.contains(said), "{reset:?}");
    let client = project.database().await;
    reads_the_schema(&project);
    // Nobody tells the API of this table: event triggers do not fire here.
    let hidden = "set session_replication_role = replica;
        create table public.hidden (id integer primary key, name text);
        insert into public.hidden values (1, 'a');";
    client.batch_execute(hidden).await.unwrap();
    let before = rows(&client).await;
    let report = project.xtask(&["policies", "--sql", "--json"]).exits(1).json();
    assert_eq!(
        changed(&before, &rows(&client).await),
        Vec::<String>::new(),
        "tries have stayed"
    );

    let tries = |relation, verb| tries(&report, relation, "account_manager", verb);
    let all =
        |relation| ["select", "insert", "update", "delete"].map(|verb| tries(relation, verb).join(", "));
    let same = |one: &str, other: &str| format!("own {one}, others {other}");
    let writes = same("allowed 1/1", "no_rows 0/1");
    let insert = same("allowed 1/1", "refused_by_policy 0/1");
    for (relation, own, others) in [
        ("contacts", 40, 160),
        ("my_contacts", 40, 160),
        ("Odd, Notes", 1, 2),
        ("visits", 1, 2),
    ] {
        let seen = same(&format!("allowed {own}/{own}"), &format!("no_rows 0/{others}"));
        let insert = match relation {
            "my_contacts" => same("refused_by_constraint 0/1", "refused_by_policy 0/1"),
            _ => insert.clone(),
        };
        assert_eq!(
            all(relation),
            [seen, insert, writes.clone(), writes.clone()],
            "{relation}"
        );
    }
    let broken = same("broken 0/1", "broken 0/1");
    for relation in ["teams", "quotas"] {
        let seen = same("broken 0/1", "broken 0/2");
        assert_eq!(
            all(relation),
            [seen, broken.clone(), broken.clone(), broken.clone()],
            "{relation}"
        );
    }
    let denied = same("permission_denied 0/1", "permission_denied 0/1");
    let seen = same("permission_denied 0/1", "permission_denied 0/2");
    assert_eq!(all("secrets"), [seen, denied.clone(), denied.clone(), denied]);
    let nothing = same("no_rows 0/1", "no_rows 0/1");
    let unseen = same("no_rows 0/1", "no_rows 0/2");
    let refused = same("refused_by_policy 0/1", "refused_by_policy 0/1");
    assert_eq!(
        all("locked"),
        [unseen.clone(), refused, nothing.clone(), nothing.clone()]
    );
    assert_eq!(
        all("feedback"),
        [unseen, insert.clone(), nothing.clone(), nothing]
    );
    // It is empty: rows are placed to look at and to write on.
    let placed = same("allowed 1/1", "no_rows 0/1");
    assert_eq!(all("archive"), [placed.clone(), insert, placed.clone(), placed]);
    assert_eq!(
        tries("ledger", "insert"),
        ["own refused_by_trigger 0/1", "others refused_by_trigger 0/1"]
    );
    assert_eq!(
        tries("ledger", "update"),
        ["own refused_by_trigger 0/1", "others no_rows 0/1"]
    );
    assert_eq!(
        tries("settings", "insert"),
        ["own refused_by_constraint 0/1", "others refused_by_policy 0/1"]
    );
    assert_eq!(
        tries("cards", "insert"),
        ["own allowed 1/1", "others permission_denied 0/1"]
    );
    assert_eq!(
        tries("cards", "update"),
        ["own allowed 1/1", "others no_rows 0/1"]
    );
    assert_eq!(
        tries("contact_counts", "select"),
        ["own allowed 1/1", "others no_rows 0/2"]
    );
    for view in ["contact_counts", "totals"] {
        for verb in ["insert", "update", "delete"] {
            assert!(
                tries(view, verb).iter().all(|one| one.contains("read_only")),
                "{view} {verb}"
            );
        }
    }
    assert_eq!(tries("totals", "select"), ["any allowed 1/1"]);

    // The API alone does not know of it, and that is a difference.
    assert_eq!(tries("hidden", "select"), ["any missing 0/1"]);
    let differences = report["differences"].as_array().unwrap();
    assert!(
        !differences.is_empty() && differences.iter().all(|one| one["relation"] == "hidden"),
        "{differences:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_of_the_policies_and_not_of_the_rows_that_are_tried() {
    let project = policy_crm();
    project.write(
        "supabase/migrations/20270101000000_create_more.sql",
        include_str!("policies/more.sql"),
    );
    project.xtask(&["reset"]).exits(1);
    let client = project.database().await;
    let before = rows(&client).await;
    let only = "projects,memberships,my_projects,notices,Weird Table,calls,parts,numbered,cases,likes";
    let args = ["policies", "--sql", "--json", "--only", only];
    let run = project.xtask(&args);
    let report = run.json();
    assert_eq!(
        changed(&before, &rows(&client).await),
        Vec::<String>::new(),
        "tries have stayed"
    );
    let tries = |relation, verb| tries(&report, relation, "account_manager", verb).join(", ");

    // A placed row makes nobody a member while another table is tried.
    assert_eq!(tries("projects", "insert"), "any refused_by_policy 0/1");
    assert_eq!(
        tries("memberships", "select"),
        "own allowed 1/1, others no_rows 0/1"
    );
    // The number that its table gives is not put in through a view.
    assert_eq!(tries("my_projects", "insert"), "any refused_by_policy 0/1");
    // The owner is filled in by the default, which only another's row can not be made with.
    assert_eq!(
        tries("notices", "insert"),
        "own allowed 1/1, others permission_denied 0/1"
    );
    assert_eq!(
        tries("Weird Table", "insert"),
        "own allowed 1/1, others refused_by_policy 0/1"
    );
    // No trigger is there that could have raised it.
    assert_eq!(tries("calls", "insert"), "any broken 0/1");
    // Only the second row is seen, and so it is the one to write on.
    assert_eq!(tries("cases", "select"), "any part 1/2");
    assert_eq!(tries("cases", "update"), "any allowed 1/1");
    // Its partition is that of a row which is there; the key of a placed row is ours.
    assert_eq!(tries("parts", "insert"), "any refused_by_policy 0/1");
    assert_eq!(tries("parts", "update"), "any no_rows 0/1");
    for verb in ["select", "update", "delete"] {
        let placed = "own allowed 1/1, others no_rows 0/1";
        for table in ["numbered", "likes"] {
            assert_eq!(tries(table, verb), placed, "{table} {verb}");
        }
    }
    assert_eq!(report["differences"], Value::Array(Vec::new()));
}

#[test]
fn other_projects_are_tried_without_a_failure() {
    let of_accounts = "[tables.crm_accounts]\nrecord = \"organizations\"\n[tables.crm_accounts.columns]\n\
        account_code = { value = \"ACC-0001\" }\nregion = { value = \"north\" }\n[tables.tasks]\nskip = true\n";
    let tried = |project: &Project| {
        let report = project
            .xtask(&["policies", "--sql", "--json", "--accept"])
            .exits(0)
            .json();
        let text = report["relations"].to_string();
        assert!(
            !text.contains("\"broken\"") && !text.contains("\"failed\""),
            "{report}"
        );
        text
    };
    tried(&Lent::fixture("tenant_crm", RESET));
    tried(&Lent::fixture("atomic_crm", RESET));

    let project = Project::copy_of(&workspace_root().join("tests/fixtures/account_crm/supabase"));
    project.write("seedbed.toml", of_accounts);
    project.xtask(&["reset"]).exits(0);
    let text = tried(&project);
    assert!(
        text.contains("no row of it can be made up: `machine`: "),
        "{text}"
    );
}

#[test]
fn fifty_tables_are_tried_as_four_actors() {
    let project = Project::reference();
    let table = |number: u32| {
        format!(
            "create table public.extra_{number} (
               id uuid primary key default gen_random_uuid(), name text not null,
               assigned_to bigint references public.sales (id)
             );
             alter table public.extra_{number} enable row level security;
             create policy own on public.extra_{number} to authenticated
               using (assigned_to = (select private.sales_id()));
             grant all on public.extra_{number} to authenticated;
             create trigger fill after insert on public.extra_{number} execute function private.nothing();\n"
        )
    };
    let nothing =
        "create function private.nothing() returns trigger language plpgsql as 'begin return null; end';\n";
    let migration: String = (1..=50).map(table).collect();
    project.write(
        "supabase/migrations/20270101000000_create_extras.sql",
        &(nothing.to_owned() + &migration),
    );
    // The expectation of the reference project knows nothing of these tables.
    std::fs::remove_file(project.folder().join("supabase/policies.expected.toml")).unwrap();
    project.xtask(&["reset"]).exits(0);
    let report = project.xtask(&["policies", "--json", "--accept"]).exits(0).json();
    assert_eq!(report["actors"].as_array().unwrap().len(), 1 + ROLES.len());
    let relations = report["relations"].as_array().unwrap();
    assert!(relations.len() > 50);
    for number in 1..=50 {
        let insert = tries(&report, &format!("extra_{number}"), "account_manager", "insert");
        assert_eq!(insert, ["own allowed 1/1", "others refused_by_policy 0/1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_in_the_middle_leaves_nothing() {
    let project = Lent::reference(RESET);
    let client = project.database().await;
    let before = rows(&client).await;
    let mut run: Running = project.spawn(&["policies", "--verbose"]);
    run.wait_for("2 of ");
    run.signal(libc::SIGINT);
    run.finish()
        .exits(130)
        .says("interrupted during policies: what was tried is undone");
    let after = rows(&client).await;
    // The numbers that a sequence gave to a row that was undone stay given.
    let tables = |rows: &BTreeMap<String, String>| {
        let tables = rows.iter().filter(|(name, _)| !name.ends_with("_seq"));
        tables
            .map(|(name, rows)| (name.clone(), rows.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tables(&before), tables(&after));
}
