//! When a call is made again, and how long the wait before it is.

use std::time::{Duration, Instant};

use appflow_connector_model::ConnectorError;
use bon::Builder;

/// A call is not made again when less time than this would be left for it.
const SHORTEST_TRY: Duration = Duration::from_millis(100);
/// A try that others may follow gets half of the time that is left, but not less than this.
const SHORT_TRY: Duration = Duration::from_secs(1);

/// How often a call is tried, and how the waits between tries grow.
///
/// The wait before the n-th further try is chosen at random between zero and `first_delay` · 2ⁿ⁻¹, at most `max_delay` ("full
/// jitter", so that many functions that failed together do not come back together). If the application named a wait other than zero
/// (`Retry-After`), it is that one, exactly. No wait reaches beyond the deadline: a call that cannot be made again in time ends in
/// its error, with `retryAfterSeconds`.
///
/// ```
/// use appflow_connector_http::RetryPolicy;
///
/// let patient = RetryPolicy::builder().max_tries(10).build();
/// assert_eq!(patient.max_delay, RetryPolicy::default().max_delay);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Builder)]
pub struct RetryPolicy {
    /// The most tries of a call, the first one counted. Default: 6.
    #[builder(default = 6)]
    pub max_tries: u32,
    /// The longest wait before the second try. Default: 200 ms.
    #[builder(default = Duration::from_millis(200))]
    pub first_delay: Duration,
    /// The longest wait. Default: 5 s.
    #[builder(default = Duration::from_secs(5))]
    pub max_delay: Duration,
    /// The longest time for one try, its body counted. Default: no limit but half of the time that is left, so that a try that
    /// stalls leaves time for another; all of it where no other may follow.
    pub max_try_time: Option<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl RetryPolicy {
    /// One try and no more.
    pub fn never() -> Self {
        Self::builder().max_tries(1).build()
    }

    /// The upper end of the wait after so many tries.
    fn ceiling(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(31);
        self.first_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }
}

/// Whether a call may be made again.
///
/// GET, HEAD, OPTIONS, PUT and DELETE are [`Always`](Self::Always) repeated, other methods [`Never`](Self::Never), unless
/// [`Request::repeat`](crate::Request::repeat) says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// One try.
    Never,
    /// Only when the application surely did nothing: it could not be reached, answered 429, or said so in a way that the
    /// [`ErrorReader`](crate::ErrorReader) calls retryable. For calls that must not be carried out twice, such as inserts.
    IfRefused,
    /// Also when it is not known what the application did: after 502, 503 and 504, time-outs, broken connections and bodies. For calls
    /// that do the same when they are carried out twice.
    Always,
}

/// How a try failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ConnectorError,
    pub(crate) effect: Effect,
    /// The wait that the application asked for.
    pub(crate) retry_after: Option<Duration>,
}

/// What a failed try did at the application, and so whether another one makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It failed for good.
    Final,
    /// Nothing.
    Refused,
    /// It is not known.
    Unclear,
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        Self {
            error,
            effect: Effect::Final,
            retry_after: None,
        }
    }
}

/// What follows a failed try.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Wait(Duration),
    GiveUp(ConnectorError),
}

/// The tries of one call.
///
/// backon, which the credentials use, has no place for a deadline that also bounds each try, for a `Retry-After` that ends the
/// tries when it reaches beyond that deadline, nor for full jitter from a given source of randomness. What is left of the task is
/// this, without clock or randomness of its own.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    policy: &'a RetryPolicy,
    repeat: Repeat,
    max_try_time: Option<Duration>,
    deadline: Instant,
    made: u32,
}

impl<'a> Tries<'a> {
    pub(crate) const fn new(
        policy: &'a RetryPolicy,
        repeat: Repeat,
        max_try_time: Option<Duration>,
        deadline: Instant,
    ) -> Self {
        Self {
            policy,
            repeat,
            max_try_time,
            deadline,
            made: 0,
        }
    }

    pub(crate) const fn made(&self) -> u32 {
        self.made
    }

    /// Begins a try: when it must end. `None` if there is no time for one.
    pub(crate) fn begin(&mut self, now: Instant) -> Option<Instant> {
        let left = self.deadline.saturating_duration_since(now);
        if left.is_zero() {
            return None;
        }
        self.made += 1;
        let is_last = self.repeat == Repeat::Never || self.made >= self.policy.max_tries;
        let time = if is_last {
            left
        } else {
            (left / 2).max(SHORT_TRY).min(left)
        };
        let limit = self.max_try_time.or(self.policy.max_try_time);
        Some(now + limit.map_or(time, |limit| limit.min(left)))
    }

