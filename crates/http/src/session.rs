use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use appflow_connector_model::{ConnectorError, ErrorCode};
use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, LOCATION};
use reqwest::{Method, Response};
use tracing::{debug, warn};
use url::Url;

use crate::auth::Outgoing;
use crate::body::{self, BodyError};
use crate::retry::{Effect, Failure, Tries, Verdict};
use crate::retry_after::retry_after;
use crate::{Answer, Auth, BaseUrl, HttpClient, Problem, Request, Result};

/// The most redirects that one call follows.
const MAX_REDIRECTS: usize = 5;
/// How much of an error's body is read, and how long that may take: the status says most of it.
const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;
const MAX_ERROR_BODY_TIME: Duration = Duration::from_secs(1);

/// An application as one invocation sees it: where it is, with whose credentials it is called, and until when.
///
/// ```no_run
/// # use std::time::Instant;
/// # use appflow_connector_http::{Auth, BaseUrl, HttpClient, Result};
/// # #[derive(serde::Deserialize)] struct Contact { name: String }
/// # async fn example(http: &HttpClient, base: BaseUrl, deadline: Instant) -> Result<()> {
/// let session = http.session(base, Auth::bearer("access token".into()), deadline);
/// let contact: Contact = session.get("contacts/7").query("fields", "name").fetch().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Session<'a> {
    pub(crate) client: &'a HttpClient,
    pub(crate) base: BaseUrl,
    pub(crate) auth: Auth,
    pub(crate) deadline: Instant,
}

