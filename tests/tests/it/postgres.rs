//! A real server: what a project finds in it, and resets as copies.

use std::future::poll_fn;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use stack::postgres::{self, template};
use stack::process::Process;
use stack::project::Project;
use stack::service::ServiceSpec;
use stack::spec::{Ports, StackSpec, StackTools};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, NoTls};
use workspace_tests::{DEADLINE, tools};

/// A server that is stopped, and its data removed, at the end.
struct Server {
    process: Option<Process>,
    service: ServiceSpec,
    spec: StackSpec,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let spec = StackSpec {
            project: folder.path().into(),
            home: folder.path().into(),
            data: postgres::data_folder(folder.path(), folder.path()),
            tools: StackTools {
                deno: PathBuf::new(),
                postgres_package: tools().postgres.path.clone(),
                runtime: PathBuf::new(),
            },
            ports: Ports {
                api: 0,
                db: port,
                rest: 0,
                functions: 0,
            },
        };
        postgres::prepare(&spec).await.unwrap();
        let service = postgres::service(&spec, &Project::default());
        let process = Process::spawn(&service.command, &service.stop, &folder.path().join("log")).unwrap();
        let server = Self {
            process: Some(process),
            service,
            spec,
            _folder: folder,
        };
        while !server.service.ready.passes().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        postgres::bootstrap(port, true).await.unwrap();
        server
    }

    fn port(&self) -> u16 {
        self.spec.ports.db
    }

    async fn connect(&self, role: &str) -> Client {
        postgres::connect(self.port(), role, "postgres").await.unwrap()
    }

    async fn stop(mut self) {
        self.process.take().unwrap().stop(&self.service.stop).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.take());
        let _ = std::fs::remove_dir_all(&self.spec.data);
    }
}

async fn number(client: &Client, sql: &str) -> i64 {
    client
        .query_one(sql, &[])
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}

async fn refused(client: &Client, sql: &str) -> String {
    let error = client.batch_execute(sql).await.expect_err(sql);
    error.as_db_error().unwrap().message().to_owned()
}