    /// What follows a failed try. `random` is from 0 to 1.
    pub(crate) fn after(&self, failure: Failure, now: Instant, random: f64) -> Verdict {
        // No wait at all would make of a busy application a busier one.
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
        let ceiling = self.policy.ceiling(self.made);
        let wait = named.unwrap_or_else(|| ceiling.mul_f64(random.clamp(0.0, 1.0)));
        let left = self.deadline.saturating_duration_since(now);
        if self.made < self.policy.max_tries && wait.saturating_add(SHORTEST_TRY) <= left {
            return Verdict::Wait(wait);
        }
        let delay = named.unwrap_or(ceiling);
        Verdict::GiveUp(failure.error.with_retry_after(delay))
    }
}

/// An insert that ends so must not be taken for one that was not made.
fn with_doubt(error: &ConnectorError) -> ConnectorError {
    let message = error.message();
    ConnectorError::new(
        error.code(),
        format!("{message} (it is not known whether the call took effect)"),
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
        }
    }

    /// After the first of the tries, 30 s before the deadline, with the highest random number.
    fn verdict(repeat: Repeat, failure: Failure) -> Verdict {
        let (policy, now) = (RetryPolicy::default(), Instant::now());
        let mut tries = Tries::new(&policy, repeat, None, now + 30 * SECOND);
        tries.begin(now).unwrap();
        tries.after(failure, now, 1.0)
    }

    fn down() -> ConnectorError {
        ConnectorError::service_unavailable("down")
    }

    #[test]
    fn what_may_be_repeated_is_repeated() {
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
    fn a_named_wait_is_kept_when_there_is_time_and_passed_on_when_there_is_not() {
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
    fn waits_double_up_to_the_longest_and_then_the_tries_end() {
        let policy = RetryPolicy::builder()
            .max_tries(5)
            .max_delay(SECOND)
            .build();
        let now = Instant::now();
        let mut tries = Tries::new(&policy, Repeat::Always, None, now + 30 * SECOND);
        let mut waits = Vec::new();
        let error = loop {
            tries.begin(now).unwrap();
            match tries.after(failure(Effect::Unclear, None), now, 1.0) {
                Verdict::Wait(wait) => waits.push(wait.as_millis()),
                Verdict::GiveUp(error) => break error,
            }
        };
        assert_eq!(waits, [200, 400, 800, 1_000]);
        assert_eq!(error.retry_after_seconds(), Some(1));
    }

    #[test]
    fn a_try_leaves_time_for_another_if_one_may_follow() {
        let policy = RetryPolicy::builder().max_tries(2).build();
        let now = Instant::now();
        let time = |repeat, limit, tries_before: u32, left| {
            let mut tries = Tries::new(&policy, repeat, limit, now + left);
            tries.made = tries_before;
            tries.begin(now).map(|end| end - now)
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
        /// Whatever fails and however long each try takes: no try and no wait reaches beyond the deadline, and the tries end.
        #[test]
        fn nothing_reaches_beyond_the_deadline(
            left in 0_u64..40_000,
            max_tries in 0_u32..20,
            tries in prop::collection::vec((0.0_f64..1.0, 0.0_f64..1.0, prop::option::of(0_u64..60_000)), 25),
        ) {
            let policy = RetryPolicy::builder().max_tries(max_tries).build();
            let start = Instant::now();
            let deadline = start + Duration::from_millis(left);
            let mut now = start;
            let mut all = Tries::new(&policy, Repeat::Always, None, deadline);
            for (part_of_time, random, retry_after) in tries {
                let Some(end) = all.begin(now) else {
                    prop_assert!(left == 0);
                    return Ok(());
                };
                prop_assert!(end <= deadline);
                now += (end - now).mul_f64(part_of_time);
                let failure = failure(Effect::Unclear, retry_after.map(Duration::from_millis));
                match all.after(failure, now, random) {
                    Verdict::Wait(wait) => now += wait,
                    Verdict::GiveUp(error) => {
                        prop_assert!(error.retry_after_seconds().is_some());
                        return Ok(());
                    }
                }
                prop_assert!(now < deadline);
            }
            prop_assert!(false, "the tries do not end");
        }
    }
}
