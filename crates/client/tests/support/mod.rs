//! A small connector whose behaviour the request chooses.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use appflow_connector_model::{
    ConnectorContext, ConnectorError, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    ErrorCode, ListEntitiesRequest, QueryDataRequest, Record, ValidateCredentialsRequest,
    WriteDataRequest, WriteOperationType, WriteRecordResult,
};
use appflow_connector_runtime::{
    ConfigurationHandler, ConnectorConfiguration, DescribedEntity, EntityPage, Invocation,
    MetadataHandler, RecordHandler, RecordPage, Result, run,
};
use lambda_process_host::{CommandLine, FunctionConfig};

pub struct Airports;

impl ConfigurationHandler for Airports {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        Err(ConnectorError::server_error("not part of the tests"))
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        invocation.credentials().api_key().await.map(|_| ())
    }
}

impl MetadataHandler for Airports {
    async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
        Ok(EntityPage::default())
    }

    async fn describe_entity(
        &self,
        _: DescribeEntityRequest,
        _: &Invocation,
    ) -> Result<DescribedEntity> {
        Err(ConnectorError::server_error("not part of the tests"))
    }
}

impl RecordHandler for Airports {
    /// Returns two pages of `Airport`; the other entities are failures.
    async fn query_data(&self, request: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
        eprintln!("query of {}", request.entity_identifier);
        match request.entity_identifier.as_str() {
            "Busy" => {
                let error = ConnectorError::rate_limit_exceeded("100 calls a minute");
                return Err(error.with_retry_after(Duration::from_mins(1)));
            }
            "Exit" => std::process::exit(3),
            _ => {}
        }
        let (iata, next_token) = match request.next_token.as_deref() {
            None => ("AUS", Some("2".to_owned())),
            Some(_) => ("BOS", None),
        };
        let record = Record::from_value(&serde_json::json!({ "iata": iata })).unwrap();
        Ok(RecordPage::builder()
            .records(vec![record])
            .maybe_next_token(next_token)
            .build())
    }

    /// Writes every record but the last.
    async fn write_data(
        &self,
        request: WriteDataRequest,
        _: &Invocation,
    ) -> Result<Vec<WriteRecordResult>> {
        let last = request.records.len() - 1;
        let result = |index| WriteRecordResult {
            is_success: index != last,
            record_id: None,
            error_message: (index == last).then(|| "the last one is bad".to_owned()),
        };
        Ok((0..=last).map(result).collect())
    }
}

/// The body of the test that serves as the connector's process.
pub async fn serve() {
    run(Airports).await.unwrap();
}

/// The connector as a process: this test's own executable, with the name of one test.
pub fn process() -> FunctionConfig {
    let command = CommandLine::new(std::env::current_exe().unwrap())
        .argument("--exact")
        .argument("connector_process")
        .argument("--ignored")
        .argument("--nocapture");
    FunctionConfig::new("airports", command)
}

pub fn query(entity: &str) -> QueryDataRequest {
    QueryDataRequest::builder()
        .entity_identifier(entity)
        .connector_context(ConnectorContext::builder().build())
        .build()
}

pub fn insert(records: usize) -> WriteDataRequest {
    let record = Record::from_value(&serde_json::json!({ "iata": "DEN" })).unwrap();
    WriteDataRequest::builder()
        .entity_identifier("Airport")
        .connector_context(ConnectorContext::builder().build())
        .operation(WriteOperationType::Insert)
        .records(vec![record; records])
        .build()
}

pub fn busy() -> ConnectorError {
    ConnectorError::new(ErrorCode::RateLimitExceeded, "100 calls a minute")
        .with_retry_after(Duration::from_mins(1))
}
