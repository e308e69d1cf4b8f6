//! What is overdue, which depends on when one looks.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Activity, Factory, Opportunity, Task};

impl Factory<Opportunity> {
    /// Those that should have closed before as-of and did not.
    pub fn overdue(self) -> Self {
        self.condition("overdue", is_overdue)
    }

    /// Those that should have closed before an instant and did not.
    pub fn overdue_at(self, now: Timestamp) -> Self {
        self.condition("overdue", move |deal, _| is_overdue(deal, now))
    }
}

fn is_overdue(deal: &Opportunity, now: Timestamp) -> bool {
    let today = now.to_zoned(TimeZone::UTC).date();
    deal.actual_close_date.is_none() && deal.estimated_close_date.is_some_and(|day| day < today)
}

impl Factory<Activity> {
    /// Those that are still to be done and were due before an instant, which has to be after as-of: until then, as in
    /// the database, nothing open is due.
    pub fn overdue_at(self, now: Timestamp) -> Self {
        self.only("overdue", move |activity| {
            matches!(activity.status.as_str(), "pending" | "in_progress")
                && activity.due_date.is_some_and(|due| due < now)
        })
    }
}

impl Factory<Task> {
    /// Those that are still to be done and were due before an instant, which has to be after as-of: until then, as in
    /// the database, nothing open is due.
    pub fn overdue_at(self, now: Timestamp) -> Self {
        self.only("overdue", move |task| {
            task.completed_at.is_none() && task.due_date.is_some_and(|due| due < now)
        })
    }
}
