use std::time::Duration;

use bon::Builder;

/// How often a request is sent, and how the waits between the attempts grow.
///
/// The wait before the n-th retry is chosen at random between zero and `first_delay` · 2ⁿ⁻¹, at
/// most `max_delay` ("full jitter", so that functions that failed together do not retry together).
/// If the application named a wait other than zero (`Retry-After`), exactly that wait is used. No
/// wait reaches beyond the deadline: a request that cannot be retried in time fails with its last
/// error and `retryAfterSeconds`.
///
/// ```
/// use appflow_connector_http::RetryPolicy;
///
/// let patient = RetryPolicy::builder().max_attempts(10).build();
/// assert_eq!(patient.max_delay, RetryPolicy::default().max_delay);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Builder)]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first. Default: 6.
    #[builder(default = 6)]
    pub max_attempts: u32,
    /// The longest wait before the second attempt. Default: 200 ms.
    #[builder(default = Duration::from_millis(200))]
    pub first_delay: Duration,
    /// The longest wait. Default: 5 s.
    #[builder(default = Duration::from_secs(5))]
    pub max_delay: Duration,
    /// The longest time for one attempt, including its body. Default: half of the remaining time,
    /// so that an attempt that stalls leaves time for another; all of it if no other may follow.
    pub max_attempt_time: Option<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl RetryPolicy {
    /// A single attempt.
    pub fn never() -> Self {
        Self::builder().max_attempts(1).build()
    }

    /// The longest wait after `attempts` attempts.
    pub(super) fn max_delay_after(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }
}

/// Whether a request may be sent again.
///
/// The default for GET, HEAD, OPTIONS, PUT and DELETE is [`Always`](Self::Always), for other
/// methods [`Never`](Self::Never); [`Request::repeat`](crate::Request::repeat) overrides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sent once.
    Never,
    /// Retried only if the application certainly did nothing: it could not be reached, returned
    /// 429, or returned an error that the [`ErrorReader`](crate::ErrorReader) marks as retryable.
    /// For requests that must not take effect twice, such as inserts.
    IfRefused,
    /// Retried also if it is unknown what the application did: after 500, 502 to 504, 520 to 530,
    /// time-outs, broken connections and unreadable bodies. For requests that have the same effect
    /// when they are sent twice.
    Always,
}
