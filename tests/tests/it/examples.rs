//! The files that people copy do what they say.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use clap::Parser;
use workspace_tests::lent::{Lent, RESET};
use workspace_tests::{Project, workspace_root, xtask_binary};
use xtask::cli::Cli;

/// The commands of a workflow's steps, in their order, each with the name of its step.
fn steps(workflow: &str) -> Vec<(String, String)> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut lines = workflow.lines().peekable();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let entry = line.trim_start().trim_start_matches("- ");
        if let Some(said) = entry.strip_prefix("name: ") {
            name = said.to_owned();
        }
        match entry.strip_prefix("run: ") {
            Some("|") => {
                let mut script = String::new();
                while let Some(line) = lines.next_if(|line| line.len() - line.trim_start().len() > indent) {
                    script += &format!("{}\n", line.trim());
                }
                steps.push((name.clone(), script));
            }
            Some(script) => steps.push((name.clone(), script.to_owned())),
            None => {}
        }
    }
    steps
}

/// Runs a step as a runner would, with `cargo xtask` on its `PATH`; gives whether it went well, and what it said.
fn run(project: &Project, script: &str) -> (bool, String) {
    let bin = project.folder().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let cargo = bin.join("cargo");
    let text = format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", xtask_binary().display());
    std::fs::write(&cargo, text).unwrap();
    std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-e", "-c", script]).current_dir(project.folder());
    for (name, value) in project.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.env("PATH", path).env("CI", "true").output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn the_workflow_for_ci_passes_and_fails_where_migrations_and_expectation_drift() {
    let project = Lent::reference(RESET);
    let workflow = std::fs::read_to_string(workspace_root().join("examples/ci/github.yml")).unwrap();
    let steps = steps(&workflow);
    let script = |part: &str| {
        let found = steps.iter().find(|(name, _)| name.contains(part));
        &found.unwrap_or_else(|| panic!("no step `{part}` in {steps:?}")).1
    };
    let git = "git init -q && git add supabase && git -c user.name=t -c user.email=t@t commit -qm t";
    assert!(run(&project, git).0);
    for part in [
        "Make the environment",
        "Policies do",
        "drifted",
        "Tests",
        "services wrote",
    ] {
        let script = script(part).replace("npm test", "true npm test");
        let (is_well, said) = run(&project, &script);
        assert!(is_well, "{part}: {said}");
    }
    let env = std::fs::read_to_string(project.folder().join(".env.test")).unwrap();
    assert!(env.contains("VITE_SUPABASE_URL="), "{env}");

    project.write(
        "supabase/migrations/20990101000000_widgets.sql",
        "create table public.widgets (id int primary key); alter table public.widgets enable row level security;",
    );
    project.xtask(&["migrate"]).exits(0);
    for part in ["Policies do", "drifted"] {
        let (is_well, said) = run(&project, script(part));
        assert!(!is_well && said.contains("widgets"), "{part}: {said}");
    }
}

#[test]
fn every_command_of_the_examples_is_one_that_there_is() {
    let mut seen = 0;
    for file in [
        "ci/github.yml",
        "parts/github.yml",
        "parts/kubernetes.yml",
        "parts/slurm.sh",
    ] {
        let text = std::fs::read_to_string(workspace_root().join("examples").join(file)).unwrap();
        let called = regex_lite::Regex::new(r"(?:cargo |release/)xtask ([^>|;]*)").unwrap();
        for line in text.lines() {
            let Some(found) = called.captures(line) else {
                continue;
            };
            let words = found[1].replace('"', "");
            // What the runner puts in the place of its variables.
            let words = regex_lite::Regex::new(r"\$(\{\{[^}]*\}\}|\(\([^)]*\)\)|\{\w+\}|\w+)")
                .unwrap()
                .replace_all(&words, "1");
            let words = std::iter::once("xtask").chain(words.split_whitespace());
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{file}: `{line}`: {}", parsed.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}
