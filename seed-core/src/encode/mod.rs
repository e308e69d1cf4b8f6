//! Bytes: what goes over the wire to PostgreSQL, and the same rows for files, other tools and people.

pub mod binary;
pub(crate) mod copy_text;
pub(crate) mod csv;
mod format;
pub(crate) mod json;
pub(crate) mod json_row;
pub(crate) mod sql;
pub(crate) mod text;
pub(crate) mod typescript;

pub use format::Format;

use uuid::Uuid;

use crate::domain::value::Few;

/// A value in the type of its column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wire<'a> {
    Null,
    Bool(bool),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    /// A number of units of `10^-scale`.
    Decimal {
        units: i64,
        scale: u16,
    },
    /// Text, and labels of enums.
    Text(&'a str),
    Uuid(Uuid),
    /// Days since 2000.
    Date(i32),
    /// Microseconds since 2000, in UTC; `zoned` where the column says so.
    Instant {
        micros: i64,
        zoned: bool,
    },
    Json(&'a str),
    Jsonb(&'a str),
    Array {
        element_oid: u32,
        items: Few<Item<'a>>,
    },
    /// Encoded when the plan was made: its length and bytes, and the same as text.
    Ready {
        binary: &'a [u8],
        text: &'a str,
    },
}

/// Takes the values of rows, one column after the other.
pub(crate) trait Visitor {
    /// A row begins.
    fn begin_row(&mut self) {}

    /// The value of the column of that number.
    fn value(&mut self, column: usize, value: Wire<'_>);
}

impl<F: FnMut(usize, Wire<'_>)> Visitor for F {
    fn value(&mut self, column: usize, value: Wire<'_>) {
        self(column, value);
    }
}

/// Where the value of one column goes. What makes a value hands it over at once, where its type is known: one that is
/// returned is copied, and looked at again, for each of millions.
#[derive(Debug)]
pub(crate) struct Cell<'v, V> {
    pub column: usize,
    pub visitor: &'v mut V,
}

impl<V: Visitor> Cell<'_, V> {
    #[inline(always)]
    pub fn take(self, value: Wire<'_>) {
        self.visitor.value(self.column, value);
    }
}

/// An element of an array.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item<'a> {
    Text(&'a str),
    Uuid(Uuid),
    Int16(i16),
    Int32(i32),
    Int64(i64),
}

/// Writes anew, byte by byte, what stands in `out` from `start` on, if any of it is special.
fn escape(out: &mut Vec<u8>, start: usize, special: &[u8], write: impl Fn(u8, &mut Vec<u8>)) {
    let first = out[start..].iter().position(|byte| special.contains(byte));
    if let Some(first) = first {
        let tail = out.split_off(start + first);
        tail.into_iter().for_each(|byte| write(byte, out));
    }
}
