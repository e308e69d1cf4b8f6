//! What holds for our records and fields, whatever the database is like.

use crate::domain::value::Shape;
use crate::domain::{Field, Record};

/// What the values of a field are.
pub(super) fn shape(record: Record, field: Field) -> Shape {
    match field {
        Field::Id => Shape::Row(record),
        Field::ParentOrganization
        | Field::Organization
        | Field::CustomerOrganization
        | Field::PrincipalOrganization
        | Field::Principal => Shape::Row(Record::Organization),
        Field::Contact => Shape::Row(Record::Contact),
        Field::Opportunity => Shape::Row(Record::Opportunity),
        Field::ContactIds => Shape::Rows(Record::Contact),
        Field::AssignedTo | Field::CreatedBy => Shape::Owner,
        Field::IsPrincipal | Field::IsDistributor | Field::IsPrimary => Shape::Bool,
        Field::EmployeeCount
        | Field::FoundedYear
        | Field::Probability
        | Field::Index
        | Field::MinOrderQuantity
        | Field::UnitsPerCase
        | Field::LeadTimeDays => Shape::Int,
        Field::AnnualRevenue | Field::Amount | Field::ListPrice | Field::CostPerUnit | Field::MapPrice => {
            Shape::Money
        }
        Field::StartedAt
        | Field::EstimatedCloseDate
        | Field::ActualCloseDate
        | Field::NextActionDate
        | Field::DueDate
        | Field::CompletedAt
        | Field::Date
        | Field::CreatedAt
        | Field::UpdatedAt => Shape::Moment,
        Field::Email | Field::Phone => Shape::Channels,
        Field::Tags => Shape::Tags,
        Field::Certifications | Field::Allergens => Shape::Texts,
        Field::Participants => Shape::Participants,
        Field::Nutrition => Shape::Panel,
        _ => Shape::Text,
    }
}

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
