//! `logs`: what the services wrote.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstream::println;
use anyhow::Context as _;
use owo_colors::OwoColorize;
use serde_json::json;
use stack::hint::mendable;
use tokio::fs;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

use crate::cli::LogsArgs;
use crate::context::Context;
use crate::error::Exit;
use crate::output::masked;
use crate::target::{TargetName, not_ours};

/// How often a file is looked at for new lines.
const INTERVAL: Duration = Duration::from_millis(200);

/// Runs `logs`.
///
/// # Errors
/// When nothing was ever started, or there is no such service.
pub async fn run(context: &Context, args: LogsArgs) -> anyhow::Result<Exit> {
    if let TargetName::Hosted(name) = &context.target {
        return Err(not_ours(name));
    }
    if context.target.is_of_cli() {
        return Err(mendable(
            "show the logs of the Docker stack: they are with Docker",
            "run `docker logs supabase_db_<project_id>`; `docker ps` lists the containers",
        ));
    }
    let mut logs = open(&context.paths.home().join("logs"), args.service.as_deref()).await?;
    if context.output.is_json() {
        let mut services = BTreeMap::new();
        for log in &mut logs {
            services.insert(log.service.clone(), last(&log.read().await?, args.lines));
        }
        context.output.result(&json!(services), String::new)?;
        return Ok(Exit::Done);
    }
    let width = if logs.len() > 1 {
        logs.iter().map(|log| log.service.len()).max().unwrap_or(0)
    } else {
        0
    };
    for log in &mut logs {
        let lines = log.read().await?;
        log.print(&last(&lines, args.lines), width);
    }
    if !args.follow {
        return Ok(Exit::Done);
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        for log in &mut logs {
            let lines = log.read().await?;
            log.print(&lines, width);
        }
    }
}

/// A log file, and how far it was read.
struct Log {
    service: String,
    path: PathBuf,
    read: u64,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
}

impl Log {
    /// The whole lines that came since the last call.
    async fn read(&mut self) -> anyhow::Result<Vec<String>> {
        let read = async {
            let mut file = match fs::File::open(&self.path).await {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                file => file?,
            };
            if file.metadata().await?.len() < self.read {
                // A new start of the stack has begun the file anew.
                (self.read, self.begun) = (0, Vec::new());
            }
            file.seek(SeekFrom::Start(self.read)).await?;
            let mut bytes = std::mem::take(&mut self.begun);
            self.read += file.read_to_end(&mut bytes).await? as u64;
            let end = bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |last| last + 1);
            self.begun = bytes.split_off(end);
            Ok::<_, std::io::Error>(bytes)
        };
        let bytes = read
            .await
            .with_context(|| format!("read `{}`", self.path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).lines().map(masked).collect())
    }

    fn print(&self, lines: &[String], width: usize) {
        for line in lines {
            match width {
                0 => println!("{line}"),
                _ => println!("{} {line}", format!("{:<width$} |", self.service).dimmed()),
            }
        }
    }
}

fn last(lines: &[String], count: usize) -> Vec<String> {
    lines[lines.len().saturating_sub(count)..].to_vec()
}

/// The log of `service`, or all of them.
async fn open(folder: &Path, service: Option<&str>) -> anyhow::Result<Vec<Log>> {
    let mut names = Vec::new();
    if let Ok(mut entries) = fs::read_dir(folder).await {
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(".log").map(str::to_owned));
        }
    }
    if names.is_empty() {
        return Err(mendable(
            "show the logs: the stack was never started",
            "run `cargo xtask start`",
        ));
    }
    names.sort();
    if let Some(service) = service {
        if !names.iter().any(|name| name == service) {
            let hint = format!("the services are {}", names.join(", "));
            return Err(mendable(
                format!("show the log of `{service}`: there is no such service"),
                hint,
            ));
        }
        names.retain(|name| name == service);
    }
    let log = |name: String| Log {
        path: folder.join(format!("{name}.log")),
        service: name,
        read: 0,
        begun: Vec::new(),
    };
    Ok(names.into_iter().map(log).collect())
}

#[cfg(test)]
mod tests {
    use stack::hint::hints;

    use super::*;

    #[tokio::test]
    async fn lines_are_given_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rest.log");
        fs::write(&path, "one\ntwo\nthr").await.unwrap();
        let mut logs = open(folder.path(), None).await.unwrap();
        assert_eq!(logs[0].read().await.unwrap(), ["one", "two"]);
        fs::write(&path, "one\ntwo\nthree\n").await.unwrap();
        assert_eq!(logs[0].read().await.unwrap(), ["three"]);
        fs::write(&path, "anew\n").await.unwrap();
        assert_eq!(logs[0].read().await.unwrap(), ["anew"]);
        assert_eq!(last(&["a".into(), "b".into()], 1), ["b"]);
    }

    #[tokio::test]
    async fn an_unknown_service_is_answered_with_those_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let error = open(folder.path(), None).await.err().unwrap();
        assert_eq!(hints(&error), ["run `cargo xtask start`"]);
        for name in ["rest.log", "gateway.log"] {
            fs::write(folder.path().join(name), "").await.unwrap();
        }
        let error = open(folder.path(), Some("realtime")).await.err().unwrap();
        assert_eq!(hints(&error), ["the services are gateway, rest"]);
    }
}
