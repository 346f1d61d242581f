use std::time::Instant;

use appflow_connector_client::{Client, Target, TimeLimits, to_json};
use appflow_connector_model::{ConnectorRequest, Response};
use serde_json::Value;

use super::exchange::{Exchange, Refusal};
use super::facts::Facts;
use super::outcome::{Outcome, Stop};
use super::watch::Watch;
use crate::baseline::Baseline;
use crate::config::Config;
use crate::error::Error;
use crate::finding::Finding;
use crate::progress::Progress;
use crate::secrets::Secrets;
use crate::selection::Selection;

/// One run against one connector: everything that a check works with.
pub(crate) struct Run<'a> {
    pub(crate) config: &'a Config,
    pub(crate) secrets: &'a Secrets,
    pub(crate) client: Client<&'a dyn Target>,
    pub(crate) baseline: Option<&'a Baseline>,
    pub(crate) selection: &'a Selection,
    pub(crate) progress: &'a mut dyn Progress,
    pub(crate) facts: Facts,
    pub(crate) watch: Watch,
    /// The entity that a check is made on, if it is made on several.
    pub(crate) entity: Option<String>,
    /// Eight characters that differ from run to run.
    pub(crate) id: String,
    pub(crate) started: Instant,
    note: Option<String>,
    warnings: Vec<Finding>,
    broken: Option<Error>,
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
            selection,
            progress,
            facts: Facts::default(),
            watch: Watch::default(),
            entity: None,
            id: id[..8].to_owned(),
            started: Instant::now(),
            note: None,
            warnings: Vec::new(),
            broken: None,
        }
    }

    /// Why the config or the command line skips a check, if one of them does.
    pub(crate) fn skip_reason(&self, id: &str) -> Option<&str> {
        let of_selection = self.selection.skip_reason(id);
        of_selection.or_else(|| self.config.skip_reason(id))
    }

    /// The entity that is tested now: the test entity, if not another one.
    pub(crate) fn entity(&self) -> &str {
        let test_entity = &self.config.test_entity_identifier;
        self.entity.as_ref().unwrap_or(test_entity)
    }

    /// Whether the entity that is tested now is the test entity.
    pub(crate) fn is_test_entity(&self) -> bool {
        self.entity() == self.config.test_entity_identifier
    }

    /// The key of a fact about the entity that is tested now.
    pub(crate) fn key_of_entity(&self, fact: &str) -> String {
        format!("{fact}: {}", self.entity())
    }

    /// Adds to the note of the current check, which the report shows next to its verdict. Notes
    /// about other entities than the test entity are left out.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        if !self.is_test_entity() {
            return;
        }
        let text = text.into();
        self.note = Some(match self.note.take() {
            Some(before) => format!("{before}; {text}"),
            None => text,
        });
    }

    /// Adds a warning to the result of the current check: something that may be wrong.
    pub(crate) fn warn(&mut self, mut warning: Finding) {
        if !self.is_test_entity() {
            warning.problem = format!("{}: {}", self.entity(), warning.problem);
        }
        if !self
            .warnings
            .iter()
            .any(|known| known.problem == warning.problem)
        {
            self.warnings.push(warning);
        }
    }

    /// Takes the warnings of the current check.
    pub(crate) fn take_warnings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.warnings)
    }

    /// Takes the note of the current check.
    pub(crate) fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    /// Keeps the reason why nothing more can be checked.
    pub(crate) fn breaks(&mut self, error: impl Into<Error>) -> Stop {
        self.broken = Some(error.into());
        Stop::Broken
    }

    /// Takes the reason why nothing more can be checked, if there is one.
    pub(crate) fn take_broken(&mut self) -> Option<Error> {
        self.broken.take()
    }

    /// Fails if the time of the run is over.
    pub(crate) fn must_have_time(&self) -> Outcome {
        if self.started.elapsed() <= self.config.harness.limits.run_time() {
            return Ok(());
        }
        let finding = Finding::new(
            format!(
                "the time limit of the run, {} seconds, is over",
                self.config.harness.limits.run_seconds
            ),
            "time for this check: raise `harness.limits.runSeconds`",
        );
        Err(finding.into())
    }

    /// Sends a request and watches the call. The response may be of any kind.
    pub(crate) async fn send(&mut self, request: Value) -> Outcome<Exchange> {
        self.must_have_time()?;
        self.progress.call(self.client.calls() + 1);
        let sent = self.client.send(request).await;
        let exchange: Exchange = sent.map_err(|error| self.breaks(error))?.into();
        self.watch.look(&exchange, self.secrets);
        Ok(exchange)
    }

    /// Sends a request, unless the run has already sent the same one here: then returns that
    /// exchange. For requests that only read.
    pub(crate) async fn send_once(&mut self, request: Value) -> Outcome<Exchange> {
        let key = request.to_string();
        if let Some(known) = self.facts.get(&key) {
            return Ok(known);
        }
        let exchange = self.send(request).await?;
        self.facts.keep(key, exchange.clone());
        Ok(exchange)
    }

    /// Sends a request that must succeed, and reads the response.
    pub(crate) async fn ask<T: Response>(
        &mut self,
        request: &ConnectorRequest,
    ) -> Outcome<(T, Exchange)> {
        let exchange = self.send(to_json(request)).await?;
        let response = exchange.success()?;
        Ok((response, exchange))
    }

    /// Does the same by [`send_once`](Self::send_once).
    pub(crate) async fn ask_once<T: Response>(
        &mut self,
        request: &ConnectorRequest,
    ) -> Outcome<(T, Exchange)> {
        let exchange = self.send_once(to_json(request)).await?;
        let response = exchange.success()?;
        Ok((response, exchange))
    }

    /// Sends a request, once, that the connector must refuse by a response with an error.
    pub(crate) async fn refusal(&mut self, request: &ConnectorRequest) -> Outcome<Refusal> {
        let exchange = self.send_once(to_json(request)).await?;
        Ok(exchange.refusal()?)
    }
}
