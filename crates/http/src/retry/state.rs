//! The state of one request's attempts: no clock and no randomness of its own.

use std::time::{Duration, Instant};

use appflow_connector_model::ConnectorError;

use super::policy::{Repeat, RetryPolicy};

/// A request is not retried if less time than this would remain for it.
const MIN_ATTEMPT_TIME: Duration = Duration::from_millis(100);
/// An attempt that others may follow gets half of the remaining time, but not less than this.
const MIN_SHARE: Duration = Duration::from_secs(1);

/// How an attempt failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ConnectorError,
    pub(crate) effect: Effect,
    /// The wait that the application asked for.
    pub(crate) retry_after: Option<Duration>,
    /// The status and the size of the response, if there is one.
    pub(crate) response: Option<(u16, usize)>,
}

/// What a failed attempt did at the application, which decides whether a retry is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It failed, and a retry would fail again.
    Final,
    /// Nothing.
    Refused,
    /// Unknown.
    Unclear,
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        Self {
            error,
            effect: Effect::Final,
            retry_after: None,
            response: None,
        }
    }
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Wait(Duration),
    GiveUp(ConnectorError),
}

/// The attempts of one request.
///
/// backon, which the credentials use, does not support a deadline that also bounds each attempt, a
/// `Retry-After` that ends the retries if it reaches beyond that deadline, or full jitter from a
/// given source of randomness.
#[derive(Debug)]
pub(crate) struct RetryState<'a> {
    policy: &'a RetryPolicy,
    repeat: Repeat,
    max_attempt_time: Option<Duration>,
    deadline: Instant,
    attempts: u32,
}

impl<'a> RetryState<'a> {
    pub(crate) const fn new(
        policy: &'a RetryPolicy,
        repeat: Repeat,
        max_attempt_time: Option<Duration>,
        deadline: Instant,
    ) -> Self {
        Self {
            policy,
            repeat,
            max_attempt_time,
            deadline,
            attempts: 0,
        }
    }

    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Begins an attempt and returns when it must end. `None` if no time remains.
    pub(crate) fn begin(&mut self, now: Instant) -> Option<Instant> {
        let left = self.deadline.saturating_duration_since(now);
        if left.is_zero() {
            return None;
        }
        self.attempts += 1;
        let is_last = self.repeat == Repeat::Never || self.attempts >= self.policy.max_attempts;
        let time = if is_last {
            left
        } else {
            (left / 2).max(MIN_SHARE).min(left)
        };
        let limit = self.max_attempt_time.or(self.policy.max_attempt_time);
        Some(now + limit.map_or(time, |limit| limit.min(left)))
    }

    /// Returns what follows a failed attempt. `random` is from 0 to 1.
    pub(crate) fn after(&self, failure: Failure, now: Instant, random: f64) -> Verdict {
        // Retrying at once would only add to the load of a busy application.
        let named = failure.retry_after.filter(|wait| !wait.is_zero());
        let may_repeat = match failure.effect {
            Effect::Final => false,
            Effect::Refused => self.repeat != Repeat::Never,
            Effect::Unclear => self.repeat == Repeat::Always,
        };
        if !may_repeat {
            let error = match failure.effect {
                Effect::Unclear => with_doubt(&failure.error),
                Effect::Final | Effect::Refused => failure.error,
            };
            return Verdict::GiveUp(match named {
                Some(delay) => error.with_retry_after(delay),
                None => error,
            });
        }
        let ceiling = self.policy.max_delay_after(self.attempts);
        let wait = named.unwrap_or_else(|| ceiling.mul_f64(random.clamp(0.0, 1.0)));
        let left = self.deadline.saturating_duration_since(now);
        if self.attempts < self.policy.max_attempts && wait.saturating_add(MIN_ATTEMPT_TIME) <= left
        {
            return Verdict::Wait(wait);
        }
        let delay = named.unwrap_or(ceiling);
        Verdict::GiveUp(failure.error.with_retry_after(delay))
    }
}

