//! How many calls an application gets at the same time.

use std::time::Duration;

use tokio::time::Instant;

/// The wait after a refusal that names none, doubled with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const MAX_DOUBLINGS: u32 = 4;

/// How many calls must succeed until the limit grows by one, doubled each time it was lowered.
const FIRST_STEP: usize = 8;
const MAX_STEP: usize = 256;

/// How many calls an application gets at the same time. The limit halves when the application
/// throttles, and grows by one after some calls that succeed: more of them each time it was
/// lowered, so that it stays near what the application takes.
#[derive(Debug)]
pub(crate) struct Pace {
    max: usize,
    limit: usize,
    successes: usize,
    step: usize,
    /// How often the limit was lowered. The calls that were started before count once.
    lowered: u32,
    doublings: u32,
    resume: Option<Instant>,
}

impl Pace {
    /// Starts with `concurrency` calls, which is also the maximum. Zero counts as one.
    pub(crate) fn new(concurrency: usize) -> Self {
        Self {
            max: concurrency.max(1),
            limit: concurrency.max(1),
            successes: 0,
            step: FIRST_STEP,
            lowered: 0,
            doublings: 0,
            resume: None,
        }
    }

    /// The mark of a call that starts now, for [`refused`](Self::refused).
    pub(crate) const fn mark(&self) -> u32 {
        self.lowered
    }

    pub(crate) const fn has_room(&self, calls: usize) -> bool {
        calls < self.limit
    }

    /// When the next call may start, if not now.
    pub(crate) fn pause(&self, now: Instant) -> Option<Instant> {
        self.resume.filter(|resume| now < *resume)
    }

    pub(crate) fn succeeded(&mut self) {
        self.successes += 1;
        if self.successes >= self.step {
            self.successes = 0;
            self.doublings = 0;
            self.limit = (self.limit + 1).min(self.max);
        }
    }

    /// How long to wait after a refusal that names no time.
    pub(crate) fn wait(&self) -> Duration {
        FIRST_WAIT * 2_u32.pow(self.doublings)
    }

    /// The application refused a call, to be made again after `wait`. `mark` is from when the call
    /// was started: calls at the same time lower the limit once.
    pub(crate) fn refused(&mut self, mark: u32, wait: Duration, now: Instant) {
        if mark == self.lowered {
            self.limit = (self.limit / 2).max(1);
            self.lowered += 1;
            self.successes = 0;
            self.step = (self.step * 2).min(MAX_STEP);
            self.doublings = (self.doublings + 1).min(MAX_DOUBLINGS);
        }
        self.resume = self.resume.max(Some(now + wait));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_at_the_same_time_lower_the_limit_once() {
        let mut pace = Pace::new(8);
        let now = Instant::now();
        for _ in 0..8 {
            pace.refused(0, Duration::ZERO, now);
        }
        assert!(pace.has_room(3) && !pace.has_room(4));
        let mark = pace.mark();
        pace.refused(mark, Duration::ZERO, now);
        assert!(pace.has_room(1) && !pace.has_room(2));
    }

    #[test]
    fn the_limit_is_never_below_one_and_grows_to_its_maximum() {
        let mut pace = Pace::new(2);
        let now = Instant::now();
        for _ in 0..5 {
            let mark = pace.mark();
            pace.refused(mark, Duration::ZERO, now);
        }
        assert!(pace.has_room(0) && !pace.has_room(1));
        for _ in 0..MAX_STEP {
            pace.succeeded();
        }
        assert!(pace.has_room(1) && !pace.has_room(2));
    }

    #[test]
    fn the_longest_wait_counts() {
        let mut pace = Pace::new(2);
        let now = Instant::now();
        let wait = pace.wait();
        pace.refused(0, Duration::from_secs(3), now);
        pace.refused(0, Duration::from_secs(1), now);
        assert_eq!(pace.pause(now), Some(now + Duration::from_secs(3)));
        assert_eq!(pace.pause(now + Duration::from_secs(3)), None);
        assert!(pace.wait() > wait);
    }
}
