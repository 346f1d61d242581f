use std::net::SocketAddr;

use lambda_process_host::FunctionConfig;

use crate::baseline::Baseline;
use crate::checks;
use crate::config::Config;
use crate::error::Error;
use crate::progress::Progress;
use crate::report::Report;
use crate::run::Run;
use crate::secrets::{Secrets, SecretsServer};
use crate::selection::Selection;
use crate::targets::{CommandTarget, Target, TargetError};

/// A config with its secrets at hand: makes targets and runs the checks on them.
///
/// [`verify_in_process`](crate::verify_in_process) and [`verify_command`] do all in one call.
#[derive(Clone, Debug)]
pub struct Verification {
    config: Config,
    secrets: Secrets,
    selection: Selection,
    baseline: Option<Baseline>,
}

impl Verification {
    /// Gets the secrets that the config names: reads files, fetches a token.
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

    /// Makes only some of the checks.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Holds what the connector describes against what it described before.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// A connector as a Rust type, with this config's secrets.
    #[cfg(feature = "in-process")]
    pub fn in_process<H>(&self, connector: H) -> crate::InProcess<H>
    where
        H: appflow_connector_runtime::ConfigurationHandler
            + appflow_connector_runtime::MetadataHandler
            + appflow_connector_runtime::RecordHandler,
    {
        crate::InProcess::new(connector, &self.secrets)
    }

    /// A connector's process, with this config's secrets. The process starts with the first call.
    ///
    /// # Errors
    /// When no port can be opened for Secrets Manager, or the function's config is wrong.
    pub async fn command(&self, config: FunctionConfig) -> Result<CommandTarget, TargetError> {
        CommandTarget::new(config, &self.secrets).await
    }

    /// Serves this config's secrets on an address of this machine, for a connector that is started elsewhere.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn serve_secrets(&self, address: SocketAddr) -> Result<SecretsServer, TargetError> {
        SecretsServer::start(&self.secrets, address).await
    }

    /// Makes the checks, one after the other.
    ///
    /// # Errors
    /// When the connector cannot be called, or the baseline not be used. What the connector does wrong is in the report.
    pub async fn run(
        &self,
        target: &dyn Target,
        progress: &mut dyn Progress,
    ) -> Result<Report, Error> {
        let mut run = Run::new(
            &self.config,
            &self.secrets,
            target,
            &self.selection,
            self.baseline.as_ref(),
            progress,
        );
        for check in checks::all_checks() {
            if run.check(check).await.is_err() {
                break;
            }
        }
        checks::writes::clean_up(&mut run).await;
        run.finish()
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
