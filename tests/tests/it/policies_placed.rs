//! Policies tried through an API that does not undo writes, as Supabase ships it: only rows of ours are written on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_postgres::Client;
use workspace_tests::lent::RESET;
use workspace_tests::{Lent, Project, content, workspace_root};
use xtask::cli::SeedOptions;
use xtask::database::address::Address;
use xtask::paths::Paths;
use xtask::policies::matrix::{Matrix, Outcome, Verb, Whose};
use xtask::policies::{self, Plan, Setting};
use xtask::seeding::choice::Choice;
use xtask::seeding::destination::Destination;
use xtask::seeding::industry::Packs;
use xtask::settings::Settings;
use xtask::target::{ApiKeys, Target, TargetName};
use xtask::users::auth_api::AuthApi;
use xtask::users::metadata::MetadataTable;
use xtask::users::roles::Role;
use xtask::verify::access;

/// What a proxy puts in the place of what.
type Change = (&'static str, &'static str);

/// The wish that a write be undone becomes one that no server knows.
const DEAF: Change = ("tx=rollback", "tx=unheard.");
/// An answer that says of what was counted that it was undone.
const LYING: Change = ("count=exact", "count=exact, tx=rollback");
const FAITHFUL: Change = ("\0", "\0");

/// The address of a proxy for `port` that changes what clients ask and what the server answers.
async fn proxy(port: u16, request: Change, answer: Change) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::spawn(pass(from_client, to_server, request));
            tokio::spawn(pass(from_server, to_client, answer));
        }
    });
    address
}

async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, change: Change) {
    let (old, new) = (change.0.as_bytes(), change.1.as_bytes());
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let mut bytes = buffer[..length].to_vec();
        if let Some(at) = bytes.windows(old.len()).position(|part| part == old) {
            bytes.splice(at..at + old.len(), new.iter().copied());
        }
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The project as the command line sees it, with its API behind the proxy.
struct Scene {
    target: Target,
    api: AuthApi,
    destination: Destination,
    choice: Choice,
    users: Vec<access::SignedIn>,
}

impl Scene {
    async fn of(project: &Project, client: &Client, answer: Change) -> Scene {
        let status = project.status();
        let value = |name: &str| status[name].as_str().unwrap().to_owned();
        let port = value("api_url").rsplit(':').next().unwrap().parse().unwrap();
        let keys = ApiKeys {
            publishable: value("publishable_key"),
            secret: value("secret_key"),
            anon: value("anon_key"),
            service_role: value("service_role_key"),
        };
        let api = AuthApi::new(
            &proxy(port, DEAF, answer).await,
            &keys.publishable,
            &keys.service_role,
        )
        .unwrap();
        let settings = Settings::load(&project.folder().join(".env"), Role::defaults()).unwrap();
        let destination = Destination::read(client, project.folder()).await.unwrap();
        let accounts = MetadataTable::of(&destination.catalog)
            .accounts(client, &settings.test_users)
            .await
            .unwrap();
        let accounts = accounts.into_iter().map(|(account, _)| account).collect();
        let paths = Paths {
            workspace: workspace_root().to_owned(),
            project: project.folder().to_owned(),
        };
        let packs = Packs::of(&paths);
        Scene {
            users: access::sign_in(&api, accounts).await.1,
            choice: Choice::resolve(&SeedOptions::default(), &settings, &packs, Timestamp::now()).unwrap(),
            destination,
            target: Target {
                name: TargetName::Embedded,
                hosting: None,
                project: project.folder().to_owned(),
                api_url: value("api_url"),
                database: Address::parse(&value("db_url"), project.folder()).unwrap(),
                keys,
            },
            api,
        }
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            target: &self.target,
            api: &self.api,
            destination: &self.destination,
            choice: &self.choice,
            users: &self.users,
            only: &[],
        }
    }
}

