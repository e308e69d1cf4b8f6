//! How many rows of each kind make a number of rows of all.

use seed_core::spec::Volume;

use crate::counts::Counts;

/// Tags are few, however much there is to tag.
const TAGS: u32 = 20;

/// An administrator's usual rows, each `factor` times, and at least one of each.
pub fn counts(factor: f64) -> Counts {
    let usual = Volume::ADMIN;
    let times = |rows: u64| Some((rows as f64 * factor).round().max(1.0) as u32);
    Counts {
        organizations: times(usual.organizations),
        contacts: times(usual.contacts),
        opportunities: times(usual.opportunities),
        activities: times(usual.activities),
        notes: times(usual.contact_notes + usual.opportunity_notes),
        tags: Some(TAGS),
        products: times(usual.products),
        tasks: times(usual.tasks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_that_of_an_administrator_and_no_table_is_empty() {
        let Counts { contacts, notes, .. } = counts(2.0);
        assert_eq!((contacts, notes), (Some(200), Some(300)));
        assert_eq!(counts(0.0).organizations, Some(1));
    }
}
