//! Seedbed's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
