//! A connector that does whatever a test asks for, named by the entity.

use std::time::Duration;

use appflow_connector_model::{
    ConnectorError, ConnectorMode, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    EntityDefinition, ListEntitiesRequest, QueryDataRequest, Record, ValidateCredentialsRequest,
    WriteDataRequest, WriteRecordResult,
};
use appflow_connector_runtime::records::{BatchWriter, PageFiller, Place, SourcePage};
use appflow_connector_runtime::{
    ConfigurationHandler, ConnectorConfiguration, DescribedEntity, EntityPage, Invocation,
    MetadataHandler, RecordHandler, RecordPage, Result,
};
use secrecy::ExposeSecret;

pub(crate) struct Misbehaving;

impl ConfigurationHandler for Misbehaving {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        Ok(ConnectorConfiguration::builder()
            .connector_owner("Example Corp")
            .connector_name("Misbehaving")
            .connector_version("1.0")
            .connector_modes(vec![ConnectorMode::Source])
            .supported_api_versions(vec!["v1".to_owned()])
            .build())
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        let token = invocation.credentials().oauth2().await?.access_token;
        if token.expose_secret().starts_with("good") {
            return Ok(());
        }
        Err(ConnectorError::invalid_credentials(
            "the application refused the token",
        ))
    }
}

impl MetadataHandler for Misbehaving {
    async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
        Ok(EntityPage::default())
    }

    async fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        _: &Invocation,
    ) -> Result<DescribedEntity> {
        let entity = appflow_connector_model::Entity::builder()
            .entity_identifier(request.entity_identifier)
            .build();
        Ok(EntityDefinition::builder()
            .entity(entity)
            .fields(vec![])
            .build()
            .into())
    }
}

impl RecordHandler for Misbehaving {
    async fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> Result<RecordPage> {
        match request.entity_identifier.as_str() {
            "sleep" => tokio::time::sleep(Duration::from_hours(1)).await,
            // Longer than any deadline of the tests, short enough that the thread ends with them.
            "block" => std::thread::sleep(Duration::from_secs(3)),
            "never yields" => loop {
                std::hint::spin_loop();
            },
            "panic" => panic!("a canary in the panic"),
            "exit" => std::process::exit(1),
            "big" => return Ok(page(7_000_000)),
            "repeats the token" => {
                let token = invocation.credentials().oauth2().await?.access_token;
                let message = format!("refused: {}", token.expose_secret());
                return Err(ConnectorError::client_error(message));
            }
            "refused later" => {
                let token = invocation.credentials().oauth2().await?.access_token;
                let is_good = token.expose_secret().starts_with("good");
                let fetch = async |place: Place, _| match place.cursor {
                    None => Ok(SourcePage::new(page(10).records, Some("second".to_owned()))),
                    Some(_) if is_good => Ok(SourcePage::new(page(10).records, None)),
                    Some(_) => Err(ConnectorError::invalid_credentials("refused")),
                };
                return PageFiller::of_query(&request)?
                    .fill(invocation.deadline(), fetch)
                    .await;
            }
            "long message" => return Err(ConnectorError::client_error("é".repeat(2_000))),
            "secret" => {
                invocation.credentials().oauth2().await?;
            }
            "refused" => {
                let token = invocation.credentials().oauth2().await?.access_token;
                let message = format!("refused, token of {} bytes", token.expose_secret().len());
                return Err(ConnectorError::invalid_credentials(message));
            }
            _ => {}
        }
        Ok(page(10))
    }

    async fn write_data(
        &self,
        request: WriteDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<WriteRecordResult>> {
        if request.entity_identifier == "refused later" {
            let token = invocation.credentials().oauth2().await?.access_token;
            let is_good = token.expose_secret().starts_with("good");
            let mut batches = 0;
            let writer = BatchWriter::builder().max_records(1).build();
            let send = |_: &[&Record]| {
                batches += 1;
                let is_accepted = is_good || batches == 1;
                std::future::ready(if is_accepted {
                    Ok(vec![WriteRecordResult::written("1")])
                } else {
                    Err(ConnectorError::invalid_credentials("refused"))
                })
            };
            let rows = request.records.into_iter().map(Ok);
            return writer.write(rows, |_: &Record| None, send).await;
        }
        let message = match request.entity_identifier.as_str() {
            "repeats the token" => {
                let token = invocation.credentials().oauth2().await?.access_token;
                format!("refused: {}", token.expose_secret())
            }
            "long messages" => "x".repeat(800),
            _ => "a bad record".to_owned(),
        };
        let result = |(number, record): (usize, &Record)| WriteRecordResult {
            is_success: !record.as_str().contains("bad"),
            record_id: Some(number.to_string()),
            error_message: record.as_str().contains("bad").then(|| message.clone()),
        };
        let forgotten = usize::from(request.entity_identifier == "forgets one");
        let results = request.records.iter().enumerate().map(result);
        Ok(results.skip(forgotten).collect())
    }
}

fn page(bytes: usize) -> RecordPage {
    let record = serde_json::json!({ "text": "x".repeat(bytes) });
    RecordPage::builder()
        .records(vec![Record::from_value(&record).unwrap()])
        .build()
}
