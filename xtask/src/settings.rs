//! Values from the environment and the project's `.env`, checked and with their defaults.
//!
//! Order: flag (the commands lay it on top), process environment, `.env`, default. `.env.production` is not read
//! here. A variable set to nothing counts as not set.

use std::env;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use stack::hint::mendable;
use uuid::Uuid;

use crate::counts::Counts;
use crate::dotenv::Dotenv;
use crate::env_vars;
use crate::users::roles::Role;

/// The stages of the pipeline where the environment names no others.
pub const DEFAULT_STAGES: [&str; 8] = [
    "new_lead",
    "initial_outreach",
    "sample_visit_offered",
    "awaiting_response",
    "feedback_logged",
    "demo_scheduled",
    "closed_won",
    "closed_lost",
];

/// All values that can be set from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Rows to seed.
    pub counts: Counts,
    /// Name of the industry pack, and where it was set.
    pub industry: Sourced<String>,
    /// The sales pipeline.
    pub pipeline: Pipeline,
    /// The test users.
    pub test_users: TestUsers,
}

/// The sales pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Stages in their order.
    pub stages: Vec<String>,
    /// One of the stages.
    pub default_stage: String,
    /// Category of most opportunities.
    pub default_category: String,
    /// Percent, for a stage that has none of its own.
    pub default_probability: u8,
    /// Largest amount of an opportunity.
    pub max_amount: u64,
}

/// The test users.
#[derive(Clone, PartialEq)]
pub struct TestUsers {
    /// Their roles, each with the e-mail of its user.
    pub roles: Vec<Role>,
    /// Password of all of them.
    pub password: String,
    /// The user who owns the seeded rows, in place of them.
    pub owner: Option<Uuid>,
}

impl fmt::Debug for TestUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let emails: Vec<&str> = self.roles.iter().map(|role| role.email.as_str()).collect();
        write!(f, "TestUsers {{ {emails:?}, owner: {:?} }}", self.owner)
    }
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

/// Where a value comes from; prints as the subject of an error message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// A flag of this name.
    Flag(&'static str),
    /// A variable of the process.
    Environment { name: &'static str },
    /// A line of the `.env`.
    File {
        name: &'static str,
        path: PathBuf,
        line: usize,
    },
}

impl Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::Flag(name) => write!(f, "`{name}`"),
            Self::Environment { name } => write!(f, "`{name}` in the environment"),
            Self::File { name, path, line } => write!(f, "`{name}` in `{}` line {line}", path.display()),
        }
    }
}

impl Settings {
    /// Reads the process environment and the `.env` at `dotenv`, for a project with these roles.
    ///
    /// # Errors
    /// When the `.env` is broken, or a value makes no sense: the variable and where it was set are named.
    pub fn load(dotenv: &Path, roles: Vec<Role>) -> anyhow::Result<Self> {
        let process = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let variables = Variables {
            process: &process,
            file: Dotenv::load(dotenv)?,
        };
        Self::resolve(&variables, roles)
    }

    fn resolve(from: &Variables, roles: Vec<Role>) -> anyhow::Result<Self> {
        let stages = from.list(env_vars::OPPORTUNITY_PIPELINE_STAGES)?;
        let stages = stages.unwrap_or_else(|| DEFAULT_STAGES.map(str::to_owned).to_vec());
        Ok(Self {
            counts: Counts {
                organizations: from.number(env_vars::SEED_ORGANIZATION_COUNT)?,
                contacts: from.number(env_vars::SEED_CONTACT_COUNT)?,
                opportunities: from.number(env_vars::SEED_OPPORTUNITY_COUNT)?,
                activities: from.number(env_vars::SEED_ACTIVITY_COUNT)?,
                notes: from.number(env_vars::SEED_NOTE_COUNT)?,
                tags: from.number(env_vars::SEED_TAG_COUNT)?,
                products: from.number(env_vars::SEED_PRODUCT_COUNT)?,
                tasks: from.number(env_vars::SEED_TASK_COUNT)?,
            },
            industry: from.get(env_vars::SEED_INDUSTRY).unwrap_or(Sourced {
                value: "food_beverage".to_owned(),
                source: Source::Default,
            }),
            pipeline: Pipeline {
                default_stage: from.default_stage(&stages)?,
                default_category: from.text(env_vars::OPPORTUNITY_DEFAULT_CATEGORY, "new_business"),
                default_probability: from
                    .percent(env_vars::OPPORTUNITY_DEFAULT_PROBABILITY)?
                    .unwrap_or(50),
                max_amount: from
                    .number(env_vars::OPPORTUNITY_MAX_AMOUNT)?
                    .unwrap_or(1_000_000),
                stages,
            },
            test_users: from.test_users(roles)?,
        })
    }
}

/// The process environment on top of the `.env`.
struct Variables<'a> {
    process: &'a dyn Fn(&str) -> Option<String>,
    file: Dotenv,
}

