use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use appflow_connector_model::ConnectorError;
use reqwest::{Client, redirect, retry};
use tokio::sync::OnceCell;

use crate::call_budget::CallBudget;
use crate::{Answer, Auth, BaseUrl, ErrorReader, Problem, Result, RetryPolicy, Session};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("appflow-connector/", env!("CARGO_PKG_VERSION"));

/// Calls one application. A connector has one and keeps it, so that connections are used again; each call of AppFlow's gets a
/// [`Session`] from it.
///
/// To load the root certificates takes time. It is done when the first call is made, so that the connector's start stays fast.
///
/// ```
/// use appflow_connector_http::{HttpClient, RetryPolicy};
///
/// struct MyConnector {
///     http: HttpClient,
/// }
///
/// let connector = MyConnector {
///     http: HttpClient::builder()
///         .application("Salesforce")
///         .calls_per_second(25)
///         .retry(RetryPolicy::builder().max_tries(4).build())
///         .build(),
/// };
/// ```
pub struct HttpClient {
    pub(crate) application: Arc<str>,
    pub(crate) errors: Box<dyn ErrorReader>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Option<CallBudget>,
    pub(crate) max_body_bytes: usize,
    pub(crate) random: Box<dyn Fn() -> f64 + Send + Sync>,
    time_to_answer: Duration,
    user_agent: String,
    client: OnceCell<Client>,
}

#[bon::bon]
impl HttpClient {
    /// Sets a client up. Nothing is read or opened before the first call.
    #[builder]
    pub fn new(
        /// The application's name, for messages: "Salesforce answered 503 to GET /query".
        #[builder(into)]
        application: Arc<str>,
        /// Reads the application's own errors. Default: the status decides, and the body is the message.
        #[builder(with = |reader: impl ErrorReader + 'static| Box::new(reader), default = Box::new(no_reader))]
        error_reader: Box<dyn ErrorReader>,
        /// How often a call is tried. Default: see [`RetryPolicy`].
        #[builder(default)]
        retry: RetryPolicy,
        /// The most calls a second, evenly spread, by this client; a function's instances do not know of each other. Further tries
        /// count, a followed redirect does not. Default: no limit; zero counts as one.
        calls_per_second: Option<u32>,
        /// The largest body of an answer, in bytes after decompression. Default: 32 MiB.
        #[builder(default = 32 * 1024 * 1024)]
        max_body_bytes: usize,
        /// What every call leaves of the invocation's time, to make the answer. Default: 250 ms.
        #[builder(default = Duration::from_millis(250))]
        time_to_answer: Duration,
        /// The header `User-Agent`. Default: `appflow-connector/` and the version.
        #[builder(into, default = USER_AGENT)]
        user_agent: String,
        /// Numbers from 0 to 1 for the waits between tries, for tests. Default: random ones.
        #[builder(with = |random: impl Fn() -> f64 + Send + Sync + 'static| Box::new(random), default = Box::new(fastrand::f64))]
        random: Box<dyn Fn() -> f64 + Send + Sync>,
    ) -> Self {
        Self {
            application,
            errors: error_reader,
            retry,
            budget: calls_per_second.map(CallBudget::new),
            max_body_bytes,
            random,
            time_to_answer,
            user_agent,
            client: OnceCell::new(),
        }
    }

    /// Calls in the course of one invocation: to the URLs of `base` alone, with these credentials, until a little before
    /// `deadline`, which is the invocation's.
    pub fn session(&self, base: BaseUrl, auth: Auth, deadline: Instant) -> Session<'_> {
        let deadline = deadline.checked_sub(self.time_to_answer);
        Session {
            client: self,
            base,
            auth,
            deadline: deadline.unwrap_or_else(Instant::now),
        }
    }

    pub(crate) async fn client(&self) -> Result<&Client> {
        self.client.get_or_try_init(async || self.connect()).await
    }

    fn connect(&self) -> Result<Client> {
        // Fails only where one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(&self.user_agent)
            // Redirects and tries are the session's, which knows where credentials may go and how much time is left.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .build()
            .map_err(|error| {
                ConnectorError::server_error(format!("the HTTP client cannot be built: {error}"))
            })
    }
}

fn no_reader(_: &Answer) -> Option<Problem> {
    None
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpClient")
            .field("application", &self.application)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
