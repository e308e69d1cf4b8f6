//! The project's own files.

use std::fs;

use stack::project::Project;

use super::Finding;
use crate::context::Context;

/// Looks at `supabase/` and `.env`.
pub fn examine(context: &Context) -> Vec<Finding> {
    let paths = &context.paths;
    let config = match Project::load(&paths.project) {
        Ok(_) => Finding::good("project", format!("`{}`", paths.project.display())),
        Err(error) => Finding::from_error("project", &error),
    };
    let count = fs::read_dir(paths.migrations()).map(|entries| {
        entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".sql"))
            .count()
    });
    let migrations = match count {
        Ok(count) => Finding::good("migrations", format!("{count} in `supabase/migrations`")),
        Err(_) => Finding::notice(
            "migrations",
            "there is no `supabase/migrations`",
            "make the first with `supabase migration new NAME`",
        ),
    };
    let settings = match context.settings() {
        Ok(_) if paths.dotenv().is_file() => Finding::good("settings", "environment and `.env` are in order"),
        Ok(_) => Finding::good("settings", "environment is in order; there is no `.env`"),
        Err(error) => Finding::from_error("settings", &error),
    };
    vec![config, migrations, settings]
}
