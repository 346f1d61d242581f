//! Points in time, in the protocols' form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01 UTC, serialized as seconds with a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    #[cfg(test)]
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub(crate) fn now() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) const fn millis(self) -> u64 {
        self.0
    }

    pub(crate) const fn plus_days(self, days: u64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY)))
    }

    /// Midnight UTC of the same day.
    pub(crate) const fn start_of_day(self) -> Self {
        Self(self.0 - self.0 % DAY)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(Duration::from_millis(self.0).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_serialized_in_seconds_with_a_fraction() {
        let written = |millis| serde_json::to_string(&Timestamp::from_millis(millis)).unwrap();
        assert_eq!(written(1_523_477_145_713), "1523477145.713");
        assert_eq!(written(1_523_477_145_000), "1523477145.0");
    }

    #[test]
    fn days_start_at_midnight_and_have_24_hours() {
        let moment = Timestamp::from_millis(1_523_477_145_713);
        assert_eq!(
            moment.start_of_day(),
            Timestamp::from_millis(1_523_404_800_000)
        );
        assert_eq!(
            moment.plus_days(7),
            Timestamp::from_millis(1_524_081_945_713)
        );
    }
}
