//! What the flags and the settings ask to be seeded, before any database has a say in it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use seed_core::industry::{Cents, IndustryPack};
use seed_core::spec::Pipeline;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use stack::hint::{WithHint, mendable};

use super::industry::Packs;
use crate::cli::SeedOptions;
use crate::counts::Counts;
use crate::database::ledger::Run;
use crate::settings::{Settings, Source, Sourced};

/// The seed where nobody gave one.
const DEFAULT_SEED: u64 = 42;

/// Flags and settings, checked.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What every random number depends on.
    pub seed: u64,
    /// The instant that all dates are counted from.
    pub as_of: Timestamp,
    /// Whether a flag said so.
    pub has_own_day: bool,
    /// The name that the industry pack gives itself.
    pub industry: String,
    /// The pack.
    pub pack: IndustryPack,
    /// The sales pipeline.
    pub pipeline: Pipeline,
    /// Rows that were asked for, per owner.
    pub counts: Counts,
}

impl Choice {
    /// Lays the flags on top of the settings.
    ///
    /// # Errors
    /// There is no such industry, its pack is not usable, or a number is too large: said where it was set.
    pub fn resolve(
        options: &SeedOptions,
        settings: &Settings,
        packs: &Packs,
        now: Timestamp,
    ) -> Result<Choice> {
        let industry = match &options.industry {
            Some(name) => Sourced {
                value: name.clone(),
                source: Source::Flag("--industry"),
            },
            None => settings.industry.clone(),
        };
        let pack = packs.asked_for(&industry)?;
        let all = options.count.map(Counts::of_each).unwrap_or_default();
        let counts = options.counts.or(all).or(settings.counts);
        let pipeline = &settings.pipeline;
        let max_amount = i64::try_from(pipeline.max_amount)
            .ok()
            .and_then(|amount| amount.checked_mul(100));
        let Some(max_amount) = max_amount else {
            let message = format!(
                "read `OPPORTUNITY_MAX_AMOUNT`: `{}`: it is too large",
                pipeline.max_amount
            );
            return Err(mendable(message, "set it to an amount of money, as in 1000000"));
        };
        Ok(Choice {
            seed: options.seed.unwrap_or(DEFAULT_SEED),
            as_of: options.as_of.unwrap_or_else(|| start_of_day(now)),
            has_own_day: options.as_of.is_some(),
            industry: pack.name.clone(),
            pack,
            pipeline: Pipeline {
                stages: pipeline.stages.clone(),
                default_stage: pipeline.default_stage.clone(),
                default_category: pipeline.default_category.clone(),
                default_probability: pipeline.default_probability,
                max_amount: Cents(max_amount),
            },
            counts,
        })
    }

    /// What a ledger's entry says was asked for.
    ///
    /// # Errors
    /// The entry is of another version of the tool, or its industry is gone.
    pub fn of_run(run: &Run) -> Result<Choice> {
        let stored: Stored = serde_json::from_value(run.settings.clone())
            .with_context(|| format!("read the settings of the seed {}", run.title()))
            .with_hint(|| "another version of the tool wrote it: run `cargo xtask reset`".into())?;
        let pack = match stored.pack {
            Some(own) => own,
            None => IndustryPack::bundled(&run.industry)
                .map_err(|error| mendable(format!("read the industry of the seed: {error}"), error.hint()))?,
        };
        Ok(Choice {
            seed: run.seed,
            as_of: run.as_of,
            has_own_day: true,
            industry: run.industry.clone(),
            pack,
            pipeline: Pipeline {
                stages: stored.stages,
                default_stage: stored.default_stage,
                default_category: stored.default_category,
                default_probability: stored.default_probability,
                max_amount: Cents(stored.max_amount_cents),
            },
            counts: stored.counts,
        })
    }

    /// What the ledger keeps of it besides its own columns.
    pub fn to_settings(&self) -> Result<Value> {
        let pipeline = &self.pipeline;
        let stored = Stored {
            stages: pipeline.stages.clone(),
            default_stage: pipeline.default_stage.clone(),
            default_category: pipeline.default_category.clone(),
            default_probability: pipeline.default_probability,
            max_amount_cents: pipeline.max_amount.0,
            counts: self.counts,
            pack: (!self.has_bundled_pack()).then(|| self.pack.clone()),
        };
        serde_json::to_value(stored).context("write the settings of the seed")
    }

    fn has_bundled_pack(&self) -> bool {
        IndustryPack::bundled(&self.industry).is_ok_and(|bundled| bundled == self.pack)
    }

    /// The day of [`Choice::as_of`], as people write it.
    pub fn as_of_day(&self) -> String {
        self.as_of.strftime("%Y-%m-%d").to_string()
    }

