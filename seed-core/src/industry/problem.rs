//! One thing that is wrong with a pack, in words.

use std::fmt;

/// One thing that is wrong with a pack.
///
/// ```
/// use seed_core::industry::ListProblem;
/// let short = ListProblem::Short { list: "tags".into(), found: 3, needed: 20 };
/// assert_eq!((short.list(), short.to_string().as_str()), ("tags", "`tags` has 3 of 20 entries"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListProblem {
    /// Not TOML.
    Syntax {
        /// What the parser said.
        message: String,
    },
    /// A text that every pack has and this one does not.
    Unset {
        /// Key in the file.
        key: &'static str,
    },
    /// A key that no pack has, or a value that is not what stands there.
    Unreadable {
        /// Key in the file.
        list: String,
        /// What is wrong with it.
        message: String,
    },
    /// Not there, or empty.
    Missing {
        /// Key in the file, `activity.call.subjects`.
        list: String,
        /// How many entries it needs.
        needed: usize,
    },
    /// There, with too few entries.
    Short {
        /// Key in the file.
        list: String,
        /// How many entries it has.
        found: usize,
        /// How many it needs.
        needed: usize,
    },
    /// An entry that cannot stay as it is.
    Entry {
        /// Key in the file.
        list: String,
        /// The entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for ListProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { message } => f.write_str(message),
            Self::Unset { key } => write!(f, "`{key}` is missing"),
            Self::Unreadable { list, message } => write!(f, "`{list}`: {message}"),
            Self::Missing { list, needed } => {
                write!(f, "`{list}` is missing or empty, it needs {needed} entries")
            }
            Self::Short { list, found, needed } => write!(f, "`{list}` has {found} of {needed} entries"),
            Self::Entry { list, entry, reason } => write!(f, "`{entry}` in `{list}` {reason}"),
        }
    }
}

impl ListProblem {
    /// The key in the file that it is about; empty where it is about the whole file.
    pub fn list(&self) -> &str {
        match self {
            Self::Syntax { .. } => "",
            Self::Unset { key } => key,
            Self::Unreadable { list, .. }
            | Self::Missing { list, .. }
            | Self::Short { list, .. }
            | Self::Entry { list, .. } => list,
        }
    }

    /// The entry of the list that it is about, if it is about one.
    pub(super) fn entry(&self) -> Option<&str> {
        match self {
            Self::Entry { entry, .. } => Some(entry),
            _ => None,
        }
    }

    /// Whether it says that `list`, or a part of it, is not there or too short.
    pub(super) fn is_lack_of(&self, list: &str) -> bool {
        let is_lack = matches!(
            self,
            Self::Unset { .. } | Self::Missing { .. } | Self::Short { .. }
        );
        let rest = self.list().strip_prefix(list);
        is_lack && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}
