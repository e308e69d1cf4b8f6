//! What a row belongs to that can be about a deal, or about a person alone.

use super::relatives::Relatives;
use super::{Opportunity, Record};
use crate::layout::{Layout, Share};
use crate::row::RowId;

/// Activities that belong to a deal; the others belong to a person alone.
const ACTIVITIES_WITH_DEAL: Share = Share::of_ten(7);
/// To-dos that belong to a deal.
const TASKS_WITH_DEAL: Share = Share::of_ten(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Opportunity(RowId),
    Contact(RowId),
}

impl Subject {
    pub fn of_activity(relatives: &mut Relatives<'_>, id: RowId) -> Self {
        let layouts = &relatives.world.layouts;
        let layouts = (&layouts.activities, &layouts.contact_activities);
        Self::new(relatives, Record::Activity, id, ACTIVITIES_WITH_DEAL, layouts)
    }

    pub fn of_task(relatives: &mut Relatives<'_>, id: RowId) -> Self {
        let layouts = &relatives.world.layouts;
        let layouts = (&layouts.tasks, &layouts.contact_tasks);
        Self::new(relatives, Record::Task, id, TASKS_WITH_DEAL, layouts)
    }

    /// `layouts` are those of the deals and of the people.
    fn new<'w>(
        relatives: &mut Relatives<'w>,
        record: Record,
        id: RowId,
        share: Share,
        layouts: (&'w Layout, &'w Layout),
    ) -> Self {
        let volume = relatives.world.volume(record, id);
        let (with_deal, rank) = match volume.opportunities {
            0 => (false, id.local()),
            _ => share.rank(id.local()),
        };
        if with_deal {
            let deal = relatives.place(layouts.0, rank, volume.opportunities).parent;
            Self::Opportunity(id.sibling(deal))
        } else {
            let contact = relatives.place(layouts.1, rank, volume.contacts).parent;
            Self::Contact(id.sibling(contact))
        }
    }

    /// The deal, where it belongs to one.
    pub fn opportunity<'w>(self, relatives: &mut Relatives<'w>) -> Option<Opportunity<'w>> {
        match self {
            Self::Opportunity(deal) => Some(*relatives.opportunity(deal)),
            Self::Contact(_) => None,
        }
    }
}
