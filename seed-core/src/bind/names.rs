//! What tables and columns are called in the field, compared without case, underscores and hyphens.

use crate::domain::value::Shape;
use crate::domain::{Field, Record};

/// A name as it is compared: `contactNotes`, `contact_notes` and `ContactNotes` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Names of the tables that hold a record, the likeliest first, as [`plain`] gives them.
pub(crate) fn table_names(record: Record) -> &'static [&'static str] {
    match record {
        Record::Organization => &["organizations", "organisations", "companies", "accounts"],
        Record::Contact => &["contacts", "people", "persons"],
        Record::ContactOrganization => &[
            "contactorganizations",
            "organizationcontacts",
            "contactcompanies",
            "companycontacts",
        ],
        Record::Opportunity => &["opportunities", "deals"],
        Record::Activity => &["activities", "interactions"],
        Record::ContactNote => &["contactnotes"],
        Record::OpportunityNote => &["opportunitynotes", "dealnotes"],
        Record::Tag => &["tags", "labels"],
        Record::Product => &["products"],
        Record::Task => &["tasks", "todos"],
    }
}

/// The field of a record that a column of that name takes.
pub(crate) fn field_called(record: Record, column: &str) -> Option<Field> {
    let name = plain(column);
    columns(record)
        .find(|(field, aliases)| plain(field.name()) == name || aliases.contains(&name.as_str()))
        .map(|(field, _)| field)
}

type Columns = &'static [(Field, &'static [&'static str])];

/// The fields of a record, each with the names of its column beside its own, as [`plain`] gives them.
pub(crate) fn columns(record: Record) -> impl Iterator<Item = (Field, &'static [&'static str])> {
    own_columns(record).iter().chain(COMMON).copied()
}

const COMMON: Columns = &[
    (Field::Id, &[]),
    (
        Field::AssignedTo,
        &[
            "salesid",
            "ownerid",
            "assigneeid",
            "accountmanagerid",
            "opportunityownerid",
        ],
    ),
    (Field::CreatedBy, &["userid", "authorid", "createdbyid"]),
    (
        Field::CreatedAt,
        &["created", "firstseen", "insertedat", "createdon"],
    ),
    (
        Field::UpdatedAt,
        &["updated", "lastseen", "modifiedat", "updatedon"],
    ),
];

fn own_columns(record: Record) -> Columns {
    match record {
        Record::Organization => ORGANIZATION,
        Record::Contact => CONTACT,
        Record::ContactOrganization => CONTACT_ORGANIZATION,
        Record::Opportunity => OPPORTUNITY,
        Record::Activity => ACTIVITY,
        Record::ContactNote => CONTACT_NOTE,
        Record::OpportunityNote => OPPORTUNITY_NOTE,
        Record::Tag => TAG,
        Record::Product => PRODUCT,
        Record::Task => TASK,
    }
}

const ORGANIZATION: Columns = &[
    (Field::Name, &["companyname", "organizationname", "legalname"]),
    (Field::OrganizationType, &["type", "companytype", "kind"]),
    (Field::IsPrincipal, &["principal", "issupplier"]),
    (Field::IsDistributor, &["distributor"]),
    (Field::Industry, &["sector", "segment"]),
    (Field::Priority, &["tier", "rating"]),
    (Field::Website, &["url", "homepage", "websiteurl"]),
    (Field::Phone, &["phonenumber", "telephone", "phonejsonb"]),
    (Field::Email, &["emailaddress", "emailjsonb"]),
    (Field::Address, &["street", "addressline1", "streetaddress"]),
    (Field::City, &["town"]),
    (Field::State, &["stateabbr", "region", "province"]),
    (Field::PostalCode, &["zipcode", "zip", "postcode"]),
    (Field::Country, &[]),
    (Field::LinkedinUrl, &["linkedin"]),
    (Field::AnnualRevenue, &["revenue"]),
    (
        Field::EmployeeCount,
        &["employees", "numberofemployees", "headcount"],
    ),
    (Field::FoundedYear, &["founded", "yearfounded"]),
    (
        Field::ParentOrganization,
        &["parentid", "parentcompanyid", "parentaccountid"],
    ),
    (Field::Notes, &["description", "comments"]),
];

const CONTACT: Columns = &[
    (Field::FirstName, &["givenname"]),
    (Field::LastName, &["surname", "familyname"]),
    (Field::FullName, &["name", "displayname"]),
    (Field::Email, &["emails", "emailaddress", "emailjsonb"]),
    (
        Field::Phone,
        &["phones", "phonenumber", "phonejsonb", "phonenumbers"],
    ),
    (Field::Title, &["jobtitle", "position"]),
    (Field::Department, &[]),
    (Field::LinkedinUrl, &["linkedin"]),
    (Field::Notes, &["background", "comments"]),
    (Field::Tags, &["labels"]),
    (Field::Organization, &["companyid", "accountid"]),
];

const CONTACT_ORGANIZATION: Columns = &[
    (Field::Contact, &["personid"]),
    (Field::Organization, &["companyid", "accountid"]),
    (
        Field::IsPrimary,
        &["primary", "isprimaryorganization", "isprimarycontact"],
    ),
    (Field::Role, &["relationship"]),
    (Field::StartedAt, &["startdate", "since"]),
];

