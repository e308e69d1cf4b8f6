//! The policy matrix: what each role may do with each exposed table and view, tried and not read.

pub mod expectation;
pub mod findings;
pub mod html;
mod legend;
pub mod matrix;
#[cfg(test)]
mod sample;
pub mod text;
