mod budget;
mod connecting;
mod quota;
mod resolver;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use appflow_connector_model::ConnectorError;
use reqwest::{Client, redirect, retry};
use tokio::sync::OnceCell;

pub(crate) use self::connecting::until;
pub use self::quota::Quota;
pub(crate) use self::resolver::ForbiddenAddress;

use self::budget::CallBudget;
use self::connecting::NoteConnecting;
use self::quota::Quotas;
use self::resolver::{CheckedResolver, Lookup, system_lookup};
use crate::errors::{ErrorReader, Problem};
use crate::response::Response;
use crate::result::Result;
use crate::retry::RetryPolicy;
use crate::url::BaseUrl;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("appflow-connector/", env!("CARGO_PKG_VERSION"));

/// Calls one application. A connector keeps one client, so that connections are reused, and makes a
/// [`Session`](crate::Session) for each invocation.
///
/// The root certificates, which take time to load, are loaded for the first request, so that the
/// connector starts fast.
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
///         .retry(RetryPolicy::builder().max_attempts(4).build())
///         .build(),
/// };
/// ```
pub struct HttpClient {
    pub(crate) application: Arc<str>,
    pub(crate) errors: Box<dyn ErrorReader>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Option<CallBudget>,
    pub(crate) quota_reader: Option<fn(&Response) -> Option<Quota>>,
    pub(crate) quotas: Quotas,
    pub(crate) max_body_bytes: usize,
    pub(crate) random: Box<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) headroom: Duration,
    pub(crate) user_agent: String,
    lookup: Arc<Lookup>,
    client: OnceCell<Client>,
    /// The client for base URLs that may lead to private networks. Its connections are not shared
    /// with those that may not.
    private_client: OnceCell<Client>,
}

#[bon::bon]
impl HttpClient {
    /// Makes a client. Nothing is read or opened before the first request.
    #[builder]
    pub fn new(
        /// The application's name, for messages: "Salesforce returned 503 for GET /query".
        #[builder(into)]
        application: Arc<str>,
        /// Reads the application's errors. Default: the status gives the code and the body the
        /// message.
        #[builder(with = |reader: impl ErrorReader + 'static| Box::new(reader), default = Box::new(no_reader))]
        error_reader: Box<dyn ErrorReader>,
        /// How often a request is sent. Default: see [`RetryPolicy`].
        #[builder(default)]
        retry: RetryPolicy,
        /// The maximum number of requests per second by this client, evenly spread; the instances
        /// of a function do not share it. Retries count, redirects do not. Default: no limit; zero
        /// counts as one.
        calls_per_second: Option<u32>,
        /// Reads how much of its quota the application says was used, from the headers of a
        /// successful response: see [`Session::check_quota`](crate::Session::check_quota).
        quota_reader: Option<fn(&Response) -> Option<Quota>>,
        /// The maximum size of a response's body, in bytes after decompression. Default: 32 MiB.
        #[builder(default = 32 * 1024 * 1024)]
        max_body_bytes: usize,
        /// How long before the deadline the last request ends, to leave time for the connector's
        /// own response. Default: 250 ms.
        #[builder(default = Duration::from_millis(250))]
        headroom: Duration,
        /// The header `User-Agent`. Default: `appflow-connector/` and the version.
        #[builder(into, default = USER_AGENT)]
        user_agent: String,
        /// Numbers from 0 to 1 for the waits between attempts, for tests. Default: random ones.
        #[builder(with = |random: impl Fn() -> f64 + Send + Sync + 'static| Box::new(random), default = Box::new(fastrand::f64))]
        random: Box<dyn Fn() -> f64 + Send + Sync>,
        /// Returns the addresses of a host name, for tests; it may block. The addresses are checked
        /// like all others (see [`UrlPolicy`](crate::UrlPolicy)). Default: the system's resolver.
        #[builder(with = |lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static| Arc::new(lookup), default = Arc::new(system_lookup))]
        lookup: Arc<Lookup>,
    ) -> Self {
        Self {
            application,
            errors: error_reader,
            retry,
            budget: calls_per_second.map(CallBudget::new),
            quota_reader,
            quotas: Quotas::default(),
            max_body_bytes,
            random,
            headroom,
            user_agent,
            lookup,
            client: OnceCell::new(),
            private_client: OnceCell::new(),
        }
    }

    /// Returns the client that may connect where `base` leads.
    pub(crate) async fn client(&self, base: &BaseUrl) -> Result<&Client> {
        let client = if base.allows_private() {
            &self.private_client
        } else {
            &self.client
        };
        let build = async || self.build_client(base.allows_private());
        client.get_or_try_init(build).await
    }

    fn build_client(&self, allows_private: bool) -> Result<Client> {
        // Fails if a provider is already installed, which is then used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .connector_layer(NoteConnecting)
            .dns_resolver(CheckedResolver::new(
                Arc::clone(&self.lookup),
                allows_private,
            ))
            .user_agent(&self.user_agent)
            // The session follows redirects and retries: it knows where credentials may go and how
            // much time remains.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .build()
            .map_err(|error| {
                ConnectorError::server_error(format!("the HTTP client cannot be built: {error}"))
            })
    }
}

fn no_reader(_: &Response) -> Option<Problem> {
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
