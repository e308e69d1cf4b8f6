//! Industry packs: those of the project, those that are bundled, and any file.
//!
//! What a person calls a pack is a name or a path. A file `industries/NAME.toml` of the project goes before the
//! bundled pack of that name; whatever ends in `.toml` or has a separator in it is a path.

use std::fmt::{self, Display};
use std::fs;
use std::io::ErrorKind;
use std::path::{self, Path, PathBuf};

use anyhow::{Context, Result};
use seed_core::industry::{IndustryPack, PackDraft, PackError};
use stack::hint::{WithHint, mendable};

use crate::paths::Paths;
use crate::settings::{Source, Sourced};

/// The packs that can be asked for.
#[derive(Debug, Clone)]
pub struct Packs {
    project: PathBuf,
    folder: PathBuf,
}

/// Where a pack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In this program, under its name.
    Bundled(String),
    /// In a file.
    File(PathBuf),
}

/// A pack that can be asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What one types.
    pub name: String,
    /// Where it is.
    pub origin: Origin,
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled(name) => write!(f, "bundled pack `{name}`"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

impl Origin {
    /// Its file, or its name where it has none.
    pub fn place(&self) -> String {
        match self {
            Self::Bundled(name) => name.clone(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl Packs {
    /// The packs of a project.
    pub fn of(paths: &Paths) -> Self {
        Self {
            project: paths.project.clone(),
            folder: paths.industries(),
        }
    }

    /// The pack that a flag or a variable asks for. A path in a flag is relative to the current folder, in a variable
    /// to the project.
    ///
    /// # Errors
    /// There is no such pack, or it is no usable one: said where it was set.
    pub fn asked_for(&self, asked: &Sourced<String>) -> Result<IndustryPack> {
        let base = match asked.source {
            Source::Flag(_) => Path::new(""),
            _ => &self.project,
        };
        let pack = self
            .find(&asked.value, base)
            .and_then(|origin| self.read(&origin));
        pack.with_context(|| format!("read {}", asked.source))
    }

    /// Where the pack is that is called so; a path is relative to `base`.
    ///
    /// # Errors
    /// No pack has that name; the nearest of all is suggested.
    pub fn find(&self, called: &str, base: &Path) -> Result<Origin> {
        if is_path(called) {
            return Ok(Origin::File(base.join(called)));
        }
        let own = self.file_of(called);
        if own.exists() {
            return Ok(Origin::File(own));
        }
        if IndustryPack::bundled_text(called).is_some() {
            return Ok(Origin::Bundled(called.to_owned()));
        }
        let error = PackError::Unknown {
            name: called.to_owned(),
            known: self.all()?.into_iter().map(|named| named.name).collect(),
        };
        Err(mendable(&error, error.hint()))
    }

    /// The file that a pack of the project has.
    pub fn file_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.toml"))
    }

    /// All packs that have a name, in the order of their names: the project's own, then those that are bundled and
    /// have no file of their name before them.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(&self) -> Result<Vec<Named>> {
        let mut all = self.own()?;
        for name in IndustryPack::names() {
            if !all.iter().any(|own| own.name == name) {
                all.push(Named {
                    name: name.to_owned(),
                    origin: Origin::Bundled(name.to_owned()),
                });
            }
        }
        Ok(all)
    }

    fn own(&self) -> Result<Vec<Named>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<std::io::Result<Vec<_>>>),
        };
        let entries = entries
            .with_context(|| format!("read the folder `{}`", self.folder.display()))
            .with_hint(|| "`industries` must be a folder that you may read".into())?;
        let mut own: Vec<Named> = entries.iter().filter_map(|entry| named(&entry.path())).collect();
        own.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(own)
    }

    /// The pack, whole and checked.
    ///
    /// # Errors
    /// It cannot be read, is no usable pack, or extends one that is not.
    pub fn read(&self, origin: &Origin) -> Result<IndustryPack> {
        self.check(origin)?.map_err(|error| unusable(origin, &error))
    }

    /// The pack, or all that is wrong with it.
    ///
    /// # Errors
    /// It cannot be read; one that it extends is no usable pack, or extends it in turn.
    pub fn check(&self, origin: &Origin) -> Result<Result<IndustryPack, PackError>> {
        match PackDraft::parse(&text(origin)?) {
            Ok(draft) => Ok(self.completed(origin, draft, &mut Vec::new())?.finish()),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The draft with the lists that it takes from other packs. `above` are the packs on the way here, each of which
    /// extends the next.
    fn completed(&self, origin: &Origin, draft: PackDraft, above: &mut Vec<Origin>) -> Result<PackDraft> {
        let Some(extended) = draft.extends() else {
            return Ok(draft);
        };
        let doing = || format!("read what {origin} extends");
        let base = self.base(origin, extended).with_context(doing)?;
        above.push(origin.clone());
        if let Some(start) = above.iter().position(|pack| is_same(pack, &base)) {
            let circle: Vec<String> = above[start..]
                .iter()
                .chain([&base])
                .map(ToString::to_string)
                .collect();
            return Err(mendable(
                format!(
                    "read {base}: packs extend each other in a circle: {}",
                    circle.join(" → ")
                ),
                "take `extends` out of one of them",
            ));
        }
        let of_base = PackDraft::parse(&text(&base).with_context(doing)?);
        let of_base = of_base
            .map_err(|error| unusable(&base, &error))
            .with_context(doing)?;
        let of_base = self.completed(&base, of_base, above)?;
        // What is wrong with the other pack is said of its own file.
        let checked = of_base.clone().finish();
        checked
            .map_err(|error| unusable(&base, &error))
            .with_context(doing)?;
        Ok(draft.on(&of_base))
    }

    /// Where the pack is that `origin` extends. A file that extends its own name goes on from the bundled pack.
    fn base(&self, origin: &Origin, extended: &str) -> Result<Origin> {
        let folder = match origin {
            Origin::File(path) => path.parent().unwrap_or(&self.project),
            Origin::Bundled(_) => &self.project,
        };
        let base = self.find(extended, folder)?;
        let is_own_name = !is_path(extended) && is_same(origin, &base);
        Ok(
            match is_own_name && IndustryPack::bundled_text(extended).is_some() {
                true => Origin::Bundled(extended.to_owned()),
                false => base,
            },
        )
    }
}

/// Whether a pack is called by its path.
fn is_path(called: &str) -> bool {
    called.ends_with(".toml") || called.contains(path::is_separator)
}

fn named(path: &Path) -> Option<Named> {
    let name = path.file_name()?.to_str()?.strip_suffix(".toml")?;
    Some(Named {
        name: name.to_owned(),
        origin: Origin::File(path.to_owned()),
    })
}

fn is_same(left: &Origin, right: &Origin) -> bool {
    match (left, right) {
        (Origin::File(left), Origin::File(right)) => {
            left == right
                || matches!((left.canonicalize(), right.canonicalize()), (Ok(left), Ok(right)) if left == right)
        }
        _ => left == right,
    }
}

fn text(origin: &Origin) -> Result<String> {
    let path = match origin {
        Origin::File(path) => path,
        Origin::Bundled(name) => {
            let text = IndustryPack::bundled_text(name).map(str::to_owned);
            return text.with_context(|| format!("read {origin}"));
        }
    };
    let refused = |problem: &str, hint: &str| mendable(format!("read {origin}: {problem}"), hint);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(refused("it is a folder", "name the file of a pack in it"));
        }
        // A pipe or a device may never end.
        Ok(found) if !found.is_file() => return Err(refused("it is no file", "name a TOML file")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let hint = "`cargo xtask industries list` shows the packs that there are, `industries new NAME` makes one";
            return Err(refused("there is no such file", hint));
        }
        _ => {}
    }
    let bytes = fs::read(path)
        .with_context(|| format!("read {origin}"))
        .with_hint(|| "make it readable for you".into())?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        refused(&format!("line {line} is not UTF-8"), "save the file as UTF-8")
    })
}

fn unusable(origin: &Origin, error: &PackError) -> anyhow::Error {
    let hint = match origin {
        Origin::File(path) => {
            let path = path.display().to_string();
            let quote = if path.contains(char::is_whitespace) {
                "'"
            } else {
                ""
            };
            format!("`cargo xtask industries check {quote}{path}{quote}` shows all that is wrong")
        }
        Origin::Bundled(_) => error.hint(),
    };
    mendable(format!("read {origin}: {error}"), hint)
}

#[cfg(test)]
mod tests;
