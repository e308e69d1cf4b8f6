//! The pipeline that the live database has, where nobody asked for another.

use super::checks::Demands;
use super::homes::Homes;
use super::labels;
use super::names::field_called;
use crate::adjustments::ColumnAdjustment;
use crate::catalog::ColumnType;
use crate::domain::stages::means_open;
use crate::domain::{Field, Record};
use crate::spec::{Pipeline, SeedSpec};

/// The stages that the column of stages allows, in its order; `None` where it takes those that are asked for, or
/// where they were asked for by name.
pub(crate) fn of_database(homes: &Homes<'_>, spec: &SeedSpec) -> Option<Pipeline> {
    let table = homes
        .of(Record::Opportunity)
        .filter(|_| spec.pipeline.is_default())?;
    let said = spec.adjustments.of(&table.schema, &table.name);
    let mut named = Vec::new();
    let column =
        table.columns.iter().find(
            |column| match said.and_then(|said| said.columns.get(&column.name)) {
                Some(ColumnAdjustment::Field { field, labels }) => {
                    named = labels.keys().map(String::as_str).collect();
                    *field == Field::Stage
                }
                Some(_) => false,
                None => field_called(Record::Opportunity, &column.name) == Some(Field::Stage),
            },
        )?;
    if column.generated || !matches!(column.kind, ColumnType::Enum { .. } | ColumnType::Text { .. }) {
        return None;
    }
    let mut stages = Demands::of(table, column).list?.words;
    let asked = spec.pipeline.stages.iter().map(String::as_str);
    let unnamed: Vec<&str> = asked.filter(|stage| !named.contains(stage)).collect();
    if labels::fit(Field::Stage, &unnamed, &stages).is_ok() {
        return None;
    }
    let mut seen = std::collections::BTreeSet::new();
    stages.retain(|stage| !stage.is_empty() && seen.insert(stage.clone()));
    let first = stages.iter().find(|stage| means_open(stage)).or(stages.first())?;
    Some(Pipeline {
        default_stage: first.clone(),
        stages,
        ..spec.pipeline.clone()
    })
}
