//! Every place that the command line reads or writes, as functions of the project and the workspace.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;
use stack::hint::{WithHint, mendable};

/// The folders of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The workspace that xtask was built in: pinned tools, the stack's runtime.
    pub workspace: PathBuf,
    /// The folder that has `supabase/` in it.
    pub project: PathBuf,
}

impl Paths {
    /// Finds the workspace and the project: `asked`, else the nearest folder upward from `here` with `supabase/`
    /// in it, else the workspace.
    ///
    /// # Errors
    /// When the folder that was asked for has no `supabase/`, or the workspace has moved since the build.
    pub fn resolve(asked: Option<&Path>, here: &Path) -> anyhow::Result<Self> {
        let workspace = workspace()?;
        let project = match asked {
            Some(folder) => {
                let folder = here.join(folder);
                if !has_supabase(&folder) {
                    return Err(mendable(
                        format!(
                            "find the project in `{}`: it has no `supabase` folder",
                            folder.display()
                        ),
                        "point `--project` (or `SEEDBED_PROJECT`) at a folder with `supabase/` in it; \
                         `supabase init` makes one",
                    ));
                }
                folder
            }
            None => here
                .ancestors()
                .find(|folder| has_supabase(folder))
                .unwrap_or(&workspace)
                .to_owned(),
        };
        let project = project
            .canonicalize()
            .with_context(|| format!("find the project in `{}`", project.display()))?;
        Ok(Self { workspace, project })
    }

    /// `supabase/` of the project.
    pub fn supabase(&self) -> PathBuf {
        self.project.join("supabase")
    }

    /// The migrations of the project.
    pub fn migrations(&self) -> PathBuf {
        self.supabase().join("migrations")
    }

    /// The project's own industry packs.
    pub fn industries(&self) -> PathBuf {
        self.project.join("industries")
    }

    /// The project's variables.
    pub fn dotenv(&self) -> PathBuf {
        self.project.join(".env")
    }

    /// Where the stack's state and logs live.
    pub fn home(&self) -> PathBuf {
        self.project.join(".seedbed")
    }

    /// The generated folder that the Supabase CLI is run in.
    pub fn work(&self) -> PathBuf {
        self.home().join("work")
    }

    /// The installed tools.
    pub fn node_modules(&self) -> PathBuf {
        self.workspace.join("node_modules")
    }
}

/// The folder of the workspace; cargo tells it when it runs us, and the build remembers it.
fn workspace() -> anyhow::Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.ends_with("xtask") && folder.is_dir())
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    package
        .parent()
        .filter(|workspace| workspace.join("package-lock.json").is_file())
        .map(Path::to_owned)
        .with_context(|| format!("find the workspace of `{}`", package.display()))
        .with_hint(|| {
            "the workspace has moved since xtask was built: build it again with `cargo build -p xtask`".into()
        })
}

fn has_supabase(folder: &Path) -> bool {
    folder.join("supabase").is_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use stack::hint::hints;

    use super::*;

    #[test]
    fn the_nearest_project_upward_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("app/supabase")).unwrap();
        fs::create_dir_all(root.join("app/src/deep")).unwrap();
        let paths = Paths::resolve(None, &root.join("app/src/deep")).unwrap();
        assert_eq!(paths.project, root.join("app"));
        assert_eq!(paths.home(), root.join("app/.seedbed"));
    }

    #[test]
    fn without_a_project_upward_the_workspace_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::resolve(None, root.path()).unwrap();
        assert_eq!(paths.project, paths.workspace.canonicalize().unwrap());
    }

    #[test]
    fn a_folder_without_supabase_is_refused_with_a_hint() {
        let root = tempfile::tempdir().unwrap();
        let error = Paths::resolve(Some(Path::new("x")), root.path()).unwrap_err();
        assert!(
            error.to_string().ends_with("it has no `supabase` folder"),
            "{error}"
        );
        assert!(hints(&error)[0].contains("--project"));
    }
}
