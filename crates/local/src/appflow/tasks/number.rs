//! Decimal numbers in text.

use std::str::FromStr as _;

use bigdecimal::BigDecimal;

/// The maximum number of digits of a number that is calculated with, before and after its point. It
/// bounds the time and the length of a result.
const MAX_DIGITS: usize = 1_000;

/// Reads a number as JSON writes it. Returns `None` for anything else, and for a number of more than
/// a thousand digits before or after its point.
pub(super) fn parse(text: &str) -> Option<BigDecimal> {
    if !is_json_number(text) || text.len() > MAX_DIGITS + "-.e-1000".len() {
        return None;
    }
    let number = BigDecimal::from_str(text).ok()?;
    let scale = usize::try_from(number.fractional_digit_count().unsigned_abs()).ok()?;
    (scale <= MAX_DIGITS).then_some(number)
}

/// Returns whether the text is a number in JSON.
pub(super) fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for text in ["0", "-0", "10", "1.50", "1e5", "1E+5", "-1.5e-3"] {
            assert!(is_json_number(text) && parse(text).is_some(), "{text}");
        }
        for text in [
            "", "-", "01", "1.", ".5", "+1", " 1", "1 ", "1e", "1e+", "0x1", "NaN", "1_000",
        ] {
            assert!(!is_json_number(text) && parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_that_would_take_too_long_are_refused() {
        assert!(parse(&"9".repeat(1_000)).is_some());
        assert!(parse("1e1000").is_some());
        assert!(parse("1e1001").is_none());
        assert!(parse("1e1000000000").is_none());
        assert!(parse(&"9".repeat(2_000)).is_none());
    }
}
