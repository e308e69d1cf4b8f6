//! The processes of a project, as the operating system knows them.

use stack::postgres;
use stack::process;

use crate::project::Project;

/// Those that were called with a path of the project, as `deno run … /project/…`: number and command line. Children
/// of PostgreSQL, which hide how they were called, are not among them.
pub fn of_project(project: &Project) -> Vec<(u32, String)> {
    let folder = project.folder().to_string_lossy().into_owned();
    let data = data_folder(project).to_string_lossy().into_owned();
    let all = process::all()
        .into_iter()
        .map(|(process, args)| (process.pid, args.join(" ")));
    all.filter(|(_, line)| line.contains(&folder) || line.contains(&data))
        .collect()
}

/// Where the project's database is.
pub fn data_folder(project: &Project) -> std::path::PathBuf {
    let folder = std::fs::canonicalize(project.folder()).expect("the folder is there");
    postgres::data_folder(&folder, &folder.join(".seedbed"))
}

/// Whether a process runs; a zombie does not.
pub fn is_alive(pid: u32) -> bool {
    process::identify(pid).is_some()
}

/// Kills a process that the stack named as its own.
#[track_caller]
pub fn kill(pid: u32) {
    // SAFETY: sends a signal.
    assert_eq!(unsafe { libc::kill(pid as i32, libc::SIGKILL) }, 0, "kill {pid}");
}
