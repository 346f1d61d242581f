//! The work of one run: source, tasks and destination, at the same time.

use std::sync::Arc;

use appflow_connector_model::{EntityDefinition, StringMap};
use tokio::join;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::{JoinError, spawn_blocking};
use uuid::Uuid;

use crate::appflow::context::AppFlow;
use crate::appflow::executions::custom_destination::Destination;
use crate::appflow::executions::custom_source::{self, ConnectorSide};
use crate::appflow::executions::custom_stage::{self, Write};
use crate::appflow::executions::error::RunError;
use crate::appflow::executions::failures::Failures;
use crate::appflow::executions::progress::Progress;
use crate::appflow::executions::record::ExecutionRecord;
use crate::appflow::executions::source::Batch;
use crate::appflow::executions::{s3_destination, s3_source, s3_stage};
use crate::appflow::flows::definition::{
    CustomConnectorDestination, FlowDefinition, S3Destination, S3Source,
};
use crate::appflow::flows::flow::Flow;
use crate::appflow::formats::{Format, ObjectNames};
use crate::appflow::metadata::entities;
use crate::appflow::profiles::connection::Connection;
use crate::appflow::schedule::Window;
use crate::appflow::tasks::{self, Plan};

/// Batches that wait for the next part. Each is a page of a connector, or a thousand records.
const WAITING: usize = 2;

enum Source {
    Custom(Box<ConnectorSide>),
    S3(S3Source, Option<Window>),
}

/// One run of a flow.
pub(crate) struct Run {
    pub(crate) appflow: AppFlow,
    pub(crate) flow: Flow,
    /// As it was at the start.
    pub(crate) record: ExecutionRecord,
    pub(crate) progress: Arc<Progress>,
}

