//! The endpoint: starts all services on one port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use loopback_server::{Options, Server, read_body};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::account::Account;
use crate::appflow::clock::Clock;
use crate::appflow::context::AppFlow;
use crate::appflow::executions::active::ActiveRuns;
use crate::appflow::executions::{lifecycle, scheduler};
use crate::appflow::faults::{Fault, Faults};
use crate::appflow::locks::Locks;
use crate::appflow::metadata::cache::Cache;
use crate::appflow::operations::OPERATIONS;
use crate::appflow::profiles::pending;
use crate::appflow::{documents, endpoint, executions, tokens};
use crate::functions::Functions;
use crate::s3::{self, BlobFolder, Store, StoreError};
use crate::secrets_manager::{self, SecretsManager};
use crate::server::routing::{Service, service_of};
use crate::server::{admin, sts};
use crate::state::{Database, StateError};

/// Of a request to AWS STS.
const MAX_STS_BYTES: usize = 64 * 1024;

/// AppFlow, Secrets Manager, Amazon S3 and Lambda on one port of this machine.
///
/// Dropping it closes the port and all connections at once.
#[derive(Debug)]
pub struct AppFlowLocal {
    server: Server,
    runs: EndRuns,
    secrets: SecretsManager,
    account: Account,
}

/// What to start. Made by [`AppFlowLocal::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    address: SocketAddr,
    listener: Option<TcpListener>,
    allowed_hosts: Vec<String>,
    data_dir: Option<PathBuf>,
    account: Account,
    functions: Functions,
    faults: Vec<Fault>,
    has_quotas: bool,
    checks_responses: bool,
}

/// Why the endpoint did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not available.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The folder of the state cannot be used.
    #[error("{0}")]
    State(String),
    /// A fault is not valid.
    #[error("{0}")]
    Fault(String),
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        Self::State(error.to_string())
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::State(error.to_string())
    }
}

impl Builder {
    /// Listens on this address. Default: a free port of 127.0.0.1.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves a port that is open already, instead of an address: its number is then known before
    /// the functions are made.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Serves requests with these names in their Host header, in addition to loopback ones.
    pub fn allowed_hosts(mut self, names: Vec<String>) -> Self {
        self.allowed_hosts = names;
        self
    }

