//! What Auth is told and what it gives out is written down nowhere: passwords, keys, tokens, links.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stack::keys::Keys;
use workspace_tests::{Project, WireAnswer, WireRequest, workspace_root};

const JWT_SECRET: &str = "a-secret-of-the-project-with-more-than-32-characters";
const EMAIL: &str = "secretive@auth.test";

/// Asks the way that clients ask, and keeps what nobody else may read.
struct Client {
    port: u16,
    key: String,
    secrets: Vec<(&'static str, String)>,
}

impl Client {
    fn keep(&mut self, name: &'static str, secret: &str) -> String {
        assert!(
            secret.len() >= 6,
            "{name} is too short to be looked for: {secret}"
        );
        self.secrets.push((name, secret.into()));
        secret.into()
    }

    /// Keeps the members of an answer that are secret.
    fn keep_from(&mut self, answer: &WireAnswer, names: &[&'static str]) -> Vec<String> {
        let body = answer.json();
        let text = |name: &str| {
            body[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name}: {answer:?}"))
        };
        names.iter().map(|name| self.keep(name, text(name))).collect()
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> WireAnswer {
        let mut request = WireRequest::new(method, path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.json(body).send(self.port).unwrap()
    }

    /// As an administrator.
    fn admin(&self, method: &str, path: &str, body: &Value) -> WireAnswer {
        self.ask(method, &format!("/auth/v1{path}"), &[("apikey", &self.key)], body)
    }

    /// As somebody who is not signed in.
    fn post(&self, path: &str, body: &Value) -> WireAnswer {
        self.ask("POST", &format!("/auth/v1{path}"), &[], body)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_auth_was_told_or_gave_out_is_written_down() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/open_signup/supabase"));
    project.change(
        "supabase/config.toml",
        "[auth]",
        &format!("[auth]\njwt_secret = \"{JWT_SECRET}\""),
    );
    project.xtask(&["start"]).exits(0);
    let keys = Keys::for_project(&stack::project::Project::load(project.folder()).unwrap()).unwrap();
    let api_url = project.status()["api_url"].as_str().unwrap().to_owned();
    let mut client = Client {
        port: api_url.rsplit_once(':').unwrap().1.parse().unwrap(),
        key: keys.secret.clone(),
        secrets: Vec::new(),
    };
    client.keep("the JWT secret", JWT_SECRET);
    client.keep("the secret key", &keys.secret);
    client.keep("the service key", &keys.service_role);
    sign_up_and_in(&mut client);
    ask_with_what_is_wrong(&mut client);
    follow_links(&mut client);
    fail_in_the_database(&mut client, &project).await;
    project.xtask(&["logs"]).exits(0);

    let files = written(&project.folder().join(".seedbed"));
    let read: Vec<_> = files
        .iter()
        .map(|path| (path, std::fs::read(path).unwrap()))
        .collect();
    let access_log = String::from_utf8_lossy(
        &read
            .iter()
            .find(|(path, _)| path.ends_with("gateway.log"))
            .unwrap()
            .1,
    )
    .into_owned();
    assert!(access_log.contains("POST /auth/v1/token 400"), "{access_log}");
    for (name, secret) in &client.secrets {
        for (path, bytes) in &read {
            let text = String::from_utf8_lossy(bytes);
            let found = text.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(found, None, "{name} stands in {}", path.display());
        }
    }
}

/// Passwords that are good, and what is given out for them.
fn sign_up_and_in(client: &mut Client) {
    let password = client.keep("a password", "Never-Written-1");
    let credentials = json!({ "email": EMAIL, "password": password });
    let session = ["access_token", "refresh_token"];
    client.keep_from(&client.post("/signup", &credentials), &session);
    let path = "/token?grant_type=password";
    let tokens = client.keep_from(&client.post(path, &credentials), &session);
    let refresh = json!({ "refresh_token": tokens[1] });
    let path = "/token?grant_type=refresh_token";
    let again = client.keep_from(&client.post(path, &refresh), &session);
    client.post(path, &refresh);

    let bearer = format!("Bearer {}", again[0]);
    let own = [("authorization", bearer.as_str()), ("cookie", &again[0])];
    let changed = client.keep("a changed password", "Never-Written-2");
    let answer = client.ask("PUT", "/auth/v1/user", &own, &json!({ "password": changed }));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(client.ask("GET", "/auth/v1/user", &own, &json!({})).status, 200);
    let hash = client.keep(
        "a given hash",
        "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    );
    let made = json!({ "email": "hashed@auth.test", "password_hash": hash });
    assert_eq!(client.admin("POST", "/admin/users", &made).status, 200);
}

/// The same secrets where they are refused: in places that are wrong, in bodies that are none.
fn ask_with_what_is_wrong(client: &mut Client) {
    let wrong = client.keep("a wrong password", "Never-Written-3");
    let token_path = "/token?grant_type=password";
    let answer = client.post(token_path, &json!({ "email": EMAIL, "password": wrong }));
    assert_eq!(answer.status, 400);
    for body in [
        json!({ "email": EMAIL, "password": { "deep": wrong } }),
        json!({ "email": EMAIL, "password": [wrong] }),
        json!({ "email": wrong, "password": wrong }),
        json!({ "user_metadata": wrong, "email_confirm": wrong, "data": wrong }),
        json!(wrong),
    ] {
        for path in [token_path, "/signup", "/recover", "/verify", "/otp"] {
            client.post(path, &body);
        }
        client.admin("POST", "/admin/users", &body);
        client.admin("POST", "/invite", &body);
    }
    let long = client.keep("a long password", &"Never-Written-4".repeat(5));
    client.admin(
        "POST",
        "/admin/users",
        &json!({ "email": "long@auth.test", "password": long }),
    );

    let secrets: Vec<_> = client.secrets.iter().map(|(_, secret)| secret.clone()).collect();
    for secret in secrets {
        let bearer = format!("Bearer {secret}");
        let twice = format!("Bearer {secret} {secret}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("apikey", &secret),
            ("referer", &secret),
            ("redirect_to", &secret),
            ("x-jwt-aud", &secret),
            ("user-agent", &secret),
        ];
        for path in ["/auth/v1/user", "/auth/v1/admin/users", "/rest/v1/nothing"] {
            client.ask("GET", path, &headers, &json!({}));
            client.ask("GET", path, &[("authorization", &twice)], &json!({}));
            client.ask("GET", &format!("{path}?apikey={secret}"), &[], &json!({}));
        }
        for path in ["/auth/v1/admin/users", "/auth/v1/verify", "/auth/v1/authorize"] {
            let query = ["token", "type", "filter", "page", "sort", "redirect_to"]
                .map(|name| format!("{name}={secret}"));
            let place = format!("{path}?{}", query.join("&"));
            client.ask("GET", &place, &[("apikey", &client.key)], &json!({}));
        }
    }
}

/// Links and numbers from mails, and the codes that they lead to.
fn follow_links(client: &mut Client) {
    let order = json!({ "type": "magiclink", "email": EMAIL });
    let answer = client.admin("POST", "/admin/generate_link", &order);
    let link = client.keep_from(&answer, &["action_link", "hashed_token", "email_otp"]);
    let path = link[0].split_once("/auth/v1").unwrap().1.to_owned();
    let followed = client.ask("GET", &format!("/auth/v1{path}"), &[], &json!({}));
    let location = followed.header("location").unwrap().to_owned();
    let token = location
        .split("access_token=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    client.keep("a token in a link", token);
    client.ask("GET", &format!("/auth/v1{path}"), &[], &json!({}));
    let verification = json!({ "type": "email", "token": link[2], "email": EMAIL });
    assert_eq!(client.post("/verify", &verification).status, 403);
}

/// What PostgreSQL says of a row that it refuses has the whole row in it.
async fn fail_in_the_database(client: &mut Client, project: &Project) {
    let database = project.database().await;
    let user =
        "select confirmation_token || recovery_token, encrypted_password from auth.users where email = $1";
    let order = json!({ "type": "recovery", "email": EMAIL });
    let answer = client.admin("POST", "/admin/generate_link", &order);
    client.keep_from(&answer, &["hashed_token"]);
    let row = database.query_one(user, &[&EMAIL]).await.unwrap();
    client.keep("a kept token", row.get(0));
    client.keep("a kept hash", row.get(1));
    let refuse = "alter table auth.users add constraint refused check (false) not valid;
        alter table auth.refresh_tokens add constraint refused check (false) not valid";
    database.batch_execute(refuse).await.unwrap();
    let id: String = database
        .query_one("select id::text from auth.users where email = $1", &[&EMAIL])
        .await
        .unwrap()
        .get(0);
    let path = format!("/admin/users/{id}");
    let answer = client.admin("PUT", &path, &json!({ "user_metadata": { "a": 1 } }));
    assert_eq!(answer.json()["code"], "23514", "{answer:?}");
    let credentials = json!({ "email": EMAIL, "password": "Never-Written-2" });
    let answer = client.post("/token?grant_type=password", &credentials);
    assert_eq!(answer.json()["code"], "23514", "{answer:?}");
}

/// The files below a folder that may hold no secret: all but those that README names, and the database itself.
pub fn written(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_database = ["postgres", "data", "storage"].contains(&name.as_str());
        match path.is_dir() {
            true if is_database => {}
            true => files.extend(written(&path)),
            false if name.ends_with(".json") => {}
            false => files.push(path),
        }
    }
    files
}
