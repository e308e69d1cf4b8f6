//! The negative data set: products that a database must refuse, each tried and undone.
//!
//! The rows are data, made from the live catalog and two valid rows of a plan without any connection: those that the
//! domain forbids ([`domain_rules`]) and those that the database's own constraints forbid ([`constraints`]).
//! [`attempt`] tries them in one transaction that is never committed.

pub mod attempt;
pub mod case;
pub mod constraints;
pub mod domain_rules;
pub mod operand;
pub mod organization;
pub mod report;
pub mod specimen;
pub mod violation;

use case::Cases;
use specimen::Specimen;

/// Every row that the database must refuse: the domain's first, then what the catalog adds.
pub fn cases(specimen: &Specimen) -> Cases {
    let mut cases = Cases::default();
    domain_rules::add(specimen, &mut cases);
    constraints::add(specimen, &mut cases);
    cases
}

#[cfg(test)]
mod tests;
