//! Points in time, in the protocols' form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01 UTC, serialized as seconds with a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    #[cfg(any(test, feature = "appflow"))]
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

    #[cfg(feature = "appflow")]
    pub(crate) const fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(time)))
    }

    /// The epoch if that would be before it.
    #[cfg(feature = "appflow")]
    pub(crate) const fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(time)))
    }

    /// The time from `earlier` to this one; zero if `earlier` is later.
    #[cfg(feature = "appflow")]
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    pub(crate) const fn plus_days(self, days: u64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY)))
    }

    /// Midnight UTC of the same day.
    pub(crate) const fn start_of_day(self) -> Self {
        Self(self.0 - self.0 % DAY)
    }
}

#[cfg(feature = "appflow")]
#[expect(
    clippy::cast_possible_truncation,
    reason = "2^64 milliseconds are 584 million years"
)]
const fn whole_millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// Reads seconds with a fraction, to the millisecond. A time before 1970 is an error.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // Rounded to microseconds first: 0.001 is not exact as a double.
        let since_epoch = Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)?;
        let millis = (since_epoch.as_micros() + 500) / 1000;
        u64::try_from(millis)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(Duration::from_millis(self.0).as_secs_f64())
    }
}

/// The time that is written in a test.
#[cfg(all(test, feature = "appflow"))]
pub(crate) fn at(text: &str) -> Timestamp {
    let moment: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(u64::try_from(moment.as_millisecond()).unwrap())
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
    fn a_timestamp_is_read_to_the_millisecond() {
        let read = |text| serde_json::from_str::<Timestamp>(text).ok();
        assert_eq!(
            read("1523477145.713"),
            Some(Timestamp::from_millis(1_523_477_145_713))
        );
        assert_eq!(
            read("1523477145"),
            Some(Timestamp::from_millis(1_523_477_145_000))
        );
        assert_eq!(read("0.0006"), Some(Timestamp::from_millis(1)));
        assert_eq!(read("-1"), None);
        assert_eq!(read("1e300"), None);
    }

    #[cfg(feature = "appflow")]
    #[test]
    fn times_end_at_the_epoch() {
        let second = Duration::from_secs(1);
        let early = Timestamp::from_millis(500);
        assert_eq!(early.minus(second), Timestamp::from_millis(0));
        assert_eq!(early.plus(second), Timestamp::from_millis(1_500));
        assert_eq!(early.since(early.plus(second)), Duration::ZERO);
        assert_eq!(early.plus(second).since(early), second);
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
