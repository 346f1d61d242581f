use std::time::Instant;

use appflow_connector_model::ConnectorError;
use serde::de::DeserializeOwned;

use crate::attempt_log::AttemptLog;
use crate::auth::Auth;
use crate::call::{Call, unread};
use crate::client::{HttpClient, until};
use crate::errors::Problem;
use crate::request::Request;
use crate::response::Response;
use crate::result::Result;
use crate::retry::{RetryState, Verdict};
use crate::url::BaseUrl;

/// An application during one invocation: its URL, the credentials, and the deadline of all
/// requests.
///
/// ```no_run
/// # use std::time::Instant;
/// # use appflow_connector_http::{Auth, BaseUrl, HttpClient, Request, Result};
/// # #[derive(serde::Deserialize)] struct Contact { name: String }
/// # async fn example(http: &HttpClient, base: BaseUrl, deadline: Instant) -> Result<()> {
/// let session = http.session(base, Auth::bearer("access token".into()), deadline);
/// let contact: Contact = session.fetch(Request::get("contacts/7").query("fields", "name")).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Session<'a> {
    client: &'a HttpClient,
    base: BaseUrl,
    auth: Auth,
    deadline: Instant,
}

impl HttpClient {
    /// Starts a session for one invocation: requests go only to the origin of `base`, with these
    /// credentials, and end a little before `deadline`, the invocation's deadline.
    pub fn session(&self, base: BaseUrl, auth: Auth, deadline: Instant) -> Session<'_> {
        let deadline = deadline.checked_sub(self.headroom);
        Session {
            client: self,
            base,
            auth,
            deadline: deadline.unwrap_or_else(Instant::now),
        }
    }
}

impl Session<'_> {
    /// The base URL.
    pub const fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// How many bytes the request line and the headers of a request have, credentials included: for
    /// applications that limit them.
    ///
    /// # Errors
    /// InvalidArgument if the request is not valid, InvalidCredentials if the credentials are not.
    pub fn head_bytes(&self, request: &Request) -> Result<usize> {
        Call::new(self.client, &self.base, &self.auth, request)?.head_bytes()
    }

    /// When the last request must end.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Checks that less than this percentage of a quota of requests was used, by what the
    /// application last said to this client, at most ten minutes ago: see `quota_reader` of
    /// [`HttpClient::builder`]. What is not known passes.
    ///
    /// # Errors
    /// RateLimitExceeded, to be retried after ten minutes.
    pub fn check_quota(&self, max_percent: u64) -> Result<()> {
        let client = self.client;
        client
            .quotas
            .check(&client.application, &self.base, max_percent, Instant::now())
    }

    /// Sends the request, retrying where allowed, and returns the response.
    ///
    /// # Errors
    /// - The code for the response's status, or what the [`ErrorReader`](crate::ErrorReader) made
    ///   of it. Statuses below 400 and [accepted](Request::accept) ones are not errors.
    /// - RequestTimeout if no response came in time, ServiceUnavailable if the application cannot
    ///   be reached or the connection broke.
    /// - ServerError if the body is too large or does not match its Content-Encoding.
    /// - RateLimitExceeded if the client's limit of requests per second leaves no time.
    /// - InvalidArgument if the request is not valid, or its URL or one that the application
    ///   redirects to has another origin.
    /// - InvalidCredentials if the credentials are not valid in a request.
    ///
    /// `retryAfterSeconds` is set if a later call may succeed.
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.read(request, Ok).await
    }

    /// Sends the request, retrying where allowed, and reads the response's JSON. JSON that is not
    /// as expected, such as an HTML page with status 200, counts as a failed attempt.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and ServerError if the response cannot be read.
    pub async fn fetch<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.read(request, |response| response.json()).await
    }

    /// As [`fetch`](Self::fetch), and returns `None` if the status is 404: for one record by its id.
    ///
    /// # Errors
    /// Those of [`fetch`](Self::fetch).
    pub async fn find<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>> {
        let found = |response: Response| match response.status() {
            404 => Ok(None),
            _ => response.json().map(Some),
        };
        self.read(request.accept(404), found).await
    }

    /// Sends the request, retrying where allowed, and reads the response with `read`. If that fails
    /// with ServerError, ServiceUnavailable, RateLimitExceeded or RequestTimeout, the attempt has
    /// failed, and a request that may [always](crate::Repeat::Always) be repeated is sent again.
    /// Unlike [`fetch`](Self::fetch), `read` can borrow from the response:
    ///
    /// ```no_run
    /// # use appflow_connector_http::{Request, Result, Session};
    /// # async fn example(session: Session<'_>) -> Result<()> {
    /// let longest: usize = session
    ///     .read(Request::get("contacts/names"), |response| {
    ///         let names: Vec<&str> = response.json()?;
    ///         Ok(names.into_iter().map(str::len).max().unwrap_or(0))
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and those of `read`.
    pub async fn read<T>(
        &self,
        request: Request,
        mut read: impl FnMut(Response) -> Result<T>,
    ) -> Result<T> {
        let call = Call::new(self.client, &self.base, &self.auth, &request)?;
        let policy = &self.client.retry;
        let mut state = RetryState::new(
            policy,
            request.repeat,
            request.max_attempt_time,
            self.deadline,
        );
        loop {
            self.wait_for_turn().await?;
            let Some(end) = state.begin(now()) else {
                let application = &self.client.application;
                return Err(ConnectorError::request_timeout(format!(
                    "no time is left to call {application}"
                )));
            };
            let started = now();
            let outcome = until(end.into(), call.attempt()).await;
            let mut log = AttemptLog::new(&call, state.attempts(), now() - started);
            let failure = match outcome {
                Ok(Ok(response)) => {
                    log.response = Some((response.status(), response.body.len()));
                    match read(response) {
                        Ok(value) => {
                            log.succeeded();
                            return Ok(value);
                        }
                        Err(error) => unread(error),
                    }
                }
                Ok(Err(failure)) => failure,
                Err(true) => call.unconnected(),
                Err(false) => call.timed_out(),
            };
            log.response = log.response.or(failure.response);
            let code = failure.error.code();
            match state.after(failure, now(), (self.client.random)()) {
                Verdict::Wait(wait) => {
                    log.is_retried(code, wait);
                    tokio::time::sleep(wait).await;
                }
                Verdict::GiveUp(error) => {
                    log.failed(code);
                    return Err(error);
                }
            }
        }
    }

    /// Returns the error of a response with a status of 400 or more that came within another, such
    /// as in the response to a batch. `call` names its request.
    pub fn error(&self, response: &Response, call: &str) -> ConnectorError {
        let problem = self.client.errors.read_error(response);
        let problem = problem.unwrap_or_else(|| Problem::from_body(response));
        let application = &self.client.application;
        problem.error(application, response.status(), call, &self.auth)
    }

    async fn wait_for_turn(&self) -> Result<()> {
        let Some(budget) = &self.client.budget else {
            return Ok(());
        };
        budget.take(self.deadline.into()).await.map_err(|wait| {
            let error = ConnectorError::rate_limit_exceeded(
                "the connector's limit of requests per second leaves no time for another request",
            );
            error.with_retry_after(wait)
        })
    }
}

/// The time by Tokio's clock, which tests can pause.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
