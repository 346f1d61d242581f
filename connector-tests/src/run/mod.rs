//! One run: calls are made and watched, what is learnt is kept, verdicts are collected.

mod exchange;
mod facts;
mod outcome;
mod watch;

use std::time::{Duration, Instant};

use appflow_connector_client::{Client, Target, TimeLimits, to_json};
use appflow_connector_model::{ConnectorContext, ConnectorRequest, EntityDefinition, Response};
use serde_json::Value;

pub(crate) use exchange::{Exchange, Refusal};
pub(crate) use facts::{Described, Facts};
pub(crate) use outcome::{Outcome, Stop};
pub(crate) use watch::{Watch, Watched};

use crate::baseline::Baseline;
use crate::checks::Check;
use crate::config::Config;
use crate::error::Error;
use crate::finding::{Finding, Findings};
use crate::progress::Progress;
use crate::report::{CheckResult, Report, Verdict};
use crate::secrets::Secrets;
use crate::selection::Selection;

/// A run of the checks against one connector.
pub(crate) struct Run<'a> {
    pub(crate) config: &'a Config,
    pub(crate) secrets: &'a Secrets,
    pub(crate) client: Client<&'a dyn Target>,
    pub(crate) baseline: Option<&'a Baseline>,
    pub(crate) facts: Facts,
    pub(crate) watch: Watch,
    /// Differs from run to run: eight characters.
    pub(crate) id: String,
    selection: &'a Selection,
    progress: &'a mut dyn Progress,
    results: Vec<CheckResult>,
    calls: usize,
    note: Option<String>,
    broken: Option<Error>,
    started: Instant,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        config: &'a Config,
        secrets: &'a Secrets,
        target: &'a dyn Target,
        selection: &'a Selection,
        baseline: Option<&'a Baseline>,
        progress: &'a mut dyn Progress,
    ) -> Self {
        let time_limits = TimeLimits {
            metadata: config.harness.limits.metadata_time(),
            data: config.harness.limits.data_time(),
        };
        let id = uuid::Uuid::new_v4().simple().to_string();
        Self {
            config,
            secrets,
            client: Client::new(target).with_time_limits(time_limits),
            baseline,
            facts: Facts::default(),
            watch: Watch::default(),
            id: id[..8].to_owned(),
            selection,
            progress,
            results: Vec::new(),
            calls: 0,
            note: None,
            broken: None,
            started: Instant::now(),
        }
    }

    /// Makes one check and keeps its result. A check that is left out is kept as skipped, or not at all if it was not asked for.
    ///
    /// # Errors
    /// When the target cannot be called: nothing further can be checked.
    pub(crate) async fn check(&mut self, check: &'static Check) -> Outcome {
        if !self.selection.includes(check.id) {
            return Ok(());
        }
        let reason = self
            .selection
            .skip_reason(check.id)
            .or_else(|| self.config.skip_reason(check.id));
        if let Some(reason) = reason {
            let reason = reason.to_owned();
            self.keep(check, Verdict::Skipped { reason }, 0, Duration::ZERO);
            return Ok(());
        }

        self.progress.begin(check);
        let (started, calls) = (Instant::now(), self.calls);
        let outcome = if self.is_time_over() {
            Err(self.time_is_over().into())
        } else {
            check.run(self).await
        };
        let verdict = self.verdict(outcome)?;
        self.keep(check, verdict, self.calls - calls, started.elapsed());
        Ok(())
    }

    fn verdict(&self, outcome: Outcome) -> Result<Verdict, Stop> {
        let failed = |findings: Findings| Verdict::Failed {
            findings: findings.kept,
            more: findings.more,
        };
        Ok(match outcome {
            Ok(()) => Verdict::Passed,
            Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable { reason },
            // What stands in the way is reported once, by the check that is about it.
            Err(Stop::Blocked { by, .. }) if self.is_made(by) => Verdict::NotApplicable {
                reason: format!("could not be checked, see {by}"),
            },
            Err(Stop::Failed(findings) | Stop::Blocked { findings, .. }) => failed(findings),
            Err(Stop::Broken) => return Err(Stop::Broken),
        })
    }

    fn is_made(&self, id: &str) -> bool {
        self.selection.includes(id)
            && self.selection.skip_reason(id).is_none()
            && self.config.skip_reason(id).is_none()
    }

    fn keep(&mut self, check: &'static Check, verdict: Verdict, calls: usize, duration: Duration) {
        let redact = |text: &str| self.secrets.redact(text);
        let result = CheckResult {
            id: check.id,
            why: check.why,
            verdict: verdict.map_text(&redact),
            note: self.note.take().map(|note| redact(&note)),
            calls,
            duration,
        };
        self.progress.end(&result);
        self.results.push(result);
    }

    /// Adds to what the report says beside the verdict of the check that is made.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.note = Some(match self.note.take() {
            Some(before) => format!("{before}; {text}"),
            None => text,
        });
    }

    /// Keeps why nothing can be checked any more.
    pub(crate) fn breaks(&mut self, error: impl Into<Error>) -> Stop {
        self.broken = Some(error.into());
        Stop::Broken
    }

    /// What all came to.
    ///
    /// # Errors
    /// When something broke.
    pub(crate) fn finish(self) -> Result<Report, Error> {
        match self.broken {
            Some(error) => Err(error),
            None => Ok(Report {
                target: self.client.target().name(),
                results: self.results,
                calls: self.calls,
                duration: self.started.elapsed(),
            }),
        }
    }

    fn is_time_over(&self) -> bool {
        self.started.elapsed() > self.config.harness.limits.run_time()
    }

    fn time_is_over(&self) -> Finding {
        Finding::new(
            format!(
                "the run's {} seconds are over",
                self.config.harness.limits.run_seconds
            ),
            "the check is made; raise `harness.limits.runSeconds`",
        )
    }

    /// Sends a request and watches the answer, whatever it is.
    pub(crate) async fn send(&mut self, request: Value) -> Outcome<Exchange> {
        if self.is_time_over() {
            return Err(self.time_is_over().into());
        }
        self.calls += 1;
        self.progress.call(self.calls);
        let sent = self.client.send(request).await;
        let exchange: Exchange = sent.map_err(|error| self.breaks(error))?.into();
        self.watch.look(&exchange, self.secrets);
        Ok(exchange)
    }

    /// Sends a request that must be answered well, and reads the answer.
    pub(crate) async fn ask<T: Response>(
        &mut self,
        request: &ConnectorRequest,
    ) -> Outcome<(T, Exchange)> {
        let exchange = self.send(to_json(request)).await?;
        let answer = exchange.good_answer()?;
        Ok((answer, exchange))
    }

    /// Sends a request that must be refused by an answer with an error.
    pub(crate) async fn refusal(&mut self, request: &ConnectorRequest) -> Outcome<Refusal> {
        let exchange = self.send(to_json(request)).await?;
        Ok(exchange.refusal()?)
    }

    /// The context of a request of a flow's run.
    pub(crate) async fn context(
        &mut self,
        definition: Option<&EntityDefinition>,
    ) -> Outcome<ConnectorContext> {
        let api_version = if let Some(version) = self.config.api_version() {
            Some(version.to_owned())
        } else {
            let configuration = self.configuration().await?;
            configuration.supported_api_versions.first().cloned()
        };
        Ok(ConnectorContext::builder()
            .connector_runtime_settings(self.config.merged_settings())
            .credentials(self.secrets.credentials(self.config))
            .maybe_api_version(api_version)
            .flow_name("appflow-connector-tests")
            .execution_id(self.id.clone())
            .connector_profile_label("appflow-connector-tests")
            .maybe_entity_definition(definition.cloned())
            .build())
    }
}
