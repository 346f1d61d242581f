//! The time, which tests and the clock's admin path can move.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::wire::timestamp::Timestamp;

/// The longest wait before the system's time is read again, because someone may have set it.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The clock of schedules, runs and names of objects. Clones show the same time.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    moved: Arc<watch::Sender<Reading>>,
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    /// The system's time, and how far this clock is ahead of it.
    Running { ahead: Duration },
    /// It stands still until [`Clock::advance`] moves it.
    #[cfg(test)]
    Fixed(Timestamp),
}

impl Reading {
    fn time(self) -> Timestamp {
        match self {
            Self::Running { ahead } => Timestamp::now().plus(ahead),
            #[cfg(test)]
            Self::Fixed(time) => time,
        }
    }
}

/// The system's clock.
impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Clock {
    /// Returns a clock that shows the system's time.
    pub(crate) fn system() -> Self {
        Self::new(Reading::Running {
            ahead: Duration::ZERO,
        })
    }

    /// Returns a clock that stands at this time until it is moved.
    #[cfg(test)]
    pub(crate) fn fixed(time: Timestamp) -> Self {
        Self::new(Reading::Fixed(time))
    }

    fn new(reading: Reading) -> Self {
        Self {
            moved: Arc::new(watch::Sender::new(reading)),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.moved.borrow().time()
    }

    /// Moves the clock forward. Whoever waits for a time that has come continues.
    pub(crate) fn advance(&self, by: Duration) {
        self.moved.send_modify(|reading| match reading {
            Reading::Running { ahead } => *ahead = ahead.saturating_add(by),
            #[cfg(test)]
            Reading::Fixed(time) => *time = time.plus(by),
        });
    }

    /// Waits until the clock shows this time or a later one.
    pub(crate) async fn sleep_until(&self, time: Timestamp) {
        let mut moves = self.moved.subscribe();
        loop {
            let reading = *moves.borrow_and_update();
            let now = reading.time();
            if now >= time {
                return;
            }
            let wait = match reading {
                Reading::Running { .. } => time.since(now).min(MAX_WAIT),
                #[cfg(test)]
                Reading::Fixed(_) => MAX_WAIT,
            };
            // The sender lives as long as `self`, so a change is the only other reason to go on.
            let _ = tokio::time::timeout(wait, moves.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waiter_continues_when_the_clock_is_moved_far_enough() {
        let clock = Clock::fixed(Timestamp::from_millis(1_000));
        let due = Timestamp::from_millis(3_000);
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(due).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        clock.advance(Duration::from_secs(5));
        assert_eq!(waiter.await.unwrap(), Timestamp::from_millis(7_000));
    }

    #[tokio::test]
    async fn a_running_clock_is_moved_too() {
        let clock = Clock::system();
        let hour = Duration::from_hours(1);
        let due = clock.now().plus(hour);
        clock.advance(hour);
        clock.sleep_until(due).await;
        assert!(clock.now() >= due);
    }
}
