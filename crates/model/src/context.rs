use std::sync::Arc;

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{AuthenticationType, EntityDefinition, StringMap, lenient};

/// What a metadata or data request carries in addition to its own arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct ConnectorContext {
    /// The user's settings, of the connection and of the flow, by key.
    #[serde(default, deserialize_with = "lenient::string_map")]
    #[builder(default)]
    pub connector_runtime_settings: StringMap,
    /// Where the connection's credentials are.
    pub credentials: Option<Credentials>,
    /// One of the connector's supported API versions.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub api_version: Option<String>,
    /// The name of the flow that is running, if the request belongs to one.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub flow_name: Option<String>,
    /// The id of the flow's execution.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub execution_id: Option<String>,
    /// The name of the connection.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub connector_profile_label: Option<String>,
    /// The definition of the request's entity, as the connector described it. It can be large, so
    /// copies of the context share it.
    #[builder(into)]
    pub entity_definition: Option<Arc<EntityDefinition>>,
}

/// Where the credentials of a connection are kept. The credentials themselves are never part of a
/// request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct Credentials {
    /// ARN of the secret in Secrets Manager.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub secret_arn: Option<String>,
    /// The kind of credentials in the secret.
    pub authentication_type: Option<AuthenticationType>,
}
