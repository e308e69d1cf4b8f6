//! Deals, and what is done and noted about them.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::embedded::Participant;
use super::record::record;
use crate::industry::Cents;

record! {
    /// A deal.
    ///
    /// ```
    /// use seed_core::factory::Opportunity;
    /// let deal = Opportunity::factory().won().build();
    /// assert_eq!((deal.stage.as_str(), deal.probability), ("closed_won", Some(100)));
    /// assert!(deal.actual_close_date.is_some());
    /// ```
    owned Opportunity opportunities {
        /// Its key.
        id: Uuid = Id,
        /// The customer and the product.
        name: String = Name,
        /// `new_business`, `upsell`, `renewal` or `referral`.
        category: String = Category,
        /// Stage of the pipeline.
        stage: String = Stage,
        /// `open`, `stalled`, `won` or `lost`.
        status: String = Status,
        /// `low`, `medium`, `high` or `critical`.
        priority: String = Priority,
        /// Money.
        amount: Cents | null = Amount,
        /// Percent.
        probability: i64 | null = Probability,
        /// When it should close.
        estimated_close_date: Date | null = EstimatedCloseDate,
        /// When it closed.
        actual_close_date: Date | null = ActualCloseDate,
        /// Who buys: a key of `organizations`.
        customer_organization_id: Uuid = CustomerOrganization,
        /// Whose product it is: a key of `organizations`.
        principal_organization_id: Uuid | null = PrincipalOrganization,
        /// People of the customer, one to three keys of `contacts`.
        contact_ids: Vec<Uuid> = ContactIds,
        /// Order on the board within a stage.
        index: i64 = Index,
        /// A sentence or two.
        description: String | null = Description,
        /// What to do next.
        next_action: String | null = NextAction,
        /// When to do it.
        next_action_date: Date | null = NextActionDate,
        /// Who else is in it.
        competition: String | null = Competition,
        /// What the customer decides by.
        decision_criteria: String | null = DecisionCriteria,
    } states {
        /// Those that are being worked on.
        open: |deal| deal.status == "open",
        /// Those that wait for the customer.
        stalled: |deal| deal.status == "stalled",
        /// Those that were won.
        won: |deal| deal.status == "won",
        /// Those that were lost.
        lost: |deal| deal.status == "lost",
        /// Those that were won or lost.
        closed: |deal| deal.actual_close_date.is_some(),
        /// Those that somebody else is in too.
        with_competition: |deal| deal.competition.is_some(),
    }
}

record! {
    /// Something that happened or is due.
    ///
    /// ```
    /// use seed_core::factory::Activity;
    /// let meeting = Activity::factory().meeting().done().build();
    /// assert!(meeting.completed_at.is_some() && meeting.participants.is_some());
    /// ```
    owned Activity activities {
        /// Its key.
        id: Uuid = Id,
        /// `meeting`, `call`, `email`, `task`, `note` or `event`; in JSON it is called `type`.
        #[serde(rename = "type")]
        kind: String = Type,
        /// What it is about.
        subject: String = Subject,
        /// A sentence or two.
        description: String | null = Description,
        /// `pending`, `in_progress`, `completed` or `cancelled`.
        status: String = Status,
        /// `low`, `medium`, `high` or `critical`.
        priority: String = Priority,
        /// The deal that it belongs to.
        opportunity_id: Uuid | null = Opportunity,
        /// The person that it belongs to.
        contact_id: Uuid | null = Contact,
        /// When it is due.
        due_date: Timestamp | null = DueDate,
        /// When it was done.
        completed_at: Timestamp | null = CompletedAt,
        /// `sales_call`, `support_ticket`, `product_demo`, `follow_up` or `negotiation`.
        interaction_type: String | null = InteractionType,
        /// What came of it.
        outcome: String | null = Outcome,
        /// Who took part, for meetings and calls.
        participants: Vec<Participant> | null = Participants,
    } states {
        /// Those that are meetings.
        meeting: |activity| activity.kind == "meeting",
        /// Those that are calls.
        call: |activity| activity.kind == "call",
        /// Those that are e-mails.
        email: |activity| activity.kind == "email",
        /// Those that are to-dos.
        task: |activity| activity.kind == "task",
        /// Those that are notes.
        note: |activity| activity.kind == "note",
        /// Those that are events.
        event: |activity| activity.kind == "event",
        /// Those that nobody has begun.
        pending: |activity| activity.status == "pending",
        /// Those that somebody is at.
        in_progress: |activity| activity.status == "in_progress",
        /// Those that are over.
        done: |activity| activity.status == "completed",
        /// Those that were given up.
        cancelled: |activity| activity.status == "cancelled",
        /// Those that belong to a deal.
        with_deal: |activity| activity.opportunity_id.is_some(),
        /// Those that belong to a person alone.
        without_deal: |activity| activity.opportunity_id.is_none(),
    }
}

