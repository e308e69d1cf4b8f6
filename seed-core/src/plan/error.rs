//! What can be wrong with a seed before the first row is made.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::adjustments::table_key;
use crate::bind::Misfit;
use crate::domain::Record;
use crate::row::RowId;
use crate::spec::SeedSpec;

/// So many tables are named where none is known.
const MOST_NAMES: usize = 8;

/// Why there is no plan.
///
/// ```
/// use seed_core::catalog::Catalog;
/// use seed_core::industry::IndustryPack;
/// use seed_core::plan::{Plan, SeedSpec};
/// let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, IndustryPack::bundled("saas")?, vec![]);
/// let error = Plan::new(&Catalog::default(), &spec).unwrap_err();
/// assert_eq!(error.to_string(), "no table of the database holds a record that can be seeded");
/// assert_eq!(error.hint(), "apply the migrations first: `cargo xtask migrate`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Rows that would belong to something that is not asked for.
    #[error("{rows} {children} are asked for, and no {parents} that they could belong to")]
    NoParents {
        /// How many.
        rows: u64,
        /// Of what.
        children: &'static str,
        /// What is missing.
        parents: &'static str,
    },
    /// Two owners in one slot, or a slot out of range.
    #[error("slot {slot} of an owner is taken twice, or above {}", RowId::MAX_SLOT)]
    Slot {
        /// The slot.
        slot: u16,
    },
    /// A reference instant that leaves no room for histories, or none for what is due.
    #[error("the reference date {as_of} is not between 1970 and 2099")]
    AsOf {
        /// The instant.
        as_of: jiff::Timestamp,
    },
    /// Stages that make no pipeline.
    #[error("the pipeline cannot be used: {problem}")]
    Pipeline {
        /// What is wrong with it.
        problem: String,
    },
    /// No table of the database holds anything that we know of.
    #[error("no table of the database holds a record that can be seeded{}", Others(.tables))]
    NoTables {
        /// Those that there are.
        tables: Vec<String>,
    },
    /// A record that is said to live in two tables.
    #[error("`seedbed.toml` gives the {record} to `{}`", tables.join("` and `"))]
    TwoTables {
        /// What they would hold.
        record: Record,
        /// The tables.
        tables: Vec<String>,
    },
    /// Tables that point at each other.
    #[error("tables `{}` point at each other in a circle", tables.join("`, `"))]
    Cycle {
        /// The tables.
        tables: Vec<String>,
    },
    /// Columns that must be filled and cannot be.
    #[error("the data does not fit the database:{}", Lines(.0))]
    Misfits(Vec<Misfit>),
}

impl PlanError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoParents { parents, .. } => format!(
                "ask for at least one: `--{parents} 1` or the variable for {parents}; where `--tables` or `rows` of \
                 `seedbed.toml` leave them out, name them there too"
            ),
            Self::Slot { .. } => "give each owner a slot of its own".into(),
            Self::AsOf { .. } => "give a date of this century: `--as-of 2026-11-22`".into(),
            Self::Pipeline { .. } => {
                "mend `OPPORTUNITY_PIPELINE_STAGES`, `OPPORTUNITY_DEFAULT_STAGE`, `OPPORTUNITY_DEFAULT_PROBABILITY` \
                 or `OPPORTUNITY_MAX_AMOUNT`"
                    .into()
            }
            Self::TwoTables { record, .. } => {
                format!("leave `record = \"{record}\"` at one of them in `seedbed.toml`")
            }
            Self::NoTables { tables } => match tables.first() {
                Some(table) => format!(
                    "say in `seedbed.toml` which table holds what, as in `[tables.{}]` `record = \"organizations\"`",
                    table_key(table)
                ),
                None => "apply the migrations first: `cargo xtask migrate`".into(),
            },
            Self::Cycle { .. } => "let one of the references be null, and leave it out".into(),
            Self::Misfits(misfits) => {
                let hints: BTreeSet<String> = misfits.iter().map(Misfit::hint).collect();
                hints.into_iter().collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// Checks what needs no catalog.
pub(crate) fn check(spec: &SeedSpec) -> Result<(), PlanError> {
    let year = spec.as_of.to_zoned(jiff::tz::TimeZone::UTC).year();
    if !(1970..=2099).contains(&year) {
        return Err(PlanError::AsOf { as_of: spec.as_of });
    }
    let mut slots = BTreeSet::new();
    for owner in &spec.owners {
        if owner.slot > RowId::MAX_SLOT || !slots.insert(owner.slot) {
            return Err(PlanError::Slot { slot: owner.slot });
        }
        let volume = owner.total();
        let needs = |rows, children, parents, present: u64| match (rows, present) {
            (1.., 0) => Err(PlanError::NoParents {
                rows,
                children,
                parents,
            }),
            _ => Ok(()),
        };
        needs(volume.contacts, "contacts", "organizations", volume.organizations)?;
        let principals = volume.organizations + spec.present.principals.len() as u64;
        needs(volume.products, "products", "organizations", principals)?;
        needs(volume.opportunities, "opportunities", "contacts", volume.contacts)?;
        needs(volume.activities, "activities", "contacts", volume.contacts)?;
        let notes = volume.contact_notes + volume.opportunity_notes;
        needs(notes, "notes", "contacts", volume.contacts)?;
        needs(volume.tasks, "tasks", "contacts", volume.contacts)?;
    }
    check_pipeline(spec)
}

fn check_pipeline(spec: &SeedSpec) -> Result<(), PlanError> {
    let pipeline = &spec.pipeline;
    let stages: BTreeSet<&str> = pipeline.stages.iter().map(String::as_str).collect();
    let problem = if pipeline.stages.is_empty() {
        "it has no stages".to_owned()
    } else if stages.len() < pipeline.stages.len() || stages.contains("") {
        "a stage is empty or named twice".to_owned()
    } else if !stages.contains(pipeline.default_stage.as_str()) {
        format!(
            "the default stage `{}` is none of `{}`",
            pipeline.default_stage,
            pipeline.stages.join("`, `")
        )
    } else if pipeline.default_probability > 100 {
        format!(
            "the default probability {} is above 100",
            pipeline.default_probability
        )
    } else if pipeline.max_amount.0 < 1 {
        "the largest amount is not above 0".to_owned()
    } else {
        return Ok(());
    };
    Err(PlanError::Pipeline { problem })
}

/// Tables that are there instead, some of them by name.
struct Others<'a>(&'a [String]);

impl std::fmt::Display for Others<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (named, left) = self.0.split_at(self.0.len().min(MOST_NAMES));
        match (named, left.len()) {
            ([], _) => Ok(()),
            (_, 0) => write!(f, "; there are `{}`", named.join("`, `")),
            (_, left) => write!(f, "; there are `{}` and {left} more", named.join("`, `")),
        }
    }
}

struct Lines<'a>(&'a [Misfit]);

impl std::fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|misfit| {
            f.write_char('\n')?;
            write!(f, "  {misfit}")
        })
    }
}
