//! Stacks that tests use one after the other: made by the first, put back to where it began for each other.
//!
//! What is put back is the database and the files of the project. A test that changes more, as the roles of the server
//! or how the stack runs, has a [`Project`] of its own.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::thread;

use stack::postgres::template;

use crate::at_exit;
use crate::project::Project;
use crate::xtask::workspace_root;

/// Words of `xtask` that lead to a project with empty tables and no users.
pub const MIGRATED: &[&str] = &["start", "migrate"];
/// To one with the test users, and no rows.
pub const UNSEEDED: &[&str] = &["start", "migrate", "users"];
/// To one with all rows.
pub const RESET: &[&str] = &["reset"];

/// What the database of a lent project is kept under.
const TEMPLATE: &str = "lent";
/// How many stacks wait for the next test; tests that begin alike mostly stand beside each other.
const IDLE: usize = 4;

static POOL: Mutex<Vec<(Beginning, Project)>> = Mutex::new(Vec::new());

/// Where a project comes from, and the words of `xtask` that were run in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beginning {
    fixture: Option<&'static str>,
    steps: &'static [&'static str],
}

/// A project with a running stack, given back when dropped.
pub struct Lent {
    beginning: Beginning,
    project: Option<Project>,
}

impl Lent {
    /// The reference project after `steps`.
    #[track_caller]
    pub fn reference(steps: &'static [&'static str]) -> Lent {
        Lent::of(Beginning { fixture: None, steps })
    }

    /// The one in `tests/fixtures/NAME` after `steps`.
    #[track_caller]
    pub fn fixture(name: &'static str, steps: &'static [&'static str]) -> Lent {
        let fixture = Some(name);
        Lent::of(Beginning { fixture, steps })
    }

    #[track_caller]
    fn of(beginning: Beginning) -> Lent {
        let returned = loop {
            match taken(beginning) {
                // A test that has reset it with other options has dropped what was kept.
                Some(project) if !beginning.put_back(&project) => drop(project),
                returned => break returned,
            }
        };
        Lent {
            beginning,
            project: Some(returned.unwrap_or_else(|| beginning.make())),
        }
    }
}

impl Deref for Lent {
    type Target = Project;

    fn deref(&self) -> &Project {
        self.project.as_ref().expect("it is given back at the end only")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Whatever made the test fail would make others fail too.
        if thread::panicking() {
            return;
        }
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.extend(self.project.take().map(|project| (self.beginning, project)));
        let surplus = (pool.len() > IDLE).then(|| pool.remove(0));
        drop(pool);
        drop(surplus);
    }
}

/// One that was given back.
fn taken(beginning: Beginning) -> Option<Project> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let at = pool.iter().position(|(other, _)| *other == beginning)?;
    Some(pool.remove(at).1)
}

impl Beginning {
    #[track_caller]
    fn make(self) -> Project {
        let project = Project::copy_of(&workspace_root().join(self.files()));
        at_exit::stop(&project);
        for step in self.steps {
            project.xtask(&[step]).exits(0);
        }
        let port = port(&project);
        wait_for(template::keep(port, TEMPLATE)).expect("keep the database");
        project
    }

    /// Whether all could be put back.
    #[track_caller]
    fn put_back(self, project: &Project) -> bool {
        project.renew(&workspace_root().join(self.files()));
        project.xtask(&["start"]).exits(0);
        let port = port(project);
        let is_kept = wait_for(template::exists(port, TEMPLATE)).expect("look for the database");
        if is_kept {
            wait_for(template::reset_to(port, TEMPLATE)).expect("copy the database");
        }
        is_kept
    }

    fn files(self) -> String {
        match self.fixture {
            None => "supabase".into(),
            Some(name) => format!("tests/fixtures/{name}/supabase"),
        }
    }
}

#[track_caller]
fn port(project: &Project) -> u16 {
    let status = project.status();
    let url = status["db_url"].as_str().expect("a database URL");
    let url: tokio_postgres::Config = url.parse().expect("a URL of PostgreSQL");
    url.get_ports()[0]
}

/// In a thread, since the caller may be in a runtime of its own.
fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("make a runtime");
        runtime.block_on(work)
    };
    thread::scope(|scope| scope.spawn(run).join().expect("it comes to its end"))
}
