//! Exact decimal numbers.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr as _;

use bigdecimal::{BigDecimal, ToPrimitive as _};

/// The maximum number of digits before and after a number's decimal point, counted after its
/// exponent is applied. It bounds the time of a comparison.
pub(crate) const MAX_DIGITS: usize = 1_000;

/// A decimal number, exact to its last digit.
///
/// `Display` writes it without an exponent: `-5.0`, `0.00000001`. Trailing zeros are kept; `5` and
/// `5.0` are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

impl Number {
    /// Reads a number as it is written in JSON or in a filter. Returns `None` if the text is not a
    /// number or has more than [`MAX_DIGITS`] digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_plausible = text.len() <= MAX_DIGITS + "-.e-1000".len()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if !is_plausible {
            return None;
        }
        let number = BigDecimal::from_str(text).ok()?;
        let scale = usize::try_from(number.fractional_digit_count().unsigned_abs()).ok()?;
        (scale <= MAX_DIGITS).then_some(Self(number))
    }

    /// Returns the number without fractional digits if it is whole.
    pub(crate) fn whole(&self) -> Option<Self> {
        self.0.is_integer().then(|| Self(self.0.with_scale(0)))
    }

    /// Returns the number if it is whole and fits into 64 bits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.0.is_integer() {
            self.0.to_i64()
        } else {
            None
        }
    }

    /// Returns the number as a double if that loses no digit.
    pub fn to_f64(&self) -> Option<f64> {
        let double = self.0.to_f64().filter(|double| double.is_finite())?;
        (Self::parse(&double.to_string())? == *self).then_some(double)
    }

    #[cfg(feature = "sql")]
    pub(crate) fn as_big_decimal(&self) -> &BigDecimal {
        &self.0
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn no_digit_is_lost() {
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("0.10000000000000000001") > number("0.1"));
        assert_eq!(number("1.50e3"), number("1500"));
        assert_eq!(number("-0"), number("0.00"));
    }

    #[test]
    fn it_is_written_without_an_exponent() {
        for (text, plain) in [
            ("-5.0", "-5.0"),
            ("007", "7"),
            ("-0", "0"),
            ("1e-8", "0.00000001"),
            ("2E+3", "2000"),
        ] {
            assert_eq!(number(text).to_string(), plain);
        }
    }

    #[test]
    fn invalid_and_overlong_numbers_are_refused() {
        assert!(Number::parse(&"9".repeat(MAX_DIGITS)).is_some());
        for text in [
            "",
            "-",
            "1x",
            "NaN",
            "inf",
            "1_000",
            "0x1",
            " 1",
            "1e1000000000",
            "1e-99999999999999999999",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse(&"9".repeat(1 << 20)), None);
    }

    #[test]
    fn narrower_types_take_only_what_fits() {
        assert_eq!(number("5.0").to_i64(), Some(5));
        assert_eq!(number("5.0").whole().unwrap().to_string(), "5");
        assert_eq!(number("5.5").whole(), None);
        assert_eq!(number("5.5").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_i64(), None);
        assert_eq!(number("0.1").to_f64(), Some(0.1));
        assert_eq!(number("0.10000000000000000001").to_f64(), None);
        assert_eq!(number(&"9".repeat(400)).to_f64(), None);
    }
}