impl Run {
    /// Reads, converts and writes all records.
    ///
    /// # Errors
    ///
    /// Why the run has failed.
    pub(crate) async fn work(&self) -> Result<(), RunError> {
        let flow = self.flow.definition()?;
        let (source, source_entity) = self.source(&flow).await?;
        let destination = flow.destination();
        let properties = &destination.destination_connector_properties;
        let custom = properties
            .custom_connector
            .as_ref()
            .filter(|_| destination.connector_type == "CustomConnector");
        let destination_side = match custom {
            Some(custom) => {
                let side = self.side(
                    destination.connector_profile_name.as_deref(),
                    destination.api_version.as_deref(),
                    &custom.entity_name,
                    &custom.custom_properties,
                );
                Some((side.await?, custom))
            }
            None => None,
        };
        let destination_entity = destination_side
            .as_ref()
            .and_then(|(side, _)| side.context.entity_definition.as_deref());
        let plan = self.plan(&flow, source_entity.as_deref(), destination_entity)?;
        if plan.moves_nothing {
            return Ok(());
        }
        match (destination_side, &properties.s3) {
            (Some((side, config)), _) => self.to_connector(&source, plan, &side, config).await,
            (None, Some(config)) => self.to_s3(&source, plan, config).await,
            (None, None) => Err(RunError::Failed(
                "The flow has no properties of its destination".to_owned(),
            )),
        }
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            start: self.record.pull_start?,
            end: self.record.pull_end?,
        })
    }

    fn plan(
        &self,
        flow: &FlowDefinition,
        source: Option<&EntityDefinition>,
        destination: Option<&EntityDefinition>,
    ) -> Result<Plan, RunError> {
        let window = match (self.window(), source) {
            (Some(window), Some(source)) => tasks::pull_field(flow, source)
                .map_err(RunError::Failed)?
                .map(|field| (window, field)),
            _ => None,
        };
        Plan::new(flow, source, destination, window)
            .map_err(|problems| RunError::Failed(problems.join(", ")))
    }

    async fn source(
        &self,
        flow: &FlowDefinition,
    ) -> Result<(Source, Option<Arc<EntityDefinition>>), RunError> {
        let config = &flow.source_flow_config;
        let properties = &config.source_connector_properties;
        match (&properties.custom_connector, &properties.s3) {
            (Some(custom), _) if config.connector_type == "CustomConnector" => {
                let side = self.side(
                    config.connector_profile_name.as_deref(),
                    config.api_version.as_deref(),
                    &custom.entity_name,
                    &custom.custom_properties,
                );
                let side = side.await?;
                let entity = side.context.entity_definition.clone();
                Ok((Source::Custom(Box::new(side)), entity))
            }
            (_, Some(s3)) => Ok((Source::S3(s3.clone(), self.window()), None)),
            _ => Err(RunError::Failed(
                "The flow has no properties of its source".to_owned(),
            )),
        }
    }

    async fn side(
        &self,
        profile: Option<&str>,
        api_version: Option<&str>,
        entity: &str,
        properties: &StringMap,
    ) -> Result<ConnectorSide, RunError> {
        let profile = profile
            .ok_or_else(|| RunError::Failed("The flow names no connector profile".to_owned()))?;
        let connection = Connection::load(&self.appflow, profile).await?;
        let definition = entities::describe(&connection, api_version, entity).await?;
        let mut context = connection.context(api_version);
        context
            .connector_runtime_settings
            .extend(properties.clone());
        context.flow_name = Some(self.record.flow_name.clone());
        context.execution_id = Some(self.record.execution_id.clone());
        context.entity_definition = Some(definition);
        Ok(ConnectorSide {
            connection,
            entity: entity.to_owned(),
            context,
        })
    }

    /// Reads until the source ends.
    async fn read(
        &self,
        source: &Source,
        plan: &Plan,
        batches: Sender<Batch>,
    ) -> Result<(), RunError> {
        match source {
            Source::Custom(side) => custom_source::read(side, plan, &self.progress, &batches).await,
            Source::S3(source, window) => {
                let (store, source) = (self.appflow.store.clone(), source.clone());
                let (window, progress) = (*window, Arc::clone(&self.progress));
                let runtime = Handle::current();
                let read =
                    move || s3_source::read(&store, &source, window, &progress, &batches, &runtime);
                ended(spawn_blocking(read).await)
            }
        }
    }

    async fn to_s3(
        &self,
        source: &Source,
        plan: Plan,
        destination: &S3Destination,
    ) -> Result<(), RunError> {
        let plan = Arc::new(plan);
        let (batches, waiting_batches) = channel(WAITING);
        let (pieces, waiting_pieces) = channel(WAITING);
        let names = ObjectNames::new(
            destination,
            &self.record.flow_name,
            self.flow.schema_version.into(),
            &self.record.execution_id,
            self.record.started_at,
        );
        let stage = spawn_blocking({
            let (plan, destination, pieces) =
                (Arc::clone(&plan), destination.clone(), pieces.clone());
            move || s3_stage::run(&plan, &destination, &names, waiting_batches, &pieces)
        });
        let convert = async {
            let read = self.read(source, &plan, batches);
            let (read, staged) = join!(read, async { ended(stage.await) });
            // Only what a source has read to its end is complete.
            let ((), end) = both(read, staged)?;
            end.finish(&pieces).await?;
            drop(pieces);
            Ok(())
        };
        let write = s3_destination::write(
            &self.appflow.store,
            &destination.bucket_name,
            Format::of(destination).content_type(),
            &self.progress,
            waiting_pieces,
        );
        let (converted, written) = join!(convert, write);
        both(converted, written).map(drop)
    }

    async fn to_connector(
        &self,
        source: &Source,
        plan: Plan,
        side: &ConnectorSide,
        config: &CustomConnectorDestination,
    ) -> Result<(), RunError> {
        let plan = Arc::new(plan);
        let (batches, waiting_batches) = channel(WAITING);
        let (writes, mut waiting_writes) = channel(WAITING);
        let stage = spawn_blocking({
            let (plan, writes) = (Arc::clone(&plan), writes.clone());
            move || custom_stage::run(&plan, waiting_batches, &writes)
        });
        let convert = async {
            let read = self.read(source, &plan, batches);
            let (read, staged) = join!(read, async { ended(stage.await) });
            let ((), rest) = both(read, staged)?;
            if !rest.is_empty() {
                let sent = writes.send(Write::Records(rest)).await;
                sent.map_err(|_| RunError::Stopped)?;
            }
            drop(writes);
            Ok(())
        };
        let mut failures = Failures::new(
            self.appflow.store.clone(),
            config.error_handling_config.as_ref(),
            &self.record.flow_name,
            &self.record.execution_id,
            &Uuid::new_v4().to_string(),
        );
        let mut destination = Destination {
            side,
            config,
            progress: &self.progress,
            failures: &mut failures,
        };
        let write = async {
            let written = destination.write_all(&mut waiting_writes).await;
            // The tasks do not wait for a destination that takes no more records.
            drop(waiting_writes);
            written
        };
        let (converted, written) = join!(convert, write);
        let result = both(converted, written).map(drop);
        both(result, failures.finish().await).map(drop)
    }
}

/// The result of a thread; a panic is an error of the run.
fn ended<T>(result: Result<Result<T, RunError>, JoinError>) -> Result<T, RunError> {
    result.unwrap_or_else(|error| {
        tracing::error!(%error, "a part of a run has panicked");
        Err(RunError::Failed(
            "An internal error occurred while the flow ran".to_owned(),
        ))
    })
}

/// Two results, or the error that is the reason for the other one.
fn both<A, B>(one: Result<A, RunError>, other: Result<B, RunError>) -> Result<(A, B), RunError> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(RunError::Stopped) | Ok(_), Err(error)) | (Err(error), _) => Err(error),
    }
}
