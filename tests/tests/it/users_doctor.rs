//! `cargo xtask users doctor`: what breaks sign-in is found, mended or said, and nothing else is touched.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};
use workspace_tests::{Project, Run, content, workspace_root};
use xtask::users::doctor::rules;

const TEST_PASSWORD: &str = "Seldom-Heard-Of-9";
const PERSON: &str = "person@people.test";
const PASSWORD: &str = "Persons-own-1";
const HASH_OF_NOBODY: &str = "0123456789abcdef0123456789abcdef";

/// A project with the test users and a person of its own.
struct Clinic {
    project: Project,
    database: Client,
    status: Value,
}

impl Clinic {
    async fn open(project: Project) -> Clinic {
        project.xtask(&["start"]).exits(0);
        project.xtask(&["migrate"]).exits(0);
        let clinic = Clinic {
            database: project.database().await,
            status: project.status(),
            project,
        };
        clinic.run(&["users"]).exits(0);
        let person = json!({ "email": PERSON, "password": PASSWORD, "email_confirm": true });
        let answer = clinic.post("admin/users", "service_role_key", &person).await;
        assert!(answer.status().is_success(), "{answer:?}");
        clinic
    }

    /// Runs `xtask`; no password and no hash may ever be told.
    fn run(&self, args: &[&str]) -> Run {
        let run = self.project.xtask_with("TEST_USER_PASSWORD", TEST_PASSWORD, args);
        let key = self.status["service_role_key"].as_str().expect("a key");
        for secret in [TEST_PASSWORD, PASSWORD, "$2a$", "$2b$", HASH_OF_NOBODY, key] {
            for text in [&run.stdout, &run.stderr] {
                assert!(!text.contains(secret), "`{secret}` in {text}");
            }
        }
        run
    }

