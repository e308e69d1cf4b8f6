//! Money as whole cents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::text_form;

/// An amount in cents; no floating point ever touches money.
///
/// ```
/// use seed_core::industry::Cents;
/// let price: Cents = "12.5".parse()?;
/// assert_eq!((price, price.to_string().as_str()), (Cents(1250), "12.50"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Cents(pub i64);

impl FromStr for Cents {
    type Err = String;

    /// Reads `12`, `12.5` or `12.50`.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is not a price such as \"12.50\"");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 2 {
            return Err(refused());
        }
        let cents = format!("{fraction:0<2}").parse::<i64>().map_err(|_| refused())?;
        let whole = whole.parse::<i64>().map_err(|_| refused())?;
        whole
            .checked_mul(100)
            .and_then(|whole| whole.checked_add(cents))
            .map(Self)
            .ok_or_else(refused)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, (self.0 % 100).abs())
    }
}

impl From<Cents> for String {
    fn from(cents: Cents) -> Self {
        cents.to_string()
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::read(deserializer)
    }
}

impl TryFrom<String> for Cents {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<i64>) {
        assert_eq!(text.parse::<Cents>().ok(), expect.map(Cents), "{text}");
    }

    #[test]
    fn reads_decimal_strings() {
        check("12", Some(1200));
        check("12.5", Some(1250));
        check("0.05", Some(5));
        check("12.505", None);
        check("-1", None);
        check(".50", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn writes_what_it_reads() {
        let check = |text: &str| assert_eq!(text.parse::<Cents>().unwrap().to_string(), text);
        check("0.05");
        check("1200.50");
    }
}
