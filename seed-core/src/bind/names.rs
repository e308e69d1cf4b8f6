//! What tables and columns are called in the field, compared without case, underscores and hyphens.

use super::aliases::columns;
use crate::domain::{Field, Record};

/// A name as it is compared: `contactNotes`, `contact_notes` and `ContactNotes` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Names of the tables that hold a record, the likeliest first, as [`plain`] gives them.
pub(crate) fn table_names(record: Record) -> impl Iterator<Item = &'static str> {
    let names = match record {
        Record::Organization => {
            "organizations organisations companies accounts organization \
            organisation company account businesses clients customers client customer"
        }
        Record::Contact => {
            "contacts people persons contact person clients customers leads client customer lead accounts \
            account"
        }
        Record::ContactOrganization => {
            "contactorganizations organizationcontacts contactcompanies \
            companycontacts contactaccounts accountcontacts accountcontactrelations organizationpeople \
            peoplecompanies personcompanies contactsorganizations contactscompanies"
        }
        Record::Opportunity => "opportunities deals opportunity deal salesopportunities",
        Record::Activity => "activities interactions activity engagements touchpoints meetings calls",
        Record::ContactNote => "contactnotes contactsnotes personnotes peoplenotes notes",
        Record::OpportunityNote => "opportunitynotes dealnotes opportunitiesnotes dealsnotes notes",
        Record::Tag => "tags labels tag",
        Record::Product => "products product catalogitems",
        Record::Task => "tasks todos task todo todoitems followups",
    };
    names.split_whitespace()
}

/// The field of a record that a column of that name takes.
pub(crate) fn field_called(record: Record, column: &str) -> Option<Field> {
    let name = plain(column);
    columns(record)
        .find(|(field, aliases)| {
            plain(field.name()) == name || aliases.split_whitespace().any(|alias| alias == name)
        })
        .map(|(field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn no_column_name_means_two_fields() {
        for record in Record::ALL {
            let mut names = BTreeMap::new();
            let fields: BTreeSet<Field> = columns(record).map(|(field, _)| field).collect();
            for field in fields {
                assert_eq!(names.insert(plain(field.name()), field), None, "{record} {field}");
            }
            for (field, aliases) in columns(record) {
                for alias in aliases.split_whitespace() {
                    assert_eq!(names.insert(alias.to_owned(), field), None, "{record} {alias}");
                    assert_eq!(plain(alias), alias);
                }
            }
        }
    }

    #[test]
    fn columns_of_well_known_schemas_are_found() {
        let check = |record, column: &str, field| {
            assert_eq!(field_called(record, column), Some(field), "{column} of {record}");
        };
        check(Record::Opportunity, "dealstage", Field::Stage);
        check(
            Record::Opportunity,
            "expectedCloseDate",
            Field::EstimatedCloseDate,
        );
        check(Record::Opportunity, "StageName", Field::Stage);
        check(Record::Opportunity, "lead_value", Field::Amount);
        check(Record::Organization, "NumberOfEmployees", Field::EmployeeCount);
        check(Record::Organization, "addressAddressCity", Field::City);
        check(Record::Contact, "phonesPrimaryPhoneNumber", Field::Phone);
        check(Record::Contact, "hubspot_owner_id", Field::AssignedTo);
        check(Record::Task, "LastModifiedDate", Field::UpdatedAt);
        check(Record::Product, "casePack", Field::UnitsPerCase);
        assert_eq!(field_called(Record::Contact, "shoe_size"), None);
    }

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(plain("contactNotes"), plain("contact_notes"));
    }
}