    /// Keeps the state in this folder, which is created if it is missing. Default: the state is in
    /// memory, and ends with the process.
    pub fn data_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.data_dir = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets the account and region of every ARN. Default: [`Account::default`].
    pub fn account(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// Sets the Lambda functions. Default: none.
    pub fn functions(mut self, functions: Functions) -> Self {
        self.functions = functions;
        self
    }

    /// Whether AppFlow's quotas hold: 1,000 flows, 100 connector profiles, 1,000 runs at a time.
    /// Default: they do.
    pub fn quotas(mut self, has_quotas: bool) -> Self {
        self.has_quotas = has_quotas;
        self
    }

    /// Whether AppFlow returns an error in place of a response that does not fit its public model:
    /// required members, types, enumerations and lengths. For tests. Default: it does not.
    pub fn check_responses(mut self, checks_responses: bool) -> Self {
        self.checks_responses = checks_responses;
        self
    }

    /// Provokes errors: see [`Fault`].
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the endpoint. It serves from the moment that this returns.
    ///
    /// # Errors
    /// Every [`StartError`].
    pub async fn start(self) -> Result<AppFlowLocal, StartError> {
        let database = match &self.data_dir {
            Some(folder) => Database::open(folder, SCHEMA)?,
            None => Database::in_memory(SCHEMA)?,
        };
        let blobs = match &self.data_dir {
            Some(folder) => BlobFolder::Durable(folder.join("objects")),
            None => BlobFolder::Temporary,
        };
        let store = Store::new(database.clone(), blobs, self.account.clone())?;
        let secrets = SecretsManager::open(&database, &self.account).await?;
        let faults = Faults::default();
        let operations: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        for fault in self.faults {
            faults.add(fault, &operations).map_err(StartError::Fault)?;
        }
        let appflow = AppFlow {
            account: self.account.clone(),
            database,
            functions: self.functions.clone(),
            secrets: secrets.clone(),
            store: store.clone(),
            clock: Clock::default(),
            cache: Cache::default(),
            locks: Locks::default(),
            runs: ActiveRuns::default(),
            faults,
            has_quotas: self.has_quotas,
            checks_responses: self.checks_responses,
        };
        pending::remove_all(&appflow)
            .await
            .map_err(|error| StartError::State(error.message))?;
        lifecycle::end_interrupted(&appflow).await?;
        let runs = appflow.runs.clone();
        runs.spawn(scheduler::run(appflow.clone()));
        let services = Services {
            lambda: self.functions.router(),
            s3: s3::router(store),
            secrets: secrets.router(),
            account: self.account.clone(),
            appflow,
        };
        let mut options = Options::default();
        // Each service has a limit of its own.
        options.max_body_bytes = usize::MAX;
        options.allowed_hosts = self.allowed_hosts;
        let router = Router::new().fallback(route).with_state(services);
        let server = match self.listener {
            Some(listener) => Server::start(listener, router, options),
            None => Server::bind(self.address, router, options).await,
        };
        let server = server.map_err(|source| StartError::Address {
            address: self.address,
            source,
        })?;
        Ok(AppFlowLocal {
            server,
            runs: EndRuns(runs),
            secrets,
            account: self.account,
        })
    }
}

/// The tables of all modules.
const SCHEMA: &[&str] = &[
    s3::SCHEMA,
    secrets_manager::stored::SCHEMA,
    documents::SCHEMA,
    tokens::SCHEMA,
    pending::SCHEMA,
    executions::records::SCHEMA,
];

impl AppFlowLocal {
    /// Returns a builder with the defaults: in memory, on a free port, without functions.
    pub fn builder() -> Builder {
        Builder {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            listener: None,
            allowed_hosts: Vec::new(),
            data_dir: None,
            account: Account::default(),
            functions: Functions::new(),
            faults: Vec::new(),
            has_quotas: true,
            checks_responses: false,
        }
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns the URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Returns the account and region of every ARN.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the secrets that the endpoint serves.
    pub fn secrets(&self) -> &SecretsManager {
        &self.secrets
    }

    /// Waits until the endpoint ends, which it does not do on its own.
    pub async fn wait(self) {
        self.server.wait().await;
    }

    /// Accepts no more connections and waits for the requests in progress, for 2 seconds at most.
    /// Runs of flows end at once; at the next start with the same folder they are Error.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
        self.runs.0.shutdown().await;
    }
}

/// Ends all runs when the endpoint ends.
#[derive(Debug)]
struct EndRuns(ActiveRuns);

impl Drop for EndRuns {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[derive(Clone)]
struct Services {
    account: Account,
    appflow: AppFlow,
    secrets: Router,
    lambda: Router,
    s3: Router,
}

async fn route(State(services): State<Services>, request: Request<Body>) -> Response {
    match service_of(&request) {
        Service::Admin => admin::respond(&services.appflow, request).await,
        Service::AppFlow => endpoint::respond(services.appflow, request).await,
        Service::SecretsManager => served(services.secrets.oneshot(request).await),
        Service::Lambda => served(services.lambda.oneshot(request).await),
        Service::Sts => respond_as_sts(&services.account, request).await,
        Service::S3 => served(services.s3.oneshot(request).await),
    }
}

fn served(result: Result<Response, std::convert::Infallible>) -> Response {
    match result {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn respond_as_sts(account: &Account, request: Request<Body>) -> Response {
    let mut parameters = request
        .uri()
        .query()
        .unwrap_or_default()
        .as_bytes()
        .to_vec();
    match read_body(request.into_body(), MAX_STS_BYTES).await {
        Ok(body) => {
            parameters.push(b'&');
            parameters.extend_from_slice(&body);
            sts::respond(account, &parameters)
        }
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}
