//! What requests refer to: the keys of a stack, and a user who is signed in.

use serde_json::{Value, json};
use stack::keys::{Keys, jwt};
use workspace_tests::{Project, WireAnswer, WireRequest};

const PASSWORD: &str = "TestPass123!";

/// The stack, and a user of it who is signed in.
pub struct World {
    /// Where it listens.
    pub port: u16,
    keys: Keys,
    email: String,
    /// How many requests there were.
    pub requests: usize,
    /// What stands for a word in braces.
    words: Vec<(String, String)>,
}

impl World {
    /// A user of a project that runs.
    pub fn new(project: &Project) -> Self {
        let own = stack::project::Project::load(project.folder()).unwrap();
        let api_url = project.status()["api_url"].as_str().unwrap().to_owned();
        let mut world = Self {
            port: api_url.rsplit_once(':').unwrap().1.parse().unwrap(),
            keys: Keys::for_project(&own).unwrap(),
            email: "known@auth.test".into(),
            requests: 0,
            words: Vec::new(),
        };
        world.renew();
        world
    }

    /// Another user, where the last one cannot sign in any more.
    pub fn renew(&mut self) {
        let mut session = self.sign_in();
        if session.status != 200 {
            self.email = format!("known-{}@auth.test", self.requests);
            let user = json!({ "email": self.email, "password": PASSWORD, "email_confirm": true });
            let made = self.post("/auth/v1/admin/users", &user);
            assert_eq!(made.status, 200, "{made:?}");
            session = self.sign_in();
        }
        let session = session.json();
        let text = |value: &Value| value.as_str().expect("a session has it").to_owned();
        let claims = json!({ "role": "service_role", "sub": session["user"]["id"] });
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            claims
        };
        self.words = [
            ("email", self.email.clone()),
            ("EMAIL", self.email.to_uppercase()),
            ("password", PASSWORD.into()),
            ("id", text(&session["user"]["id"])),
            ("braced", format!("{{{}}}", text(&session["user"]["id"]))),
            ("access", text(&session["access_token"])),
            ("refresh", text(&session["refresh_token"])),
            ("service_role", self.keys.service_role.clone()),
            ("anon", self.keys.anon.clone()),
            ("expired", self.keys.sign(&with("exp", 1.into()))),
            ("foreign", jwt::sign_hs256("a secret of somebody else", &claims)),
            (
                "role_array",
                self.keys.sign(&with("role", json!(["service_role"]))),
            ),
            ("challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            (
                "hash",
                "$2b$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi".into(),
            ),
            ("none", ["eyJhbGci", "OiJub25lIn0.e30."].concat()),
        ]
        .map(|(name, value)| (format!("{{{name}}}"), value))
        .into();
    }

    fn sign_in(&self) -> WireAnswer {
        let credentials = json!({ "email": self.email, "password": PASSWORD });
        self.post("/auth/v1/token?grant_type=password", &credentials)
    }

    fn post(&self, path: &str, body: &Value) -> WireAnswer {
        let request = WireRequest::new("POST", path).header("apikey", &self.keys.secret);
        request.json(body).send(self.port).unwrap()
    }

    /// The request with what the stack gave out in the place of the words for it.
    pub fn filled(&self, request: &WireRequest) -> WireRequest {
        let number = self.requests;
        let own = [
            ("{fresh}".to_owned(), format!("fuzz-{number}@auth.test")),
            ("{digits}".to_owned(), format!("1555{number:07}")),
        ];
        let fill = |bytes: &[u8]| -> Vec<u8> {
            let Ok(mut text) = String::from_utf8(bytes.to_vec()) else {
                return bytes.to_vec();
            };
            for (word, value) in self.words.iter().chain(&own) {
                text = text.replace(word, value);
            }
            text.into_bytes()
        };
        WireRequest {
            method: request.method.clone(),
            target: fill(&request.target),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)))
                .collect(),
            body: fill(&request.body),
        }
    }
}
