//! Reads records from a connector, page by page.

use std::time::Duration;

use appflow_connector_client::Request;
use appflow_connector_model::{ConnectorContext, ErrorCode, QueryDataRequest};
use tokio::sync::mpsc::Sender;

use crate::appflow::caller::CallFailure;
use crate::appflow::executions::error::RunError;
use crate::appflow::executions::progress::Progress;
use crate::appflow::executions::source::Batch;
use crate::appflow::profiles::connection::Connection;
use crate::appflow::tasks::{Plan, SourceRecord};

/// The waits before a failed call is made again, unless the connector names another.
const WAITS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// A connector and what its calls have in common.
#[derive(Clone)]
pub(crate) struct ConnectorSide {
    pub(crate) connection: Connection,
    pub(crate) entity: String,
    pub(crate) context: ConnectorContext,
}

impl ConnectorSide {
    /// Calls the connector. A call that fails for a reason that can pass is made again, three times
    /// at most.
    pub(crate) async fn call<R: Request + Clone>(
        &self,
        request: R,
    ) -> Result<R::Response, CallFailure> {
        let mut waits = WAITS.into_iter();
        loop {
            let failure = match self.connection.call(request.clone()).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let (Some(wait), true) = (waits.next(), can_pass(&failure)) else {
                return Err(failure);
            };
            let asked = match &failure {
                CallFailure::Connector(error) => error.retry_after_seconds(),
                _ => None,
            };
            let wait = asked.map_or(wait, |seconds| Duration::from_secs(seconds.into()));
            tracing::debug!(?wait, message = failure.message(), "the call is made again");
            tokio::time::sleep(wait).await;
        }
    }
}

fn can_pass(failure: &CallFailure) -> bool {
    matches!(
        failure.code(),
        Some(
            ErrorCode::RateLimitExceeded
                | ErrorCode::ServiceUnavailable
                | ErrorCode::RequestTimeout
                | ErrorCode::ServerError
        )
    )
}

/// Sends every page as a batch that is a group of its own.
pub(crate) async fn read(
    side: &ConnectorSide,
    plan: &Plan,
    progress: &Progress,
    batches: &Sender<Batch>,
) -> Result<(), RunError> {
    let mut next_token: Option<String> = None;
    loop {
        let request = QueryDataRequest::builder()
            .entity_identifier(&side.entity)
            .connector_context(side.context.clone())
            .selected_field_names(plan.selected_fields.clone())
            .maybe_filter_expression(plan.filter_expression.clone())
            .maybe_next_token(next_token.clone())
            .build();
        let response = side.call(request).await?;
        let records = response.records.unwrap_or_default();
        let bytes = records.iter().map(|record| record.as_str().len()).sum();
        progress.read(records.len(), bytes);
        if !records.is_empty() {
            let records = records.into_iter().map(SourceRecord::Json).collect();
            let batch = Batch {
                records,
                ends_group: true,
            };
            batches.send(batch).await.map_err(|_| RunError::Stopped)?;
        }
        let token = response.next_token.filter(|token| !token.is_empty());
        if token.is_some() && token == next_token {
            return Err(RunError::Failed(
                "The connector returned the same nextToken for two pages in a row".to_owned(),
            ));
        }
        next_token = token;
        if next_token.is_none() {
            return Ok(());
        }
    }
}