impl Session<'_> {
    /// Reads from a path below the base URL, or from a URL of its origin: `contacts`, `/api/contacts?page=2`,
    /// `https://example.com/api/contacts`. What an application names as its next page goes in as it is.
    pub fn get(&self, url: &str) -> Request<'_> {
        self.request(Method::GET, url)
    }

    /// As [`get`](Self::get), with POST.
    pub fn post(&self, url: &str) -> Request<'_> {
        self.request(Method::POST, url)
    }

    /// As [`get`](Self::get), with PUT.
    pub fn put(&self, url: &str) -> Request<'_> {
        self.request(Method::PUT, url)
    }

    /// As [`get`](Self::get), with PATCH.
    pub fn patch(&self, url: &str) -> Request<'_> {
        self.request(Method::PATCH, url)
    }

    /// As [`get`](Self::get), with DELETE.
    pub fn delete(&self, url: &str) -> Request<'_> {
        self.request(Method::DELETE, url)
    }

    /// As [`get`](Self::get), with any method.
    pub fn request(&self, method: Method, url: &str) -> Request<'_> {
        Request::new(self, method, self.base.join(url))
    }

    /// The base URL.
    pub const fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// How long calls may still take.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(now())
    }

    /// Makes a call, again and again as far as that is right, until `read` has understood an answer.
    pub(crate) async fn call<T>(
        &self,
        call: &Call,
        mut read: impl FnMut(Answer) -> Result<T>,
    ) -> Result<T> {
        let policy = &self.client.retry;
        let mut tries = Tries::new(policy, call.repeat, call.max_try_time, self.deadline);
        loop {
            self.wait_for_turn().await?;
            let Some(end) = tries.begin(now()) else {
                let application = &self.client.application;
                return Err(ConnectorError::request_timeout(format!(
                    "there is no time left to call {application}"
                )));
            };
            let failure = match tokio::time::timeout_at(end.into(), self.attempt(call)).await {
                Ok(Ok(answer)) => match read(answer) {
                    Ok(value) => return Ok(value),
                    Err(error) => unread(error),
                },
                Ok(Err(failure)) => failure,
                Err(_) => self.timed_out(),
            };
            debug!(call = %call.name(), try_number = tries.made(), error = %failure.error, "a call failed");
            match tries.after(failure, now(), (self.client.random)()) {
                Verdict::Wait(wait) => {
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    warn!(call = %call.name(), try_number = tries.made(), wait_ms, "the call is made again");
                    tokio::time::sleep(wait).await;
                }
                Verdict::GiveUp(error) => return Err(error),
            }
        }
    }

    async fn wait_for_turn(&self) -> Result<()> {
        let Some(budget) = &self.client.budget else {
            return Ok(());
        };
        budget.take(self.deadline.into()).await.map_err(|wait| {
            let error = ConnectorError::rate_limit_exceeded(
                "the connector's own limit of calls a second leaves no time for another one",
            );
            error.with_retry_after(wait)
        })
    }

    /// One try: the call, redirects within its origin, and the whole body.
    async fn attempt(&self, call: &Call) -> std::result::Result<Answer, Failure> {
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(call, url.clone()).await?;
            match self.redirection(call, &url, &response)? {
                Some(next) => url = next,
                None => return self.answer(call, url, response).await,
            }
        }
        let application = &self.client.application;
        Err(ConnectorError::server_error(format!(
            "{application} answered {} with more than {MAX_REDIRECTS} redirects",
            call.name()
        ))
        .into())
    }

    async fn send(&self, call: &Call, mut url: Url) -> std::result::Result<Response, Failure> {
        let mut headers = call.headers.clone();
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        self.auth.apply(&mut Outgoing {
            method: &call.method,
            url: &mut url,
            headers: &mut headers,
            body: &call.body,
        })?;
        // A signing function may have changed it.
        self.base.check(&url)?;
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));

        let mut request = reqwest::Request::new(call.method.clone(), url);
        *request.headers_mut() = headers;
        if !call.body.is_empty() {
            *request.body_mut() = Some(call.body.clone().into());
        }
        let client = self.client.client().await?;
        client
            .execute(request)
            .await
            .map_err(|error| self.broken(&error))
    }

    /// Where the answer points, if it points anywhere. Only within the origin, as the credentials go along.
    fn redirection(&self, call: &Call, from: &Url, response: &Response) -> Result<Option<Url>> {
        let status = response.status().as_u16();
        let keeps_method = matches!(status, 307 | 308);
        if !keeps_method && !matches!(status, 301..=303) {
            return Ok(None);
        }
        let target = response.headers().get(LOCATION);
        let target = target.and_then(|value| value.to_str().ok());
        let follows = keeps_method || matches!(call.method, Method::GET | Method::HEAD);
        let (Some(target), true) = (target, follows) else {
            return Err(self.misdirected(call, status, "cannot be followed"));
        };
        let next = self.base.join_from(from, target);
        next.map(Some)
            .map_err(|_| self.misdirected(call, status, "leads to another origin"))
    }

    fn misdirected(&self, call: &Call, status: u16, problem: &str) -> ConnectorError {
        ConnectorError::invalid_argument(format!(
            "{} answered {status} to {}, a redirect that {problem}: is {} its own URL?",
            self.client.application,
            call.name(),
            self.base
        ))
    }

    async fn answer(
        &self,
        call: &Call,
        url: Url,
        response: Response,
    ) -> std::result::Result<Answer, Failure> {
        let status = response.status();
        let is_good = status.as_u16() < 400 || call.accepted.contains(&status.as_u16());
        let mut answer = Answer {
            application: self.client.application.clone(),
            url: Some(url),
            status,
            headers: response.headers().clone(),
            body: Bytes::new(),
        };
        if !is_good {
            let body = body::read(response, MAX_ERROR_BODY_BYTES);
            if let Ok(Ok(body) | Err(BodyError::TooLarge(body))) =
                tokio::time::timeout(MAX_ERROR_BODY_TIME, body).await
            {
                answer.body = body;
            }
            return Err(self.refused(call, &answer));
        }
        if call.method != Method::HEAD {
            let body = body::read(response, self.client.max_body_bytes).await;
            answer.body = body.map_err(|error| self.unreadable(&error))?;
        }
        match self.client.errors.read_success(&answer) {
            Some(problem) => Err(self.failure(call, &answer, &problem)),
            None => Ok(answer),
        }
    }

    /// An answer with a status of 400 or more.
    fn refused(&self, call: &Call, answer: &Answer) -> Failure {
        let problem = self.client.errors.read_error(answer);
        let problem = problem.unwrap_or_else(|| Problem::from_body(answer));
        self.failure(call, answer, &problem)
    }

    fn failure(&self, call: &Call, answer: &Answer, problem: &Problem) -> Failure {
        let effect = match answer.status() {
            _ if problem.is_retryable() => Effect::Refused,
            429 => Effect::Refused,
            502..=504 => Effect::Unclear,
            _ => Effect::Final,
        };
        let asked = retry_after(&answer.headers, SystemTime::now());
        Failure {
            error: problem.error(answer, &call.name(), &self.auth),
            effect,
            retry_after: problem.retry_after().or(asked),
        }
    }

    fn unreadable(&self, error: &BodyError) -> Failure {
        let (application, limit) = (&self.client.application, self.client.max_body_bytes);
        match error {
            BodyError::Broken(error) => self.broken(error),
            BodyError::TooLarge(_) => ConnectorError::server_error(format!(
                "{application}'s answer has more than {limit} bytes: ask for fewer records or fields"
            ))
            .into(),
            BodyError::Malformed => Failure {
                error: ConnectorError::server_error(format!(
                    "{application}'s answer is not encoded as its headers say"
                )),
                effect: Effect::Unclear,
                retry_after: None,
            },
        }
    }

    fn timed_out(&self) -> Failure {
        let application = &self.client.application;
        Failure {
            error: ConnectorError::request_timeout(format!("{application} did not answer in time")),
            effect: Effect::Unclear,
            retry_after: None,
        }
    }

    /// A call that got no answer, or half of one. The error's own text holds the URL and with it the query; its innermost cause
    /// does not.
    fn broken(&self, error: &reqwest::Error) -> Failure {
        let application = &self.client.application;
        let cause = std::iter::successors(error.source(), |error| (*error).source()).last();
        let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
        let (code, effect, text) = if error.is_builder() {
            let text = format!("the call to {application} cannot be sent");
            (ErrorCode::InvalidArgument, Effect::Final, text)
        } else if error.is_connect() && error.is_timeout() {
            let text = format!("{application} cannot be reached in time");
            (ErrorCode::RequestTimeout, Effect::Refused, text)
        } else if error.is_connect() {
            let text = format!("{application} cannot be reached{cause}");
            (ErrorCode::ServiceUnavailable, Effect::Refused, text)
        } else {
            let text = format!("the connection to {application} broke{cause}");
            (ErrorCode::ServiceUnavailable, Effect::Unclear, text)
        };
        Failure {
            error: ConnectorError::new(code, self.auth.redact(text)),
            effect,
            retry_after: None,
        }
    }
}

/// A request as it is made, maybe several times.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) repeat: crate::Repeat,
    pub(crate) max_try_time: Option<Duration>,
    pub(crate) accepted: Vec<u16>,
}

impl Call {
    /// For messages and logs: no query, which holds filters, and maybe keys.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

/// An answer that came whole but could not be read.
fn unread(error: ConnectorError) -> Failure {
    let effect = match error.code() {
        ErrorCode::ServerError
        | ErrorCode::ServiceUnavailable
        | ErrorCode::RateLimitExceeded
        | ErrorCode::RequestTimeout => Effect::Unclear,
        _ => Effect::Final,
    };
    let retry_after = error.retry_after_seconds();
    Failure {
        retry_after: retry_after.map(|seconds| Duration::from_secs(seconds.into())),
        error,
        effect,
    }
}

/// By the runtime's clock, which tests can stop.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
