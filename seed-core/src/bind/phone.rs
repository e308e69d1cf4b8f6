//! How telephone numbers are written where a check wants them otherwise than ours.

use regex_lite::Regex;

/// A number with `#` for each of its ten digits.
pub(super) type Spelling = &'static str;

/// As we write them.
pub(super) const OURS: Spelling = "(###) ###-####";
/// What else a pattern may want, the likeliest first.
const SPELLINGS: [Spelling; 5] = [OURS, "+1##########", "1##########", "##########", "###-###-####"];
/// From the range that is kept free for fiction.
const SAMPLE: &str = "2125550123";

/// The way of writing that a pattern takes.
pub(super) fn spelling(pattern: &str) -> Option<Spelling> {
    let pattern = Regex::new(pattern).ok()?;
    SPELLINGS.into_iter().find(|spelling| {
        let mut text = String::new();
        spell(spelling, SAMPLE, &mut text);
        pattern.is_match(&text)
    })
}

/// Writes the digits of a number that way.
pub(super) fn spell(spelling: &str, number: &str, out: &mut String) {
    let mut digits = number.chars().filter(char::is_ascii_digit);
    out.extend(spelling.chars().filter_map(|letter| match letter {
        '#' => digits.next(),
        other => Some(other),
    }));
}

/// All fictional numbers of one place, written that way.
pub(super) fn fictional(spelling: &str) -> impl Iterator<Item = String> {
    (0..100).map(move |line| {
        let mut text = String::new();
        spell(spelling, &format!("21255501{line:02}"), &mut text);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_how_numbers_are_written() {
        let check = |pattern: &str, expect| assert_eq!(spelling(pattern), expect, "{pattern}");
        check(r"^\+[1-9][0-9]{6,14}$", Some("+1##########"));
        check(r"^\+?[1-9]\d{1,14}$", Some("+1##########"));
        check(r"^[0-9]{10}$", Some("##########"));
        check(r"^[0-9() -]+$", Some(OURS));
        check(r"^\+49", None);
        check("(?!", None);
        assert_eq!(fictional("+1##########").nth(23).as_deref(), Some("+12125550123"));
    }
}
