//! How many rows of each kind: flags and variables say it in the same terms.

use anyhow::{Context, Result};
use clap::Args;
use seed_core::spec::Volume;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::row_count;

/// Rows of each kind for each owner; `None` where nobody said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Args)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Companies
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub organizations: Option<u32>,
    /// People
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub contacts: Option<u32>,
    /// Deals
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub opportunities: Option<u32>,
    /// Activities
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub activities: Option<u32>,
    /// Notes, six of ten about deals and the others about people
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub notes: Option<u32>,
    /// Tags, which all owners share
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub tags: Option<u32>,
    /// Products
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub products: Option<u32>,
    /// To-dos
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = row_count)]
    #[arg(help_heading = "Rows for each owner")]
    pub tasks: Option<u32>,
}

impl Counts {
    /// Nobody said anything.
    pub const NONE: Counts = Counts {
        organizations: None,
        contacts: None,
        opportunities: None,
        activities: None,
        notes: None,
        tags: None,
        products: None,
        tasks: None,
    };

    /// So many of everything.
    pub fn of_each(count: u32) -> Counts {
        let mut counts = Counts::default();
        counts.each().into_iter().for_each(|one| *one = Some(count));
        counts
    }

    /// These, and where nobody said, the others.
    pub fn or(mut self, mut others: Counts) -> Counts {
        let pairs = self.each().into_iter().zip(others.each());
        pairs.for_each(|(own, other)| *own = own.or(*other));
        self
    }

    /// These, and where nobody said, the usual volume.
    pub fn over(self, usual: Volume) -> Volume {
        let pick = |asked: Option<u32>, usual: u64| asked.map_or(usual, u64::from);
        let volume = Volume {
            organizations: pick(self.organizations, usual.organizations),
            contacts: pick(self.contacts, usual.contacts),
            opportunities: pick(self.opportunities, usual.opportunities),
            activities: pick(self.activities, usual.activities),
            tags: pick(self.tags, usual.tags),
            products: pick(self.products, usual.products),
            tasks: pick(self.tasks, usual.tasks),
            ..usual
        };
        match self.notes {
            Some(notes) => volume.with_notes(notes.into()),
            None => volume,
        }
    }

    /// The flags that say the same.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_flags(&self) -> Result<Vec<String>> {
        let Value::Object(counts) = serde_json::to_value(self).context("write the counts as JSON")? else {
            return Ok(Vec::new());
        };
        let flag = |(name, count): (String, Value)| Some(format!("--{name}={}", count.as_u64()?));
        Ok(counts.into_iter().filter_map(flag).collect())
    }

    fn each(&mut self) -> [&mut Option<u32>; 8] {
        [
            &mut self.organizations,
            &mut self.contacts,
            &mut self.opportunities,
            &mut self.activities,
            &mut self.notes,
            &mut self.tags,
            &mut self.products,
            &mut self.tasks,
        ]
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        counts: Counts,
    }

    #[test]
    fn counts_are_read_from_the_flags_that_they_give() {
        let mut counts = Counts::of_each(7);
        counts.tags = None;
        let flags = counts.to_flags().unwrap();
        let read = Flags::parse_from(std::iter::once("seed".to_owned()).chain(flags));
        assert_eq!(read.counts, counts);
    }
}
