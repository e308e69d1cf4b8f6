//! `--tables`: some of the tables only.

use anyhow::Result;
use seed_core::domain::Record;
use seed_core::plan::{Plan, TablePlan};
use seed_core::spec::Volume;
use stack::hint::mendable;

/// The part of a volume that goes into the tables of these names; all of it where none is named. Memberships come with
/// the people; `notes` are those about people and those about deals.
///
/// # Errors
/// No record lives in a table of that name.
pub fn only(volume: Volume, names: &[String], outline: &Plan) -> Result<Volume> {
    if names.is_empty() {
        return Ok(volume);
    }
    let mut part = Volume::default();
    for name in names {
        match record_of("--tables", name, outline)? {
            Record::Organization => part.organizations = volume.organizations,
            Record::Contact => part.contacts = volume.contacts,
            Record::ContactOrganization => {}
            Record::Opportunity => part.opportunities = volume.opportunities,
            Record::Activity => part.activities = volume.activities,
            Record::ContactNote => part.contact_notes = volume.contact_notes,
            Record::OpportunityNote => part.opportunity_notes = volume.opportunity_notes,
            Record::Tag => part.tags = volume.tags,
            Record::Product => part.products = volume.products,
            Record::Task => part.tasks = volume.tasks,
        }
    }
    Ok(part)
}

/// The record that a name stands for, which was given with `flag`: that of a live table, or a record's own.
///
/// # Errors
/// No record lives in a table of that name.
pub fn record_of(flag: &str, name: &str, outline: &Plan) -> Result<Record> {
    let wanted = plain(name);
    let is_called = |table: &&TablePlan| {
        [
            table.name(),
            table.record().name(),
            &format!("{}.{}", table.schema(), table.name()),
        ]
        .iter()
        .any(|known| plain(known) == wanted)
    };
    if let Some(table) = outline.tables().iter().find(is_called) {
        return Ok(table.record());
    }
    let similarity = |table: &&TablePlan| strsim::jaro_winkler(table.name(), name);
    let tables = outline.tables().iter();
    let nearest = tables.max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    let all: Vec<&str> = outline.tables().iter().map(TablePlan::name).collect();
    Err(mendable(
        format!("read `{flag}`: no record lives in a table `{name}`"),
        format!(
            "did you mean `{}`? There are {}",
            nearest.map_or("", |table| table.name()),
            all.join(", ")
        ),
    ))
}

/// Without case, underscores and hyphens.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
