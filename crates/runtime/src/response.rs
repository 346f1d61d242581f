//! The one place where `isSuccess` and `errorDetails` are made.

use appflow_connector_model::{
    ConnectorError, DescribeConnectorConfigurationResponse, DescribeEntityResponse, ErrorCode,
    ErrorDetails, ListEntitiesResponse, QueryDataResponse, Record, RequestType,
    RetrieveDataResponse, ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse,
    WriteDataResponse, WriteRecordResult,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{ConnectorConfiguration, DescribedEntity, EntityPage, RecordPage, SettingErrors};

/// AppFlow shows at most this many characters of a message.
const MAX_MESSAGE_CHARACTERS: usize = 1_024;

/// A handler's good answer to one of the eight operations.
pub(crate) enum Answer {
    Configuration(Box<ConnectorConfiguration>),
    SettingErrors(SettingErrors),
    ValidCredentials,
    Entities(EntityPage),
    Entity(Box<DescribedEntity>),
    Records(RecordPage),
    Retrieved(Vec<Record>),
    Written(Vec<WriteRecordResult>),
}

/// A response as it goes onto the wire.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Response {
    Configuration(Box<DescribeConnectorConfigurationResponse>),
    Settings(ValidateConnectorRuntimeSettingsResponse),
    Credentials(ValidateCredentialsResponse),
    Entities(ListEntitiesResponse),
    Entity(Box<DescribeEntityResponse>),
    Query(QueryDataResponse),
    Retrieve(RetrieveDataResponse),
    Write(WriteDataResponse),
}

/// A response as text, and what a log line says of it.
pub(crate) struct WrittenResponse {
    pub(crate) json: Box<RawValue>,
    pub(crate) records: Option<usize>,
    pub(crate) error_code: Option<ErrorCode>,
}

impl WrittenResponse {
    pub(crate) fn bytes(&self) -> usize {
        self.json.get().len()
    }
}

impl Response {
    pub(crate) fn new(answer: Answer) -> Self {
        match answer {
            Answer::Configuration(configuration) => {
                Self::Configuration(Box::new(configuration_response(*configuration)))
            }
            Answer::SettingErrors(errors) => Self::Settings(settings_response(errors)),
            Answer::ValidCredentials => Self::Credentials(ValidateCredentialsResponse {
                is_success: true,
                error_details: None,
            }),
            Answer::Entities(page) => Self::Entities(ListEntitiesResponse {
                is_success: true,
                error_details: None,
                entities: Some(page.entities),
                next_token: page.next_token,
                cache_control: page.cache_control,
            }),
            Answer::Entity(entity) => Self::Entity(Box::new(DescribeEntityResponse {
                is_success: true,
                error_details: None,
                entity_definition: Some(entity.definition),
                cache_control: entity.cache_control,
            })),
            Answer::Records(page) => Self::Query(QueryDataResponse {
                is_success: true,
                error_details: None,
                records: Some(page.records),
                next_token: page.next_token,
            }),
            Answer::Retrieved(records) => Self::Retrieve(RetrieveDataResponse {
                is_success: true,
                error_details: None,
                records: Some(records),
            }),
            Answer::Written(results) => Self::Write(write_response(results)),
        }
    }

    pub(crate) fn failure(request_type: RequestType, error: ConnectorError) -> Self {
        let is_success = false;
        let error_details = Some(details(error));
        match request_type {
            RequestType::DescribeConnectorConfiguration => Self::Configuration(Box::new(
                DescribeConnectorConfigurationResponse::builder()
                    .is_success(is_success)
                    .maybe_error_details(error_details)
                    .connector_owner("")
                    .connector_name("")
                    .connector_version("")
                    .connector_modes(vec![])
                    .supported_api_versions(vec![])
                    .build(),
            )),
            RequestType::ValidateConnectorRuntimeSettings => {
                Self::Settings(ValidateConnectorRuntimeSettingsResponse {
                    is_success,
                    error_details,
                    errors_by_input_field: None,
                })
            }
            RequestType::ValidateCredentials => Self::Credentials(ValidateCredentialsResponse {
                is_success,
                error_details,
            }),
            RequestType::ListEntities => Self::Entities(ListEntitiesResponse {
                is_success,
                error_details,
                entities: None,
                next_token: None,
                cache_control: None,
            }),
            RequestType::DescribeEntity => Self::Entity(Box::new(DescribeEntityResponse {
                is_success,
                error_details,
                entity_definition: None,
                cache_control: None,
            })),
            RequestType::QueryData => Self::Query(QueryDataResponse {
                is_success,
                error_details,
                records: None,
                next_token: None,
            }),
            RequestType::RetrieveData => Self::Retrieve(RetrieveDataResponse {
                is_success,
                error_details,
                records: None,
            }),
            RequestType::WriteData => Self::Write(WriteDataResponse {
                is_success,
                error_details,
                write_record_results: None,
            }),
        }
    }

