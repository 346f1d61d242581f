//! The header `Retry-After` (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Returns how long the application asks to wait. `None` if the header is absent or not valid.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    parse(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Seconds, or a date; one in the past means no wait.
fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is longer than any deadline.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let moment = httpdate::parse_http_date(value).ok()?;
    Some(moment.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> SystemTime {
        httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap()
    }

    #[test]
    fn seconds_and_dates_are_read() {
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 2 ", Some(2)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wednesday, 21-Oct-15 07:29:00 GMT", Some(60)),
            ("Wed Oct 21 07:28:05 2015", Some(5)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999999", Some(u64::MAX)),
        ] {
            assert_eq!(
                parse(value, now()),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_date_that_was_written_is_read(wait in 0_u64..1_000_000_000) {
            let date = httpdate::fmt_http_date(now() + Duration::from_secs(wait));
            prop_assert_eq!(parse(&date, now()), Some(Duration::from_secs(wait)));
        }

        #[test]
        fn no_text_breaks_the_parser(value in ".*") {
            let _ = parse(&value, now());
        }
    }
}
