//! The pinned tools, for tests that run them themselves.

use std::sync::OnceLock;
use std::thread;

use xtask::output::{Output, OutputOptions};
use xtask::paths::Paths;
use xtask::tools::Tools;

use crate::xtask::workspace_root;

/// The tools, on a fresh clone installed first, as commands do.
pub fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    // In a thread, since the caller may be in a runtime of its own.
    TOOLS.get_or_init(|| thread::spawn(ready).join().expect("the tools are ready"))
}

fn ready() -> Tools {
    let root = workspace_root();
    let paths = Paths::resolve(Some(root), root).expect("find the workspace");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("make a runtime");
    let step = Output::new(OutputOptions::default()).step("tools");
    let tools = runtime
        .block_on(Tools::ready(&paths, &step))
        .unwrap_or_else(|error| panic!("install the tools: {error:?}"));
    step.done(tools.to_string());
    tools
}
