//! Seedbed's command line.

fn main() {}
