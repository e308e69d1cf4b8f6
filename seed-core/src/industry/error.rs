//! Why a text is not a usable pack: each thing that is wrong, with where it stands.

use std::fmt;

use super::{IndustryPack, ListProblem};

/// How many findings an error message quotes.
const QUOTED: usize = 3;

/// Why a text is not a usable pack.
///
/// ```
/// use seed_core::industry::IndustryPack;
/// let error = IndustryPack::bundled("food_and_beverage").unwrap_err();
/// assert_eq!(error.to_string(), "no industry pack is called `food_and_beverage`");
/// assert_eq!(error.hint(), "did you mean `food_beverage`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// It is not TOML, no pack, or a pack that lacks content.
    #[error("{}", Quoted(findings))]
    Content {
        /// All that is wrong, not just the first.
        findings: Vec<Finding>,
    },
    /// No pack is called that.
    #[error("no industry pack is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

impl PackError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Content { .. } => "mend the file where it says so, and make the lists named longer".into(),
            Self::Unknown { name, known } => match nearest(name, known) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", known.join(", ")),
            },
        }
    }

    pub(super) fn unknown(name: &str) -> Self {
        let known = IndustryPack::names().into_iter().map(str::to_owned).collect();
        Self::Unknown {
            name: name.to_owned(),
            known,
        }
    }
}

fn nearest<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let wanted = name.to_lowercase().replace(['-', ' '], "_");
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(&wanted, known), known.as_str()))
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(score, _)| *score > 0.6)
        .map(|(_, known)| known)
}

/// One thing that is wrong, and where.
///
/// ```
/// use seed_core::industry::{IndustryPack, PackError};
/// let PackError::Content { findings } = IndustryPack::from_toml("name = \"bakeries\"\nprice = 7").unwrap_err() else {
///     unreachable!("it is no pack");
/// };
/// assert_eq!(findings[0].place.map(|place| place.line), Some(2));
/// assert!(findings[0].to_string().starts_with("line 2, column 1: `price`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands; nowhere, if it is not there at all.
    pub place: Option<Place>,
    /// What it is.
    pub problem: ListProblem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        self.problem.fmt(f)
    }
}

/// A place in a text; both numbers count from 1.
///
/// ```
/// use seed_core::industry::Place;
/// assert_eq!(Place { line: 2, column: 7 }.to_string(), "line 2, column 7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the line.
    pub line: usize,
    /// Number of the character in it.
    pub column: usize,
}

impl Place {
    /// The place of the byte `offset`.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

struct Quoted<'a>(&'a [Finding]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().take(QUOTED).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{finding}")?;
        }
        match self.0.len().saturating_sub(QUOTED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "a = 1\nü = é!\n";
        let check = |offset, line, column| assert_eq!(Place::of(text, offset), Place { line, column });
        check(0, 1, 1);
        check(4, 1, 5);
        check(text.find('!').unwrap(), 2, 6);
        check(text.len() + 7, 3, 1);
    }

    #[test]
    fn a_message_quotes_the_first_findings_and_counts_the_others() {
        let finding = |number: usize| Finding {
            place: Some(Place {
                line: number,
                column: 1,
            }),
            problem: ListProblem::Unset { key: "title" },
        };
        let message = |count| {
            let findings = (1..=count).map(finding).collect();
            PackError::Content { findings }.to_string()
        };
        assert_eq!(message(1), "line 1, column 1: `title` is missing");
        assert!(message(7).ends_with("line 3, column 1: `title` is missing; and 4 more"));
    }
}
