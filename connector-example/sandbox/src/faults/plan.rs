//! What can go wrong, when, and in which calls.

use axum::extract::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A plan for calls to come. As JSON: `{"next": {…}}` or `{"rate": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultPlan {
    /// The next calls fail in one way.
    Next(NextCalls),
    /// Each call fails with some probability, in one of several ways.
    Rate(Rate),
}

/// The next `count` calls have the same fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextCalls {
    /// The number of calls.
    pub count: u32,
    /// What goes wrong.
    pub fault: Fault,
    /// Whether a write has taken effect when the fault happens. Default: before it.
    #[serde(default)]
    pub moment: Moment,
    /// The calls that the plan applies to. Default: all calls of the REST API.
    #[serde(default)]
    pub calls: Calls,
}

/// Each call fails with probability `probability`. The same seed and the same calls in the same
/// order give the same faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// From 0, never, to 1, always.
    pub probability: f64,
    /// The seed of the random numbers. Default: 0.
    #[serde(default)]
    pub seed: u64,
    /// The faults to choose from, all equally likely. Default: every kind. Faults that do not apply
    /// to a call (a locked record to a call that only reads) are left out for that call.
    #[serde(default = "Fault::all")]
    pub faults: Vec<Fault>,
    /// Whether a write has taken effect when the fault happens, for the faults that can happen at
    /// either time. Default: before it.
    #[serde(default)]
    pub moment: Moment,
    /// The calls that the plan applies to. Default: all calls of the REST API.
    #[serde(default)]
    pub calls: Calls,
}

/// The calls that a plan applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// The prefix of the path. Default: `/services/data/`, which leaves out the token endpoint.
    pub path: String,
    /// The method, such as `POST`. Default: every method.
    pub method: Option<String>,
    /// How many of these calls to leave out before the plan starts. Default: 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub skip: u32,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            path: "/services/data/".to_owned(),
            method: None,
            skip: 0,
        }
    }
}

/// Whether a write has taken effect when the fault happens. It makes no difference for calls that
/// only read.
///
/// Server errors (500 and 503) and [`Fault::Reset`] can happen at either time.
/// Limits, expired tokens and locked records are always before the write. Faults of a response's
/// body always come after the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Nothing was written. A caller can safely retry.
    #[default]
    Before,
    /// Everything was written, and the caller is not told. A caller that retries may write twice.
    After,
    /// Either of them, at random. Only for [`Rate`].
    Either,
}

/// What goes wrong. As JSON: `{"kind": "rate_limited", "retry_after": 2}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// 401 `INVALID_SESSION_ID`; the token of the call is no longer valid. Always before a write.
    ExpiredToken,
    /// 429 with `Retry-After`. Always before a write.
    RateLimited {
        /// Seconds to wait. Default: 1.
        #[serde(default = "one")]
        retry_after: u64,
    },
    /// 403 `REQUEST_LIMIT_EXCEEDED`: the organization has used up its calls of the day. Always
    /// before a write.
    RequestLimitExceeded,
    /// 403 `REQUEST_LIMIT_EXCEEDED` too, but because too many long requests run at the same time.
    /// Always before a write.
    ConcurrentLimit,
    /// 500 `UNKNOWN_EXCEPTION`.
    ServerError,
    /// 500 with an HTML page.
    HtmlError,
    /// 500 `SERVER_UNAVAILABLE`.
    InternalUnavailable,
    /// 503 `SERVER_UNAVAILABLE`.
    Unavailable {
        /// Seconds to wait, sent as `Retry-After`. Default: no such header.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// `UNABLE_TO_LOCK_ROW` for the record, in a collection for its first record. Only for writes;
    /// the record is not written.
    LockedRow,
    /// The connection is reset without a response.
    Reset,
    /// The response is good, but its body is slow.
    SlowBody {
        /// Seconds from the first byte to the last. Default: 1.
        #[serde(default = "one_second")]
        seconds: f64,
    },
    /// Half of the body is sent, then nothing for some time; then the connection is closed.
    StalledBody {
        /// Seconds of silence. Default: 3,600.
        #[serde(default = "one_hour")]
        seconds: f64,
    },
    /// Half of the body is sent, then the connection is closed.
    CutBody,
    /// Half of the body is sent as if it were the whole: truncated JSON.
    MalformedJson,
    /// The response is good and compressed with gzip, whether or not the caller accepts that.
    Gzip,
    /// A page of a query that contradicts itself: `done` is false, but there is no
    /// `nextRecordsUrl`. Only for `GET` of `query` and `queryAll`.
    MissingNextUrl,
    /// A page of a query that contradicts itself: `done` is true, but it holds only half of its
    /// records. Only for `GET` of `query` and `queryAll`.
    PrematureDone,
    /// 403 with a reason as text. Only for `/services/oauth2/userinfo`, which a plan has to name as
    /// the path of its calls.
    Forbidden {
        /// The reason: `Wrong_Org`, `Inactive_User`, … Default: `Wrong_Org`.
        #[serde(default = "wrong_org")]
        reason: String,
    },
    /// All open queries are closed before the call is processed: their locators get 400
    /// `INVALID_QUERY_LOCATOR`. The call itself is processed.
    ClosedQueries,
    /// Records change before the call is processed, as if another user wrote them between two
    /// calls. The call itself is processed. If a change fails, none is made and the call gets 500
    /// with the reason.
    RecordChanges {
        /// The changes, made in order and in one transaction.
        #[serde(default)]
        changes: Vec<RecordChange>,
    },
}

