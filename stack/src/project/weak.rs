//! Settings that may also be written as text.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Visitor};

/// A number or a truth value, also where it is written as text: variables are text.
pub(super) fn weak<'de, D: Deserializer<'de>, T: FromStr + Weak>(deserializer: D) -> Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);

    impl<T: FromStr + Weak> Visitor<'_> for Either<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<T, E> {
            let other = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
            number.to_string().parse().map_err(|_| other())
        }

        fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<T, E> {
            let other = || E::invalid_type(serde::de::Unexpected::Bool(truth), &self);
            truth.to_string().parse().map_err(|_| other())
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse()
                .map_err(|_| E::custom(format_args!("expected {}, found a text", T::EXPECTED)))
        }
    }

    deserializer.deserialize_any(Either(PhantomData))
}

/// What a setting must be, in words.
pub(super) trait Weak {
    const EXPECTED: &'static str;
}

impl Weak for u16 {
    const EXPECTED: &'static str = "a port, 1 to 65535";
}

impl Weak for u32 {
    const EXPECTED: &'static str = "a number";
}

impl Weak for bool {
    const EXPECTED: &'static str = "true or false";
}