    /// A hash of everything in it, so that two runs can be told apart.
    pub fn digest(&self) -> String {
        // Who said the day changes no row.
        let choice = Choice {
            has_own_day: false,
            ..self.clone()
        };
        let hash = Sha256::digest(format!("{choice:?}"));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    stages: Vec<String>,
    default_stage: String,
    default_category: String,
    default_probability: u8,
    max_amount_cents: i64,
    counts: Counts,
    /// The whole pack where it is not the bundled one of its name: its file may be another one by then, or gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pack: Option<IndustryPack>,
}

fn start_of_day(now: Timestamp) -> Timestamp {
    let date = now.to_zoned(TimeZone::UTC).date();
    date.to_zoned(TimeZone::UTC)
        .map_or(now, |start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use seed_core::spec::Volume;
    use stack::hint::hints;
    use uuid::Uuid;

    use super::*;
    use crate::paths::Paths;
    use crate::users::roles::Role;

    fn options() -> SeedOptions {
        SeedOptions::default()
    }

    fn settings() -> Settings {
        let mut settings = Settings::load(Path::new("does/not/exist"), Role::defaults()).unwrap();
        settings.counts = Counts::default();
        settings
    }

    fn resolve(options: &SeedOptions, settings: &Settings) -> Result<Choice> {
        let nowhere = Paths {
            workspace: "does/not/exist".into(),
            project: "does/not/exist".into(),
        };
        resolve_in(&nowhere, options, settings)
    }

    fn resolve_in(paths: &Paths, options: &SeedOptions, settings: &Settings) -> Result<Choice> {
        let now = "2026-11-23T17:30:00Z".parse().unwrap();
        Choice::resolve(options, settings, &Packs::of(paths), now)
    }

    #[test]
    fn nothing_asked_for_gives_todays_usual_volumes() {
        let choice = resolve(&options(), &settings()).unwrap();
        assert_eq!(
            (choice.as_of.to_string().as_str(), &*choice.industry),
            ("2026-11-23T00:00:00Z", "food_beverage")
        );
        assert_eq!(choice.counts.over(Volume::DIRECTOR), Volume::DIRECTOR);
    }

    #[test]
    fn a_flag_goes_before_the_count_of_all_and_that_before_a_variable() {
        let mut settings = settings();
        settings.counts.contacts = Some(7);
        settings.counts.notes = Some(10);
        let volume = |options: &SeedOptions| resolve(options, &settings).unwrap().counts.over(Volume::ADMIN);
        let expected = Volume {
            contacts: 7,
            contact_notes: 4,
            opportunity_notes: 6,
            ..Volume::ADMIN
        };
        assert_eq!(volume(&options()), expected);
        let mut all = SeedOptions {
            count: Some(3),
            ..options()
        };
        assert_eq!(volume(&all), Volume::of_each(3));
        all.counts.tasks = Some(0);
        assert_eq!(
            volume(&all),
            Volume {
                tasks: 0,
                ..Volume::of_each(3)
            }
        );
    }

    #[test]
    fn an_unknown_industry_is_named_with_where_it_was_set() {
        let flag = SeedOptions {
            industry: Some("saaas".into()),
            ..options()
        };
        let error = resolve(&flag, &settings()).unwrap_err();
        let said = "read `--industry`: no industry pack is called `saaas`";
        assert_eq!(crate::error::message(&error), said);
        assert_eq!(hints(&error), ["did you mean `saas`?"]);
    }

    #[test]
    fn whatever_changes_the_rows_changes_the_digest() {
        let digest = |options: &SeedOptions| resolve(options, &settings()).unwrap().digest();
        let usual = digest(&options());
        assert_eq!(usual, digest(&options()));
        assert_ne!(
            usual,
            digest(&SeedOptions {
                seed: Some(7),
                ..options()
            })
        );
        assert_ne!(
            usual,
            digest(&SeedOptions {
                count: Some(3),
                ..options()
            })
        );
        assert_ne!(
            usual,
            digest(&SeedOptions {
                industry: Some("saas".into()),
                ..options()
            })
        );
        assert_ne!(
            usual,
            digest(&SeedOptions {
                as_of: Some("2026-01-01T00:00:00Z".parse().unwrap()),
                ..options()
            })
        );
    }

    fn run_of(choice: &Choice) -> Run {
        Run {
            id: Uuid::nil(),
            command: "seed".into(),
            fingerprint: String::new(),
            seed: choice.seed,
            industry: choice.industry.clone(),
            as_of: choice.as_of,
            tool_version: String::new(),
            owners: Value::Null,
            settings: choice.to_settings().unwrap(),
            created_at: choice.as_of,
            is_remnant: false,
            parts: 1,
            written: [1].into(),
            basis: None,
            tables: Vec::new(),
        }
    }

    #[test]
    fn the_ledger_gives_a_choice_back() {
        let mut settings = settings();
        settings.counts.contacts = Some(7);
        let choice = resolve(&options(), &settings).unwrap();
        let run = run_of(&choice);
        assert_eq!(run.settings.get("pack"), None);
        assert_eq!(Choice::of_run(&run).unwrap().digest(), choice.digest());
    }

    #[test]
    fn the_ledger_keeps_a_pack_that_is_not_bundled() {
        let project = tempfile::tempdir().unwrap();
        let paths = Paths {
            workspace: project.path().to_owned(),
            project: project.path().to_owned(),
        };
        std::fs::create_dir(paths.industries()).unwrap();
        let options = SeedOptions {
            industry: Some("saas".into()),
            ..options()
        };
        let bundled = resolve_in(&paths, &options, &settings()).unwrap();
        let own = IndustryPack::template("saas", "Our own");
        std::fs::write(paths.industries().join("saas.toml"), own).unwrap();
        let choice = resolve_in(&paths, &options, &settings()).unwrap();
        assert_eq!((&*choice.industry, &*choice.pack.title), ("saas", "Our own"));
        assert_ne!(choice.digest(), bundled.digest());
        let run = run_of(&choice);
        project.close().unwrap();
        assert_eq!(Choice::of_run(&run).unwrap().digest(), choice.digest());
    }
}
