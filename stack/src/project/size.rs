//! The size of a file, as people write it.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::weak::{Weak, weak};

/// A number of bytes, written as a number or with a unit: `50MiB`, `5MB`. As in the Supabase CLI a kilobyte has 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let end = text
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len());
        let factor = match text[end..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            _ => return Err(()),
        };
        let number: u64 = text[..end].parse().map_err(drop)?;
        number.checked_mul(factor).map(Self).ok_or(())
    }
}

impl Weak for Size {
    const EXPECTED: &'static str = "a size, as in 50MiB";
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        weak(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_counts_in_1024s() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(text.parse().ok(), expect.map(Size), "{text}");
        };
        check("50MiB", Some(50 << 20));
        check("5MB", Some(5 << 20));
        check("500 kb", Some(500 << 10));
        check("1000", Some(1000));
        check("5 apples", None);
        check("MB", None);
    }
}
