//! What can go wrong, and when.

use serde::{Deserialize, Serialize};

/// A plan for some of the calls to come. As JSON: `{"next": {…}}` or `{"rate": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultPlan {
    /// The next so many calls fail in one way.
    Next(NextCalls),
    /// Each call fails with some probability, in one of several ways.
    Rate(Rate),
}

/// The next `count` calls have the same fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextCalls {
    /// How many calls.
    pub count: u32,
    /// What goes wrong.
    pub fault: Fault,
    /// Whether a write has taken effect when it goes wrong. Before, by default.
    #[serde(default)]
    pub moment: Moment,
    /// Which calls count. All calls of the REST API, by default.
    #[serde(default)]
    pub calls: Calls,
}

/// Each call fails with probability `probability`. The same seed and the same calls in the same order give the same faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// From 0, never, to 1, always.
    pub probability: f64,
    /// What chance begins with. 0 by default.
    #[serde(default)]
    pub seed: u64,
    /// What may go wrong, each as often as the others. Everything, by default. What a call cannot suffer (a locked record
    /// by a call that only reads) is left out for that call.
    #[serde(default = "Fault::all")]
    pub faults: Vec<Fault>,
    /// Whether a write has taken effect when it goes wrong, for the faults that can come at either time. Before, by default.
    #[serde(default)]
    pub moment: Moment,
    /// Which calls count. All calls of the REST API, by default.
    #[serde(default)]
    pub calls: Calls,
}

/// Which calls a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// The beginning of the path: `/services/data/` by default, so the token endpoint is spared.
    pub path: String,
    /// The method, such as `POST`. Every method by default.
    pub method: Option<String>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            path: "/services/data/".to_owned(),
            method: None,
        }
    }
}

/// Whether a write has taken effect when it goes wrong. Calls that only read know no difference.
///
/// [`Fault::ServerError`], [`Fault::Unavailable`] and [`Fault::Reset`] can come at either time. Limits, expired tokens and
/// locked records are always before the write. What spoils the body of an answer always finds the write done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Nothing was written. A caller may simply try again.
    #[default]
    Before,
    /// Everything was written, and the caller is not told. One who tries again may write twice.
    After,
    /// One or the other, by chance. Only for [`Rate`].
    Either,
}

/// What goes wrong. As JSON: `{"kind": "rate_limited", "retry_after": 2}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// 401 `INVALID_SESSION_ID`, and the token of the call is good no longer. Always before a write.
    ExpiredToken,
    /// 429 with `Retry-After`. Always before a write.
    RateLimited {
        /// Seconds to wait: 1 by default.
        #[serde(default = "one")]
        retry_after: u64,
    },
    /// 403 `REQUEST_LIMIT_EXCEEDED`: the organisation's calls of the day are used up. Always before a write.
    RequestLimitExceeded,
    /// 500 `UNKNOWN_EXCEPTION`.
    ServerError,
    /// 503 `SERVER_UNAVAILABLE`.
    Unavailable {
        /// Seconds to wait, if the answer is to name them in `Retry-After`.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// `UNABLE_TO_LOCK_ROW` for the record, in a collection for its first record. Only writes suffer it; the record is not
    /// written.
    LockedRow,
    /// The connection is reset, and there is no answer.
    Reset,
    /// The answer is good, but its body takes its time.
    SlowBody {
        /// Seconds from the first byte to the last: 1 by default.
        #[serde(default = "one_second")]
        seconds: f64,
    },
    /// Half of the body comes, and then nothing for so long; then the connection is closed.
    StalledBody {
        /// Seconds of silence: 3,600 by default.
        #[serde(default = "one_hour")]
        seconds: f64,
    },
    /// Half of the body comes, and the connection is closed.
    CutBody,
    /// Half of the body comes as if it were the whole: JSON that does not end.
    MalformedJson,
    /// The answer is good and compressed with gzip, whether or not the caller takes that.
    Gzip,
}

impl Fault {
    /// One fault of each kind, with default waits.
    pub fn all() -> Vec<Self> {
        vec![
            Self::ExpiredToken,
            Self::RateLimited { retry_after: one() },
            Self::RequestLimitExceeded,
            Self::ServerError,
            Self::Unavailable { retry_after: None },
            Self::LockedRow,
            Self::Reset,
            Self::SlowBody {
                seconds: one_second(),
            },
            Self::StalledBody {
                seconds: one_hour(),
            },
            Self::CutBody,
            Self::MalformedJson,
            Self::Gzip,
        ]
    }

    /// The name of its kind: `rate_limited`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ExpiredToken => "expired_token",
            Self::RateLimited { .. } => "rate_limited",
            Self::RequestLimitExceeded => "request_limit_exceeded",
            Self::ServerError => "server_error",
            Self::Unavailable { .. } => "unavailable",
            Self::LockedRow => "locked_row",
            Self::Reset => "reset",
            Self::SlowBody { .. } => "slow_body",
            Self::StalledBody { .. } => "stalled_body",
            Self::CutBody => "cut_body",
            Self::MalformedJson => "malformed_json",
            Self::Gzip => "gzip",
        }
    }

    /// Whether it can come before a write as well as after it. Limits and tokens are looked at first; a body can be spoilt
    /// only once there is one.
    pub(super) fn has_two_moments(&self) -> bool {
        matches!(
            self,
            Self::ServerError | Self::Unavailable { .. } | Self::Reset
        )
    }

    /// Whether the call is answered as if nothing were wrong, and the answer then spoilt.
    pub(super) fn spoils_the_body(&self) -> bool {
        matches!(
            self,
            Self::SlowBody { .. }
                | Self::StalledBody { .. }
                | Self::CutBody
                | Self::MalformedJson
                | Self::Gzip
        )
    }
}

fn one() -> u64 {
    1
}

fn one_second() -> f64 {
    1.0
}

fn one_hour() -> f64 {
    3_600.0
}
