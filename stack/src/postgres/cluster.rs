//! The cluster on disk: whose it is, how it is made, how it is configured.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::initial_cluster::InitialCluster;
use super::{LOCAL_PASSWORD, MAJOR_VERSION, installation};
use crate::hint::mendable;
use crate::service::Account;
use crate::spec::StackSpec;

/// `nobody`: PostgreSQL refuses to run as root.
const NOBODY: Account = if cfg!(target_os = "macos") {
    Account {
        uid: u32::MAX - 1,
        gid: u32::MAX - 1,
    }
} else {
    Account {
        uid: 65534,
        gid: 65534,
    }
};

/// The user that PostgreSQL runs as, where that is not ours.
pub(super) fn account() -> Option<Account> {
    rustix::process::geteuid().is_root().then_some(NOBODY)
}

/// Where the cluster of this stack is.
pub(super) fn folder(spec: &StackSpec) -> PathBuf {
    spec.data.join("data")
}

/// Where the installation, the cluster and uploaded files of a project belong: in its home, or, as root, where
/// `nobody` can get at them.
pub fn data_folder(project: &Path, home: &Path) -> PathBuf {
    if account().is_none() {
        return home.to_owned();
    }
    let hash = <sha2::Sha256 as sha2::Digest>::digest(project.as_os_str().as_encoded_bytes());
    PathBuf::from(format!("/var/tmp/seedbed-{}", &installation::hex(&hash)[..16]))
}

/// Whether the cluster was made before.
pub fn has_cluster(spec: &StackSpec) -> bool {
    folder(spec).exists()
}

/// Makes installation and cluster where they are missing, and writes the configuration. No server may run on it.
///
/// # Errors
/// The folder belongs to somebody else, holds a cluster of another version, or cannot be written.
pub async fn prepare(spec: &StackSpec) -> Result<()> {
    let owned = spec.clone();
    tokio::task::spawn_blocking(move || {
        claim(&owned.data)?;
        installation::install(&owned)
    })
    .await
    .context("install PostgreSQL")?
    .map_err(|error| no_space(error, &spec.data))
    .context("install PostgreSQL")?;

    let cluster = folder(spec);
    if !has_cluster(spec) {
        make(spec)
            .await
            .map_err(|error| no_space(error, &spec.data))
            .context("make the database cluster")?;
    } else {
        check_version(&cluster)?;
        // In a copy of a folder whose server runs it names that server, and PostgreSQL would refuse to start.
        match fs::remove_file(cluster.join("postmaster.pid")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("unlock `{}`", cluster.display()));
            }
            _ => {}
        }
    }
    let configuration = [
        ("postgresql.conf", configuration(spec.ports.db)),
        ("pg_hba.conf", ACCESS.to_owned()),
    ];
    for (name, text) in configuration {
        let file = cluster.join(name);
        fs::write(&file, text)
            .with_context(|| format!("write `{}`", file.display()))
            .map_err(|error| no_space(error, &spec.data))?;
    }
    Ok(())
}

/// Makes the data folder. As root it is in a place where everybody may make folders, so one that somebody else has
/// put there is refused.
fn claim(data: &Path) -> Result<()> {
    match fs::DirBuilder::new().mode(0o711).create(data) {
        Ok(()) => {
            // Whatever the umask left of it.
            fs::set_permissions(data, fs::Permissions::from_mode(0o711))
                .with_context(|| format!("open the folder `{}`", data.display()))?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error).with_context(|| format!("make the folder `{}`", data.display()));
        }
    }
    let found = fs::symlink_metadata(data).with_context(|| format!("look at `{}`", data.display()))?;
    let is_ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    if account().is_some() && (!is_ours || found.mode() & 0o022 != 0) {
        return Err(mendable(
            format!("`{}` was made by somebody else", data.display()),
            format!(
                "look at what is in `{}`, and remove it if nobody needs it",
                data.display()
            ),
        ));
    }
    Ok(())
}

/// Makes the cluster beside its place and moves it there, so that an interrupted one is never taken for whole.
async fn make(spec: &StackSpec) -> Result<()> {
    let fresh = spec.data.join("data.new");
    clear(&fresh)?;
    let options = initdb_options();
    let initial = InitialCluster::of(&spec.tools.postgres_package, &options);
    let target = fresh.clone();
    let copied = tokio::task::spawn_blocking(move || {
        let is_copied = initial
            .as_ref()
            .is_some_and(|initial| initial.copy_to(&target, account()).is_ok());
        (initial, is_copied)
    });
    let (initial, is_copied) = copied.await.context("copy the cluster that is kept")?;
    if !is_copied {
        clear(&fresh)?;
        run_initdb(spec, &options, &fresh).await?;
        let source = fresh.clone();
        // Nobody needs what cannot be kept: the next stack makes its own.
        let kept = tokio::task::spawn_blocking(move || initial.map(|initial| initial.keep(&source)));
        kept.await.context("keep the cluster")?;
    }
    let cluster = folder(spec);
    fs::rename(&fresh, &cluster).with_context(|| format!("move `{}` into place", fresh.display()))
}

