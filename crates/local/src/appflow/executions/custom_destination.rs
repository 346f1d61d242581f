//! Writes records to a connector.

use appflow_connector_model::{
    ErrorCode, Record, WriteDataRequest, WriteOperationType, WriteRecordResult,
};
use tokio::sync::mpsc::Receiver;

use crate::appflow::caller::CallFailure;
use crate::appflow::executions::custom_source::ConnectorSide;
use crate::appflow::executions::custom_stage::Write;
use crate::appflow::executions::error::RunError;
use crate::appflow::executions::failures::Failures;
use crate::appflow::executions::progress::Progress;
use crate::appflow::flows::definition::CustomConnectorDestination;

/// A connector that records are written to.
pub(crate) struct Destination<'d> {
    pub(crate) side: &'d ConnectorSide,
    pub(crate) config: &'d CustomConnectorDestination,
    pub(crate) progress: &'d Progress,
    pub(crate) failures: &'d mut Failures,
}

impl Destination<'_> {
    /// Writes until there are no more records.
    pub(crate) async fn write_all(&mut self, writes: &mut Receiver<Write>) -> Result<(), RunError> {
        while let Some(write) = writes.recv().await {
            match write {
                Write::Records(records) => self.write(records).await?,
                Write::Failed { record, reason } => {
                    self.fail(&record, None, &reason).await?;
                    if self.ends_at_failure() {
                        return Err(RunError::Failed(reason));
                    }
                }
            }
        }
        Ok(())
    }

    fn ends_at_failure(&self) -> bool {
        let config = self.config.error_handling_config.as_ref();
        config.and_then(|config| config.fail_on_first_destination_error) == Some(true)
    }

    async fn write(&mut self, records: Vec<Record>) -> Result<(), RunError> {
        let request = WriteDataRequest::builder()
            .entity_identifier(&self.side.entity)
            .connector_context(self.side.context.clone())
            .operation(self.operation())
            .maybe_id_field_names(self.config.id_field_names.clone())
            .records(records.clone())
            .all_or_none(self.ends_at_failure())
            .build();
        let results = match self.side.call(request).await {
            Ok(response) => response.write_record_results.unwrap_or_default(),
            Err(failure) if refuses_records(&failure) => {
                let refused = WriteRecordResult::failed(failure.message());
                vec![refused; records.len()]
            }
            Err(failure) => return Err(failure.into()),
        };
        let mut first = None;
        let mut results = results.iter();
        for record in &records {
            let result = results.next();
            if result.is_some_and(|result| result.is_success) {
                self.progress.written(record.as_str().len() as u64);
                continue;
            }
            let reason = result.map_or(NO_RESULT, |result| {
                result.error_message.as_deref().unwrap_or(NO_MESSAGE)
            });
            let id = result.and_then(|result| result.record_id.as_deref());
            self.fail(record, id, reason).await?;
            first.get_or_insert_with(|| reason.to_owned());
        }
        match first {
            Some(reason) if self.ends_at_failure() => Err(RunError::Failed(reason)),
            _ => Ok(()),
        }
    }

    fn operation(&self) -> WriteOperationType {
        match self.config.write_operation_type.as_deref() {
            Some("UPDATE") => WriteOperationType::Update,
            Some("UPSERT") => WriteOperationType::Upsert,
            Some("DELETE") => WriteOperationType::Delete,
            _ => WriteOperationType::Insert,
        }
    }

    async fn fail(
        &mut self,
        record: &Record,
        id: Option<&str>,
        reason: &str,
    ) -> Result<(), RunError> {
        self.progress.failed(reason);
        self.failures.add(record, id, reason).await
    }
}

const NO_RESULT: &str = "The connector returned no result for the record";
const NO_MESSAGE: &str = "The connector did not say why the record was not written";

/// Whether the connector refuses the records of a call, rather than the call.
fn refuses_records(failure: &CallFailure) -> bool {
    let code = failure.code();
    code.is_some()
        && !matches!(
            code,
            Some(ErrorCode::InvalidCredentials | ErrorCode::AccessDenied)
        )
}