const OPPORTUNITY: Columns = &[
    (Field::Name, &["title"]),
    (Field::Category, &["type"]),
    (Field::Stage, &["pipelinestage"]),
    (Field::Status, &[]),
    (Field::Priority, &[]),
    (Field::Amount, &["value", "amountcents", "estimatedvalue"]),
    (Field::Probability, &["winprobability"]),
    (
        Field::EstimatedCloseDate,
        &["expectedclosingdate", "expectedclosedate", "closedate"],
    ),
    (Field::ActualCloseDate, &["closedat"]),
    (
        Field::CustomerOrganization,
        &["organizationid", "companyid", "accountid", "customerid"],
    ),
    (Field::PrincipalOrganization, &["principalid", "supplierid"]),
    (Field::Contact, &["primarycontactid"]),
    (Field::ContactIds, &["contacts"]),
    (Field::Index, &["position", "sortorder", "boardindex"]),
    (Field::Description, &["notes", "details"]),
    (Field::NextAction, &["nextstep"]),
    (Field::NextActionDate, &["nextstepdate"]),
    (Field::Competition, &["competitor", "competitors"]),
    (Field::DecisionCriteria, &[]),
];

const ACTIVITY: Columns = &[
    (Field::Type, &["activitytype", "kind"]),
    (Field::Subject, &["title", "summary"]),
    (Field::Description, &["notes", "body", "details"]),
    (Field::Status, &[]),
    (Field::Priority, &[]),
    (Field::Opportunity, &["dealid"]),
    (Field::Contact, &["personid"]),
    (Field::Organization, &["companyid", "accountid"]),
    (Field::DueDate, &["dueat", "scheduledat", "activitydate"]),
    (Field::CompletedAt, &["doneat", "donedate", "completeddate"]),
    (Field::InteractionType, &[]),
    (Field::Outcome, &["result"]),
    (Field::Participants, &["attendees"]),
];

const CONTACT_NOTE: Columns = &[
    (Field::Contact, &["personid"]),
    (Field::Organization, &["companyid", "accountid"]),
    (Field::Text, &["note", "content", "body"]),
    (Field::Type, &["notetype", "kind"]),
    (Field::Date, &["notedate"]),
];

const OPPORTUNITY_NOTE: Columns = &[
    (Field::Opportunity, &["dealid"]),
    (Field::Organization, &["companyid", "accountid"]),
    (Field::Text, &["note", "content", "body"]),
    (Field::Type, &["notetype", "kind"]),
    (Field::Date, &["notedate"]),
];

const TAG: Columns = &[
    (Field::Name, &["label", "title"]),
    (Field::Color, &["colour"]),
    (Field::Description, &[]),
];

const PRODUCT: Columns = &[
    (Field::Name, &["productname", "title"]),
    (Field::Sku, &["code", "productcode"]),
    (
        Field::Principal,
        &[
            "principalorganizationid",
            "supplierid",
            "vendorid",
            "manufacturerid",
        ],
    ),
    (Field::Organization, &["companyid"]),
    (Field::Category, &["producttype"]),
    (Field::Subcategory, &[]),
    (Field::Description, &[]),
    (Field::Brand, &["brandname"]),
    (Field::Upc, &["barcode", "gtin"]),
    (Field::Status, &[]),
    (Field::UnitOfMeasure, &["unit", "uom"]),
    (Field::ListPrice, &["price", "unitprice", "pricecents"]),
    (Field::CostPerUnit, &["cost", "unitcost", "costcents"]),
    (Field::MapPrice, &["minimumadvertisedprice"]),
    (Field::MinOrderQuantity, &["minimumorderquantity", "moq"]),
    (Field::UnitsPerCase, &["casepack", "packsize"]),
    (Field::LeadTimeDays, &["leadtime"]),
    (Field::Certifications, &[]),
    (Field::Allergens, &[]),
    (
        Field::Nutrition,
        &["nutritionfacts", "nutritionalinfo", "nutritionpanel"],
    ),
];

const TASK: Columns = &[
    (Field::Title, &["text", "name", "subject"]),
    (Field::Type, &["tasktype"]),
    (Field::Status, &[]),
    (Field::Priority, &[]),
    (Field::DueDate, &["dueat"]),
    (Field::CompletedAt, &["donedate", "doneat", "completeddate"]),
    (Field::Contact, &["personid"]),
    (Field::Organization, &["companyid", "accountid"]),
    (Field::Opportunity, &["dealid"]),
];

/// What the values of a field are.
pub(crate) fn shape(record: Record, field: Field) -> Shape {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_column_name_means_two_fields() {
        for record in Record::ALL {
            let mut names = BTreeSet::new();
            for (field, aliases) in columns(record) {
                assert!(names.insert(plain(field.name())), "{record} {field}");
                for alias in aliases {
                    assert!(names.insert((*alias).to_owned()), "{record} {alias}");
                    assert_eq!(plain(alias), *alias);
                }
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(plain("contactNotes"), plain("contact_notes"));
    }
}
