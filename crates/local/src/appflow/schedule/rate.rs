//! `rate(5minutes)`: a fixed period.

use jiff::civil::DateTime;
use jiff::{Span, ToSpan as _};

use crate::wire::timestamp::Timestamp;

const MINUTE: u64 = 60_000;

/// The longest period, in its own units. With it the arithmetic below cannot overflow.
const MAX_COUNT: u64 = 1_000_000;

/// How often a flow runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    /// The period in milliseconds.
    Millis(u64),
    /// The period in months, at the day and time of the first run, or on the last day of a month
    /// that lacks that day.
    Months(u64),
}

impl Rate {
    /// Reads what is between the parentheses: `5minutes`, `5 minutes`, `1 month`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at(digits);
        let count = count
            .parse()
            .ok()
            .filter(|count| (1..=MAX_COUNT).contains(count))?;
        match unit.trim_start() {
            "minute" | "minutes" => Some(Self::Millis(count * MINUTE)),
            "hour" | "hours" => Some(Self::Millis(count * 60 * MINUTE)),
            "day" | "days" => Some(Self::Millis(count * 24 * 60 * MINUTE)),
            "week" | "weeks" => Some(Self::Millis(count * 7 * 24 * 60 * MINUTE)),
            "month" | "months" => Some(Self::Months(count)),
            _ => None,
        }
    }

    /// Returns the last time at or before `moment`, counted from the first run; `None` if that is
    /// later.
    pub(super) fn last_until(self, first: Timestamp, moment: Timestamp) -> Option<Timestamp> {
        if moment < first {
            return None;
        }
        let periods = self.periods(first, moment)?;
        self.after_periods(first, periods)
    }

    /// Returns the first time after `moment`.
    pub(super) fn next_after(self, first: Timestamp, moment: Timestamp) -> Option<Timestamp> {
        if moment < first {
            return Some(first);
        }
        let periods = self.periods(first, moment)?;
        self.after_periods(first, periods + 1)
    }

    /// Returns how many whole periods lie between the two.
    fn periods(self, first: Timestamp, moment: Timestamp) -> Option<u64> {
        match self {
            Self::Millis(period) => Some((moment.millis() - first.millis()) / period),
            Self::Months(count) => {
                let (start, end) = (civil(first)?, civil(moment)?);
                let years = i64::from(end.year()) - i64::from(start.year());
                let months = years * 12 + i64::from(end.month()) - i64::from(start.month());
                let periods = u64::try_from(months).ok()? / count;
                // In the month of `moment` the time may still be to come.
                if self.after_periods(first, periods)? > moment {
                    periods.checked_sub(1)
                } else {
                    Some(periods)
                }
            }
        }
    }

    fn after_periods(self, first: Timestamp, periods: u64) -> Option<Timestamp> {
        match self {
            Self::Millis(period) => {
                let millis = first.millis().checked_add(period.checked_mul(periods)?)?;
                Some(Timestamp::from_millis(millis))
            }
            Self::Months(count) => {
                let months = i32::try_from(count.checked_mul(periods)?).ok()?;
                let span: Span = 0.months().try_months(months).ok()?;
                let moment = civil(first)?.checked_add(span).ok()?;
                let moment = jiff::tz::Offset::UTC.to_timestamp(moment).ok()?;
                let millis = u64::try_from(moment.as_millisecond()).ok()?;
                Some(Timestamp::from_millis(millis))
            }
        }
    }
}

fn civil(moment: Timestamp) -> Option<DateTime> {
    let millis = i64::try_from(moment.millis()).ok()?;
    let moment = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::timestamp::at;

    #[test]
    fn both_forms_of_a_rate_are_read() {
        for text in ["5minutes", "5 minutes", " 5  minutes "] {
            assert_eq!(Rate::parse(text), Some(Rate::Millis(300_000)), "{text}");
        }
        assert_eq!(Rate::parse("1minute"), Some(Rate::Millis(60_000)));
        assert_eq!(Rate::parse("2 hours"), Some(Rate::Millis(7_200_000)));
        assert_eq!(Rate::parse("1day"), Some(Rate::Millis(86_400_000)));
        assert_eq!(Rate::parse("2weeks"), Some(Rate::Millis(1_209_600_000)));
        assert_eq!(Rate::parse("3 months"), Some(Rate::Months(3)));
        for text in [
            "",
            "5",
            "minutes",
            "0 minutes",
            "-5 minutes",
            "1.5 hours",
            "5 Minutes",
            "30 seconds",
            "5 minutes 3",
            "1000001 days",
            "99999999999999999999 minutes",
        ] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_counted_from_the_first() {
        let rate = Rate::parse("5minutes").unwrap();
        let first = at("2026-01-01T00:02:00Z");
        let last = |text| rate.last_until(first, at(text));
        assert_eq!(last("2026-01-01T00:01:59Z"), None);
        assert_eq!(last("2026-01-01T00:02:00Z"), Some(first));
        assert_eq!(
            last("2026-01-01T00:11:59.999Z"),
            Some(at("2026-01-01T00:07:00Z"))
        );
        let next = |text| rate.next_after(first, at(text));
        assert_eq!(next("2025-12-31T00:00:00Z"), Some(first));
        assert_eq!(
            next("2026-01-01T00:02:00Z"),
            Some(at("2026-01-01T00:07:00Z"))
        );
    }

    #[test]
    fn months_keep_the_day_or_take_the_last_one() {
        let rate = Rate::parse("1month").unwrap();
        let first = at("2026-01-31T06:00:00Z");
        let next = |text| rate.next_after(first, at(text)).unwrap();
        assert_eq!(next("2026-01-31T06:00:00Z"), at("2026-02-28T06:00:00Z"));
        assert_eq!(next("2026-02-28T06:00:00Z"), at("2026-03-31T06:00:00Z"));
        let last = |text| rate.last_until(first, at(text)).unwrap();
        assert_eq!(last("2026-02-28T05:59:59Z"), first);
        assert_eq!(last("2027-03-01T00:00:00Z"), at("2027-02-28T06:00:00Z"));
    }
}