record! {
    /// A to-do of one person.
    ///
    /// ```
    /// use seed_core::factory::Task;
    /// let task = Task::factory().pending().title("Send the samples").build();
    /// assert!(task.completed_at.is_none() && task.title == "Send the samples");
    /// ```
    owned Task tasks {
        /// Its key.
        id: Uuid = Id,
        /// What is to be done.
        title: String = Title,
        /// `call`, `email`, `meeting`, `follow_up` or `proposal`; in JSON it is called `type`.
        #[serde(rename = "type")]
        kind: String | null = Type,
        /// When it is due.
        due_date: Timestamp | null = DueDate,
        /// When it was done.
        completed_at: Timestamp | null = CompletedAt,
        /// The person that it belongs to.
        contact_id: Uuid | null = Contact,
        /// The deal that it belongs to.
        opportunity_id: Uuid | null = Opportunity,
    } states {
        /// Those that are to be done.
        pending: |task| task.completed_at.is_none(),
        /// Those that are done.
        done: |task| task.completed_at.is_some(),
        /// Those that belong to a deal.
        with_deal: |task| task.opportunity_id.is_some(),
        /// Those that belong to a person alone.
        without_deal: |task| task.opportunity_id.is_none(),
    }
}

record! {
    /// A note about a person.
    ///
    /// ```
    /// use seed_core::factory::ContactNote;
    /// let note = ContactNote::factory().text("Called back").build();
    /// assert_eq!(note.text, "Called back");
    /// assert_eq!(note.date, note.created_at);
    /// ```
    owned ContactNote contact_notes {
        /// Its key.
        id: Uuid = Id,
        /// The person that it is about.
        contact_id: Uuid = Contact,
        /// The note.
        text: String = Text,
        /// `general`, `meeting`, `call`, `email` or `internal`; in JSON it is called `type`.
        #[serde(rename = "type")]
        kind: String = Type,
        /// When it was written.
        date: Timestamp = Date,
    } states {
        /// Those that are for colleagues only.
        internal: |note| note.kind == "internal",
    }
}

record! {
    /// A note about a deal.
    ///
    /// ```
    /// use seed_core::factory::OpportunityNote;
    /// let note = OpportunityNote::factory().text("Called back").build();
    /// assert_eq!(note.text, "Called back");
    /// assert_eq!(note.date, note.created_at);
    /// ```
    owned OpportunityNote opportunity_notes {
        /// Its key.
        id: Uuid = Id,
        /// The deal that it is about.
        opportunity_id: Uuid = Opportunity,
        /// The note.
        text: String = Text,
        /// `general`, `meeting`, `call`, `email` or `internal`; in JSON it is called `type`.
        #[serde(rename = "type")]
        kind: String = Type,
        /// When it was written.
        date: Timestamp = Date,
    } states {
        /// Those that are for colleagues only.
        internal: |note| note.kind == "internal",
    }
}