#[tokio::test]
async fn a_project_finds_what_supabase_gives_it() {
    let server = Server::start().await;
    let postgres = server.connect("postgres").await;

    for extension in postgres::available_extensions(&tools().postgres.path).unwrap() {
        let sql = format!("create extension if not exists \"{}\" cascade", extension.name);
        if let Err(error) = postgres.batch_execute(&sql).await {
            // What a superuser alone may have in production too.
            let message = error.as_db_error().unwrap().message();
            assert!(
                message.contains("permission denied to create extension"),
                "{sql}: {message}"
            );
            assert_eq!(extension.stub, None, "{sql}: {message}");
        }
    }
    for sql in [
        "create table public.notes (id bigint primary key, owner uuid references auth.users, title text)",
        "alter table public.notes enable row level security",
        "create policy own on public.notes to authenticated using (owner = auth.uid())",
        "create function public.on_user() returns trigger language plpgsql security definer set search_path = '' as
         $$ begin insert into public.notes values (1, new.id, new.email); return new; end $$",
        "create trigger on_user after insert on auth.users for each row execute function public.on_user()",
        "create policy files on storage.objects for insert to authenticated with check (bucket_id = 'files')",
        "insert into storage.buckets (id, name) values ('files', 'files')",
        "alter publication supabase_realtime add table public.notes",
        "alter database postgres set \"app.settings.jwt_secret\" = 'secret'",
        "alter role authenticator set \"pgrst.db_schemas\" = 'public, storage'",
        "select vault.create_secret('value', 'name')",
        "select cron.schedule('nightly', '0 3 * * *', 'select 1')",
        "select net.http_post('http://127.0.0.1/')",
        "begin; set local session_replication_role = replica;
         insert into auth.users (id, email) values ('00000000-0000-0000-0000-000000000002', 'b@test.local'); commit",
        "insert into auth.users (id, email) values ('00000000-0000-0000-0000-000000000001', 'a@test.local')",
    ] {
        postgres.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    let verified = "select count(*) from verify(sign('{\"sub\": \"it\"}', 'secret'), 'secret')
                    where valid and payload ->> 'sub' = 'it'";
    assert_eq!(number(&postgres, verified).await, 1);

    let rest = server.connect("seedbed_rest").await;
    assert!(
        refused(&rest, "create table public.mine ()")
            .await
            .contains("permission denied")
    );
    assert!(
        refused(&rest, "set role postgres")
            .await
            .contains("permission denied")
    );
    rest.batch_execute("set request.jwt.claims = '{\"sub\": \"00000000-0000-0000-0000-000000000001\"}'")
        .await
        .unwrap();
    for (role, seen) in [("anon", 0), ("authenticated", 1), ("service_role", 1)] {
        rest.batch_execute(&format!("set role {role}")).await.unwrap();
        assert_eq!(
            number(&rest, "select count(*) from public.notes").await,
            seen,
            "as `{role}`"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_reset_is_a_copy() {
    let server = Server::start().await;
    let port = server.port();
    let settings = "select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
                    where d.datname = 'postgres'";
    let tables = "select count(*) from pg_tables where schemaname = 'public'";

    let postgres = server.connect("postgres").await;
    postgres
        .batch_execute(
            "create table public.kept (); create role custom; grant select on public.kept to custom;
             alter role anon set statement_timeout = '1s'",
        )
        .await
        .unwrap();
    postgres
        .batch_execute("alter database postgres set search_path = public, extensions, \"Odd Name\"")
        .await
        .unwrap();
    template::keep(port, "one").await.unwrap();
    assert!(template::exists(port, "one").await.unwrap());
    assert!(!template::exists(port, "two").await.unwrap());

    let postgres = server.connect("postgres").await;
    postgres
        .batch_execute("drop table public.kept; alter database postgres reset all")
        .await
        .unwrap();
    template::reset_to(port, "one").await.unwrap();
    let postgres = server.connect("postgres").await;
    assert_eq!(number(&postgres, tables).await, 1);
    let path: String = postgres.query_one("show search_path", &[]).await.unwrap().get(0);
    assert_eq!(
        path, "\"$user\", public, extensions",
        "the role's own setting wins, as before"
    );
    assert_eq!(number(&postgres, settings).await, 1);

    template::keep(port, "two").await.unwrap();
    assert!(
        !template::exists(port, "one").await.unwrap(),
        "what was kept under another key is dropped"
    );
    let error = template::reset_to(port, "one").await.unwrap_err();
    assert_eq!(error.to_string(), "no database is kept under this key");

    // Another bootstrap does not touch the project, and is what the next full reset gives.
    postgres::bootstrap(port, false).await.unwrap();
    let postgres = server.connect("postgres").await;
    assert_eq!(number(&postgres, tables).await, 1);
    assert!(!template::exists(port, "two").await.unwrap());
    template::recreate_empty(port).await.unwrap();
    let postgres = server.connect("postgres").await;
    assert_eq!(number(&postgres, tables).await, 0);
    assert_eq!(number(&postgres, settings).await, 0);
    assert_eq!(
        number(
            &postgres,
            "select count(*) from pg_roles where rolname = 'custom'"
        )
        .await,
        0
    );
    let changed =
        "select count(*) from pg_roles where rolname = 'anon' and 'statement_timeout=3s' = any (rolconfig)";
    assert_eq!(number(&postgres, changed).await, 1);
    postgres
        .batch_execute("create table public.shut ()")
        .await
        .unwrap();
    let open =
        "select count(*) from pg_class where relname = 'shut' and has_table_privilege('anon', oid, 'select')";
    assert_eq!(number(&postgres, open).await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_change_of_the_schema_is_announced() {
    let server = Server::start().await;
    let config = postgres::config(server.port(), "seedbed_rest", "postgres");
    let (listener, mut connection) = config.connect(NoTls).await.unwrap();
    let (send, mut heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                send.send(notification.payload().to_owned()).unwrap();
            }
        }
    });
    listener.batch_execute("listen pgrst").await.unwrap();
    let postgres = server.connect("postgres").await;
    for sql in ["create table public.new ()", "drop table public.new"] {
        postgres.batch_execute(sql).await.unwrap();
        let payload = tokio::time::timeout(DEADLINE, heard.recv()).await;
        assert_eq!(payload.expect(sql).as_deref(), Some("reload schema"), "{sql}");
    }
    server.stop().await;
}
