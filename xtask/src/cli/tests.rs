use clap::CommandFactory;
use insta::assert_snapshot;

use super::*;

fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("xtask").chain(args.iter().copied()))
}

fn help(command: &mut clap::Command) -> String {
    command.render_help().to_string()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help_texts() {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    assert_snapshot!("help", help(&mut cli));
    // The global options are the same for all, so they stand in the first snapshot only.
    let own = |command: &mut clap::Command| {
        help(command)
            .split("\nGlobal options:")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let mut commands = Vec::new();
    for command in cli.get_subcommands_mut() {
        commands.push(own(command));
        commands.extend(command.get_subcommands_mut().map(own));
    }
    assert_snapshot!("help_of_commands", commands.join("\n--------\n"));
}

#[test]
fn a_count_that_is_none_is_a_usage_error_that_quotes_it() {
    for value in ["-5", "many", "1.5"] {
        let error = parse(&["seed", "--count", value]).unwrap_err().to_string();
        assert!(error.contains(value) && error.contains("--count"), "{error}");
        assert!(
            error.contains("use a whole number from 0 to 4294967295"),
            "{error}"
        );
    }
}

#[test]
fn nothing_cannot_be_measured() {
    for flag in ["--rows", "--rounds"] {
        let error = parse(&["bench", "seed", flag, "0"]).unwrap_err().to_string();
        assert!(
            error.contains(flag) && error.contains("0 is not in 1..="),
            "{error}"
        );
    }
}

#[test]
fn a_date_is_midnight_in_utc() {
    let Command::Seed(seed) = parse(&["seed", "--as-of", "2026-11-22"]).unwrap().command else {
        panic!("not seed")
    };
    assert_eq!(seed.options.as_of.unwrap().to_string(), "2026-11-22T00:00:00Z");
    let error = parse(&["seed", "--as-of", "22.11.2026"]).unwrap_err().to_string();
    assert!(
        error.contains("--as-of") && error.contains("YYYY-MM-DD"),
        "{error}"
    );
}

#[test]
fn global_flags_stand_before_and_after_the_command() {
    for args in [["--json", "status"], ["status", "--json"]] {
        assert!(parse(&args).unwrap().global.json);
    }
    assert!(
        matches!(parse(&["--target", "cloud", "status"]), Ok(cli) if cli.global.target.to_string() == "cloud")
    );
    assert!(parse(&["status", "-v", "-q"]).is_err());
}
