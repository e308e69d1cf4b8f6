//! In which order tables can be cleaned, taken from the catalog alone: what points before what is pointed at.

use anyhow::Result;
use stack::hint::mendable;
use tokio_postgres::Transaction;

use super::going::Going;
use super::reference::{Kind, Reference};

/// Numbers of the tables, children before parents. Where tables point at each other, references that can be null are
/// set so in the rows that go.
///
/// # Errors
/// Tables point at each other by references that cannot be null, or the database refuses.
pub async fn children_first(
    transaction: &Transaction<'_>,
    going: &[Going<'_>],
    references: &[Reference],
) -> Result<Vec<usize>> {
    let mut waits = waits(going, references);
    loop {
        match ordered(going.len(), &waits) {
            Ok(order) => return Ok(order),
            Err(circle) => {
                let is_in_circle = |wait: &Wait| circle.contains(&wait.first) && circle.contains(&wait.then);
                let Some(number) = waits
                    .iter()
                    .position(|wait| is_in_circle(wait) && !wait.nullable.is_empty())
                else {
                    let tables: Vec<&str> = circle
                        .iter()
                        .map(|number| going[*number].live.name.as_str())
                        .collect();
                    return Err(mendable(
                        format!(
                            "take back rows: `{}` point at each other, and cannot be null",
                            tables.join("`, `")
                        ),
                        "run `cargo xtask reset`, or let one of the references be null",
                    ));
                };
                let wait = waits.remove(number);
                going[wait.first].set_null(transaction, &wait.nullable).await?;
            }
        }
    }
}

/// That rows of one table have to go before those of another.
struct Wait<'r> {
    first: usize,
    then: usize,
    /// The columns to set to null so that they need not.
    nullable: Vec<&'r str>,
}

fn waits<'r>(going: &[Going<'_>], references: &'r [Reference]) -> Vec<Wait<'r>> {
    let wait = |reference: &'r Reference| {
        let Kind::Key { nullable, .. } = &reference.kind else {
            return None;
        };
        let first = going.iter().position(|table| reference.starts_at(table.live))?;
        let then = going.iter().position(|table| reference.ends_at(table.live))?;
        // Within a table the rows go at once.
        (first != then).then(|| Wait {
            first,
            then,
            nullable: nullable.iter().map(String::as_str).collect(),
        })
    };
    references.iter().filter_map(wait).collect()
}

/// The order, or the tables that wait for each other.
fn ordered(tables: usize, waits: &[Wait<'_>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut left: Vec<usize> = (0..tables).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_free = |table: &usize| {
            !waits
                .iter()
                .any(|wait| wait.then == *table && left.contains(&wait.first))
        };
        match left.iter().position(is_free) {
            Some(free) => order.push(left.remove(free)),
            None => return Err(left),
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(first: usize, then: usize) -> Wait<'static> {
        Wait {
            first,
            then,
            nullable: Vec::new(),
        }
    }

    #[test]
    fn what_points_goes_before_what_is_pointed_at() {
        assert_eq!(ordered(3, &[wait(2, 0), wait(1, 2)]), Ok(vec![1, 2, 0]));
        assert_eq!(ordered(3, &[wait(0, 1), wait(1, 0)]), Err(vec![0, 1]));
    }
}
