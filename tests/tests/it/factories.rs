//! `seed_core::factory` and `seed_core::errors`: what unit tests are given is what the API gives.

use std::fmt::Debug;

use reqwest::{Method, RequestBuilder};
use seed_core::errors::{self, ApiError};
use seed_core::factory::{
    Activity, Contact, ContactNote, ContactOrganization, Generated, Opportunity, OpportunityNote,
    Organization, Product, Records, Tag, Task,
};
use serde::Serialize;
use serde_json::{Value, json};
use workspace_tests::{Project, shared};

/// The API of a running stack.
struct Api {
    status: Value,
    http: reqwest::Client,
}

impl Api {
    fn of(project: &Project) -> Self {
        Self {
            status: project.status(),
            http: xtask::http::client().no_proxy().build().expect("a client"),
        }
    }

    fn says(&self, name: &str) -> &str {
        self.status[name]
            .as_str()
            .unwrap_or_else(|| panic!("`status` has a `{name}`"))
    }

    /// A request with the key of that name.
    fn request(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.says("api_url")));
        request
            .header("apikey", self.says(key))
            .bearer_auth(self.says(key))
    }

    /// All seeded rows of a table, in the order of their keys.
    async fn rows(&self, table: &str) -> Vec<Value> {
        let path = format!(
            "/rest/v1/{table}?id=gte.5eed0000-0000-0000-0000-000000000000\
            &id=lt.5eee0000-0000-0000-0000-000000000000&order=id"
        );
        let answer = self
            .request(Method::GET, &path, "service_role_key")
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }

    /// Every record of that kind is a row, and every row is a record.
    async fn has<R: Generated + Serialize + Debug>(&self, records: &Records) {
        let table = R::RECORD.name();
        let made = records.all::<R>();
        let rows = self.rows(table).await;
        assert_eq!(rows.len(), made.len(), "{table}");
        for (record, mut row) in made.iter().zip(rows) {
            if let Some(counted) = row.get_mut("usage_count") {
                *counted = 0.into();
            }
            let made = alike(serde_json::to_value(record).unwrap());
            assert_eq!(made, alike(row), "{table}");
        }
    }

    async fn has_all(&self, records: &Records) {
        self.has::<Organization>(records).await;
        self.has::<Contact>(records).await;
        self.has::<ContactOrganization>(records).await;
        self.has::<Opportunity>(records).await;
        self.has::<Activity>(records).await;
        self.has::<ContactNote>(records).await;
        self.has::<OpportunityNote>(records).await;
        self.has::<Tag>(records).await;
        self.has::<Product>(records).await;
        self.has::<Task>(records).await;
    }
}

/// The same JSON with all numbers alike: 880000 and 880000.0 are one number.
fn alike(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(alike).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, alike(value)))
            .collect(),
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_the_rows_that_a_seed_without_users_writes() {
    let project = Project::reference();
    // Its tags would be used, and not written again.
    project.write("supabase/seed.sql", "");
    for step in [
        &["start"][..],
        &["migrate"],
        &["seed", "--seed", "7", "--as-of", "2026-11-22"],
    ] {
        project.xtask(step).exits(0);
    }
    Api::of(&project).has_all(&Records::seeded(7)).await;
}