/// Removes what an interrupted one has left.
fn clear(fresh: &Path) -> Result<()> {
    match fs::remove_dir_all(fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove `{}`", fresh.display()))
        }
        _ => Ok(()),
    }
}

/// How `initdb` makes each cluster.
fn initdb_options() -> Vec<String> {
    [
        "--username=supabase_admin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // As the hosted product sorts: ICU's rules, not those of the machine's C library.
        "--locale=C",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync",
        "--no-instructions",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("--set=scram_iterations={SCRAM_ITERATIONS}")])
    .collect()
}

async fn run_initdb(spec: &StackSpec, options: &[String], fresh: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .mode(0o700)
        .create(fresh)
        .with_context(|| format!("make the folder `{}`", fresh.display()))?;
    let password = spec.data.join("initdb.password");
    fs::write(&password, LOCAL_PASSWORD).with_context(|| format!("write `{}`", password.display()))?;

    let mut command = Command::new(installation::folder(spec).join("bin/initdb"));
    if let Some(Account { uid, gid }) = account() {
        chown(fresh, Some(uid), Some(gid)).with_context(|| format!("hand `{}` over", fresh.display()))?;
        command.uid(uid).gid(gid);
    }
    let output = command
        .args(options)
        .arg("--pwfile")
        .arg(&password)
        .arg("--pgdata")
        .arg(fresh)
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir(&spec.data)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("start `initdb`")?;
    fs::remove_file(&password).with_context(|| format!("remove `{}`", password.display()))?;
    if !output.status.success() {
        bail!(
            "`initdb` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn check_version(cluster: &Path) -> Result<()> {
    let file = cluster.join("PG_VERSION");
    let found = fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
    match found.trim() {
        MAJOR_VERSION => Ok(()),
        other => Err(mendable(
            format!(
                "`{}` holds a database of PostgreSQL {other}, this is PostgreSQL {MAJOR_VERSION}",
                cluster.display()
            ),
            format!("remove `{}` and run `cargo xtask reset`", cluster.display()),
        )),
    }
}

/// Gives an error that comes from a full disk its hint.
fn no_space(error: anyhow::Error, data: &Path) -> anyhow::Error {
    let is_full = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == ErrorKind::StorageFull)
            || cause.to_string().contains("No space left on device")
    });
    if is_full {
        mendable(
            format!("{error:#}"),
            format!("make room on the disk of `{}`", data.display()),
        )
    } else {
        error
    }
}

/// Few rounds, for each connection pays for them and the password is no secret.
const SCRAM_ITERATIONS: u32 = 64;

const ACCESS: &str = "host all all 127.0.0.1/32 scram-sha-256\n";

/// The data is made anew by `reset`, so nothing is flushed; the machine is shared, so little is held in memory.
fn configuration(port: u16) -> String {
    format!(
        "listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
cluster_name = 'seedbed'
max_connections = 100
shared_buffers = '32MB'
huge_pages = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = logical
min_wal_size = '32MB'
max_wal_size = '512MB'
checkpoint_timeout = '30min'
shared_preload_libraries = 'pg_stat_statements'
password_encryption = 'scram-sha-256'
scram_iterations = {SCRAM_ITERATIONS}
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
jit = off
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_of_another_version_is_refused() {
        let cluster = tempfile::tempdir().unwrap();
        fs::write(cluster.path().join("PG_VERSION"), "17\n").unwrap();
        check_version(cluster.path()).unwrap();
        fs::write(cluster.path().join("PG_VERSION"), "16\n").unwrap();
        let error = check_version(cluster.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("holds a database of PostgreSQL 16, this is PostgreSQL 17"),
            "{error}"
        );
    }

    #[test]
    fn a_full_disk_is_known_by_the_system_and_by_initdb() {
        let check = |error: anyhow::Error, is_full: bool| {
            let error = no_space(error, Path::new("/data"));
            assert_eq!(crate::hint::hints(&error).len(), usize::from(is_full), "{error}");
        };
        check(std::io::Error::from(ErrorKind::StorageFull).into(), true);
        check(
            anyhow::anyhow!("`initdb` failed: could not write: No space left on device").context("make"),
            true,
        );
        check(std::io::Error::from(ErrorKind::PermissionDenied).into(), false);
    }

    #[test]
    fn the_data_folder_is_searchable_and_nobody_elses() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        claim(&data).unwrap();
        claim(&data).unwrap();
        assert_eq!(fs::metadata(&data).unwrap().mode() & 0o777, 0o711);
        // Only root puts it where others could have made it.
        if account().is_some() {
            fs::set_permissions(&data, fs::Permissions::from_mode(0o777)).unwrap();
            assert!(
                claim(&data)
                    .unwrap_err()
                    .to_string()
                    .ends_with("was made by somebody else")
            );
            fs::remove_dir(&data).unwrap();
            std::os::unix::fs::symlink("/tmp", &data).unwrap();
            assert!(
                claim(&data)
                    .unwrap_err()
                    .to_string()
                    .ends_with("was made by somebody else")
            );
        }
    }
}
