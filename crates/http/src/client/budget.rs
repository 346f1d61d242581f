//! A maximum number of calls per second.

use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Spreads calls evenly: a burst at the start of each second could exceed a limit that the
/// application counts from another moment.
pub(crate) struct CallBudget {
    limiter: RateLimiter<NotKeyed, InMemoryState, SinceStart, NoOpMiddleware<Duration>>,
    clock: SinceStart,
}

impl CallBudget {
    /// A budget of `calls_per_second`; zero counts as one.
    pub(crate) fn new(calls_per_second: u32) -> Self {
        let clock = SinceStart(Instant::now());
        let calls = calls_per_second.max(1).try_into().expect("at least one");
        let one = 1.try_into().expect("not zero");
        let quota = Quota::per_second(calls).allow_burst(one);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock),
            clock,
        }
    }

    /// Waits for a call's turn.
    ///
    /// # Errors
    /// The wait, if the turn comes after `deadline`.
    pub(crate) async fn take(&self, deadline: Instant) -> Result<(), Duration> {
        while let Err(taken) = self.limiter.check() {
            let turn = Instant::now() + taken.wait_time_from(self.clock.now());
            if turn > deadline {
                return Err(turn.duration_since(Instant::now()));
            }
            tokio::time::sleep_until(turn).await;
        }
        Ok(())
    }
}

/// Tokio's clock, which tests can pause.
#[derive(Clone, Copy)]
struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_are_spread_over_the_second() {
        let budget = CallBudget::new(4);
        let start = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..5 {
            budget.take(start + Duration::from_mins(1)).await.unwrap();
            turns.push(start.elapsed().as_millis());
        }
        // The clock of paused tests has a resolution of one millisecond.
        let expected = [0, 250, 500, 750, 1_000];
        assert!(
            turns
                .iter()
                .zip(expected)
                .all(|(turn, expected)| turn.abs_diff(expected) <= 4),
            "{turns:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_after_the_deadline_is_not_waited_for() {
        let budget = CallBudget::new(0);
        let start = Instant::now();
        let deadline = start + Duration::from_millis(500);
        budget.take(deadline).await.unwrap();
        let wait = budget.take(deadline).await.unwrap_err();
        assert!(wait > Duration::from_millis(900), "{wait:?}");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