/// An error is the one that was provoked: its status, its code, its message, and the same keys beside it.
async fn check(request: RequestBuilder, expect: ApiError) {
    let answer = request.send().await.unwrap();
    let status = Some(answer.status().as_u16());
    let body: Value = answer.json().await.unwrap();
    let answered = ApiError { status, body };
    let keys = |error: &ApiError| {
        let mut keys: Vec<String> = error.body.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let told = |error: &ApiError| {
        (
            error.status,
            error.code().map(str::to_owned),
            error.message().to_owned(),
            keys(error),
        )
    };
    assert_eq!(told(&answered), told(&expect), "{answered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_api_are_those_that_the_library_gives() {
    let api = Api::of(shared());
    let rest =
        |method: Method, path: &str| api.request(method, &format!("/rest/v1/{path}"), "service_role_key");
    let get = |path: &str| rest(Method::GET, path);
    let post = |table: &str, row: Value| rest(Method::POST, table).json(&row);
    let tag = Records::default().tags().build().name;

    check(
        get("no_such_table"),
        errors::table_not_found("public", "no_such_table"),
    )
    .await;
    check(
        get("tags?shoe_size=eq.4"),
        errors::undefined_column("tags", "shoe_size"),
    )
    .await;
    check(get("tags?id=eq.abc"), errors::invalid_text("uuid", "abc")).await;
    let one = get("tags?name=eq.nothing").header("accept", "application/vnd.pgrst.object+json");
    check(one, errors::no_rows()).await;
    check(
        post("tags", json!({ "shoe_size": 4 })),
        errors::column_not_found("tags", "shoe_size"),
    )
    .await;
    check(
        post("tags", json!({ "color": "#ffffff" })),
        errors::not_null_violation("tags", "name", "(null)"),
    )
    .await;
    let red = json!({ "name": "red", "color": "red" });
    check(
        post("tags", red),
        errors::check_violation("tags", "tags_color_check", "(red)"),
    )
    .await;
    check(
        post("tags", json!({ "name": tag })),
        errors::unique_violation("tags_name_key", &[("name", &tag)]),
    )
    .await;
    let nowhere = "5eed0000-0000-4000-8000-000000000000";
    let orphan = json!({ "title": "Call", "contact_id": nowhere });
    let key = [("contact_id", nowhere)];
    check(
        post("tasks", orphan),
        errors::foreign_key_violation("tasks", "tasks_contact_id_fkey", &key, "contacts"),
    )
    .await;
    check(
        api.request(Method::GET, "/rest/v1/tags", "anon_key"),
        errors::permission_denied("tags"),
    )
    .await;
    let bearing = |method: Method, token: &str| {
        let url = format!("{}/rest/v1/tags", api.says("api_url"));
        let request = api.http.request(method, url);
        request.header("apikey", api.says("anon_key")).bearer_auth(token)
    };
    let forged = bearing(Method::GET, "e30.e30.e30").send().await.unwrap();
    assert_eq!(Some(forged.status().as_u16()), errors::jwt_invalid().status);
    let token = shared().xtask(&["users", "token", "manager"]).exits(0).stdout;
    let mine = bearing(Method::POST, token.trim()).json(&json!({ "name": "mine" }));
    check(mine, errors::policy_violation("tags")).await;

    let auth = |path: &str, key: &str, body: Value| {
        api.request(Method::POST, &format!("/auth/v1/{path}"), key)
            .json(&body)
    };
    let login = json!({ "email": "admin@test.local", "password": "wrong" });
    check(
        auth("token?grant_type=password", "anon_key", login),
        errors::invalid_credentials(),
    )
    .await;
    let double = json!({ "email": "admin@test.local", "password": "TestPass123!" });
    check(
        auth("admin/users", "service_role_key", double),
        errors::email_exists(),
    )
    .await;
    let invalid = json!({ "email": "nobody", "password": "TestPass123!" });
    let message = "Unable to validate email address: invalid format";
    check(
        auth("admin/users", "service_role_key", invalid),
        errors::validation_failed(message),
    )
    .await;
    let weak = api
        .http
        .put(format!("{}/auth/v1/user", api.says("api_url")))
        .bearer_auth(token.trim());
    let weak = weak
        .header("apikey", api.says("anon_key"))
        .json(&json!({ "password": "abc" }));
    let message = "Password should be at least 8 characters.";
    check(weak, errors::weak_password(message, &["length"])).await;
    let signed_out = api.http.get(format!("{}/auth/v1/user", api.says("api_url")));
    check(signed_out, errors::no_authorization()).await;
}
