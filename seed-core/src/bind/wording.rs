//! What a made-up text says where the end of the column's name tells what it is.

/// What the texts of such columns are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// The first of these that fits.
    One(&'static [&'static str]),
    /// Any of these, drawn for each row.
    Any(&'static [&'static str]),
    /// The column's name and the row's number between these two.
    Between(&'static str, &'static str),
    /// A telephone number.
    Phone,
}

/// Last words of names, as [`words`] gives them, the longer endings first.
const ENDINGS: &[(&str, Wording)] = &[
    ("email e-mail email-address", Wording::Between("", "@mail.test")),
    (
        "url uri website homepage link",
        Wording::Between("https://www.", ".example"),
    ),
    ("domain", Wording::Between("", ".example")),
    (
        "phone telephone fax mobile phone-number fax-number mobile-number",
        Wording::Phone,
    ),
    ("currency currency-code", Wording::One(&["USD"])),
    (
        "timezone time-zone tz",
        Wording::One(&["America/New_York", "UTC"]),
    ),
    ("language lang language-code", Wording::One(&["en"])),
    ("locale", Wording::One(&["en-US", "en"])),
    ("country-code", Wording::One(&["US", "USA"])),
    ("country", Wording::One(&["United States", "US", "USA"])),
    ("source", Wording::Any(&["web", "referral", "event", "outbound"])),
];

impl Wording {
    /// By the last words of a column's name; `None` where they say nothing.
    pub fn of(column: &str) -> Option<Self> {
        let name = words(column);
        let name = name.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-');
        let is_last = |ending: &str| {
            let before = name.strip_suffix(ending);
            before.is_some_and(|before| before.is_empty() || before.ends_with('-'))
        };
        let mut endings = ENDINGS.iter();
        let found = endings.find(|(endings, _)| endings.split_whitespace().any(is_last));
        found.map(|(_, wording)| *wording)
    }
}

/// `external_ref`, `externalRef` and `EXTERNAL_REF` as `external-ref`.
pub(super) fn words(column: &str) -> String {
    let mut words = String::new();
    let mut was_upper = false;
    for letter in column.chars() {
        let is_gap = letter.is_uppercase() && !was_upper || !letter.is_alphanumeric();
        if is_gap && !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
        if letter.is_alphanumeric() {
            words.extend(letter.to_lowercase());
        }
        was_upper = letter.is_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_last_words_count() {
        assert_eq!(Wording::of("lead_source"), Wording::of("source"));
        assert!(Wording::of("source").is_some());
        for name in ["resource", "source_code", "emailed", "quartz", "hyperlinked"] {
            assert_eq!(Wording::of(name), None, "{name}");
        }
        assert_eq!(Wording::of("billingURL2"), Wording::of("website"));
        assert_eq!(Wording::of("HOME_PHONE_1"), Some(Wording::Phone));
        assert_eq!(Wording::of("CountryCode"), Some(Wording::One(&["US", "USA"])));
    }
}
