//! The one place where `isSuccess` and `errorDetails` are made.

use std::borrow::Cow;

use appflow_connector_model::limits::MAX_MESSAGE_CHARS;
use appflow_connector_model::{
    self as model, ConnectorError, DescribeConnectorConfigurationResponse, DescribeEntityResponse,
    ErrorCode, ErrorDetails, ListEntitiesResponse, QueryDataResponse, Record, RequestType,
    RetrieveDataResponse, ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse,
    WriteDataResponse, WriteRecordResult, truncate,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{ConnectorConfiguration, DescribedEntity, EntityPage, RecordPage, SettingErrors};

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
                Self::Configuration(Box::new(DescribeConnectorConfigurationResponse {
                    is_success: true,
                    error_details: None,
                    configuration: *configuration,
                }))
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
        match request_type {
            RequestType::DescribeConnectorConfiguration => {
                Self::Configuration(Box::new(model::Response::failure(error)))
            }
            RequestType::ValidateConnectorRuntimeSettings => {
                Self::Settings(model::Response::failure(error))
            }
            RequestType::ValidateCredentials => Self::Credentials(model::Response::failure(error)),
            RequestType::ListEntities => Self::Entities(model::Response::failure(error)),
            RequestType::DescribeEntity => Self::Entity(Box::new(model::Response::failure(error))),
            RequestType::QueryData => Self::Query(model::Response::failure(error)),
            RequestType::RetrieveData => Self::Retrieve(model::Response::failure(error)),
            RequestType::WriteData => Self::Write(model::Response::failure(error)),
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

fn settings_response(errors: SettingErrors) -> ValidateConnectorRuntimeSettingsResponse {
    let errors = errors.into_map();
    let summary = errors
        .iter()
        .map(|(key, problem)| format!("{key} {problem}"));
    let summary = summary.collect::<Vec<_>>().join("; ");
    ValidateConnectorRuntimeSettingsResponse {
        is_success: errors.is_empty(),
        error_details: (!errors.is_empty()).then(|| {
            ConnectorError::invalid_argument(format!("settings are not valid: {summary}")).into()
        }),
        errors_by_input_field: (!errors.is_empty()).then_some(errors),
    }
}

fn write_response(mut results: Vec<WriteRecordResult>) -> WriteDataResponse {
    for message in results
        .iter_mut()
        .filter_map(|result| result.error_message.as_mut())
    {
        if let Cow::Owned(truncated) = truncate(message, MAX_MESSAGE_CHARS) {
            *message = truncated;
        }
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
        error_details: error.map(ErrorDetails::from),
        write_record_results: Some(results),
    }
}
