//! Ctrl-C, `kill -9` and two at once: nothing half-written, no process left, and the next reset works.

use workspace_tests::processes::{self, kill};
use workspace_tests::{Project, eventually};

/// Each step of a full reset, and the line of `--verbose` after which it is under way.
const STEPS: [(&str, &str); 7] = [
    ("stack", "✔ tools"),
    ("database", "✔ stack"),
    ("migrations", "applying 20261101090300"),
    ("users", "✔ migrations"),
    ("seed", "rows of contacts"),
    ("verify", "✔ seed"),
    ("template", "✔ verify"),
];
const FULL_RESET: [&str; 3] = ["reset", "--fresh", "--verbose"];

#[test]
fn ctrl_c_in_any_step_says_what_it_left_and_the_next_reset_works() {
    let project = Project::reference();
    for (number, (step, line)) in STEPS.into_iter().enumerate() {
        let mut reset = project.spawn(&FULL_RESET);
        reset.wait_for(line);
        reset.signal(libc::SIGINT);
        let run = reset.finish();
        // A short step may have come to its end before the signal came.
        let may_be_in = |run: &str| {
            STEPS[number..]
                .iter()
                .any(|(step, _)| run.contains(&format!("interrupted during {step}: ")))
        };
        let is_told = run.code == Some(130) && may_be_in(&run.stderr);
        let was_quicker = run.code == Some(0) && number + 2 >= STEPS.len();
        assert!(is_told || was_quicker, "in `{step}`: {run:?}");
        nothing_but_the_stack_is_left(&project);
        if step == "stack" {
            eventually("what was started is stopped", || {
                processes::of_project(&project).is_empty()
            });
            project.xtask(&["status"]).exits(1);
        }
    }
    project.xtask(&["reset"]).exits(0);
}

#[test]
fn kill_9_in_any_step_is_mended_by_the_next_reset() {
    let project = Project::reference();
    for (_, line) in STEPS {
        let mut reset = project.spawn(&FULL_RESET);
        reset.wait_for(line);
        reset.signal(libc::SIGKILL);
        reset.finish();
        nothing_but_the_stack_is_left(&project);
    }
    project.xtask(&["reset"]).exits(0);
}

#[test]
fn the_second_of_two_resets_is_told_who_is_first() {
    let project = Project::reference();
    let mut first = project.spawn(&FULL_RESET);
    first.wait_for("✔ stack");
    first.signal(libc::SIGSTOP);
    let second = project
        .xtask(&["reset"])
        .exits(1)
        .says("another command is at work on this stack: `reset`");
    first.signal(libc::SIGCONT);
    assert!(
        second.stderr.contains(&format!("(pid {})", first.pid())),
        "{second:?}"
    );
    second.says("hint: wait until it is done");
    first.finish().exits(0);
    project.xtask(&["reset"]).exits(0);
}

#[test]
fn parts_that_are_killed_during_a_reset_do_not_keep_the_next_one_from_working() {
    let project = Project::reference();
    for part in ["rest", "functions", "postgres", "gateway"] {
        let mut reset = project.spawn(&FULL_RESET);
        reset.wait_for("applying 20261101090300");
        kill(pid_of(&project, part));
        let run = reset.finish();
        assert!(
            matches!(run.code, Some(0 | 1)),
            "with `{part}` killed it ended with {:?}:\n{}",
            run.code,
            run.stderr
        );
        project.xtask(&["reset"]).exits(0);
    }
}

/// The Supabase CLI and `initdb` end with the command that started them.
#[track_caller]
fn nothing_but_the_stack_is_left(project: &Project) {
    let is_transient =
        |line: &str| line.contains("/initdb ") || line.contains("/bin/supabase ") || line.contains(" reset");
    eventually("what the reset started ends with it", || {
        !processes::of_project(project)
            .iter()
            .any(|(_, line)| is_transient(line))
    });
}

fn pid_of(project: &Project, part: &str) -> u32 {
    let status = project.status();
    let services = status["services"].as_array().unwrap();
    let service = services.iter().find(|service| service["name"] == part);
    let pid = service.and_then(|service| service["pid"].as_u64());
    pid.unwrap_or_else(|| panic!("no `{part}`: {status}"))
        .try_into()
        .unwrap()
}
