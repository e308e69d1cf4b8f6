//! Addresses of a real server that wants TLS and a password.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use stack::postgres;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use workspace_tests::{Project, Run};

/// Every sign that means something in a URL.
const PASSWORD: &str = "p@ss:w/rd?#[1]% 'x";
const ENCODED: &str = "p%40ss%3Aw%2Frd%3F%23%5B1%5D%25%20%27x";

/// An authority, written as PEM to `file`.
fn authority(file: &Path) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    let name = file.file_stem().unwrap().to_str().unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(file, authority.pem()).unwrap();
    authority
}

/// Lets the project's server take the role `tester` by TLS and password only, with a certificate for `localhost`.
async fn harden(project: &Project, port: u16) {
    let ours = authority(&project.folder().join("ca.pem"));
    authority(&project.folder().join("other.pem"));
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ours).unwrap();
    let admin = postgres::connect(port, "supabase_admin", "postgres")
        .await
        .unwrap();
    let row = admin.query_one("show data_directory", &[]).await.unwrap();
    let data = Path::new(row.get::<_, &str>(0)).to_owned();
    let owner = fs::metadata(data.join("PG_VERSION")).unwrap();
    for (name, text) in [("tls.crt", certificate.pem()), ("tls.key", key.serialize_pem())] {
        let file = data.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let rules = data.join("pg_hba.conf");
    let usual = fs::read_to_string(&rules).unwrap();
    let own = "hostssl all tester all scram-sha-256\nhost all tester all reject\n";
    fs::write(&rules, format!("{own}{usual}")).unwrap();
    for statement in [
        format!(
            "create role tester login superuser password '{}'",
            PASSWORD.replace('\'', "''")
        ),
        "alter system set ssl_cert_file = 'tls.crt'".to_owned(),
        "alter system set ssl_key_file = 'tls.key'".to_owned(),
        "alter system set ssl = on".to_owned(),
        "select pg_reload_conf()".to_owned(),
    ] {
        admin.batch_execute(&statement).await.unwrap();
    }
}

/// Leads connections at `own` to `port` of 127.0.0.1, and says at which port that is.
async fn forward(own: &str, port: u16) -> u16 {
    let listener = TcpListener::bind(own).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                // An error is a side that has gone.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    own
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_reached_as_safely_as_its_address_says() {
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    let status = project.status();
    let url: tokio_postgres::Config = status["db_url"].as_str().unwrap().parse().unwrap();
    let port = url.get_ports()[0];
    harden(&project, port).await;
    let at = |url: &str, args: &[&str]| {
        let args = [args, &["--target", "database"]].concat();
        let run: Run = project.xtask_with("DATABASE_URL", url, &args);
        for secret in [PASSWORD, ENCODED, "w/rd", "hunter2"] {
            assert!(
                !run.stderr.contains(secret) && !run.stdout.contains(secret),
                "{run:?}"
            );
        }
        run
    };
    let show = |password: &str, host: &str, parameters: &str| {
        at(
            &format!("postgresql://tester:{password}@{host}:{port}/postgres{parameters}"),
            &["env", "show"],
        )
    };

    for parameters in [
        "",
        "?sslmode=require",
        "?sslmode=verify-ca&sslrootcert=ca.pem",
        "?pgbouncer=true",
    ] {
        show(PASSWORD, "127.0.0.1", parameters).exits(0);
    }
    show(ENCODED, "localhost", "?sslmode=verify-full&sslrootcert=ca.pem").exits(0);
    for (host, parameters, said) in [
        (
            "127.0.0.1",
            "?sslmode=disable",
            "it takes encrypted connections only",
        ),
        (
            "127.0.0.1",
            "?sslmode=verify-ca&sslrootcert=other.pem",
            "is not signed by those in",
        ),
        (
            "127.0.0.1",
            "?sslmode=require&sslrootcert=other.pem",
            "is not signed by those in",
        ),
        (
            "127.0.0.1",
            "?sslmode=verify-full&sslrootcert=ca.pem",
            "for another name than `127.0.0.1`",
        ),
        (
            "localhost",
            "?sslmode=verify-full&sslrootcert=none.pem",
            "names a PEM file",
        ),
        ("localhost", "?sslmode=verify-full", "hint: "),
        ("nowhere.invalid", "", "see whether its host is spelled right"),
    ] {
        show(ENCODED, host, parameters).exits(1).says(said);
    }
    show("hunter2", "127.0.0.1", "")
        .exits(1)
        .says("the password of role `tester` is another one");
    let v6 = forward("[::1]:0", port).await;
    let url = format!("postgresql://tester:{PASSWORD}@[::1]:{v6}/postgres?sslmode=require");
    at(&url, &["env", "mark", "staging", "--name", "acme"]).exits(0);

    // A pooler in transaction mode leads to a server that knows another port; each process has an address of its own.
    if cfg!(target_os = "linux") {
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let host = format!("127.99.{high}.{low}");
        let pooled = format!("postgresql://tester:{PASSWORD}@{host}:6543/postgres");
        forward(&format!("{host}:6543"), port).await;
        at(&pooled, &["env", "show"])
            .exits(1)
            .says("port 5432 of its host does not lead to the same database");
        forward(&format!("{host}:5432"), port).await;
        let shown = at(&pooled, &["env", "show"]).exits(0).stdout;
        assert!(shown.starts_with(&format!("{host}:5432/postgres: ")), "{shown}");
    }

    // The Supabase CLI is told the same.
    let url = |root: &str| {
        format!(
            "postgresql://tester:{PASSWORD}@localhost:{port}/postgres?sslmode=verify-full&sslrootcert={root}"
        )
    };
    at(&url("other.pem"), &["migrate", "--confirm", "acme"]).exits(1);
    at(&url("ca.pem"), &["migrate", "--confirm", "acme"]).exits(0);
    at(&url("ca.pem"), &["seed", "--count", "3"]).exits(0);
    let looked = at(&url("ca.pem"), &["doctor", "--json"]).json();
    let findings = looked["findings"].as_array().unwrap();
    let said = |name: &str| {
        findings.iter().rfind(|finding| finding["name"] == name).unwrap()["detail"]
            .as_str()
            .unwrap()
    };
    assert!(said("tls").contains("for this host"), "{looked}");
    assert_eq!(
        (said("mark"), said("history")),
        ("staging, `acme`", "all 9 are applied")
    );
}
