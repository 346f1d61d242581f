//! Days and moments.

use std::fmt::{self, Display, Formatter};

use jiff::civil;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use jiff::{SignedDuration, ToSpan as _};

/// A calendar day. `Display` writes it as `2021-04-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// A moment, exact to the nanosecond. `Display` writes it in UTC, with as many fractional digits as
/// it needs: `2021-04-20T12:30:45.5Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(civil::DateTime);

impl Date {
    /// Reads `2021-04-20`. Returns `None` if this is not a valid date.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // AppFlow does not use the other forms of ISO 8601, such as `20210420` and `2021-W16-2`.
        if text.len() != "2021-04-20".len() {
            return None;
        }
        text.parse().ok().map(Self)
    }

    /// Reads the date part of a date-time, as it is written and whatever the offset.
    pub(crate) fn written_in(date_time: &str) -> Option<Self> {
        let (local, _) = parse_local(date_time)?;
        Some(Self(local.date()))
    }

    /// Returns the moment at which the day begins in UTC.
    pub fn midnight(self) -> DateTime {
        DateTime(self.0.to_datetime(civil::Time::midnight()))
    }
}

impl DateTime {
    /// Reads `2021-04-20T12:30:45.5Z`, with any offset in place of the `Z`. Returns `None` if this
    /// is not a valid date-time or its second has more than nine fractional digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (local, offset) = parse_local(text)?;
        let offset = SignedDuration::from_secs(offset.seconds().into());
        local.checked_sub(offset).ok().map(Self)
    }

    /// Returns the beginning of the moment's second, for applications that know no fractions of a
    /// second.
    #[must_use]
    pub fn whole_second(self) -> Self {
        let time = self.0.time().with().subsec_nanosecond(0).build();
        Self(time.map_or(self.0, |time| self.0.date().to_datetime(time)))
    }

    /// Returns the nanoseconds within the second.
    pub fn subsec_nanosecond(self) -> u32 {
        self.0.subsec_nanosecond().unsigned_abs()
    }

    /// Returns the day in UTC.
    pub fn date(self) -> Date {
        Date(self.0.date())
    }

    /// Returns hour, minute and second in UTC.
    pub fn time_of_day(self) -> (u8, u8, u8) {
        let part = |part: i8| part.unsigned_abs();
        (
            part(self.0.hour()),
            part(self.0.minute()),
            part(self.0.second()),
        )
    }
}

fn parse_local(text: &str) -> Option<(civil::DateTime, Offset)> {
    if let Some(midnight) = end_of_day_as_midnight(text) {
        let (local, offset) = parse_local(&midnight)?;
        return Some((local.checked_add(1.day()).ok()?, offset));
    }
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time()?);
    Some((local, pieces.to_numeric_offset()?))
}

/// `2021-04-20T24:00:00Z` is `2021-04-21T00:00:00Z`: this writes the hour as 00. Returns `None` for
/// any other time, so that later minutes of hour 24 stay invalid.
fn end_of_day_as_midnight(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let rest = time.strip_prefix("24:00:00")?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    };
    Some(format!("{date}T00:00:00{offset}"))
}

impl Display for Date {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Display for DateTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_moment(text: &str, utc: &str) {
        assert_eq!(
            DateTime::parse(text)
                .map(|moment| moment.to_string())
                .as_deref(),
            Some(utc),
            "{text}"
        );
    }

    #[test]
    fn any_offset_is_read() {
        assert_moment("2021-04-20T12:30:45Z", "2021-04-20T12:30:45Z");
        assert_moment("2021-04-20T12:30:45.500+01:00", "2021-04-20T11:30:45.5Z");
        assert_moment("2021-04-20T12:30:45.000+0000", "2021-04-20T12:30:45Z");
        assert_moment("2021-01-01T00:00:00-05:30", "2021-01-01T05:30:00Z");
        assert_moment(
            "2021-04-20T12:30:45.123456789Z",
            "2021-04-20T12:30:45.123456789Z",
        );
    }

    #[test]
    fn the_first_and_last_moments_of_the_calendar_are_valid() {
        assert_moment("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
        assert_moment("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z");
        assert_eq!(DateTime::parse("9999-12-31T23:59:59-01:00"), None);
        assert_eq!(DateTime::parse("9999-12-31T24:00:00Z"), None);
    }

    #[test]
    fn hour_24_is_the_end_of_the_day() {
        assert_moment("2021-12-31T24:00:00Z", "2022-01-01T00:00:00Z");
        assert_moment("2021-12-31T24:00:00.000+01:00", "2021-12-31T23:00:00Z");
        assert_eq!(DateTime::parse("2021-12-31T24:00:01Z"), None);
        assert_eq!(DateTime::parse("2021-12-31T24:00:00.5Z"), None);
    }

    #[test]
    fn invalid_dates_are_refused() {
        for text in [
            "2021-02-29",
            "2021-04-31",
            "2021-04-00",
            "2021-13-01",
            "20210420",
            "2021-W16-2",
            "",
            "2021-4-20",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2024-02-29").is_some());
        for text in [
            "2021-02-29T00:00:00Z",
            "2021-04-20T12:30:45",
            "2021-04-20",
            "12:30",
            "2021-04-20T12:30:45.1234567890Z",
        ] {
            assert_eq!(DateTime::parse(text), None, "{text}");
        }
    }
}
