//! A connection.

use appflow_connector_model::{AuthenticationType, Credentials, StringMap};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appflow::documents::Document;
use crate::appflow::error;
use crate::wire::error::ServiceError;
use crate::wire::timestamp::Timestamp;

/// A connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// Of its connector.
    pub(crate) label: String,
    pub(crate) properties: StringMap,
    pub(crate) oauth2: Option<OAuth2Properties>,
    /// `None` for a connector that needs no credentials.
    pub(crate) credentials: Option<StoredCredentials>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The credentials that a secret does not have.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredCredentials {
    pub(crate) secret_arn: String,
    pub(crate) authentication_type: AuthenticationType,
    /// What a token can be requested with.
    pub(crate) client: Option<OAuth2Client>,
}

/// An application's registration with the server that gives tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OAuth2Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl std::fmt::Debug for StoredCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("StoredCredentials")
            .field("secret_arn", &self.secret_arn)
            .field("authentication_type", &self.authentication_type)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OAuth2Properties {
    pub(crate) token_url: String,
    #[serde(rename = "oAuth2GrantType")]
    pub(crate) grant_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_url_custom_properties: Option<StringMap>,
}

impl Document for Profile {
    const KIND: &'static str = "profile";

    fn name(&self) -> &str {
        &self.name
    }
}

impl Profile {
    /// What the connector gets of the credentials.
    pub(crate) fn wire_credentials(&self) -> Option<Credentials> {
        let credentials = self.credentials.as_ref()?;
        Some(Credentials {
            secret_arn: Some(credentials.secret_arn.clone()),
            authentication_type: Some(credentials.authentication_type),
        })
    }

    /// The item of DescribeConnectorProfiles.
    pub(crate) fn view(&self) -> Value {
        let mut custom = json!({"profileProperties": self.properties});
        if let Some(oauth2) = &self.oauth2 {
            custom["oAuth2Properties"] = json!(oauth2);
        }
        let mut view = json!({
            "connectorProfileArn": self.arn,
            "connectorProfileName": self.name,
            "connectorType": "CustomConnector",
            "connectorLabel": self.label,
            "connectionMode": "Public",
            "connectorProfileProperties": {"CustomConnector": custom},
            "createdAt": self.created_at,
            "lastUpdatedAt": self.updated_at,
        });
        if let Some(credentials) = &self.credentials {
            view["credentialsArn"] = credentials.secret_arn.clone().into();
        }
        view
    }
}

/// The error for a name that no connection has.
pub(crate) fn no_profile(name: &str) -> ServiceError {
    error::not_found(format!(
        "Connector Profile with name {name} does not exist."
    ))
}
