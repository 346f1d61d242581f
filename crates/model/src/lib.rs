//! The wire between Amazon AppFlow and a custom connector.
//!
//! AppFlow invokes a connector's Lambda function with one JSON object, whose `type` names one of
//! eight operations, and reads one JSON object back. This crate has those requests and responses
//! and every structure in them. It does no I/O.
//!
//! Depend on it to read or write that JSON yourself: in tools, in tests, and for recorded events.
//! To write a connector, depend on `appflow-connector-sdk`, which re-exports this crate as `model`.
//!
//! # Example
//!
//! ```
//! use appflow_connector_model::{ConnectorRequest, QueryDataResponse, Record};
//!
//! let event = br#"{
//!     "type": "QueryDataRequest",
//!     "entityIdentifier": "Airport",
//!     "connectorContext": {"connectorRuntimeSettings": {"pageSize": 200}},
//!     "filterExpression": "state = \"TX\""
//! }"#;
//! let ConnectorRequest::QueryData(request) = ConnectorRequest::from_slice(event)? else {
//!     panic!("another operation");
//! };
//! assert_eq!(request.max_results, 1_000);
//! assert_eq!(request.connector_context.connector_runtime_settings["pageSize"], "200");
//!
//! let response = QueryDataResponse {
//!     is_success: true,
//!     records: Some(vec![Record::from_value(&serde_json::json!({"iata": "AUS"}))?]),
//!     ..Default::default()
//! };
//! assert_eq!(
//!     serde_json::to_value(&response)?,
//!     serde_json::json!({
//!         "isSuccess": true, "errorDetails": null, "records": ["{\"iata\":\"AUS\"}"], "nextToken": null
//!     }),
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading and writing
//!
//! Reading is as lenient as the official Java SDK with its JSON reader, Jackson:
//! - Unknown fields are ignored, and `null` equals absent.
//! - A string may be a number or a boolean: `7` is read as `"7"`. In maps of strings the text of a
//!   number is kept as it is; elsewhere a number that does not fit 64 bits is rounded.
//! - A boolean may be the string `true` or `false` (also `True`, `TRUE`, `False`, `FALSE`) or a
//!   whole number: `0` is false, any other is true.
//! - A whole number may be a string that holds one: `"maxResults": "100"`. A number with a fraction
//!   loses the fraction.
//! - A bound of a [`RangeConstraint`] may be a number or a string that holds one, and keeps every
//!   digit.
//! - Enums and the records of a request are strings and nothing else.
//!
//! A missing required field is an error that names the request type and the field. Writing puts
//! every field on the wire, `null` for an absent one, as the Java SDK does.

mod authentication;
mod configuration;
mod context;
mod decimal;
mod decode;
mod entity;
mod error;
mod field;
mod lenient;
pub mod limits;
mod list;
mod record;
mod request;
mod response;
mod settings;
mod table;
mod text;
#[cfg(feature = "validation")]
pub mod validation;

pub use authentication::{
    AuthParameter, AuthenticationConfig, AuthenticationType, CustomAuthConfig, OAuth2ContentType,
    OAuth2CustomParameter, OAuth2CustomPropertyType, OAuth2Defaults, OAuth2GrantType,
    OAuth2MethodType,
};
pub use configuration::{
    ConnectorConfiguration, ConnectorMode, ConnectorOperator, DataTransferType, TriggerFrequency,
    TriggerType, WriteOperationType,
};
pub use context::{ConnectorContext, Credentials};
pub use decimal::{Decimal, DecimalError};
pub use decode::{RequestError, remove_nulls};
pub use entity::{CacheControl, Entity, EntityDefinition, TimeUnit};
pub use error::{ConnectorError, ErrorCode, ErrorDetails};
pub use field::{
    FieldConstraints, FieldDataType, FieldDefinition, RangeConstraint, ReadOperationProperty,
    WriteOperationProperty,
};
pub use list::{List, too_long_array};
pub use record::{Record, RecordError};
pub use request::{
    ConnectorRequest, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    ListEntitiesRequest, QueryDataRequest, RequestType, RetrieveDataRequest,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
};
pub use response::{
    DescribeConnectorConfigurationResponse, DescribeEntityResponse, ListEntitiesResponse,
    QueryDataResponse, Response, RetrieveDataResponse, ValidateConnectorRuntimeSettingsResponse,
    ValidateCredentialsResponse, WriteDataResponse, WriteRecordResult,
};
pub use settings::{
    ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType, ConnectorRuntimeSettingScope,
};
pub use table::{entity, field};
pub use text::{Message, json_text, truncate};

/// The types that `builder()` of a struct returns: their methods are the struct's options, with the
/// defaults.
pub mod builders {
    pub use crate::authentication::{
        AuthParameterBuilder, AuthenticationConfigBuilder, CustomAuthConfigBuilder,
        OAuth2CustomParameterBuilder, OAuth2DefaultsBuilder,
    };
    pub use crate::configuration::ConnectorConfigurationBuilder;
    pub use crate::context::{ConnectorContextBuilder, CredentialsBuilder};
    pub use crate::entity::{CacheControlBuilder, EntityBuilder, EntityDefinitionBuilder};
    pub use crate::field::{
        FieldConstraintsBuilder, FieldDefinitionBuilder, ReadOperationPropertyBuilder,
        WriteOperationPropertyBuilder,
    };
    pub use crate::request::{
        DescribeConnectorConfigurationRequestBuilder, DescribeEntityRequestBuilder,
        ListEntitiesRequestBuilder, QueryDataRequestBuilder, RetrieveDataRequestBuilder,
        ValidateConnectorRuntimeSettingsRequestBuilder, ValidateCredentialsRequestBuilder,
        WriteDataRequestBuilder,
    };
    pub use crate::settings::ConnectorRuntimeSettingBuilder;
}

/// JSON text that is known to be JSON, as an application sent it.
pub use serde_json::value::RawValue;

/// A JSON object whose values are strings: settings and custom properties. Keys are sorted, so that
/// output is stable.
pub type StringMap = std::collections::BTreeMap<String, String>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
