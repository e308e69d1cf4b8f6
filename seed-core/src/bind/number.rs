//! The row's number in a text: what makes texts unique, whatever else they say.

use std::fmt::Write;

use super::fit::cut;
use crate::row::RowId;

/// When a text carries its row's number, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub when: When,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Never,
    /// Where the text is unique of itself, but too long.
    Cut,
    Always,
}

/// How the number follows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `Acme - Cheddar (17)`
    Bracket,
    /// `https://www.linkedin.example/in/ann-lee-17`
    Hyphen,
    /// `(212) 555-0117 x17`
    Extension,
}

impl Numbered {
    pub const NEVER: Self = Self {
        when: When::Never,
        style: Style::Bracket,
    };

    /// The text, so long at most, with the number behind it where it is wanted; `buffer` comes empty.
    #[inline(always)]
    pub fn write<'s>(self, text: &'s str, row: RowId, most: Option<u32>, buffer: &'s mut String) -> &'s str {
        match (self.when, most) {
            (When::Never, None) => text,
            _ => self.write_within(text, row, most, buffer),
        }
    }

    fn write_within<'s>(
        self,
        text: &'s str,
        row: RowId,
        most: Option<u32>,
        buffer: &'s mut String,
    ) -> &'s str {
        let most = most.map_or(usize::MAX, |most| most as usize);
        let is_numbered = match self.when {
            When::Never => false,
            When::Cut => most < text.len() && text.chars().count() > most,
            When::Always => true,
        };
        if !is_numbered {
            return cut(text, most);
        }
        self.style.write(row, buffer);
        let room = most.saturating_sub(buffer.len());
        buffer.insert_str(0, cut(text, room));
        buffer
    }
}

impl Style {
    /// How long the number of a row is at most, behind its text.
    pub fn length(self, last: RowId) -> usize {
        let mut text = String::new();
        self.write(last, &mut text);
        text.len()
    }

    fn write(self, row: RowId, out: &mut String) {
        let (before, after) = match self {
            Self::Bracket => (" (", ")"),
            Self::Hyphen => ("-", ""),
            Self::Extension => (" x", ""),
        };
        out.push_str(before);
        write_number(row, out);
        out.push_str(after);
    }
}

/// `17`, or `2-17` for the row of another owner than the first: no two rows have the same.
pub(super) fn write_number(row: RowId, out: &mut String) {
    let number = row.local() + 1;
    let _ = match row.slot() {
        0 => write!(out, "{number}"),
        slot => write!(out, "{slot}-{number}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(when: When, style: Style, text: &str, most: Option<u32>, expect: &str) {
        let mut buffer = String::new();
        let numbered = Numbered { when, style };
        assert_eq!(numbered.write(text, RowId::new(2, 16), most, &mut buffer), expect);
    }

    #[test]
    fn the_number_survives_where_the_text_is_cut() {
        check(
            When::Always,
            Style::Bracket,
            "Acme - Cheddar",
            None,
            "Acme - Cheddar (2-17)",
        );
        check(
            When::Always,
            Style::Bracket,
            "Acme - Cheddar",
            Some(14),
            "Acme - (2-17)",
        );
        check(When::Always, Style::Hyphen, "naïve", Some(8), "naï-2-17");
        check(When::Cut, Style::Hyphen, "naïve", Some(5), "naïve");
        check(When::Cut, Style::Extension, "naïve fool", Some(9), "naï x2-17");
        check(When::Never, Style::Bracket, "naïve fool", Some(5), "naïve");
    }
}
