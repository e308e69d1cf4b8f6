//! Companies, people, and who belongs where.

use jiff::civil::Date;
use uuid::Uuid;

use super::embedded::{EmailAddress, PhoneNumber};
use super::record::record;
use crate::industry::Cents;

record! {
    /// A company.
    ///
    /// ```
    /// use seed_core::factory::Organization;
    /// let supplier = Organization::factory().principal().name("Green Valley Farms").build();
    /// assert!(supplier.is_principal && supplier.name == "Green Valley Farms");
    /// ```
    owned Organization organizations {
        /// Its key.
        id: Uuid = Id,
        /// What it is called.
        name: String = Name,
        /// `customer`, `principal`, `distributor`, `prospect`, `partner` or `unknown`.
        organization_type: String = OrganizationType,
        /// Whether it supplies products.
        is_principal: bool = IsPrincipal,
        /// Whether it distributes products.
        is_distributor: bool = IsDistributor,
        /// Kind of company, from the industry pack.
        industry: String | null = Industry,
        /// `A` (highest) to `D`.
        priority: String = Priority,
        /// Its address on the web.
        website: String | null = Website,
        /// Telephone number.
        phone: String | null = Phone,
        /// E-mail address.
        email: String | null = Email,
        /// House number and street.
        address: String | null = Address,
        /// City.
        city: String | null = City,
        /// State, two letters.
        state: String | null = State,
        /// Postal code.
        postal_code: String | null = PostalCode,
        /// Country.
        country: String | null = Country,
        /// Profile page.
        linkedin_url: String | null = LinkedinUrl,
        /// Money a year.
        annual_revenue: Cents | null = AnnualRevenue,
        /// People.
        employee_count: i64 | null = EmployeeCount,
        /// Year.
        founded_year: i64 | null = FoundedYear,
        /// The company that it belongs to.
        parent_organization_id: Uuid | null = ParentOrganization,
        /// A sentence about it.
        notes: String | null = Notes,
    } states {
        /// Those that are customers.
        customer: |company| company.organization_type == "customer",
        /// Those that may become customers.
        prospect: |company| company.organization_type == "prospect",
        /// Those that are partners.
        partner: |company| company.organization_type == "partner",
        /// Those that supply products.
        principal: |company| company.is_principal,
        /// Those that distribute products.
        distributor: |company| company.is_distributor,
        /// Those that belong to another company.
        subsidiary: |company| company.parent_organization_id.is_some(),
    }
}

record! {
    /// A person.
    ///
    /// ```
    /// use seed_core::factory::Contact;
    /// let john = Contact::factory().seed(7).first_name("John").build();
    /// assert_eq!(john.first_name, "John");
    /// assert_eq!(john.last_name, Contact::factory().seed(7).build().last_name);
    /// ```
    owned Contact contacts {
        /// Its key.
        id: Uuid = Id,
        /// First name.
        first_name: String = FirstName,
        /// Last name.
        last_name: String = LastName,
        /// E-mail addresses, the one at work first.
        email: Vec<EmailAddress> = Email,
        /// Telephone numbers, the one at work first.
        phone: Vec<PhoneNumber> = Phone,
        /// Job title.
        title: String | null = Title,
        /// Department.
        department: String | null = Department,
        /// Profile page.
        linkedin_url: String | null = LinkedinUrl,
        /// A sentence about the person.
        notes: String | null = Notes,
        /// Names of labels.
        tags: Vec<String> = Tags,
    } states {
        /// Those who carry a tag.
        with_tags: |person| !person.tags.is_empty(),
        /// Those who carry none.
        without_tags: |person| person.tags.is_empty(),
        /// Those about whom there is a sentence in `notes`.
        with_notes: |person| person.notes.is_some(),
        /// Those about whom there is none.
        without_notes: |person| person.notes.is_none(),
        /// Those who can be called on the road.
        with_mobile: |person| person.phone.len() > 1,
        /// Those who have a number at work only.
        without_mobile: |person| person.phone.len() == 1,
    }
}

record! {
    /// That a person belongs to a company.
    ///
    /// ```
    /// use seed_core::factory::ContactOrganization;
    /// let link = ContactOrganization::factory().primary().build();
    /// assert!(link.is_primary && link.started_at.is_some());
    /// ```
    owned ContactOrganization contact_organizations {
        /// Its key.
        id: Uuid = Id,
        /// The person.
        contact_id: Uuid = Contact,
        /// The company.
        organization_id: Uuid = Organization,
        /// Whether it is the person's first company.
        is_primary: bool = IsPrimary,
        /// What the person is there.
        role: String | null = Role,
        /// Since when.
        started_at: Date | null = StartedAt,
    } states {
        /// Those with the person's first company; each person has one.
        primary: |link| link.is_primary,
        /// Those with companies beside the first.
        secondary: |link| !link.is_primary,
    }
}
