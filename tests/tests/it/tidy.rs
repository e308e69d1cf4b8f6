//! Rules of the house that a tool can check.

use std::path::{Path, PathBuf};
use std::process::Command;

use workspace_tests::workspace_root;

/// Files hold one thing; what grows past this holds two.
const LONGEST_FILE: usize = 420;

#[test]
fn source_files_stay_short() {
    for path in tracked(&["*.rs", "*.ts"]) {
        let lines = read(&path).lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_machine_and_no_registry_is_named() {
    let hosts = [
        "registry.npmjs",
        "registry.yarnpkg",
        "index.crates",
        "static.crates",
        "deb.debian",
    ];
    let own = Path::new(file!()).file_name();
    for path in tracked(&["*"]).into_iter().filter(|path| path.file_name() != own) {
        let text = read(&path);
        for host in hosts {
            assert!(!text.contains(host), "{} names {host}", path.display());
        }
        for home in ["/root/", "/home/", "/Users/"] {
            let named = text.lines().find(|line| line.contains(&format!("\"{home}")));
            assert!(
                named.is_none(),
                "{} has a path of some machine: {named:?}",
                path.display()
            );
        }
    }
}

#[test]
fn no_key_stands_in_a_file() {
    let own = Path::new(file!()).file_name();
    for path in tracked(&["*"]).into_iter().filter(|path| path.file_name() != own) {
        let text = read(&path);
        let jwt = text
            .split_whitespace()
            .find(|word| word.contains("eyJhbGciOi") && word.matches('.').count() >= 2);
        assert!(jwt.is_none(), "{} holds a token", path.display());
        assert!(
            !text.contains("PRIVATE KEY-----"),
            "{} holds a private key",
            path.display()
        );
    }
}

#[test]
fn the_library_reads_no_clock_and_does_no_io() {
    for path in tracked(&["seed-core/src/**/*.rs", "seed-core/src/*.rs"]) {
        let text = read(&path);
        for word in [
            "Timestamp::now",
            "Zoned::now",
            "SystemTime",
            "Instant::now",
            "std::fs",
            "std::env",
            "std::net",
        ] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

fn tracked(patterns: &[&str]) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--"])
        .args(patterns)
        .current_dir(workspace_root())
        .output()
        .expect("run git");
    assert!(
        listed.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let names = String::from_utf8(listed.stdout).expect("names are UTF-8");
    names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(|name| workspace_root().join(name))
        .collect()
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}
