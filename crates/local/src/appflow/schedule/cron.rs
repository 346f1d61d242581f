//! `cron(0 12 ? * MON-FRI *)`: AWS's six fields, in UTC.

use chrono::{DateTime, Utc};
use croner::Cron as Pattern;
use croner::parser::{CronParser, Seconds, Year};

use crate::wire::timestamp::Timestamp;

/// The years that AWS's cron expressions allow.
const YEARS: std::ops::RangeInclusive<u32> = 1970..=2199;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// When a flow runs, by minute, hour, day of month, month, day of week and year.
#[derive(Clone, Debug)]
pub(super) struct Cron(Pattern);

impl Cron {
    /// Reads what is between the parentheses.
    ///
    /// # Errors
    ///
    /// What is wrong with which field.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[minutes, hours, day, month, weekday, year] = &fields[..] else {
            let count = fields.len();
            return Err(format!(
                "a cron expression has six fields (minutes, hours, day of month, month, day of \
                 week, year), this one has {count}"
            ));
        };
        check("minutes", minutes, "", &[])?;
        check("hours", hours, "", &[])?;
        check("day of month", day, "?LW", &[])?;
        check("month", month, "", &MONTHS)?;
        check("day of week", weekday, "?L#", &WEEKDAYS)?;
        check("year", year, "", &[])?;
        check_years(year)?;
        if (day == "?") == (weekday == "?") {
            return Err(
                "one of the fields day of month and day of week, and not both, is `?`".to_owned(),
            );
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Required)
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build();
        let pattern = parser
            .parse(&format!("0 {text}"))
            .map_err(|error| error.to_string())?;
        Ok(Self(pattern))
    }

    /// Returns the last time at or before `moment`.
    pub(super) fn last_until(&self, moment: Timestamp) -> Option<Timestamp> {
        let found = self.0.find_previous_occurrence(&utc(moment)?, true).ok()?;
        timestamp(found)
    }

    /// Returns the first time after `moment`.
    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let found = self.0.find_next_occurrence(&utc(moment)?, false).ok()?;
        timestamp(found)
    }
}

/// Refuses what croner reads and AWS does not: other wildcards, names of other fields, `?` as a
/// part of a list, and a step without a start.
fn check(name: &str, field: &str, wildcards: &str, names: &[&str]) -> Result<(), String> {
    let invalid = || Err(format!("the field {name} is not valid: {field}"));
    if field == "?" && wildcards.contains('?') {
        return Ok(());
    }
    for element in field.split(',') {
        if element.is_empty() || element.starts_with('/') {
            return invalid();
        }
        let mut rest = element.to_ascii_uppercase();
        for name in names {
            rest = rest.replace(name, "1");
        }
        let is_valid = |c: char| {
            c.is_ascii_digit() || "*-/".contains(c) || (c != '?' && wildcards.contains(c))
        };
        if !rest.chars().all(is_valid) {
            return invalid();
        }
    }
    Ok(())
}

fn check_years(field: &str) -> Result<(), String> {
    for element in field.split(',') {
        let range = element.split('/').next().unwrap_or_default();
        let years = range
            .split('-')
            .filter(|year| *year != "*")
            .all(|year| year.parse().is_ok_and(|year| YEARS.contains(&year)));
        if !years {
            return Err(format!(
                "the field year is not valid: {field}; years are from {} to {}",
                YEARS.start(),
                YEARS.end()
            ));
        }
    }
    Ok(())
}

fn utc(moment: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(moment.millis()).ok()?)
}

