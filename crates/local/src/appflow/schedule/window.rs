//! The range of time that an incremental run reads.

use std::time::Duration;

use crate::wire::timestamp::Timestamp;

/// How far the first window goes back.
const FIRST: Duration = Duration::from_hours(30 * 24);

/// A range of time with both ends. Consecutive windows share an end, so that a record of exactly
/// that time is read twice and none is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl Window {
    /// Returns the window of the run that is scheduled at `scheduled`.
    ///
    /// It starts at the time of the last successful run, so that a failed run's window is read
    /// again. Without one it starts at `first_from`, or 30 days before `scheduled`. `offset` moves
    /// its ends back in time, except for the start of a first window.
    pub(crate) fn new(
        scheduled: Timestamp,
        last_successful: Option<Timestamp>,
        first_from: Option<Timestamp>,
        offset: Duration,
    ) -> Self {
        let end = scheduled.minus(offset);
        let start = match (last_successful, first_from) {
            (Some(last), _) => last.minus(offset),
            (None, Some(first)) => first,
            (None, None) => scheduled.minus(FIRST),
        };
        Self {
            start: start.min(end),
            end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(hours: u64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    const fn window(start: u64, end: u64) -> Window {
        Window {
            start: at(start),
            end: at(end),
        }
    }

    const MONTH: u64 = 30 * 24;

    #[test]
    fn the_first_window_goes_back_30_days_or_to_a_given_time() {
        let offset = Duration::from_hours(2);
        assert_eq!(
            Window::new(at(1000), None, None, offset),
            window(1000 - MONTH, 998)
        );
        assert_eq!(
            Window::new(at(1000), None, Some(at(500)), offset),
            window(500, 998)
        );
        assert_eq!(
            Window::new(at(1000), None, Some(at(2000)), offset),
            window(998, 998)
        );
    }

    #[test]
    fn consecutive_windows_share_an_end_whatever_the_offset() {
        for hours in [0, 1, 9] {
            let offset = Duration::from_hours(hours);
            let one = Window::new(at(1000), None, None, offset);
            let two = Window::new(at(1001), Some(at(1000)), None, offset);
            assert_eq!(one.end, two.start);
            assert_eq!(two, window(1000 - hours, 1001 - hours));
        }
    }

    #[test]
    fn a_failed_run_does_not_move_the_start() {
        let after_failures = Window::new(at(1003), Some(at(1000)), None, Duration::ZERO);
        assert_eq!(after_failures, window(1000, 1003));
    }
}
