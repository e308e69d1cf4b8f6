//! What the stack costs, against what we aim at: `cargo bench --package workspace-tests`.
//!
//! Prints one line per claim with the measured number, the aim and their ratio; it judges nothing.

use std::process::Command;
use std::time::{Duration, Instant};

use workspace_tests::{Project, workspace_root, xtask_binary};

const ROUNDS: usize = 5;

fn main() {
    xtask_binary();
    println!(
        "{:<44} {:>9} {:>9} {:>7}",
        "median of 5, on this machine", "measured", "aim", "ratio"
    );
    let mut cold = Vec::new();
    let mut warm = Vec::new();
    let mut stop = Vec::new();
    let mut memory = 0.0;
    for _ in 0..ROUNDS {
        let project = Project::reference();
        cold.push(timed(&project, &["start"]));
        stop.push(timed(&project, &["stop"]));
        warm.push(timed(&project, &["start"]));
        std::thread::sleep(Duration::from_secs(1));
        memory = megabytes(&project);
    }
    line("start, cold (database made)", median(cold), 5.0, "s");
    line("start, warm", median(warm), 1.5, "s");
    line("stop", median(stop), 1.0, "s");
    line("memory of all parts, idle", memory, 250.0, "MB");

    let project = Project::reference();
    let mut fresh = Vec::new();
    let mut template = Vec::new();
    for _ in 0..ROUNDS {
        fresh.push(timed(&project, &["reset", "--fresh"]));
        template.push(timed(&project, &["reset"]));
    }
    let (fresh, template) = (median(fresh), median(template));
    line("reset, nothing changed (template)", template, 1.5, "s");
    println!(
        "{:<44} {fresh:>7.2} s {:>9} {:>6.1}×",
        "reset --fresh, against the one above",
        "",
        fresh / template
    );
    line(
        "`cargo xtask --help`, built",
        median((0..ROUNDS).map(|_| help()).collect()),
        0.3,
        "s",
    );
}

fn timed(project: &Project, args: &[&str]) -> f64 {
    let began = Instant::now();
    project.xtask(args).exits(0);
    began.elapsed().as_secs_f64()
}

fn help() -> f64 {
    let began = Instant::now();
    let run = Command::new(env!("CARGO"))
        .args(["xtask", "--help"])
        .current_dir(workspace_root())
        .output();
    assert!(run.expect("run cargo").status.success());
    began.elapsed().as_secs_f64()
}

/// Proportional set size of all parts, so that shared pages count once.
fn megabytes(project: &Project) -> f64 {
    let status = project.status();
    let pids = status["services"]
        .as_array()
        .expect("services")
        .iter()
        .filter_map(|part| part["pid"].as_u64());
    let mut family: Vec<u64> = pids.collect();
    family.sort_unstable();
    family.dedup();
    let mut next = 0;
    while next < family.len() {
        let children = format!("/proc/{0}/task/{0}/children", family[next]);
        let found = std::fs::read_to_string(children).unwrap_or_default();
        for child in found.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            if !family.contains(&child) {
                family.push(child);
            }
        }
        next += 1;
    }
    let kilobytes: u64 = family.iter().map(|pid| pss(*pid)).sum();
    kilobytes as f64 / 1024.0
}

fn pss(pid: u64) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup
        .lines()
        .find(|line| line.starts_with("Pss:"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(what: &str, measured: f64, aim: f64, unit: &str) {
    println!(
        "{what:<44} {measured:>7.2} {unit:<2}{aim:>6.2} {unit:<2} {:>6.2}×",
        measured / aim
    );
}
