//! Durations as Go writes them: `87600h`, `1h30m`, `-1.5h`, `300ms`.

/// How many nanoseconds a text like `1h30m` means.
///
/// # Errors
/// What is wrong with it, in Go's words.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0_f64;
    let mut exact = 0_i128;
    while !rest.is_empty() {
        let number_ends = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_ends);
        if !number.contains(|c: char| c.is_ascii_digit()) || number.matches('.').count() > 1 {
            return Err(invalid());
        }
        let unit_ends = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_ends);
        let nanoseconds = match unit {
            "ns" => 1_i64,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        match number.parse::<i64>() {
            Ok(whole) => exact += i128::from(whole) * i128::from(nanoseconds),
            Err(_) => total += number.parse::<f64>().map_err(|_| invalid())? * nanoseconds as f64,
        }
        rest = next;
    }
    if total >= i64::MAX as f64 {
        return Err(invalid());
    }
    let sum = exact + total as i128;
    i64::try_from(if negative { -sum } else { sum }).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<i64, &str>) {
        assert_eq!(parse(text), expect.map_err(Into::into), "{text}");
    }

    #[test]
    fn go_durations_are_read() {
        check("0", Ok(0));
        check("87600h", Ok(87_600 * 3_600_000_000_000));
        check("1h30m", Ok(5_400_000_000_000));
        check("1.5h", Ok(5_400_000_000_000));
        check("-2s", Ok(-2_000_000_000));
        check("+300ms", Ok(300_000_000));
        check("7µs3ns", Ok(7_003));
    }

    #[test]
    fn other_texts_are_refused_in_go_s_words() {
        check("", Err(r#"time: invalid duration """#));
        check("forever", Err(r#"time: invalid duration "forever""#));
        check("5", Err(r#"time: missing unit in duration "5""#));
        check("1d", Err(r#"time: unknown unit "d" in duration "1d""#));
        check("1.2.3h", Err(r#"time: invalid duration "1.2.3h""#));
        check("-", Err(r#"time: invalid duration "-""#));
        check("9999999h", Err(r#"time: invalid duration "9999999h""#));
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_or_refused(text in "[-+0-9.nuµmsh]{0,40}|.*") {
            if let Ok(nanoseconds) = parse(&text) {
                proptest::prop_assert_eq!(parse(&format!("{nanoseconds}ns")), Ok(nanoseconds));
            }
        }
    }
}
