//! What holds for our records and fields, whatever the database is like.

use crate::domain::{Field, Record};

/// Whether no two rows share a value, by construction.
pub(super) fn is_unique(record: Record, field: Field) -> bool {
    match record {
        Record::Organization => {
            matches!(
                field,
                Field::Id | Field::Name | Field::Website | Field::Email | Field::LinkedinUrl
            )
        }
        Record::Contact => matches!(field, Field::Id | Field::Email),
        Record::Product => matches!(field, Field::Id | Field::Sku | Field::Upc),
        Record::Tag => matches!(field, Field::Id | Field::Name),
        _ => field == Field::Id,
    }
}

/// Whether some rows have no value.
pub(super) fn may_be_missing(record: Record, field: Field) -> bool {
    match field {
        Field::ParentOrganization
        | Field::PrincipalOrganization
        | Field::ActualCloseDate
        | Field::NextAction
        | Field::NextActionDate
        | Field::Competition
        | Field::CompletedAt
        | Field::Outcome
        | Field::Participants
        | Field::Subcategory
        | Field::UnitsPerCase
        | Field::Nutrition => true,
        Field::Notes => matches!(record, Record::Organization | Record::Contact),
        Field::Opportunity => matches!(record, Record::Activity | Record::Task),
        Field::Description => record == Record::Product,
        _ => false,
    }
}

/// The variable that says how many rows are wanted, for records that others can do without.
pub(super) fn count_variable(record: Record) -> Option<&'static str> {
    match record {
        Record::Activity => Some("SEED_ACTIVITY_COUNT"),
        Record::ContactNote | Record::OpportunityNote => Some("SEED_NOTE_COUNT"),
        Record::Product => Some("SEED_PRODUCT_COUNT"),
        Record::Task => Some("SEED_TASK_COUNT"),
        Record::Organization
        | Record::Contact
        | Record::ContactOrganization
        | Record::Opportunity
        | Record::Tag => None,
    }
}
