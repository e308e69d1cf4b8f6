//! Ctrl-C, `kill -9` and two at once: nothing half-written, no process left, and the next reset works.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use workspace_tests::Project;

#[test]
fn a_reset_that_is_stopped_anywhere_is_mended_by_the_next_one() {
    let project = Project::reference();
    for (signal, milliseconds) in [
        (libc::SIGINT, 400),
        (libc::SIGKILL, 1500),
        (libc::SIGINT, 2500),
        (libc::SIGKILL, 4000),
        (libc::SIGINT, 5500),
    ] {
        let mut reset = quiet(project.command(&["reset", "--fresh"])).spawn().unwrap();
        sleep(Duration::from_millis(milliseconds));
        // SAFETY: sends a signal to the child of this test.
        unsafe { libc::kill(reset.id() as i32, signal) };
        let status = reset.wait().unwrap();
        assert!(
            status.code().is_none_or(|code| [0, 130].contains(&code)),
            "after {milliseconds} ms: {status}"
        );
    }
    project.xtask(&["reset"]).exits(0);
    project.xtask(&["verify"]).exits(0);
}

#[test]
fn of_two_resets_at_once_both_end_well_or_one_says_who_holds_the_lock() {
    let project = Project::reference();
    let first = quiet(project.command(&["reset"])).spawn().unwrap();
    sleep(Duration::from_millis(300));
    let second = project.xtask(&["reset"]);
    let first = first.wait_with_output().unwrap();
    assert_eq!(first.status.code(), Some(0));
    match second.code {
        Some(0) => {}
        _ => drop(second.exits(1).says("reset").says("hint:")),
    }
    project.xtask(&["verify"]).exits(0);
}

fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