/// Returns `None` for a time outside [`YEARS`], so that `*` ends with them too.
fn timestamp(moment: DateTime<Utc>) -> Option<Timestamp> {
    use chrono::Datelike as _;

    let millis = u64::try_from(moment.timestamp_millis()).ok()?;
    let year = u32::try_from(moment.year()).ok()?;
    YEARS
        .contains(&year)
        .then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::timestamp::at;

    #[track_caller]
    fn assert_next(expression: &str, after: &str, times: &[&str]) {
        let cron = Cron::parse(expression).unwrap();
        let mut moment = at(after);
        for time in times {
            moment = cron.next_after(moment).unwrap();
            assert_eq!(moment, at(time), "{expression}");
        }
    }

    #[test]
    fn times_are_those_of_aws() {
        // The examples of the user guide, with times from a calendar.
        assert_next(
            "0 10 * * ? *",
            "2026-11-25T10:00:00Z",
            &["2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z"],
        );
        assert_next(
            "15 12 ? * 2 *",
            "2026-11-25T00:00:00Z",
            &["2026-11-30T12:15:00Z", "2026-12-07T12:15:00Z"],
        );
        assert_next(
            "0 18 ? * MON-FRI *",
            "2026-11-27T18:00:00Z",
            &["2026-11-30T18:00:00Z", "2026-12-01T18:00:00Z"],
        );
        assert_next(
            "0/15 8-9 1 1 ? 2027/2",
            "2026-01-01T00:00:00Z",
            &[
                "2027-01-01T08:00:00Z",
                "2027-01-01T08:15:00Z",
                "2027-01-01T08:30:00Z",
            ],
        );
        assert_next(
            "0 0 L * ? *",
            "2028-02-01T00:00:00Z",
            &["2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"],
        );
        // 1 August 2026 is a Saturday.
        assert_next(
            "0 9 1W 8 ? 2026",
            "2026-07-01T00:00:00Z",
            &["2026-08-03T09:00:00Z"],
        );
        assert_next(
            "0 9 ? * 6#3 *",
            "2026-11-01T00:00:00Z",
            &["2026-11-20T09:00:00Z", "2026-12-18T09:00:00Z"],
        );
        assert_next(
            "0 9 ? * FRIL *",
            "2026-11-01T00:00:00Z",
            &["2026-11-27T09:00:00Z"],
        );
    }

    #[test]
    fn years_end() {
        let cron = Cron::parse("0 0 1 1 ? 2026").unwrap();
        assert_eq!(cron.next_after(at("2026-01-01T00:00:00Z")), None);
        assert_eq!(
            cron.last_until(at("2030-01-01T00:00:00Z")),
            Some(at("2026-01-01T00:00:00Z"))
        );
        assert_eq!(cron.last_until(at("2025-12-31T23:59:59Z")), None);
    }

    #[test]
    fn the_last_time_includes_the_moment() {
        let cron = Cron::parse("*/10 * * * ? *").unwrap();
        let last = |text| cron.last_until(at(text)).unwrap();
        assert_eq!(last("2026-01-01T00:10:00Z"), at("2026-01-01T00:10:00Z"));
        assert_eq!(last("2026-01-01T00:19:59.999Z"), at("2026-01-01T00:10:00Z"));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for expression in [
            "",
            "0 12 * * ?",
            "0 0 12 * * ? *",
            "0 12 * * * *",
            "0 12 ? * ? *",
            "0 12 1 * MON *",
            "60 12 * * ? *",
            "0 24 * * ? *",
            "0 12 32 * ? *",
            "0 12 * 13 ? *",
            "0 12 ? * 8 *",
            "0 12 ? * 0 *",
            "0 12 ? * MONDAY *",
            "0 12 * MON ? *",
            "/5 12 * * ? *",
            "? 12 * * ? *",
            "0 12 *,? * ? *",
            "0 12 ? * +MON *",
            "0 12 * * ? 1969",
            "0 12 * * ? 2200",
            "0 12 * * ? x",
            "@daily",
        ] {
            assert!(Cron::parse(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn an_error_says_which_field() {
        let error = |text| Cron::parse(text).unwrap_err();
        assert_eq!(error("0 12 * MON ? *"), "the field month is not valid: MON");
        assert!(error("* * * * *").contains("this one has 5"));
        assert!(error("0 12 * * * *").contains("`?`"));
    }
}
