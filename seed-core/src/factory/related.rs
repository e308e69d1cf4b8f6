//! Which rows belong to which: the relations of the domain, read from either end.

use super::record::Generated;
use super::records::View;
use super::{
    Activity, Contact, ContactNote, ContactOrganization, Opportunity, OpportunityNote, Organization, Product,
    Tag, Task,
};
use crate::domain::value::Value;
use crate::domain::{Field, Record};
use crate::row::RowId;

/// That rows of one kind belong to rows of another, for [`Factory::of`](super::Factory::of).
///
/// ```
/// use seed_core::factory::{Generated, Records, Related};
/// fn count<Child: Related<Parent>, Parent: Generated>(records: &Records, parent: &Parent) -> usize {
///     records.factory::<Child>().of(parent).build_all().len()
/// }
/// use seed_core::factory::{Contact, ContactOrganization};
/// let records = Records::seeded(7);
/// let person = records.contacts().nth(40).build();
/// assert!((1..=3).contains(&count::<ContactOrganization, Contact>(&records, &person)));
/// ```
pub trait Related<Other: Generated>: Generated {
    /// The rows that belong to a row of the other kind, among the first so many of its owner.
    #[doc(hidden)]
    fn rows(view: View<'_>, other: RowId, rows: u64) -> Vec<RowId>;
}

/// Each line is a relation: those in front `point` at those behind by a field, or they are what a field of those
/// behind `lists`.
macro_rules! related {
    ($($record:ident of $other:ident: $how:ident $field:ident;)+) => {
        $(
            impl Related<$other> for $record {
                fn rows(view: View<'_>, other: RowId, rows: u64) -> Vec<RowId> {
                    $how::<$record, $other>(view, Field::$field, other, rows)
                }
            }
        )+
    };
}

related! {
    Organization of Organization: pointing ParentOrganization;
    Organization of Contact: listed Organization;
    Organization of ContactOrganization: listed Organization;
    Organization of Opportunity: listed CustomerOrganization;
    Organization of Product: listed Principal;
    Contact of Organization: pointing Organization;
    Contact of ContactOrganization: listed Contact;
    Contact of Opportunity: listed ContactIds;
    Contact of Activity: listed Contact;
    Contact of Task: listed Contact;
    Contact of ContactNote: listed Contact;
    ContactOrganization of Organization: pointing Organization;
    ContactOrganization of Contact: pointing Contact;
    Opportunity of Organization: pointing CustomerOrganization;
    Opportunity of Contact: pointing ContactIds;
    Opportunity of Activity: listed Opportunity;
    Opportunity of Task: listed Opportunity;
    Opportunity of OpportunityNote: listed Opportunity;
    Activity of Organization: pointing Organization;
    Activity of Contact: pointing Contact;
    Activity of Opportunity: pointing Opportunity;
    Task of Organization: pointing Organization;
    Task of Contact: pointing Contact;
    Task of Opportunity: pointing Opportunity;
    ContactNote of Contact: pointing Contact;
    OpportunityNote of Opportunity: pointing Opportunity;
    Product of Organization: pointing Principal;
    Tag of Contact: listed Tags;
}

/// The rows of the same owner whose field points at the other.
fn pointing<R: Generated, Other: Generated>(
    view: View<'_>,
    field: Field,
    other: RowId,
    rows: u64,
) -> Vec<RowId> {
    let points = |row: &RowId| R::aims(view, *row, field, Other::RECORD).contains(&other);
    (0..rows)
        .map(|number| other.sibling(number))
        .filter(points)
        .collect()
}

/// The rows that a field of the other points at, in its order.
fn listed<R: Generated, Other: Generated>(view: View<'_>, field: Field, other: RowId, _: u64) -> Vec<RowId> {
    Other::aims(view, other, field, R::RECORD)
}

/// The rows of a record that a value points at.
pub(super) fn aims(value: Value<'_>, record: Record) -> Vec<RowId> {
    match value {
        Value::Row(aim, row) if aim == record => vec![row],
        Value::Rows(aim, rows) if aim == record => rows.to_vec(),
        Value::Tags(tags) if record == Record::Tag => {
            tags.iter().map(|(number, _)| RowId::new(0, *number)).collect()
        }
        _ => Vec::new(),
    }
}