    fn doctor(&self, args: &[&str]) -> Run {
        self.run(&[&["users", "doctor"], args].concat())
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> reqwest::Response {
        let url = format!(
            "{}/auth/v1/{path}",
            self.status["api_url"].as_str().expect("a URL")
        );
        let key = self.status[key].as_str().expect("a key");
        let client = xtask::http::client().no_proxy().build().expect("a client");
        let request = client.post(url).header("apikey", key).bearer_auth(key);
        request.json(body).send().await.expect("Auth answers")
    }

    async fn sign_in(&self, email: &str, password: &str) -> Value {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("token?grant_type=password", "anon_key", &body).await;
        answer.json().await.expect("Auth answers in JSON")
    }

    #[track_caller]
    fn is_signed_in(answer: &Value, what: &str) {
        assert!(answer["access_token"].is_string(), "{what}: {answer}");
    }

    /// The superuser, who can do what nobody can on a hosted project.
    async fn admin(&self) -> Client {
        let url = self.status["db_url"].as_str().expect("a URL");
        let url = url.replacen("//postgres:", "//supabase_admin:", 1);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
        tokio::spawn(connection);
        client
    }

    async fn execute(&self, sql: &str) {
        self.database
            .batch_execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    }

    async fn text(&self, query: &str) -> Option<String> {
        self.database.query_one(query, &[]).await.expect(query).get(0)
    }
}

/// The names of the rules that a report has findings of.
fn found(report: &Value) -> BTreeSet<&str> {
    let found = report["found"].as_array().expect("a report has findings");
    let names = found.iter().map(|finding| finding["rule"].as_str());
    names.map(|name| name.expect("a finding has a rule")).collect()
}

struct Damage {
    rule: String,
    sql: String,
    /// What puts right again what is only said.
    said: Option<String>,
}

fn damages() -> Vec<Damage> {
    let path = workspace_root().join("tests/fixtures/users_damage.sql");
    let text = std::fs::read_to_string(path).expect("read the damages");
    let sections = text.split("-- rule ").skip(1);
    sections
        .map(|section| {
            let (rule, sql) = section
                .split_once('\n')
                .expect("a damage is a headline and statements");
            let (sql, said) = match sql.split_once("-- said\n") {
                Some((sql, said)) => (sql, Some(said.to_owned())),
                None => (sql, None),
            };
            Damage {
                rule: rule.to_owned(),
                sql: sql.to_owned(),
                said,
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_damage_is_found_and_mended_or_said() {
    let clinic = Clinic::open(Project::reference()).await;
    let report = clinic.doctor(&["--json"]).exits(0).json();
    assert_eq!(
        (found(&report), &report["skipped"]),
        (BTreeSet::new(), &json!([]))
    );

    let damages = damages();
    let damaged: BTreeSet<&str> = damages.iter().map(|damage| damage.rule.as_str()).collect();
    let all: BTreeSet<&str> = rules::all().map(|rule| rule.name).collect();
    assert_eq!(damaged, all, "each rule has a damage");

    for Damage { rule, sql, said } in &damages {
        clinic.execute(sql).await;
        let report = clinic.doctor(&["--json"]).exits(1).json();
        assert!(found(&report).contains(rule.as_str()), "{rule}: {report:#}");

        let run = clinic.doctor(&["--fix", "--json"]);
        let report = run.json();
        let left = report["left"]
            .as_array()
            .unwrap_or_else(|| panic!("{rule}: {report:#}"));
        match said {
            None => assert_eq!((run.code, left.len()), (Some(0), 0), "{rule}: {report:#}"),
            Some(undo) => {
                assert_eq!(
                    (run.code, left.is_empty()),
                    (Some(1), false),
                    "{rule}: {report:#}"
                );
                let is_said = |finding: &Value| finding["rule"] == *rule && finding["remedy"] == "by_hand";
                assert!(left.iter().all(is_said), "{rule}: {report:#}");
                clinic.execute(undo).await;
            }
        }
        let proofs = report["signed_in"].as_array().expect("it signed in");
        assert_eq!(proofs.len(), 3, "{rule}: {report:#}");
        assert!(
            proofs.iter().all(|proof| proof["signed_in"] == true),
            "{rule}: {report:#}"
        );
        Clinic::is_signed_in(&clinic.sign_in(PERSON, PASSWORD).await, rule);

        let again = clinic.doctor(&["--fix", "--json"]).exits(0).json();
        assert_eq!(
            (found(&again), &again["effects"]),
            (BTreeSet::new(), &json!([])),
            "{rule}"
        );
    }
    clinic.run(&["users"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_touched_that_need_not_be() {
    let clinic = Clinic::open(Project::reference()).await;
    users_points_to_the_doctor(&clinic).await;
    people_stay_as_they_are(&clinic).await;
    a_dry_run_writes_nothing(&clinic).await;
    a_fix_that_fails_leaves_everything_as_it_was(&clinic).await;
    triggers_fire_only_for_what_concerns_them(&clinic).await;
    what_the_role_may_not_write_is_said(&clinic).await;
    an_older_auth_is_looked_at_too(&clinic).await;
}

/// Where Auth does not list a user who is there, and so will not make it.
async fn users_points_to_the_doctor(clinic: &Clinic) {
    clinic
        .execute("update auth.users set instance_id = null where email = 'manager@test.local'")
        .await;
    clinic
        .run(&["users"])
        .exits(1)
        .says("already been registered")
        .says("hint: Auth does not list this user: `cargo xtask users doctor`");
    clinic.doctor(&["--fix"]).exits(0);
    clinic.run(&["users"]).exits(0);
}

async fn people_stay_as_they_are(clinic: &Clinic) {
    let row = "select to_jsonb(u)::text from auth.users as u where email = 'person@people.test'";
    let rights = "update auth.users set email_confirmed_at = null, banned_until = '2099-01-01', encrypted_password = null
        where email = 'person@people.test'";
    let before = clinic
        .text("select encrypted_password from auth.users where email = 'person@people.test'")
        .await
        .expect("a hash");
    clinic.execute(rights).await;
    let shut_out = clinic.text(row).await;
    let report = clinic.doctor(&["--fix", "--json"]).exits(0).json();
    assert_eq!(found(&report), BTreeSet::from(["unconfirmed"]));
    assert_eq!(report["found"][0]["remedy"], "no_fault");
    assert_eq!(clinic.text(row).await, shut_out);

    let sql = "update auth.users set email_confirmed_at = now(), banned_until = null, encrypted_password = $1 where email = $2";
    clinic.database.execute(sql, &[&before, &PERSON]).await.unwrap();
}

async fn a_dry_run_writes_nothing(clinic: &Clinic) {
    let damages = damages();
    let several = [
        "no_profile",
        "null_column",
        "email_form",
        "no_identity",
        "unknown_hash",
    ];
    let damage = |name: &&str| {
        damages
            .iter()
            .find(|damage| damage.rule == *name)
            .expect("a damage")
    };
    for damage in several.iter().map(damage) {
        clinic.execute(&damage.sql).await;
    }
    let before = content(&clinic.database).await;
    for args in [&["--fix", "--dry-run"][..], &["--dry-run"]] {
        let run = clinic.doctor(args).exits(1).says("nothing is written");
        for shown in [
            "1 row: a row of `sales` for each",
            "rows: update auth.users set confirmation_token = ''",
            "rows: insert into auth.identities",
        ] {
            assert!(run.stdout.contains(shown), "{}", run.stdout);
        }
    }
    assert_eq!(content(&clinic.database).await, before);
    clinic.doctor(&["--fix"]).exits(0);
    assert_ne!(content(&clinic.database).await, before);
}

/// With a refusal whose detail is the whole row.
async fn a_fix_that_fails_leaves_everything_as_it_was(clinic: &Clinic) {
    let damage = "create function public.refuse() returns trigger language plpgsql as $$
            begin new.id := null; return new; end $$;
        create trigger refuse before update of email on auth.users for each row execute function public.refuse();
        set session_replication_role = replica;
        update auth.users set recovery_token = null, email = upper(email) where email = 'person@people.test';
        reset session_replication_role";
    clinic.execute(damage).await;
    let before = content(&clinic.database).await;
    clinic
        .doctor(&["--fix"])
        .exits(1)
        .says("mend what the rule `email_form` has found: null value in column \"id\"")
        .says("hint: everything is as it was");
    assert_eq!(content(&clinic.database).await, before);
    clinic.execute("drop function public.refuse() cascade").await;
    clinic.doctor(&["--fix"]).exits(0);
}

/// As the function of Atomic CRM does it, which forgets the names of people without metadata.
async fn triggers_fire_only_for_what_concerns_them(clinic: &Clinic) {
    let profile =
        "select first_name || ' ' || email from public.sales where email ilike 'person@people.test'";
    clinic
        .execute(
            "create function public.rename() returns trigger language plpgsql security definer as $$ begin
                update public.sales set email = new.email,
                    first_name = coalesce(new.raw_user_meta_data ->> 'first_name', 'Pending') where user_id = new.id;
                return new; end $$;
            update public.sales set first_name = 'Pat' where email = 'person@people.test';
            update auth.users set recovery_token = null where email = 'person@people.test';
            create trigger rename after update on auth.users for each row execute function public.rename()",
        )
        .await;
    clinic.doctor(&["--fix"]).exits(0);
    assert_eq!(
        clinic.text(profile).await.as_deref(),
        Some("Pat person@people.test")
    );

    clinic
        .execute("update auth.users set email = 'PERSON@people.test' where email = 'person@people.test'")
        .await;
    assert_eq!(
        clinic.text(profile).await.as_deref(),
        Some("Pending PERSON@people.test")
    );
    clinic.doctor(&["--fix"]).exits(0);
    assert_eq!(
        clinic.text(profile).await.as_deref(),
        Some("Pending person@people.test")
    );
    clinic.execute("drop function public.rename() cascade").await;
}

/// As on a hosted project, where `postgres` does not own what is Auth's.
async fn what_the_role_may_not_write_is_said(clinic: &Clinic) {
    let admin = clinic.admin().await;
    let revoke =
        "revoke supabase_auth_admin from postgres; revoke update on auth.identities from postgres cascade;
        revoke set on parameter session_replication_role from postgres;
        update auth.users set recovery_token = null where email = 'person@people.test';
        update auth.identities set provider_id = email where email = 'person@people.test'";
    admin.batch_execute(revoke).await.unwrap();
    let run = clinic
        .doctor(&["--fix", "--json"])
        .exits(1)
        .says("the role `postgres` may not keep triggers from firing");
    let report = run.json();
    assert_eq!(
        found(&report),
        BTreeSet::from(["null_column", "wrong_provider_id"])
    );
    let said = report["found"].as_array().unwrap().iter();
    let said: Vec<&str> = said
        .filter(|finding| finding["remedy"] == "by_hand")
        .map(|finding| finding["does"].as_str().unwrap())
        .collect();
    assert!(
        said.len() == 1
            && said[0].contains("the role `postgres` may not: permission denied for table identities"),
        "{report:#}"
    );
    assert_eq!(report["left"].as_array().unwrap().len(), 1, "{report:#}");
}

/// As Auth was before `is_anonymous`, `is_sso_user`, `deleted_at` and `provider_id`.
async fn an_older_auth_is_looked_at_too(clinic: &Clinic) {
    let admin = clinic.admin().await;
    let older = "grant supabase_auth_admin to postgres; grant update on auth.identities to postgres;
        alter table auth.users drop column is_anonymous, drop column is_sso_user cascade, drop column deleted_at;
        alter table auth.identities drop column id;
        alter table auth.identities rename provider_id to id;
        delete from auth.identities where email = 'director@test.local'";
    admin.batch_execute(older).await.unwrap();
    let run = clinic.doctor(&["--dry-run", "--json"]).exits(1);
    let report = run.json();
    let expected = BTreeSet::from(["no_identity", "wrong_provider_id"]);
    assert_eq!((found(&report), &report["skipped"]), (expected, &json!([])));
    let effects = report["effects"].as_array().unwrap();
    assert!(effects.iter().all(|effect| effect["rows"] == 1), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_made_by_a_script_of_the_field_can_sign_in_afterwards() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/legacy_crm/supabase"));
    let seed = std::fs::read_to_string(workspace_root().join("tests/fixtures/scripted_users/seed.sql"));
    project.write("supabase/seed.sql", &seed.expect("read the seed"));
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    project
        .xtask_with("TEST_ADMIN_EMAIL", "scripted@people.test", &["users", "--adopt"])
        .exits(1)
        .says("Database error")
        .says("cargo xtask users doctor");
    let clinic = Clinic {
        database: project.database().await,
        status: project.status(),
        project,
    };
    let answer = clinic.sign_in("scripted@people.test", "Scripted-pass-1").await;
    assert_eq!(answer["msg"], "Database error querying schema", "{answer}");
    let report = clinic.doctor(&["--json"]).exits(1).json();
    assert_eq!(
        found(&report),
        BTreeSet::from(["null_column", "wrong_provider_id"])
    );
    clinic.doctor(&["--fix"]).exits(0);
    let answer = clinic.sign_in("scripted@people.test", "Scripted-pass-1").await;
    Clinic::is_signed_in(&answer, "scripted@people.test");
}
