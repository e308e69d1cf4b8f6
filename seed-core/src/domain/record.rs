//! What there is: kinds of records and their fields under canonical names.

use std::fmt;

/// A kind of record, which a table can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record {
    /// A company.
    Organization,
    /// A person.
    Contact,
    /// That a person belongs to a company.
    ContactOrganization,
    /// A deal.
    Opportunity,
    /// Something that happened or is due.
    Activity,
    /// A note about a person.
    ContactNote,
    /// A note about a deal.
    OpportunityNote,
    /// A label.
    Tag,
    /// An entry of a principal's catalogue.
    Product,
    /// A to-do.
    Task,
}

impl Record {
    /// All of them, parents before children.
    pub const ALL: [Self; 10] = [
        Self::Tag,
        Self::Organization,
        Self::Contact,
        Self::ContactOrganization,
        Self::Product,
        Self::Opportunity,
        Self::Activity,
        Self::ContactNote,
        Self::OpportunityNote,
        Self::Task,
    ];

    /// Its canonical name, also that of its table in the reference schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::Organization => "organizations",
            Self::Contact => "contacts",
            Self::ContactOrganization => "contact_organizations",
            Self::Opportunity => "opportunities",
            Self::Activity => "activities",
            Self::ContactNote => "contact_notes",
            Self::OpportunityNote => "opportunity_notes",
            Self::Tag => "tags",
            Self::Product => "products",
            Self::Task => "tasks",
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! fields {
    ($($field:ident $name:literal $doc:literal,)+) => {
        /// A field of a record, by its canonical name; records share those that mean the same.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $(#[doc = $doc] $field,)+
        }

        impl Field {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$field,)+];

            /// Its canonical name, also that of its column in the reference schema.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)+
                }
            }
        }
    };
}

fields! {
    Id "id" "The row's own key.",
    Name "name" "What it is called.",
    OrganizationType "organization_type" "Customer, principal, distributor, prospect, partner or unknown.",
    IsPrincipal "is_principal" "Whether it supplies products.",
    IsDistributor "is_distributor" "Whether it distributes products.",
    Industry "industry" "Kind of company, from the pack.",
    Priority "priority" "A to D for organizations, low to critical elsewhere.",
    Website "website" "Its address on the web.",
    Phone "phone" "Telephone numbers.",
    Email "email" "E-mail addresses.",
    Address "address" "House number and street.",
    City "city" "City.",
    State "state" "State, two letters.",
    PostalCode "postal_code" "Postal code.",
    Country "country" "Country.",
    LinkedinUrl "linkedin_url" "Profile page.",
    AnnualRevenue "annual_revenue" "Money a year.",
    EmployeeCount "employee_count" "People.",
    FoundedYear "founded_year" "Year.",
    ParentOrganization "parent_organization_id" "The company that it belongs to.",
    Notes "notes" "A sentence about it.",
    FirstName "first_name" "First name.",
    LastName "last_name" "Last name.",
    FullName "full_name" "First and last name.",
    Title "title" "Job title, or what is to be done.",
    Department "department" "Department.",
    Tags "tags" "Names of labels, or their keys.",
    Organization "organization_id" "The company that it belongs to.",
    Contact "contact_id" "The person that it belongs to.",
    IsPrimary "is_primary" "Whether it is the person's first company.",
    Role "role" "What the person is there.",
    StartedAt "started_at" "Since when.",
    Category "category" "Category.",
    Stage "stage" "Stage of the pipeline.",
    Status "status" "How it stands.",
    Amount "amount" "Money.",
    Probability "probability" "Percent.",
    EstimatedCloseDate "estimated_close_date" "When it should close.",
    ActualCloseDate "actual_close_date" "When it closed.",
    CustomerOrganization "customer_organization_id" "Who buys.",
    PrincipalOrganization "principal_organization_id" "Whose product it is.",
    ContactIds "contact_ids" "People of the customer.",
    Index "index" "Order on the board within a stage.",
    Description "description" "A sentence or two.",
    NextAction "next_action" "What to do next.",
    NextActionDate "next_action_date" "When to do it.",
    Competition "competition" "Who else is in it.",
    DecisionCriteria "decision_criteria" "What the customer decides by.",
    Type "type" "Its type.",
    Subject "subject" "What it is about.",
    Opportunity "opportunity_id" "The deal that it belongs to.",
    DueDate "due_date" "When it is due.",
    CompletedAt "completed_at" "When it was done.",
    InteractionType "interaction_type" "What sort of talk it was.",
    Outcome "outcome" "What came of it.",
    Participants "participants" "Who took part.",
    Text "text" "The note.",
    Date "date" "When it was written.",
    Color "color" "Colour as #rrggbb.",
    Sku "sku" "Stock keeping unit, unique.",
    Principal "principal_id" "Who supplies it.",
    Subcategory "subcategory" "A finer category.",
    Brand "brand" "Brand.",
    Upc "upc" "Bar code, twelve digits with check digit.",
    UnitOfMeasure "unit_of_measure" "Unit that the price is for.",
    ListPrice "list_price" "Money.",
    CostPerUnit "cost_per_unit" "Money, at most the advertised price.",
    MapPrice "map_price" "Minimum advertised price, at most the list price.",
    MinOrderQuantity "min_order_quantity" "Units.",
    UnitsPerCase "units_per_case" "Units.",
    LeadTimeDays "lead_time_days" "Days.",
    Certifications "certifications" "Certifications.",
    Allergens "allergens" "Allergens.",
    Nutrition "nutrition" "The panel on the label, for food.",
    AssignedTo "assigned_to" "Who looks after it.",
    CreatedBy "created_by" "Who made it.",
    CreatedAt "created_at" "When it was made.",
    UpdatedAt "updated_at" "When it was changed last.",
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
