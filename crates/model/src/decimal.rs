use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ConnectorError;

/// The most characters of a [`Decimal`].
const MAX_CHARS: usize = 1_000;

/// A decimal number of any precision, kept as the text of a JSON number.
///
/// It is read from a JSON number or from a string that holds one, and written as a number with the
/// same digits. Decimals are compared by value: `1`, `1.00` and `10e-1` are equal.
///
/// ```
/// use appflow_connector_model::Decimal;
///
/// let precise: Decimal = serde_json::from_str("0.10000000000000000001")?;
/// assert_eq!(serde_json::to_string(&precise)?, "0.10000000000000000001");
/// assert!(precise > "0.1".parse()?);
/// assert_eq!(serde_json::from_str::<Decimal>("\"1.00\"")?, Decimal::from(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Decimal(Box<str>);

/// The text is not a decimal number, or has more than 1,000 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number of at most 1,000 characters, such as `-12.50` or `1e9`")]
#[non_exhaustive]
pub struct DecimalError;

/// Returns ServerError: the number is in what the application says about its fields.
impl From<DecimalError> for ConnectorError {
    fn from(error: DecimalError) -> Self {
        Self::server_error(error.to_string())
    }
}

impl Decimal {
    /// The text of the number, as JSON has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads a number as JSON and Java's `BigDecimal` write it. White space around it, a sign `+`,
    /// leading zeros, and a point without digits on one side are allowed; they are not kept.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let text = text.trim();
        if text.len() > MAX_CHARS {
            return Err(DecimalError);
        }
        let (minus, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => ("-", unsigned),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (unsigned, None),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let exponent_digits =
            exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
        if whole.len() + fraction.len() == 0
            || !are_digits(whole)
            || !are_digits(fraction)
            || exponent_digits.is_some_and(|digits| digits.is_empty() || !are_digits(digits))
        {
            return Err(DecimalError);
        }
        let mut json = String::from(minus);
        let whole = whole.trim_start_matches('0');
        json.push_str(if whole.is_empty() { "0" } else { whole });
        if !fraction.is_empty() {
            json.push('.');
            json.push_str(fraction);
        }
        if let Some(exponent) = exponent {
            json.push('e');
            json.push_str(exponent);
        }
        Ok(Self(json.into()))
    }
}

impl From<i32> for Decimal {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        i64::from(number).into()
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Decimal({})", self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string())
            .expect("a decimal is the text of a JSON number")
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('"') {
            let text: String = serde_json::from_str(text).map_err(D::Error::custom)?;
            return text.parse().map_err(D::Error::custom);
        }
        text.parse().map_err(D::Error::custom)
    }
}

/// The parts of a number that decide its order: `0.digits × 10^magnitude`, without zeros at the
/// ends of the digits.
struct Parts<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
    magnitude: i128,
}

impl<'a> Parts<'a> {
    fn of(decimal: &'a Decimal) -> Self {
        let (is_negative, unsigned) = match decimal.0.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, &*decimal.0),
        };
        let (number, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // An exponent of more than 38 digits is as good as infinite.
        let exponent = exponent
            .parse::<i128>()
            .unwrap_or(match exponent.strip_prefix('-') {
                Some(_) => i128::MIN / 2,
                None => i128::MAX / 2,
            });
        let exponent = exponent.clamp(i128::MIN / 2, i128::MAX / 2);
        let whole = whole.trim_start_matches('0');
        let leading_zeros = if whole.is_empty() {
            fraction.len() - fraction.trim_start_matches('0').len()
        } else {
            0
        };
        let places = i128::try_from(whole.len()).unwrap_or(i128::MAX / 4)
            - i128::try_from(leading_zeros).unwrap_or(i128::MAX / 4);
        Self {
            is_negative,
            whole,
            fraction: &fraction[leading_zeros..],
            magnitude: exponent + places,
        }
    }

    fn is_zero(&self) -> bool {
        self.digits().all(|digit| digit == b'0')
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn compare_absolute(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let length = self.digits().count().max(other.digits().count());
        let padded = |parts: &Self| {
            let digits: Vec<u8> = parts
                .digits()
                .chain(std::iter::repeat(b'0'))
                .take(length)
                .collect();
            digits
        };
        self.magnitude
            .cmp(&other.magnitude)
            .then_with(|| padded(self).cmp(&padded(other)))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (Parts::of(self), Parts::of(other));
        let is_negative = |parts: &Parts| parts.is_negative && !parts.is_zero();
        match (is_negative(&one), is_negative(&other)) {
            (false, false) => one.compare_absolute(&other),
            (true, true) => other.compare_absolute(&one),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ascending = [
            "-1e400",
            "-12345678901234567890123.5",
            "-12345678901234567890123.4",
            "-1",
            "-0.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.0999",
            "0.1",
            "0.10000000000000000001",
            "1",
            "9.99",
            "10",
            "1e9",
            "12345678901234567890123",
            "12345678901234567890124",
            "1e400",
            "1e99999999999999999999999999999999999999999",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(
                    decimal(one).cmp(&decimal(other)),
                    at.cmp(&other_at),
                    "{one} and {other}"
                );
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        for equal in ["1", "+1", "01.00", "1.", "10e-1", "0.1E1", ".1e+1", " 1 "] {
            assert_eq!(decimal(equal), Decimal::from(1), "{equal}");
        }
        for zero in [
            "0",
            "-0",
            "0.000",
            "-.0",
            "0e99999999999999999999999999999999999999999",
        ] {
            assert_eq!(decimal(zero), Decimal::from(0), "{zero}");
        }
    }

    #[test]
    fn every_digit_is_kept() {
        for number in [
            "-0.10000000000000000001",
            "123456789012345678901234567890",
            "1e400",
            "1.50",
            "18446744073709551615",
        ] {
            let read: Decimal = serde_json::from_str(number).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), number);
            let read: Decimal = serde_json::from_str(&format!("{number:?}")).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), number);
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", " ", "-", ".", "e1", "1e", "1e+", "1,5", "0x1", "NaN", "1.2.3", "--1", "1 2", "１",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError), "{text:?}");
        }
        assert!("1".repeat(1_000).parse::<Decimal>().is_ok());
        assert!("1".repeat(1_001).parse::<Decimal>().is_err());
        for json in ["true", "null", "[1]", "{}", r#""a""#] {
            assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
        }
    }
}
