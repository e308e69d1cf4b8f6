//! Which part is to be written next, where several connections ask.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use seed_core::plan::Part;
use tokio::sync::Notify;

use crate::database::ledger::Run;

/// The parts that are still to be written, each handed out when the parts before it are there.
pub struct Queue {
    of: u32,
    left: RefCell<BTreeMap<u32, BTreeSet<u32>>>,
    written: RefCell<BTreeSet<u32>>,
    news: Notify,
}

impl Queue {
    /// Of the parts that a run lacks; `before` says which must be there before one.
    pub fn new(run: &Run, before: impl Fn(Part) -> BTreeSet<u32>) -> Queue {
        let missing = Part::all(run.parts).filter(|part| !run.written.contains(&part.number()));
        Queue {
            of: run.parts,
            left: RefCell::new(missing.map(|part| (part.number(), before(part))).collect()),
            written: RefCell::new(run.written.clone()),
            news: Notify::new(),
        }
    }

    /// The next part that can be written; waits for one, and ends when there is none left.
    pub async fn next(&self) -> Option<Part> {
        loop {
            if let Some(part) = self.ready() {
                return Some(part);
            }
            if self.left.borrow().is_empty() {
                return None;
            }
            self.news.notified().await;
        }
    }

    fn ready(&self) -> Option<Part> {
        let mut left = self.left.borrow_mut();
        let written = self.written.borrow();
        let ready = left.iter().find(|(_, before)| before.is_subset(&written));
        let number = ready.map(|(number, _)| *number)?;
        left.remove(&number);
        Part::new(number, self.of).ok()
    }

    /// A part is there.
    pub fn done(&self, part: Part) {
        self.written.borrow_mut().insert(part.number());
        self.news.notify_waiters();
    }
}