    pub(crate) fn write(self) -> WrittenResponse {
        WrittenResponse {
            json: to_raw_value(&self).expect("a response is made of strings, numbers and lists"),
            records: self.records(),
            error_code: self.error_code(),
        }
    }

    fn error_code(&self) -> Option<ErrorCode> {
        let details = match self {
            Self::Configuration(response) => &response.error_details,
            Self::Settings(response) => &response.error_details,
            Self::Credentials(response) => &response.error_details,
            Self::Entities(response) => &response.error_details,
            Self::Entity(response) => &response.error_details,
            Self::Query(response) => &response.error_details,
            Self::Retrieve(response) => &response.error_details,
            Self::Write(response) => &response.error_details,
        };
        details.as_ref().map(|details| details.error_code)
    }

    /// How many records the response is about.
    fn records(&self) -> Option<usize> {
        match self {
            Self::Query(response) => response.records.as_ref().map(Vec::len),
            Self::Retrieve(response) => response.records.as_ref().map(Vec::len),
            Self::Write(response) => response.write_record_results.as_ref().map(Vec::len),
            _ => None,
        }
    }
}

fn configuration_response(
    configuration: ConnectorConfiguration,
) -> DescribeConnectorConfigurationResponse {
    DescribeConnectorConfigurationResponse {
        is_success: true,
        error_details: None,
        connector_owner: configuration.connector_owner,
        connector_name: configuration.connector_name,
        connector_version: configuration.connector_version,
        connector_modes: configuration.connector_modes,
        authentication_config: configuration.authentication_config,
        connector_runtime_setting: Some(configuration.runtime_settings),
        supported_api_versions: configuration.supported_api_versions,
        operators_supported: configuration.operators_supported,
        trigger_frequencies_supported: configuration.trigger_frequencies_supported,
        supported_trigger_types: configuration.supported_trigger_types,
        supported_write_operations: configuration.supported_write_operations,
        supported_data_transfer_types: configuration.supported_data_transfer_types,
        logo_url: configuration.logo_url,
    }
}

fn settings_response(errors: SettingErrors) -> ValidateConnectorRuntimeSettingsResponse {
    let errors = errors.into_map();
    let summary = errors
        .iter()
        .map(|(key, problem)| format!("{key} {problem}"));
    let summary = summary.collect::<Vec<_>>().join("; ");
    ValidateConnectorRuntimeSettingsResponse {
        is_success: errors.is_empty(),
        error_details: (!errors.is_empty()).then(|| {
            details(ConnectorError::invalid_argument(format!(
                "settings are not valid: {summary}"
            )))
        }),
        errors_by_input_field: (!errors.is_empty()).then_some(errors),
    }
}

fn write_response(mut results: Vec<WriteRecordResult>) -> WriteDataResponse {
    for message in results
        .iter_mut()
        .filter_map(|result| result.error_message.as_mut())
    {
        cut(message);
    }
    let failed = results.iter().filter(|result| !result.is_success).count();
    let first = results.iter().find(|result| !result.is_success);
    let error = first.map(|first| {
        let reason = first.error_message.as_deref().unwrap_or("no reason given");
        ConnectorError::partial_write_failure(format!(
            "{failed} of {} records failed, the first: {reason}",
            results.len()
        ))
    });
    WriteDataResponse {
        is_success: error.is_none(),
        error_details: error.map(details),
        write_record_results: Some(results),
    }
}

fn details(error: ConnectorError) -> ErrorDetails {
    let mut details = ErrorDetails::from(error);
    cut(&mut details.error_message);
    details
}

fn cut(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARACTERS) {
        message.truncate(end);
    }
}
