//! What a command asks for: which rows, for whom, beside which.

use std::time::Duration;

use seed_core::plan::Part;
use seed_core::spec::Volume;

use super::choice::Choice;
use crate::counts::Counts;
use crate::settings::TestUsers;

/// The word that the user typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// All rows of owners who have none.
    Seed,
    /// More rows for an owner.
    Add,
    /// Products alone.
    Products,
}

/// What a command asks for, before any database has a say in it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The word that the user typed.
    pub job: Job,
    /// Flags and settings.
    pub choice: Choice,
    /// E-mails of the users who get the rows; none for the test users.
    pub emails: Vec<String>,
    /// Names of the tables to fill; none for all.
    pub tables: Vec<String>,
    /// What goes first, in the same transaction.
    pub cleans: Cleans,
    /// The test users.
    pub test_users: TestUsers,
    /// In how many transactions.
    pub way: Way,
}

/// What goes before rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleans {
    /// Nothing.
    Nothing,
    /// What was seeded for the same owners.
    Owners,
    /// All that was ever seeded.
    Seeded,
    /// All rows of the tables that are seeded, whoever made them.
    Everything,
}

/// How the rows of a run come into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In one transaction.
    AtOnce,
    /// In parts, over so many connections; all of them, or none.
    Beside(usize),
    /// One part of several; it waits so long for the parts before it.
    Part(Part, Duration),
}

impl Job {
    /// As the ledger keeps it.
    pub fn word(self) -> &'static str {
        match self {
            Job::Seed => "seed",
            Job::Add => "add",
            Job::Products => "products",
        }
    }
}

impl Request {
    /// A seed for the test users, of all tables.
    pub fn seed(choice: Choice, test_users: &TestUsers) -> Request {
        Request {
            job: Job::Seed,
            choice,
            emails: Vec::new(),
            tables: Vec::new(),
            cleans: Cleans::Nothing,
            test_users: test_users.clone(),
            way: Way::AtOnce,
        }
    }

    /// The same for other numbers of rows.
    pub fn with_counts(&self, counts: Counts) -> Request {
        let mut request = self.clone();
        request.choice.counts = counts;
        request
    }

    /// How much an owner gets whose role usually has `usual`.
    pub fn volume(&self, usual: Volume) -> Volume {
        match self.job {
            Job::Seed => self.choice.counts.over(usual),
            Job::Add => self.choice.counts.over(Volume::default()),
            Job::Products => Volume {
                products: self.choice.counts.over(Volume::UNOWNED).products,
                ..Volume::default()
            },
        }
    }
}
