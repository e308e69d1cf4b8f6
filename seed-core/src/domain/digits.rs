//! Numbers as text, without the machinery of `write!`: rows are full of them.

/// Appends a number.
pub(crate) fn push_number(number: impl itoa::Integer, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends the last two digits of a number, also where the first is a zero.
pub(crate) fn push_two_digits(number: u64, out: &mut String) {
    let digit = |value: u64| char::from(b'0' + (value % 10) as u8);
    out.push(digit(number / 10));
    out.push(digit(number));
}

/// Appends the last six hexadecimal digits of a number.
pub(crate) fn push_six_hex_digits(number: u64, out: &mut String) {
    for place in (0..6).rev() {
        let digit = (number >> (4 * place)) as usize & 0xf;
        out.push(char::from(b"0123456789abcdef"[digit]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_format_writes_them() {
        for number in [0, 7, 42, 99, 0xa0, 0x00_ff01, 0xff_ffff] {
            let mut text = String::new();
            push_number(number, &mut text);
            push_two_digits(number % 100, &mut text);
            push_six_hex_digits(number, &mut text);
            assert_eq!(text, format!("{number}{:02}{number:06x}", number % 100));
        }
    }
}