/// What an account manager's tries came to: `own Allowed`.
fn outcomes(matrix: &Matrix, relation: &str, verb: Verb) -> Vec<(Whose, Outcome)> {
    let actor = matrix
        .actors
        .iter()
        .position(|actor| actor.name == "account_manager")
        .unwrap();
    let relation = matrix.relations.iter().find(|one| one.name == relation).unwrap();
    let tries = relation.cells[actor].tries(verb).iter();
    tries.map(|one| (one.whose, one.outcome.clone())).collect()
}

/// What is there, but for what signing in leaves.
async fn rows(client: &Client) -> BTreeMap<String, String> {
    let mut content = content(client).await;
    content.retain(|table, _| !table.starts_with("auth.") && !table.starts_with("seedbed.placed_rows"));
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rows_of_ours_are_written_on_and_they_are_taken_away() {
    let project = Lent::reference(RESET);
    let mut client = project.database().await;
    let before = rows(&client).await;
    let scene = Scene::of(&project, &client, FAITHFUL).await;
    let mut plan = Plan::read(&client, &scene.setting()).await.unwrap();
    assert!(plan.places_rows());
    let matrix = plan.through_api(&mut client, &scene.api, || ()).await.unwrap();
    assert_eq!(before, rows(&client).await);

    use Outcome::{Allowed, NoRows, RefusedByPolicy};
    let own = |others| vec![(Whose::Own, Allowed), (Whose::Others, others)];
    for table in ["organizations", "tasks"] {
        for verb in [Verb::Select, Verb::Update, Verb::Delete] {
            assert_eq!(outcomes(&matrix, table, verb), own(NoRows), "{table} {verb:?}");
        }
        let inserted = outcomes(&matrix, table, Verb::Insert);
        assert_eq!(inserted, own(RefusedByPolicy), "{table}");
    }
    // What its triggers count elsewhere would stay.
    assert_eq!(outcomes(&matrix, "contacts", Verb::Select), own(NoRows));
    let counted = outcomes(&matrix, "contacts", Verb::Insert);
    let why = "the API does not undo writes, and the trigger `count_tag_usage_inserted` may write elsewhere";
    assert_eq!(counted[0].1, Outcome::Untried { why: why.into() });
    // No row of a profile is ours to place, and no own one is changed.
    let untried = outcomes(&matrix, "sales", Verb::Update);
    assert!(matches!(untried[0].1, Outcome::Untried { .. }), "{untried:?}");
    // The refusal of a grant needs no row.
    let refused = outcomes(&matrix, "sales", Verb::Delete);
    assert!(
        refused
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::PermissionDenied),
        "{refused:?}"
    );

    // A run that is dropped half way, as by Ctrl-C, leaves its rows to the next one.
    let only = ["organizations".to_owned()];
    let setting = Setting {
        only: &only,
        ..scene.setting()
    };
    let mut plan = Plan::read(&client, &setting).await.unwrap();
    let first_relation = Notify::new();
    let mut own_client = project.database().await;
    tokio::select! {
        _ = plan.through_api(&mut own_client, &scene.api, || first_relation.notify_one()) => panic!("it was quicker"),
        () = first_relation.notified() => (),
    }
    assert_ne!(before, rows(&client).await, "its rows are there");
    project
        .xtask(&["policies", "--only", "tags"])
        .exits(0)
        .says("that an earlier run, which was ended, had placed to try on");
    assert_eq!(before, rows(&client).await);
    assert_eq!(policies::begin(&mut client, |_| ()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_says_that_it_undoes_and_does_not_is_found_out() {
    let project = Lent::reference(RESET);
    let client = project.database().await;
    let count = async || {
        let row = client
            .query_one("select count(*) from contacts", &[])
            .await
            .unwrap();
        row.get::<_, i64>(0)
    };
    let before = count().await;
    let scene = Scene::of(&project, &client, LYING).await;
    let error = Plan::read(&client, &scene.setting()).await.err().unwrap();
    let said = format!("{error:#}");
    assert!(said.contains("the API says that it undid a write to `"), "{said}");
    assert_eq!(before, count().await);
}