/// An insert that fails like this must not be mistaken for one that had no effect.
fn with_doubt(error: &ConnectorError) -> ConnectorError {
    let message = error.message();
    ConnectorError::new(
        error.code(),
        format!("{message} (it is unknown whether the request took effect)"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failure(effect: Effect, retry_after: Option<Duration>) -> Failure {
        Failure {
            error: ConnectorError::service_unavailable("down"),
            effect,
            retry_after,
            response: None,
        }
    }

    /// The verdict on the first attempt, 30 s before the deadline, with the highest random number.
    fn verdict(repeat: Repeat, failure: Failure) -> Verdict {
        let (policy, now) = (RetryPolicy::default(), Instant::now());
        let mut state = RetryState::new(&policy, repeat, None, now + 30 * SECOND);
        state.begin(now).unwrap();
        state.after(failure, now, 1.0)
    }

    fn down() -> ConnectorError {
        ConnectorError::service_unavailable("down")
    }

    #[test]
    fn what_may_be_retried_is_retried() {
        let wait = Verdict::Wait(Duration::from_millis(200));
        let give_up = Verdict::GiveUp(down());
        let in_doubt = Verdict::GiveUp(with_doubt(&down()));
        for (repeat, effect, expected) in [
            (Repeat::Never, Effect::Final, &give_up),
            (Repeat::Never, Effect::Refused, &give_up),
            (Repeat::Never, Effect::Unclear, &in_doubt),
            (Repeat::IfRefused, Effect::Final, &give_up),
            (Repeat::IfRefused, Effect::Refused, &wait),
            (Repeat::IfRefused, Effect::Unclear, &in_doubt),
            (Repeat::Always, Effect::Final, &give_up),
            (Repeat::Always, Effect::Refused, &wait),
            (Repeat::Always, Effect::Unclear, &wait),
        ] {
            assert_eq!(
                &verdict(repeat, failure(effect, None)),
                expected,
                "{repeat:?} {effect:?}"
            );
        }
    }

    #[test]
    fn a_named_wait_is_kept_if_there_is_time_and_passed_on_otherwise() {
        let asked = |seconds| failure(Effect::Refused, Some(seconds * SECOND));
        assert_eq!(verdict(Repeat::Always, asked(2)), Verdict::Wait(2 * SECOND));
        let error = Verdict::GiveUp(down().with_retry_after(30 * SECOND));
        assert_eq!(verdict(Repeat::Always, asked(30)), error);
        let error = Verdict::GiveUp(down().with_retry_after(120 * SECOND));
        assert_eq!(verdict(Repeat::Always, asked(120)), error);
        assert_eq!(verdict(Repeat::Never, asked(120)), error);
        let unnamed = Verdict::Wait(Duration::from_millis(200));
        assert_eq!(verdict(Repeat::Always, asked(0)), unnamed);
        assert_eq!(verdict(Repeat::Never, asked(0)), Verdict::GiveUp(down()));
        let endless = failure(Effect::Refused, Some(Duration::MAX));
        let error = Verdict::GiveUp(down().with_retry_after(Duration::MAX));
        assert_eq!(verdict(Repeat::Always, endless), error);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_then_the_attempts_end() {
        let policy = RetryPolicy::builder()
            .max_attempts(5)
            .max_delay(SECOND)
            .build();
        let now = Instant::now();
        let mut state = RetryState::new(&policy, Repeat::Always, None, now + 30 * SECOND);
        let mut waits = Vec::new();
        let error = loop {
            state.begin(now).unwrap();
            match state.after(failure(Effect::Unclear, None), now, 1.0) {
                Verdict::Wait(wait) => waits.push(wait.as_millis()),
                Verdict::GiveUp(error) => break error,
            }
        };
        assert_eq!(waits, [200, 400, 800, 1_000]);
        assert_eq!(error.retry_after_seconds(), Some(1));
    }

    #[test]
    fn an_attempt_leaves_time_for_another_if_one_may_follow() {
        let policy = RetryPolicy::builder().max_attempts(2).build();
        let now = Instant::now();
        let time = |repeat, limit, attempts_before: u32, left| {
            let mut state = RetryState::new(&policy, repeat, limit, now + left);
            state.attempts = attempts_before;
            state.begin(now).map(|end| end - now)
        };
        assert_eq!(
            time(Repeat::Always, None, 0, 30 * SECOND),
            Some(15 * SECOND)
        );
        assert_eq!(
            time(Repeat::Always, None, 1, 30 * SECOND),
            Some(30 * SECOND)
        );
        assert_eq!(time(Repeat::Never, None, 0, 30 * SECOND), Some(30 * SECOND));
        assert_eq!(
            time(Repeat::Always, Some(20 * SECOND), 0, 30 * SECOND),
            Some(20 * SECOND)
        );
        assert_eq!(
            time(Repeat::Always, Some(20 * SECOND), 0, 10 * SECOND),
            Some(10 * SECOND)
        );
        assert_eq!(time(Repeat::Always, None, 0, SECOND / 2), Some(SECOND / 2));
        assert_eq!(time(Repeat::Always, None, 0, Duration::ZERO), None);
    }

    proptest! {
        /// Whatever fails and however long each attempt takes: no attempt and no wait reaches
        /// beyond the deadline, and the attempts end.
        #[test]
        fn nothing_reaches_beyond_the_deadline(
            left in 0_u64..40_000,
            max_attempts in 0_u32..20,
            attempts in prop::collection::vec((0.0_f64..1.0, 0.0_f64..1.0, prop::option::of(0_u64..60_000)), 25),
        ) {
            let policy = RetryPolicy::builder().max_attempts(max_attempts).build();
            let start = Instant::now();
            let deadline = start + Duration::from_millis(left);
            let mut now = start;
            let mut state = RetryState::new(&policy, Repeat::Always, None, deadline);
            for (part_of_time, random, retry_after) in attempts {
                let Some(end) = state.begin(now) else {
                    prop_assert!(left == 0);
                    return Ok(());
                };
                prop_assert!(end <= deadline);
                now += (end - now).mul_f64(part_of_time);
                let failure = failure(Effect::Unclear, retry_after.map(Duration::from_millis));
                match state.after(failure, now, random) {
                    Verdict::Wait(wait) => now += wait,
                    Verdict::GiveUp(error) => {
                        prop_assert!(error.retry_after_seconds().is_some());
                        return Ok(());
                    }
                }
                prop_assert!(now < deadline);
            }
            prop_assert!(false, "the attempts do not end");
        }
    }
}
