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
use crate::value_lists;

/// The lengths to which the messages of records are cut while a write's response is too large.
const SHORTER_MESSAGE_CHARS: [usize; 4] = [200, 50, 10, 0];

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

    /// An entity. If its description is too large, fields lose their lists of allowed values.
    pub(crate) fn entity(entity: DescribedEntity) -> Result<Self> {
        let mut response = DescribeEntityResponse {
            is_success: true,
            error_details: None,
            entity_definition: Some(entity.definition),
            cache_control: entity.cache_control,
        };
        loop {
            let written = json(&response);
            let excess = written.get().len().saturating_sub(MAX_RESPONSE_BYTES);
            let definition = response.entity_definition.as_mut();
            let can_shrink = excess > 0
                && definition.is_some_and(|entity| value_lists::remove_longest(entity, excess));
            if !can_shrink {
                return Self::checked(written, || {
                    "the entity has too many fields, or their descriptions are too long".to_owned()
                });
            }
        }
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
        for result in &mut results {
            cut_message(result, MAX_SENT_MESSAGE_CHARS);
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
        let mut response = WriteDataResponse {
            is_success: error.is_none(),
            error_details: error.map(ErrorDetails::from),
            write_record_results: Some(results),
        };
        let mut written = Self::success(&response);
        // The records are written, so that an error would be wrong.
        for max_chars in SHORTER_MESSAGE_CHARS {
            if written.is_ok() {
                break;
            }
            let results = response.write_record_results.iter_mut().flatten();
            results.for_each(|result| cut_message(result, max_chars));
            written = Self::success(&response);
        }
        let mut written = written?;
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
        Self::checked(json(response), advice)
    }

    fn checked(json: Box<RawValue>, advice: impl FnOnce() -> String) -> Result<Self> {
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

fn cut_message(result: &mut WriteRecordResult, max_chars: usize) {
    if let Some(message) = &mut result.error_message
        && let Cow::Owned(cut) = truncate(message, max_chars)
    {
        *message = cut;
    }
}

fn json(response: &impl Serialize) -> Box<RawValue> {
    to_raw_value(response).expect("a response is made of strings, numbers and lists")
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{
        Entity, EntityDefinition, FieldConstraints, FieldDataType, FieldDefinition,
    };

    use super::*;

    /// A field whose list has this many values of 1,000 bytes.
    fn field(name: &str, values: usize) -> FieldDefinition {
        let values = vec!["x".repeat(1_000); values];
        FieldDefinition::builder()
            .field_name(name)
            .data_type(FieldDataType::String)
            .description("Help.")
            .constraints(FieldConstraints::builder().allowed_values(values).build())
            .build()
    }

    fn described(fields: Vec<FieldDefinition>) -> Result<EntityDefinition> {
        let entity = Entity::builder().entity_identifier("E").build();
        let definition = EntityDefinition::builder().entity(entity).fields(fields);
        let response = Response::entity(definition.build().into())?;
        assert!(response.bytes() <= MAX_RESPONSE_BYTES);
        let response: DescribeEntityResponse = serde_json::from_str(response.json.get()).unwrap();
        Ok(response.entity_definition.unwrap())
    }

    #[test]
    fn a_description_that_is_too_large_loses_its_longest_lists() {
        let fields = vec![field("a", 2_000), field("b", 3_000), field("c", 2_500)];
        let entity = described(fields).unwrap();
        let list = |index: usize| {
            let constraints = entity.fields[index].constraints.as_ref().unwrap();
            constraints.allowed_values.as_ref().map(Vec::len)
        };
        assert_eq!(
            [list(0), list(1), list(2)],
            [Some(2_000), None, Some(2_500)]
        );
        assert_eq!(
            entity.fields[1].description.as_deref(),
            Some(
                "Help. Its 3000 allowed values are not listed, because the entity's description \
                 would be too large."
            )
        );
        assert_eq!(entity.fields[0].description.as_deref(), Some("Help."));
    }

    #[test]
    fn a_description_without_lists_that_is_too_large_is_an_error() {
        let fields = (0..7_000).map(|number| FieldDefinition {
            description: Some("x".repeat(1_000)),
            ..field(&number.to_string(), 0)
        });
        let error = described(fields.collect()).unwrap_err();
        let message = error.message();
        assert!(
            message.contains("the entity has too many fields"),
            "{message}"
        );
    }
}
