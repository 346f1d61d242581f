//! From a handler's result to the response's JSON: the one place where `isSuccess` and
//! `errorDetails` are set.

use std::borrow::Cow;

use appflow_connector_model::limits::{MAX_RESPONSE_BYTES, MAX_SENT_MESSAGE_CHARS};
use appflow_connector_model::{
    ConnectorConfiguration, ConnectorError, DescribeConnectorConfigurationResponse,
    DescribeEntityResponse, ErrorCode, ErrorDetails, ListEntitiesResponse, QueryDataResponse,
    Record, RequestType, Response as _, RetrieveDataResponse,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
    WriteRecordResult, truncate,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::results::{DescribedEntity, EntityPage, RecordPage, Result};
use crate::settings::SettingErrors;

/// A response as JSON, and what the log says about it.
pub(crate) struct Response {
    pub(crate) json: Box<RawValue>,
    /// How many records it is about.
    pub(crate) records: Option<usize>,
    pub(crate) error_code: Option<ErrorCode>,
}

impl Response {
    pub(crate) fn bytes(&self) -> usize {
        self.json.get().len()
    }

    pub(crate) fn configuration(configuration: ConnectorConfiguration) -> Result<Self> {
        Self::success(&DescribeConnectorConfigurationResponse {
            is_success: true,
            error_details: None,
            configuration,
        })
    }

    pub(crate) fn settings(errors: SettingErrors) -> Result<Self> {
        if errors.is_empty() {
            return Self::success(&ValidateConnectorRuntimeSettingsResponse {
                is_success: true,
                ..Default::default()
            });
        }
        let errors = errors.into_map();
        let summary = errors
            .iter()
            .map(|(key, problem)| format!("{key} {problem}"));
        let summary = summary.collect::<Vec<_>>().join("; ");
        let error = ConnectorError::invalid_argument(format!("settings are not valid: {summary}"));
        let response = ValidateConnectorRuntimeSettingsResponse {
            errors_by_input_field: Some(errors),
            ..ValidateConnectorRuntimeSettingsResponse::failure(error)
        };
        let mut written = Self::success(&response)?;
        written.error_code = Some(ErrorCode::InvalidArgument);
        Ok(written)
    }

    pub(crate) fn credentials() -> Result<Self> {
        Self::success(&ValidateCredentialsResponse {
            is_success: true,
            error_details: None,
        })
    }

    /// A page of entities, of which the request asked for at most `max_result`.
    pub(crate) fn entities(page: EntityPage, max_result: u32) -> Result<Self> {
        let response = ListEntitiesResponse {
            is_success: true,
            error_details: None,
            entities: Some(page.entities),
            next_token: page.next_token,
            cache_control: page.cache_control,
        };
        Self::page(&response, "maxResult", max_result)
    }

    pub(crate) fn entity(entity: DescribedEntity) -> Result<Self> {
        Self::success(&DescribeEntityResponse {
            is_success: true,
            error_details: None,
            entity_definition: Some(entity.definition),
            cache_control: entity.cache_control,
        })
    }

    /// A page of records, of which the request asked for at most `max_results`.
    pub(crate) fn queried(page: RecordPage, max_results: u32) -> Result<Self> {
        let records = page.records.len();
        let response = QueryDataResponse {
            is_success: true,
            error_details: None,
            records: Some(page.records),
            next_token: page.next_token,
        };
        let mut written = Self::page(&response, "maxResults", max_results)?;
        written.records = Some(records);
        Ok(written)
    }

    pub(crate) fn retrieved(records: Vec<Record>) -> Result<Self> {
        let count = records.len();
        let response = RetrieveDataResponse {
            is_success: true,
            error_details: None,
            records: Some(records),
        };
        let mut written = Self::success(&response)?;
        written.records = Some(count);
        Ok(written)
    }

    /// The results of a write of `sent` records.
    pub(crate) fn written(mut results: Vec<WriteRecordResult>, sent: usize) -> Result<Self> {
        let count = results.len();
        if count != sent {
            return Err(ConnectorError::server_error(format!(
                "the connector returned {count} results for {sent} records"
            )));
        }
        let messages = results
            .iter_mut()
            .filter_map(|result| result.error_message.as_mut());
        for message in messages {
            if let Cow::Owned(truncated) = truncate(message, MAX_SENT_MESSAGE_CHARS) {
                *message = truncated;
            }
        }
        let failed = results.iter().filter(|result| !result.is_success).count();
        let first = results.iter().find(|result| !result.is_success);
        let error = first.map(|first| {
            let reason = first.error_message.as_deref().unwrap_or("no reason given");
            ConnectorError::partial_write_failure(format!(
                "{failed} of {count} records failed, the first: {reason}"
            ))
        });
        let error_code = error.as_ref().map(ConnectorError::code);
        let response = WriteDataResponse {
            is_success: error.is_none(),
            error_details: error.map(ErrorDetails::from),
            write_record_results: Some(results),
        };
        let mut written = Self::success(&response)?;
        written.records = Some(count);
        written.error_code = error_code;
        Ok(written)
    }

    /// The response of an operation that failed.
    pub(crate) fn failure(request_type: RequestType, error: ConnectorError) -> Self {
        let error_code = error.code();
        let json = match request_type {
            RequestType::DescribeConnectorConfiguration => {
                json(&DescribeConnectorConfigurationResponse::failure(error))
            }
            RequestType::ValidateConnectorRuntimeSettings => {
                json(&ValidateConnectorRuntimeSettingsResponse::failure(error))
            }
            RequestType::ValidateCredentials => json(&ValidateCredentialsResponse::failure(error)),
            RequestType::ListEntities => json(&ListEntitiesResponse::failure(error)),
            RequestType::DescribeEntity => json(&DescribeEntityResponse::failure(error)),
            RequestType::QueryData => json(&QueryDataResponse::failure(error)),
            RequestType::RetrieveData => json(&RetrieveDataResponse::failure(error)),
            RequestType::WriteData => json(&WriteDataResponse::failure(error)),
        };
        Self {
            json,
            records: None,
            error_code: Some(error_code),
        }
    }

    fn success(response: &impl Serialize) -> Result<Self> {
        Self::new(response, || "ask for fewer records or fields".to_owned())
    }

    fn page(response: &impl Serialize, limit: &str, requested: u32) -> Result<Self> {
        Self::new(response, || {
            format!("lower {limit} (it was {requested}) or select fewer fields")
        })
    }

    /// Writes a response. The error for one that is too large says how to get a smaller one.
    fn new(response: &impl Serialize, advice: impl FnOnce() -> String) -> Result<Self> {
        let json = json(response);
        let bytes = json.get().len();
        if bytes > MAX_RESPONSE_BYTES {
            return Err(ConnectorError::invalid_argument(format!(
                "the response has {bytes} bytes, AWS Lambda accepts at most {MAX_RESPONSE_BYTES}: {}",
                advice()
            )));
        }
        Ok(Self {
            json,
            records: None,
            error_code: None,
        })
    }
}

fn json(response: &impl Serialize) -> Box<RawValue> {
    to_raw_value(response).expect("a response is made of strings, numbers and lists")
}
