//! The records of the mix as objects of the crate `fake`, with the fields that the tables have.

use chrono::{DateTime, Utc};
use fake::faker::address::en::{BuildingNumber, CityName, StateAbbr, StreetName, ZipCode};
use fake::faker::boolean::en::Boolean;
use fake::faker::company::en::{Buzzword, CatchPhrase, CompanyName, Industry};
use fake::faker::internet::en::{DomainSuffix, SafeEmail};
use fake::faker::job::en::{Field, Title};
use fake::faker::lorem::en::Sentence;
use fake::faker::name::en::{FirstName, LastName};
use fake::faker::phone_number::en::PhoneNumber;
use fake::uuid::UUIDv4;
use fake::{Dummy, Fake, Faker};
use seed_core::domain::Record;
use uuid::Uuid;

/// Makes so many of a kind, one after the other.
pub fn make(record: Record, count: u64) {
    match record {
        Record::Organization => each::<Organization>(count),
        Record::Contact => each::<Contact>(count),
        Record::ContactOrganization => each::<ContactOrganization>(count),
        Record::Opportunity => each::<Opportunity>(count),
        Record::Activity => each::<Activity>(count),
        Record::ContactNote | Record::OpportunityNote => each::<Note>(count),
        Record::Tag | Record::Product | Record::Task => (),
    }
}

fn each<T: Dummy<Faker>>(count: u64) {
    for _ in 0..count {
        divan::black_box(Faker.fake::<T>());
    }
}

#[derive(Dummy)]
#[allow(dead_code)]
struct Organization {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "CompanyName()")]
    name: String,
    #[dummy(faker = "0..6")]
    organization_type: u8,
    is_principal: bool,
    is_distributor: bool,
    #[dummy(faker = "Industry()")]
    industry: String,
    #[dummy(faker = "0..4")]
    priority: u8,
    #[dummy(faker = "DomainSuffix()")]
    website: String,
    #[dummy(faker = "PhoneNumber()")]
    phone: String,
    #[dummy(faker = "SafeEmail()")]
    email: String,
    #[dummy(faker = "BuildingNumber()")]
    house: String,
    #[dummy(faker = "StreetName()")]
    street: String,
    #[dummy(faker = "CityName()")]
    city: String,
    #[dummy(faker = "StateAbbr()")]
    state: String,
    #[dummy(faker = "ZipCode()")]
    postal_code: String,
    #[dummy(faker = "80_000_00..900_000_000_00")]
    annual_revenue: i64,
    #[dummy(faker = "6..3071")]
    employee_count: i32,
    #[dummy(faker = "1930..2025")]
    founded_year: i32,
    #[dummy(faker = "Sentence(6..14)")]
    notes: String,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Dummy)]
#[allow(dead_code)]
struct Contact {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "FirstName()")]
    first_name: String,
    #[dummy(faker = "LastName()")]
    last_name: String,
    #[dummy(faker = "SafeEmail()")]
    email: String,
    #[dummy(faker = "PhoneNumber()")]
    phone: String,
    #[dummy(faker = "Title()")]
    title: String,
    #[dummy(faker = "Field()")]
    department: String,
    #[dummy(faker = "SafeEmail()")]
    linkedin_url: String,
    #[dummy(faker = "Sentence(6..14)")]
    notes: String,
    #[dummy(faker = "Buzzword()")]
    tag: String,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Dummy)]
#[allow(dead_code)]
struct ContactOrganization {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "UUIDv4")]
    contact_id: Uuid,
    #[dummy(faker = "UUIDv4")]
    organization_id: Uuid,
    is_primary: bool,
    #[dummy(faker = "0..8")]
    role: u8,
    started_at: DateTime<Utc>,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Dummy)]
#[allow(dead_code)]
struct Opportunity {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "CatchPhrase()")]
    name: String,
    #[dummy(faker = "0..4")]
    category: u8,
    #[dummy(faker = "0..8")]
    stage: u8,
    #[dummy(faker = "0..4")]
    status: u8,
    #[dummy(faker = "0..4")]
    priority: u8,
    #[dummy(faker = "1_000_00..1_000_000_00")]
    amount: i64,
    #[dummy(faker = "0..101")]
    probability: i32,
    estimated_close_date: DateTime<Utc>,
    actual_close_date: Option<DateTime<Utc>>,
    #[dummy(faker = "UUIDv4")]
    customer_organization_id: Uuid,
    #[dummy(faker = "UUIDv4")]
    principal_organization_id: Uuid,
    #[dummy(faker = "UUIDv4")]
    contact_id: Uuid,
    index: i64,
    #[dummy(faker = "Sentence(6..14)")]
    description: String,
    #[dummy(faker = "Sentence(4..9)")]
    next_action: String,
    next_action_date: Option<DateTime<Utc>>,
    #[dummy(faker = "CompanyName()")]
    competition: String,
    #[dummy(faker = "Sentence(4..9)")]
    decision_criteria: String,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Dummy)]
#[allow(dead_code)]
struct Activity {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "0..6")]
    kind: u8,
    #[dummy(faker = "Sentence(3..7)")]
    subject: String,
    #[dummy(faker = "Sentence(6..14)")]
    description: String,
    #[dummy(faker = "0..4")]
    status: u8,
    #[dummy(faker = "0..4")]
    priority: u8,
    #[dummy(faker = "UUIDv4")]
    opportunity_id: Uuid,
    #[dummy(faker = "UUIDv4")]
    contact_id: Uuid,
    due_date: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    #[dummy(faker = "0..5")]
    interaction_type: u8,
    #[dummy(faker = "Sentence(4..9)")]
    outcome: String,
    #[dummy(faker = "UUIDv4")]
    participant: Uuid,
    #[dummy(faker = "Boolean(85)")]
    participated: bool,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Dummy)]
#[allow(dead_code)]
struct Note {
    #[dummy(faker = "UUIDv4")]
    id: Uuid,
    #[dummy(faker = "UUIDv4")]
    about: Uuid,
    #[dummy(faker = "Sentence(8..20)")]
    text: String,
    #[dummy(faker = "0..5")]
    kind: u8,
    date: DateTime<Utc>,
    assigned_to: i64,
    created_by: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}
