//! The binary format of COPY, written by us into a reused buffer.

use uuid::Uuid;

use super::{Item, Visitor, Wire};

/// What a binary COPY stream begins with.
///
/// ```
/// use seed_core::plan::HEADER;
/// assert!(HEADER.starts_with(b"PGCOPY"));
/// ```
pub const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
///
/// ```
/// use seed_core::plan::TRAILER;
/// assert_eq!(TRAILER, [0xff, 0xff]);
/// ```
pub const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Rows of so many columns, appended to `out`.
pub(crate) struct BinaryRows<'o> {
    pub columns: usize,
    pub out: &'o mut Vec<u8>,
}

impl Visitor for BinaryRows<'_> {
    fn begin_row(&mut self) {
        self.out.extend_from_slice(&(self.columns as i16).to_be_bytes());
    }

    #[inline(always)]
    fn value(&mut self, _: usize, value: Wire<'_>) {
        write(value, self.out);
    }
}

// Where a value is made its type is known, and there this is a few instructions.
#[inline(always)]
pub(crate) fn write(value: Wire<'_>, out: &mut Vec<u8>) {
    match value {
        Wire::Null => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        Wire::Bool(value) => field(&[u8::from(value)], out),
        Wire::Int16(value) => field(&value.to_be_bytes(), out),
        Wire::Int32(value) | Wire::Date(value) => field(&value.to_be_bytes(), out),
        Wire::Int64(value) | Wire::Instant { micros: value, .. } => eight_bytes(value, out),
        Wire::Float32(value) => field(&value.to_be_bytes(), out),
        Wire::Float64(value) => field(&value.to_be_bytes(), out),
        Wire::Decimal { units, scale } => with_length(out, |out| decimal(units, scale, out)),
        Wire::Text(text) | Wire::Json(text) => field(text.as_bytes(), out),
        Wire::Uuid(uuid) => sixteen_bytes(uuid, out),
        Wire::Jsonb(text) => {
            length(text.len() + 1, out);
            out.push(1);
            out.extend_from_slice(text.as_bytes());
        }
        Wire::Ready { binary, .. } => out.extend_from_slice(binary),
        Wire::Array { element_oid, items } => with_length(out, |out| array(element_oid, &items, out)),
    }
}

fn field(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// As [`field`] does it, at one go: most columns are instants and keys.
fn eight_bytes(value: i64, out: &mut Vec<u8>) {
    let mut bytes = [0; 12];
    bytes[3] = 8;
    bytes[4..].copy_from_slice(&value.to_be_bytes());
    out.extend_from_slice(&bytes);
}

fn sixteen_bytes(uuid: Uuid, out: &mut Vec<u8>) {
    let mut bytes = [0; 20];
    bytes[3] = 16;
    bytes[4..].copy_from_slice(uuid.as_bytes());
    out.extend_from_slice(&bytes);
}

fn length(bytes: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes as i32).to_be_bytes());
}

fn with_length(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    length(0, out);
    write(out);
    let written = (out.len() - start - 4) as i32;
    out[start..start + 4].copy_from_slice(&written.to_be_bytes());
}

fn array(element_oid: u32, items: &[Item<'_>], out: &mut Vec<u8>) {
    let dimensions = i32::from(!items.is_empty());
    out.extend_from_slice(&dimensions.to_be_bytes());
    out.extend_from_slice(&0_i32.to_be_bytes());
    out.extend_from_slice(&element_oid.to_be_bytes());
    if items.is_empty() {
        return;
    }
    length(items.len(), out);
    out.extend_from_slice(&1_i32.to_be_bytes());
    for item in items {
        match item {
            Item::Text(text) => field(text.as_bytes(), out),
            Item::Uuid(uuid) => field(uuid.as_bytes(), out),
            Item::Int16(value) => field(&value.to_be_bytes(), out),
            Item::Int32(value) => field(&value.to_be_bytes(), out),
            Item::Int64(value) => field(&value.to_be_bytes(), out),
        }
    }
}

/// `numeric`: digits of base 10000, the first with a weight, grouped around the decimal point.
fn decimal(units: i64, scale: u16, out: &mut Vec<u8>) {
    const BASE: u128 = 10_000;
    let after = u32::from(scale).div_ceil(4);
    let shift = 10_u128.pow(after * 4 - u32::from(scale));
    let mut rest = u128::from(units.unsigned_abs()) * shift;
    let mut digits = [0_i16; 12];
    let mut count = 0;
    while rest > 0 {
        let digit;
        // Nearly all numbers are small ones, which are divided much faster.
        (rest, digit) = match u64::try_from(rest) {
            Ok(small) => ((small / BASE as u64).into(), (small % BASE as u64) as i16),
            Err(_) => (rest / BASE, (rest % BASE) as i16),
        };
        digits[count] = digit;
        count += 1;
    }
    let weight = count as i16 - 1 - after as i16;
    let least = digits[..count].iter().take_while(|&&digit| digit == 0).count();
    let sign: i16 = if units < 0 { 0x4000 } else { 0 };
    for part in [
        (count - least) as i16,
        if count == 0 { 0 } else { weight },
        sign,
        scale as i16,
    ] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    for digit in digits[least..count].iter().rev() {
        out.extend_from_slice(&digit.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Wire<'_>, expect: &[u8]) {
        let mut out = Vec::new();
        write(value, &mut out);
        assert_eq!(out, expect, "{value:?}");
    }

    fn check_decimal(units: i64, scale: u16, expect: &[i16]) {
        let mut out = Vec::new();
        decimal(units, scale, &mut out);
        let parts: Vec<i16> = out
            .chunks(2)
            .map(|pair| i16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        assert_eq!(parts, expect, "{units}e-{scale}");
    }

    #[test]
    fn numbers_are_big_endian_with_their_length() {
        check(Wire::Null, &[0xff; 4]);
        check(Wire::Bool(true), &[0, 0, 0, 1, 1]);
        check(Wire::Int16(-2), &[0, 0, 0, 2, 0xff, 0xfe]);
        check(Wire::Jsonb("{}"), &[0, 0, 0, 3, 1, b'{', b'}']);
    }

    #[test]
    fn decimals_are_as_numeric_send_gives_them() {
        check_decimal(0, 2, &[0, 0, 0, 2]);
        check_decimal(1250, 2, &[2, 0, 0, 2, 12, 5000]);
        check_decimal(-100, 2, &[1, 0, 0x4000, 2, 1]);
        check_decimal(5, 2, &[1, -1, 0, 2, 500]);
        check_decimal(10_000_000_000, 2, &[1, 2, 0, 2, 1]);
        check_decimal(10_000, 0, &[1, 1, 0, 0, 1]);
    }
}
