//! What the ledger says was written, against what is there.

use seed_core::domain::Record;

use super::check::Question;
use super::names::TableName;
use crate::database::ledger::{Run, RunTable};
use crate::database::name::{literal, quoted};
use crate::seeding::owners::RowOwner;

/// The number of seeded rows of each table of the runs, in all and of each owner.
pub fn questions(runs: &[&Run], owners: &[RowOwner], tables: &[TableName]) -> Vec<Question> {
    let mut questions = Vec::new();
    for table in tables {
        let is_of_table = |part: &&RunTable| part.schema == table.schema && part.name == table.name;
        let parts: Vec<&RunTable> = runs
            .iter()
            .flat_map(|run| run.own_tables())
            .filter(is_of_table)
            .collect();
        // Tags are everybody's: the project's own ones, and what people make of them, stand among the seeded.
        if parts.is_empty() || table.record == Record::Tag {
            continue;
        }
        let total: u64 = parts.iter().map(|part| part.row_count).sum();
        let rule = format!("has the {total} rows that were seeded");
        questions.push(Question::new(
            &table.name,
            rule,
            differs(&table.seeded, "true", total),
        ));
        let Some(column) = &table.owner else { continue };
        for owner in owners {
            let of_owner = parts.iter().filter(|part| part.owner_slot == Some(owner.slot));
            let Some(rows) = of_owner.map(|part| part.row_count).reduce(|sum, rows| sum + rows) else {
                continue;
            };
            let Some(key) = owner.key_for(column) else {
                continue;
            };
            let is_theirs = format!("t.{}::text = {}", quoted(&column.name), literal(&key));
            let rule = format!("has {rows} rows of the {}", owner.title());
            questions.push(Question::new(
                &table.name,
                rule,
                differs(&table.seeded, &is_theirs, rows),
            ));
        }
    }
    questions
}

/// Selects a sentence where the number is another one.
fn differs(seeded: &str, condition: &str, expected: u64) -> String {
    format!(
        "select 'there are ' || count(*) || ' of {expected}' from {seeded} t where {condition}
         having count(*) <> {expected}"
    )
}