impl Variables<'_> {
    fn get(&self, name: &'static str) -> Option<Sourced<String>> {
        let set = |value: String, source| {
            let value = value.trim().to_owned();
            (!value.is_empty()).then_some(Sourced { value, source })
        };
        let process = (self.process)(name).and_then(|value| set(value, Source::Environment { name }));
        process.or_else(|| {
            let variable = self.file.get(name)?;
            let source = Source::File {
                name,
                path: self.file.path().to_owned(),
                line: variable.line,
            };
            set(variable.value.clone(), source)
        })
    }

    fn text(&self, name: &'static str, default: &str) -> String {
        self.get(name)
            .map_or_else(|| default.to_owned(), |found| found.value)
    }

    fn number<T: FromStr>(&self, name: &'static str) -> anyhow::Result<Option<T>> {
        let Some(Sourced { value, source }) = self.get(name) else {
            return Ok(None);
        };
        let problem = match value.strip_prefix('-') {
            Some(digits) if is_number(digits) => "it is negative",
            _ if is_number(&value) => "it is too large",
            _ => "it is not a whole number",
        };
        value
            .parse()
            .map(Some)
            .map_err(|_| bad(&source, &value, problem, "set it to a whole number from 0 up"))
    }

    fn percent(&self, name: &'static str) -> anyhow::Result<Option<u8>> {
        match (self.number::<u64>(name)?, self.get(name)) {
            (Some(number), Some(found)) if number > 100 => Err(bad(
                &found.source,
                &found.value,
                "it is more than 100",
                "set it to a percentage from 0 to 100",
            )),
            (number, _) => Ok(number.and_then(|number| u8::try_from(number).ok())),
        }
    }

    fn list(&self, name: &'static str) -> anyhow::Result<Option<Vec<String>>> {
        let Some(Sourced { value, source }) = self.get(name) else {
            return Ok(None);
        };
        let items: Vec<String> = value.split(',').map(|item| item.trim().to_owned()).collect();
        let hint = "list the names in their order, separated by commas, each once";
        for (index, item) in items.iter().enumerate() {
            if item.is_empty() {
                return Err(bad(&source, &value, "a name is missing between commas", hint));
            }
            if items[..index].contains(item) {
                return Err(bad(&source, &value, &format!("it names `{item}` twice"), hint));
            }
        }
        Ok(Some(items))
    }

    fn default_stage(&self, stages: &[String]) -> anyhow::Result<String> {
        let Some(Sourced { value, source }) = self.get(env_vars::OPPORTUNITY_DEFAULT_STAGE) else {
            let usual = stages.iter().find(|stage| *stage == DEFAULT_STAGES[0]);
            return Ok(usual.or(stages.first()).cloned().unwrap_or_default());
        };
        if stages.contains(&value) {
            return Ok(value);
        }
        let nearest = stages
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, &value).total_cmp(&strsim::jaro_winkler(b, &value)));
        let hint = format!(
            "did you mean `{}`? The stages are {}; `{}` sets others",
            nearest.map_or("", String::as_str),
            stages.join(", "),
            env_vars::OPPORTUNITY_PIPELINE_STAGES,
        );
        Err(bad(&source, &value, "there is no such stage", &hint))
    }

    fn email(&self, name: &'static str, default: &str) -> anyhow::Result<String> {
        let Some(Sourced { value, source }) = self.get(name) else {
            return Ok(default.to_owned());
        };
        let is_address = value
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        if !is_address || value.contains(char::is_whitespace) {
            return Err(bad(
                &source,
                &value,
                "it is not an e-mail address",
                "set it to one, as in `admin@test.local`",
            ));
        }
        Ok(value)
    }

    fn test_users(&self, mut roles: Vec<Role>) -> anyhow::Result<TestUsers> {
        for role in &mut roles {
            if let Some(name) = role.email_variable() {
                role.email = self.email(name, &role.email)?.to_lowercase();
            }
        }
        for (at, role) in roles.iter().enumerate() {
            if let Some(other) = roles[..at].iter().find(|other| other.email == role.email) {
                let (place, other) = (role.email_place(), other.email_place());
                return Err(mendable(
                    format!("read {place}: `{}` is the e-mail of {other} too", role.email),
                    "give each test user an e-mail of its own",
                ));
            }
        }
        Ok(TestUsers {
            roles,
            password: self.text(env_vars::TEST_USER_PASSWORD, "TestPass123!"),
            owner: self.uuid(env_vars::TEST_USER_ID)?,
        })
    }

    fn uuid(&self, name: &'static str) -> anyhow::Result<Option<Uuid>> {
        let Some(Sourced { value, source }) = self.get(name) else {
            return Ok(None);
        };
        let hint = "set it to the id of a user in `auth.users`";
        value
            .parse()
            .map(Some)
            .map_err(|_| bad(&source, &value, "it is not a UUID", hint))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn bad(source: &Source, value: &str, problem: &str, hint: &str) -> anyhow::Error {
    mendable(format!("read {source}: `{value}`: {problem}"), hint)
}

#[cfg(test)]
mod tests;