/// A change of one record. As JSON:
/// `{"update": {"object": "Account", "id": "001…", "values": {…}}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum RecordChange {
    /// Creates a record.
    Create {
        /// The name of the object.
        object: String,
        /// The fields and their values.
        values: Map<String, Value>,
    },
    /// Updates a record.
    Update {
        /// The name of the object.
        object: String,
        /// The ID of the record.
        id: String,
        /// The fields to change and their new values.
        values: Map<String, Value>,
    },
    /// Deletes a record.
    Delete {
        /// The name of the object.
        object: String,
        /// The ID of the record.
        id: String,
    },
}

impl Fault {
    /// Returns one fault of each kind that passes (a client that retries gets over it), with
    /// default durations. The kinds of [`Fault::special`] have to be named in a plan.
    pub fn all() -> Vec<Self> {
        vec![
            Self::ExpiredToken,
            Self::RateLimited { retry_after: one() },
            Self::RequestLimitExceeded,
            Self::ConcurrentLimit,
            Self::ServerError,
            Self::HtmlError,
            Self::InternalUnavailable,
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

    /// Returns one fault of each kind that [`Fault::all`] leaves out: contradictions, reasons why a
    /// user is refused, and changes between two calls.
    pub fn special() -> Vec<Self> {
        vec![
            Self::MissingNextUrl,
            Self::PrematureDone,
            Self::Forbidden {
                reason: wrong_org(),
            },
            Self::ClosedQueries,
            Self::RecordChanges {
                changes: Vec::new(),
            },
        ]
    }

    /// Returns the name of its kind: `rate_limited`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ExpiredToken => "expired_token",
            Self::RateLimited { .. } => "rate_limited",
            Self::RequestLimitExceeded => "request_limit_exceeded",
            Self::ConcurrentLimit => "concurrent_limit",
            Self::ServerError => "server_error",
            Self::HtmlError => "html_error",
            Self::InternalUnavailable => "internal_unavailable",
            Self::Unavailable { .. } => "unavailable",
            Self::LockedRow => "locked_row",
            Self::Reset => "reset",
            Self::SlowBody { .. } => "slow_body",
            Self::StalledBody { .. } => "stalled_body",
            Self::CutBody => "cut_body",
            Self::MalformedJson => "malformed_json",
            Self::Gzip => "gzip",
            Self::MissingNextUrl => "missing_next_url",
            Self::PrematureDone => "premature_done",
            Self::Forbidden { .. } => "forbidden",
            Self::ClosedQueries => "closed_queries",
            Self::RecordChanges { .. } => "record_changes",
        }
    }

    /// Whether the fault can happen before a write as well as after it. Limits and tokens are
    /// checked first; a body can be altered only once there is one.
    pub(crate) fn has_two_moments(&self) -> bool {
        matches!(
            self,
            Self::ServerError
                | Self::HtmlError
                | Self::InternalUnavailable
                | Self::Unavailable { .. }
                | Self::Reset
        )
    }

    /// Whether the call is processed as if nothing were wrong, and the body of its response then
    /// altered.
    pub(crate) fn alters_the_body(&self) -> bool {
        matches!(
            self,
            Self::SlowBody { .. }
                | Self::StalledBody { .. }
                | Self::CutBody
                | Self::MalformedJson
                | Self::Gzip
                | Self::MissingNextUrl
                | Self::PrematureDone
        )
    }

    /// Whether the call is processed as if nothing were wrong, after a change of the organization.
    pub(crate) fn only_prepares(&self) -> bool {
        matches!(self, Self::ClosedQueries | Self::RecordChanges { .. })
    }
}

// serde passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn one() -> u64 {
    1
}

fn wrong_org() -> String {
    "Wrong_Org".to_owned()
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

    /// Whether the call changes records. A POST may be a retrieval or a batch of queries.
    pub(crate) fn is_write(&self) -> bool {
        let retrieves = self
            .path
            .split_once("/composite/sobjects/")
            .is_some_and(|(_, object)| !object.is_empty());
        let queries = self
            .path
            .trim_end_matches('/')
            .ends_with("/composite/batch");
        match self.method {
            "PATCH" | "DELETE" => true,
            "POST" => self.path.starts_with("/services/data/") && !retrieves && !queries,
            _ => false,
        }
    }

    pub(crate) fn can_suffer(&self, fault: &Fault) -> bool {
        match fault {
            Fault::LockedRow => self.is_write(),
            Fault::MissingNextUrl | Fault::PrematureDone => self.is_query(),
            Fault::Forbidden { .. } => self.path == "/services/oauth2/userinfo",
            _ => true,
        }
    }

    /// Whether the response is a page of a query.
    fn is_query(&self) -> bool {
        self.method == "GET"
            && (self.path.contains("/query/")
                || self.path.contains("/queryAll/")
                || self.path.ends_with("/query")
                || self.path.ends_with("/queryAll"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_retrieves_is_not_a_write() {
        for (method, path, expected) in [
            ("POST", "/services/data/v60.0/composite/sobjects", true),
            ("POST", "/services/data/v60.0/composite/sobjects/", true),
            ("POST", "/services/data/v60.0/composite/batch", false),
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
    fn a_plan_can_name_a_path_and_a_method() {
        let call = Call::new("GET", "/services/data/v60.0/query");
        let calls = |path: &str, method: Option<&str>| Calls {
            path: path.to_owned(),
            method: method.map(str::to_owned),
            skip: 0,
        };
        assert!(call.is_among(&Calls::default()));
        assert!(call.is_among(&calls("/services/data/v60.0/query", Some("get"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/query", Some("POST"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/composite", None)));
        assert!(!Call::new("POST", "/services/oauth2/token").is_among(&Calls::default()));
    }
}
