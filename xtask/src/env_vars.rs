//! Every environment variable that is read, with what it means.
//!
//! Those of the seed, the pipeline and the test users may also stand in the project's `.env`; a flag beats the
//! process environment, which beats `.env`. The names are those that existing projects use.

/// Folder that has `supabase/` in it, as `--project`.
pub const SEEDBED_PROJECT: &str = "SEEDBED_PROJECT";
/// Which Supabase to work on, as `--target`.
pub const SEEDBED_TARGET: &str = "SEEDBED_TARGET";
/// The name of a database that an AI agent or CI may destroy, as it is marked.
pub const SEEDBED_CONSENT: &str = "SEEDBED_CONSENT";
/// Address of the database of `--target database`; may stand in `.env`. Of a `[target.NAME]`: in its own file.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// Address of the database of `--target cloud`; may stand in `.env.production`, as what follows.
pub const DATABASE_URL_PRODUCTION: &str = "DATABASE_URL_PRODUCTION";
/// Address of the API of a target that is not of this machine.
pub const API_URL: [&str; 2] = ["VITE_SUPABASE_URL", "SUPABASE_URL"];
/// Its key for servers, which passes every policy.
pub const SECRET_KEY: [&str; 2] = ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY"];
/// Its key for clients.
pub const PUBLISHABLE_KEY: [&str; 4] = [
    "VITE_SUPABASE_ANON_KEY",
    "SUPABASE_ANON_KEY",
    "VITE_SUPABASE_PUBLISHABLE_KEY",
    "SUPABASE_PUBLISHABLE_KEY",
];
/// Token of a person, with which `deploy` sends Edge Functions to a hosted project.
pub const SUPABASE_ACCESS_TOKEN: &str = "SUPABASE_ACCESS_TOKEN";
/// `path` prefers a `deno` and a `supabase` on `PATH` to the pinned ones, where they are new enough.
pub const SEEDBED_TOOLS: &str = "SEEDBED_TOOLS";

/// Organizations to seed (50).
pub const SEED_ORGANIZATION_COUNT: &str = "SEED_ORGANIZATION_COUNT";
/// Contacts to seed (100).
pub const SEED_CONTACT_COUNT: &str = "SEED_CONTACT_COUNT";
/// Opportunities to seed (75).
pub const SEED_OPPORTUNITY_COUNT: &str = "SEED_OPPORTUNITY_COUNT";
/// Activities to seed (200).
pub const SEED_ACTIVITY_COUNT: &str = "SEED_ACTIVITY_COUNT";
/// Notes to seed (150).
pub const SEED_NOTE_COUNT: &str = "SEED_NOTE_COUNT";
/// Tags to seed (20).
pub const SEED_TAG_COUNT: &str = "SEED_TAG_COUNT";
/// Products to seed (40).
pub const SEED_PRODUCT_COUNT: &str = "SEED_PRODUCT_COUNT";
/// Tasks to seed (100).
pub const SEED_TASK_COUNT: &str = "SEED_TASK_COUNT";
/// Industry pack (`food_beverage`): its name, or a path from the project's folder.
pub const SEED_INDUSTRY: &str = "SEED_INDUSTRY";

/// Category of most opportunities (`new_business`; others: `upsell`, `renewal`, `referral`).
pub const OPPORTUNITY_DEFAULT_CATEGORY: &str = "OPPORTUNITY_DEFAULT_CATEGORY";
/// Stage of an opportunity of which nothing else is known (`new_lead`).
pub const OPPORTUNITY_DEFAULT_STAGE: &str = "OPPORTUNITY_DEFAULT_STAGE";
/// Stages of the pipeline in their order, separated by commas.
pub const OPPORTUNITY_PIPELINE_STAGES: &str = "OPPORTUNITY_PIPELINE_STAGES";
/// Largest amount of an opportunity (1000000).
pub const OPPORTUNITY_MAX_AMOUNT: &str = "OPPORTUNITY_MAX_AMOUNT";
/// Probability, in percent, of a stage that has none of its own (50).
pub const OPPORTUNITY_DEFAULT_PROBABILITY: &str = "OPPORTUNITY_DEFAULT_PROBABILITY";

/// E-mail of the test user in role `admin` (`admin@test.local`).
pub const TEST_ADMIN_EMAIL: &str = "TEST_ADMIN_EMAIL";
/// E-mail of the test user in role `sales_director` (`director@test.local`).
pub const TEST_DIRECTOR_EMAIL: &str = "TEST_DIRECTOR_EMAIL";
/// E-mail of the test user in role `account_manager` (`manager@test.local`).
pub const TEST_MANAGER_EMAIL: &str = "TEST_MANAGER_EMAIL";
/// Password of all test users (`TestPass123!`).
pub const TEST_USER_PASSWORD: &str = "TEST_USER_PASSWORD";
/// Id of the user who owns the seeded rows, in place of the test users.
pub const TEST_USER_ID: &str = "TEST_USER_ID";
