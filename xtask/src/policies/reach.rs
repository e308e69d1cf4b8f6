//! How far somebody gets with a verb, in one word.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use super::matrix::{Outcome, Try, Whose};

/// How far an actor gets with a verb, in one word: it does not depend on how many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All rows.
    All,
    /// One's own rows.
    Own,
    /// Rows of others, not one's own.
    Others,
    /// Some rows, by another rule.
    Part,
    /// A grant, and policies that let no row through.
    None,
    /// No grant.
    Denied,
    /// A view that cannot be written.
    ReadOnly,
    /// A trigger refuses.
    Trigger,
    /// Not known to the API.
    Missing,
    /// The policies fail.
    Broken,
    /// Not to be tried.
    Untried,
}

impl Reach {
    /// The word for these tries.
    ///
    /// ```
    /// use xtask::policies::matrix::{Outcome, Try, Whose};
    /// use xtask::policies::reach::Reach;
    ///
    /// let tried = |whose, outcome| Try { whose, outcome, rows: 0, of: 1, is_placed: false };
    /// let own = tried(Whose::Own, Outcome::Allowed);
    /// let others = tried(Whose::Others, Outcome::NoRows);
    /// assert_eq!(Reach::of(&[own, others]), Reach::Own);
    /// ```
    pub fn of(tries: &[Try]) -> Reach {
        let tried: Vec<&Try> = tries.iter().filter(|one| !one.outcome.is_untried()).collect();
        let all = |is: fn(&Outcome) -> bool| tried.iter().all(|one| is(&one.outcome));
        let any = |is: fn(&Outcome) -> bool| tried.iter().any(|one| is(&one.outcome));
        if tried.is_empty() {
            return Reach::Untried;
        }
        if any(|outcome| *outcome == Outcome::Part) {
            return Reach::Part;
        }
        if all(Outcome::is_let_through) {
            // Nothing is known of others where only own rows could be tried.
            return match tried.as_slice() {
                [one] if one.whose == Whose::Own => Reach::Own,
                _ => Reach::All,
            };
        }
        let let_through = tried.iter().find(|one| one.outcome.is_let_through());
        match let_through.map(|one| one.whose) {
            Some(Whose::Own) => return Reach::Own,
            Some(Whose::Others) => return Reach::Others,
            Some(Whose::Any) => return Reach::Part,
            None => {}
        }
        if let Some(word) = tried.iter().find_map(|one| one.outcome.word()) {
            return word;
        }
        match all(|outcome| *outcome == Outcome::PermissionDenied) {
            true => Reach::Denied,
            false => Reach::None,
        }
    }

    /// As the expectation spells it.
    pub fn name(self) -> &'static str {
        match self {
            Reach::All => "all",
            Reach::Own => "own",
            Reach::Others => "others",
            Reach::Part => "part",
            Reach::None => "none",
            Reach::Denied => "denied",
            Reach::ReadOnly => "read_only",
            Reach::Trigger => "trigger",
            Reach::Missing => "missing",
            Reach::Broken => "broken",
            Reach::Untried => "untried",
        }
    }
}

impl Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tries: &[(Whose, Outcome)], expected: Reach) {
        let tries = tries.iter().map(|(whose, outcome)| Try {
            whose: *whose,
            outcome: outcome.clone(),
            rows: 0,
            of: 1,
            is_placed: false,
        });
        assert_eq!(Reach::of(&tries.collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_reach_says_whose_rows_are_within_it() {
        use Outcome::{Allowed, NoRows, Part, PermissionDenied, RefusedByPolicy};
        check(&[(Whose::Own, Allowed), (Whose::Others, Allowed)], Reach::All);
        check(&[(Whose::Own, Allowed), (Whose::Others, NoRows)], Reach::Own);
        check(&[(Whose::Own, NoRows), (Whose::Others, Allowed)], Reach::Others);
        check(&[(Whose::Own, Allowed), (Whose::Others, Part)], Reach::Part);
        check(
            &[(Whose::Own, RefusedByPolicy), (Whose::Others, NoRows)],
            Reach::None,
        );
        check(&[(Whose::Any, PermissionDenied)], Reach::Denied);
        check(&[(Whose::Any, Allowed)], Reach::All);
        check(&[], Reach::Untried);
    }

    #[test]
    fn a_constraint_comes_after_the_policies() {
        let constraint = || Outcome::RefusedByConstraint {
            constraint: "contacts_email_key".into(),
        };
        check(
            &[
                (Whose::Own, constraint()),
                (Whose::Others, Outcome::RefusedByPolicy),
            ],
            Reach::Own,
        );
    }

    #[test]
    fn what_could_not_be_tried_counts_for_nothing() {
        let untried = || Outcome::Untried { why: "no row".into() };
        check(
            &[(Whose::Own, untried()), (Whose::Others, Outcome::Allowed)],
            Reach::All,
        );
        check(
            &[(Whose::Own, untried()), (Whose::Others, Outcome::NoRows)],
            Reach::None,
        );
        check(&[(Whose::Own, untried())], Reach::Untried);
    }
}
