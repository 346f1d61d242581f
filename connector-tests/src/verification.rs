use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

#[cfg(feature = "in-process")]
use appflow_connector_client::InProcessTarget;
use appflow_connector_client::{CommandTarget, Reply, Target, TargetError, TargetFuture};
use appflow_connector_model::{ConnectorContext, Credentials};
use lambda_process_host::FunctionConfig;

use crate::baseline::Baseline;
use crate::config::Config;
use crate::error::Error;
use crate::progress::Progress;
use crate::report::Report;
use crate::run::Run;
use crate::runner::make_checks;
#[cfg(feature = "in-process")]
use crate::secrets::KnownSecrets;
use crate::secrets::{AccessKey, Secrets, SecretsError, SecretsServer};
use crate::selection::Selection;

/// The environment variable with the URL of Secrets Manager, for AWS clients.
const SECRETS_ENDPOINT: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";

/// A config with its secrets: makes targets and runs the checks on them.
///
/// [`verify_in_process`](crate::verify_in_process) and [`verify_command`] do everything in one
/// call.
#[derive(Clone, Debug)]
pub struct Verification {
    config: Config,
    secrets: Secrets,
    selection: Selection,
    baseline: Option<Baseline>,
}

/// A connector's process, with the Secrets Manager that it reads. [`Verification::command`] makes
/// one.
pub struct CommandWithSecrets {
    process: CommandTarget,
    _secrets: Option<SecretsServer>,
}

impl Target for CommandWithSecrets {
    fn name(&self) -> String {
        self.process.name()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        self.process.invoke(payload, time_limit)
    }

    fn log(&self) -> Option<String> {
        self.process.log()
    }

    fn kill(&self) -> TargetFuture<'_, bool> {
        self.process.kill()
    }
}

impl Verification {
    /// Gets the secrets that the config names: reads files, fetches an access token.
    ///
    /// # Errors
    /// [`Error::Secrets`].
    pub async fn new(config: Config) -> Result<Self, Error> {
        Ok(Self {
            secrets: Secrets::prepare(&config).await?,
            config,
            selection: Selection::default(),
            baseline: None,
        })
    }

    /// Limits the run to some of the checks.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Compares what the connector describes with what it described before.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Returns the context of a request, as the checks send it: the settings of all scopes, the
    /// credentials, and the API version if the config names one.
    pub fn context(&self) -> ConnectorContext {
        ConnectorContext::builder()
            .connector_runtime_settings(self.config.merged_settings())
            .credentials(self.credentials())
            .maybe_api_version(self.config.api_version().map(str::to_owned))
            .flow_name("appflow-connector-tests")
            .connector_profile_label("appflow-connector-tests")
            .build()
    }

    /// Returns the credentials in requests.
    pub fn credentials(&self) -> Credentials {
        self.secrets.credentials(&self.config)
    }

    /// Returns credentials that the application refuses, if the config has or allows some.
    pub fn wrong_credentials(&self) -> Option<Credentials> {
        self.secrets.wrong_credentials(&self.config)
    }

    /// Returns a target for a connector as a Rust type, with this config's secrets.
    #[cfg(feature = "in-process")]
    pub fn in_process<H>(&self, connector: H) -> InProcessTarget<H>
    where
        H: appflow_connector_runtime::ConfigurationHandler
            + appflow_connector_runtime::MetadataHandler
            + appflow_connector_runtime::RecordHandler,
    {
        let provider = KnownSecrets::new(&self.secrets);
        let dispatcher = appflow_connector_runtime::Dispatcher::with_secrets(connector, provider);
        InProcessTarget::new(dispatcher)
    }

    /// Returns a target for a connector's process, [prepared](Self::prepare). It starts with the
    /// first call.
    ///
    /// # Errors
    /// If no port can be opened for Secrets Manager, or the function's config is invalid.
    pub async fn command(&self, mut config: FunctionConfig) -> Result<CommandWithSecrets, Error> {
        let secrets = self.prepare(&mut config).await?;
        Ok(CommandWithSecrets {
            process: CommandTarget::new(config)?,
            _secrets: secrets,
        })
    }

    /// Serves this config's secrets to a connector's process. The process finds them, and a key for
    /// them, through its environment, unless that names another Secrets Manager or has a key
    /// already. They are served until the returned server is dropped. Returns `None` if there is
    /// nothing to serve.
    ///
    /// # Errors
    /// If no port can be opened.
    pub async fn prepare(
        &self,
        config: &mut FunctionConfig,
    ) -> Result<Option<SecretsServer>, Error> {
        let has_other = config
            .environment
            .contains_key(OsStr::new(SECRETS_ENDPOINT));
        if !self.secrets.are_served() || has_other {
            return Ok(None);
        }
        Ok(Some(self.serve_process(config).await?))
    }

    async fn serve_process(
        &self,
        config: &mut FunctionConfig,
    ) -> Result<SecretsServer, SecretsError> {
        let own_key = AccessKey::of_process(|name| {
            config
                .environment
                .get(OsStr::new(name))?
                .to_str()
                .map(str::to_owned)
        });
        let key = own_key.unwrap_or_else(AccessKey::random);
        for (name, value) in key.variables() {
            config.environment.insert(name.into(), value.into());
        }
        let any_port = (Ipv4Addr::LOCALHOST, 0).into();
        let secrets = self.serve_secrets(any_port, Vec::new(), key).await?;
        let url = secrets.url();
        config
            .environment
            .insert(SECRETS_ENDPOINT.into(), url.into());
        Ok(secrets)
    }

    /// Serves this config's secrets on an address of this machine, for a connector that is started
    /// separately and signs its requests with the key.
    ///
    /// A request's `Host` must be a loopback name, the address itself, or one of `allowed_hosts`,
    /// for a connector that reaches this machine by another name.
    ///
    /// # Errors
    /// If the address is not available.
    pub async fn serve_secrets(
        &self,
        address: SocketAddr,
        allowed_hosts: Vec<String>,
        key: AccessKey,
    ) -> Result<SecretsServer, SecretsError> {
        SecretsServer::start(&self.secrets, address, allowed_hosts, key).await
    }

    /// Makes the checks, one after the other.
    ///
    /// # Errors
    /// If the connector cannot be called, or the baseline cannot be used. What is wrong with the
    /// connector is in the report.
    pub async fn run(
        &self,
        target: &dyn Target,
        progress: &mut dyn Progress,
    ) -> Result<Report, Error> {
        let run = Run::new(
            &self.config,
            &self.secrets,
            target,
            &self.selection,
            self.baseline.as_ref(),
            progress,
        );
        make_checks(run).await
    }
}

/// Tests a connector's process: the shortest way for a connector in any language.
///
/// # Errors
/// As [`Verification::run`].
pub async fn verify_command(command: FunctionConfig, config: &Config) -> Result<Report, Error> {
    let verification = Verification::new(config.clone()).await?;
    let target = verification.command(command).await?;
    verification.run(&target, &mut ()).await
}

/// Tests a connector as a Rust type: the shortest way for an author's own `tests/`.
///
/// # Errors
/// As [`Verification::run`].
#[cfg(feature = "in-process")]
pub async fn verify_in_process<H>(connector: H, config: &Config) -> Result<Report, Error>
where
    H: appflow_connector_runtime::ConfigurationHandler
        + appflow_connector_runtime::MetadataHandler
        + appflow_connector_runtime::RecordHandler,
{
    let verification = Verification::new(config.clone()).await?;
    let target = verification.in_process(connector);
    verification.run(&target, &mut ()).await
}
