//! Dates and date-times in the forms that flows use.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// Reads a moment: milliseconds since 1970 as the API's clients write them, `2025-08-17`, or a
/// date-time with an offset or `Z`; without either it is in UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(millis) = text.parse() {
        return Timestamp::from_millisecond(millis).ok();
    }
    parse_iso(text)
}

/// Reads a moment that is not a number.
pub(super) fn parse_iso(text: &str) -> Option<Timestamp> {
    if text.len() == "2025-08-17".len() {
        let date: Date = text.parse().ok()?;
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        return Offset::UTC.to_timestamp(midnight).ok();
    }
    // A date without separators, and a date-time without a time, are not forms that AppFlow knows.
    if !text.contains(['T', 't', ' ']) {
        return None;
    }
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(civil).ok()
    })
}

/// Returns the day that is written in a date or date-time, whatever its offset.
pub(super) fn written_date(text: &str) -> Option<String> {
    parse_iso(text)?;
    text.get(..10).map(str::to_owned)
}

/// Writes the day in UTC: `2025-08-17`.
pub(super) fn date(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).date().to_string()
}

/// Writes the moment in UTC, with three fractional digits, or nine if it needs them:
/// `2025-08-17T09:53:10.536Z`.
pub(super) fn date_time(moment: Timestamp) -> String {
    let format = if moment.subsec_nanosecond() % 1_000_000 == 0 {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%.9fZ"
    };
    moment.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_moment() {
        for text in [
            "1755424390536",
            "2025-08-17T09:53:10.536Z",
            "2025-08-17T11:53:10.536+02:00",
            "2025-08-17T11:53:10.536+0200",
            "2025-08-17T09:53:10.536",
        ] {
            let moment = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(date_time(moment), "2025-08-17T09:53:10.536Z", "{text}");
            assert_eq!(date(moment), "2025-08-17");
        }
        let midnight = parse("2025-08-17").unwrap();
        assert_eq!(date_time(midnight), "2025-08-17T00:00:00.000Z");
        let before = parse("-1").unwrap();
        assert_eq!(date_time(before), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn no_digit_is_cut_off() {
        let moment = parse("2025-08-17T09:53:10.1234567Z").unwrap();
        assert_eq!(date_time(moment), "2025-08-17T09:53:10.123456700Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "today",
            "2025-02-30",
            "2025-W33-7",
            "2025-13-01T00:00:00Z",
            "1.5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_written_day_is_kept() {
        assert_eq!(
            written_date("2025-08-17T23:30:00-05:00").as_deref(),
            Some("2025-08-17")
        );
        assert_eq!(written_date("2025-08-17").as_deref(), Some("2025-08-17"));
        assert_eq!(written_date("2025-08"), None);
    }
}
