//! What can go wrong, when, and in which calls.

use axum::extract::Request;
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
    pub(crate) fn has_two_moments(&self) -> bool {
        matches!(
            self,
            Self::ServerError | Self::Unavailable { .. } | Self::Reset
        )
    }

    /// Whether the call is answered as if nothing were wrong, and the answer then spoilt.
    pub(crate) fn spoils_the_body(&self) -> bool {
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

pub(crate) struct Call<'r> {
    method: &'r str,
    path: &'r str,
}

impl<'r> Call<'r> {
    pub(crate) fn new(method: &'r str, path: &'r str) -> Self {
        Self { method, path }
    }

    pub(crate) fn of(request: &'r Request) -> Self {
        Self::new(request.method().as_str(), request.uri().path())
    }

    pub(crate) fn is_among(&self, calls: &Calls) -> bool {
        let mut methods = calls.method.iter();
        self.path.starts_with(&calls.path)
            && methods.all(|method| method.eq_ignore_ascii_case(self.method))
    }

    /// Whether the call changes records. A POST may only ask for some.
    pub(crate) fn is_write(&self) -> bool {
        let retrieves = self
            .path
            .split_once("/composite/sobjects/")
            .is_some_and(|(_, object)| !object.is_empty());
        match self.method {
            "PATCH" | "DELETE" => true,
            "POST" => self.path.starts_with("/services/data/") && !retrieves,
            _ => false,
        }
    }

    pub(crate) fn can_suffer(&self, fault: &Fault) -> bool {
        self.is_write() || *fault != Fault::LockedRow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_retrieves_is_no_write() {
        for (method, path, expected) in [
            ("POST", "/services/data/v60.0/composite/sobjects", true),
            ("POST", "/services/data/v60.0/composite/sobjects/", true),
            (
                "POST",
                "/services/data/v60.0/composite/sobjects/Account",
                false,
            ),
            (
                "PATCH",
                "/services/data/v60.0/composite/sobjects/Account/Key__c",
                true,
            ),
            ("POST", "/services/data/v60.0/sobjects/Account", true),
            ("DELETE", "/services/data/v60.0/sobjects/Account/001", true),
            ("GET", "/services/data/v60.0/query", false),
            ("POST", "/services/oauth2/token", false),
        ] {
            assert_eq!(
                Call::new(method, path).is_write(),
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_plan_may_name_a_path_and_a_method() {
        let call = Call::new("GET", "/services/data/v60.0/query");
        let calls = |path: &str, method: Option<&str>| Calls {
            path: path.to_owned(),
            method: method.map(str::to_owned),
        };
        assert!(call.is_among(&Calls::default()));
        assert!(call.is_among(&calls("/services/data/v60.0/query", Some("get"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/query", Some("POST"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/composite", None)));
        assert!(!Call::new("POST", "/services/oauth2/token").is_among(&Calls::default()));
    }
}
