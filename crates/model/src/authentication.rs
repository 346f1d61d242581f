use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::lenient;

/// The kind of credentials that a connection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum AuthenticationType {
    BasicAuth,
    OAuth2,
    ApiKey,
    CustomAuth,
}

/// The kinds of authentication that a connector supports, and what AppFlow asks its user for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationConfig {
    /// User name and password.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_basic_auth_supported: Option<bool>,
    /// An API key, with or without a secret key.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_api_key_auth_supported: Option<bool>,
    /// OAuth 2.0; AppFlow fetches and renews the token.
    #[serde(rename = "isOAuth2Supported")]
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_oauth2_supported: Option<bool>,
    /// The connector's own kinds of authentication.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_custom_auth_supported: Option<bool>,
    /// How AppFlow gets tokens.
    #[serde(rename = "oAuth2Defaults")]
    pub oauth2_defaults: Option<OAuth2Defaults>,
    /// The parameters of the connector's own kinds of authentication.
    pub custom_auth_config: Option<Vec<CustomAuthConfig>>,
}

/// How AppFlow gets OAuth 2.0 tokens. A URL may hold `{{PLACEHOLDER}}`s that AppFlow asks its user
/// for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct OAuth2Defaults {
    /// The scopes to ask for.
    #[serde(rename = "oAuthScopes")]
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub oauth_scopes: Option<Vec<String>>,
    /// URLs of the token endpoint to choose from; https.
    #[serde(rename = "tokenURL")]
    #[serde(deserialize_with = "lenient::strings")]
    pub token_url: Vec<String>,
    /// URLs of the authorization endpoint to choose from; https.
    #[serde(rename = "authURL")]
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub auth_url: Option<Vec<String>>,
    /// The grant types that the application supports.
    #[serde(rename = "oAuth2GrantTypesSupported")]
    pub oauth2_grant_types_supported: Vec<OAuth2GrantType>,
    /// How the token request is written. Default URL_ENCODED.
    #[serde(
        rename = "oAuth2ContentType",
        default,
        deserialize_with = "lenient::null_as_default"
    )]
    #[builder(default)]
    pub oauth2_content_type: OAuth2ContentType,
    /// How the token request is sent. Default HTTP_POST.
    #[serde(
        rename = "oAuth2MethodType",
        default,
        deserialize_with = "lenient::null_as_default"
    )]
    #[builder(default)]
    pub oauth2_method_type: OAuth2MethodType,
    /// Additional parameters of the token and authorization requests. The Python SDK's spelling,
    /// `oAuth2CustomProperties`, is read too.
    #[serde(rename = "oauth2CustomProperties", alias = "oAuth2CustomProperties")]
    pub oauth2_custom_properties: Option<Vec<OAuth2CustomParameter>>,
    /// Whether client id and secret go into a Basic header. Default `false`.
    #[serde(
        rename = "addBasicAuthHeader",
        default,
        deserialize_with = "lenient::or_default"
    )]
    #[builder(default)]
    pub add_basic_auth_header: bool,
}

/// How a token is obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OAuth2GrantType {
    /// With a client id and secret.
    ClientCredentials,
    /// With the consent of a user.
    AuthorizationCode,
    /// With a signed assertion. The AppFlow API supports it, the official SDKs do not.
    JwtBearer,
}

/// How a token request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OAuth2ContentType {
    /// `application/x-www-form-urlencoded`.
    #[default]
    UrlEncoded,
    /// `application/json`.
    ApplicationJson,
}

/// How a token request is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OAuth2MethodType {
    /// POST.
    #[default]
    HttpPost,
    /// GET.
    HttpGet,
}

/// An additional parameter of a token or authorization request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct OAuth2CustomParameter {
    /// Its name in the request.
    #[serde(deserialize_with = "lenient::scalar")]
    pub key: String,
    /// Whether a user must provide it.
    #[serde(deserialize_with = "lenient::scalar")]
    pub required: bool,
    /// The name that the AppFlow console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub label: String,
    /// The description that the console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub description: String,
    /// Whether its value is a secret.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub sensitive_field: Option<bool>,
    /// The values to choose from.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub connector_supplied_values: Option<Vec<String>>,
    /// Which request it belongs to.
    pub r#type: OAuth2CustomPropertyType,
}

/// The request that an [`OAuth2CustomParameter`] belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OAuth2CustomPropertyType {
    /// The token request.
    TokenUrl,
    /// The authorization request.
    AuthUrl,
}

/// One of the connector's own kinds of authentication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct CustomAuthConfig {
    /// Its name; `customAuthenticationType` in the secret.
    #[serde(deserialize_with = "lenient::scalar")]
    pub authentication_type: String,
    /// What AppFlow asks for; the keys of the secret.
    pub auth_parameters: Vec<AuthParameter>,
}

/// A value that AppFlow asks for and stores in the secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct AuthParameter {
    /// Its key in the secret.
    #[serde(deserialize_with = "lenient::scalar")]
    pub key: String,
    /// Whether a user must provide it.
    #[serde(deserialize_with = "lenient::scalar")]
    pub required: bool,
    /// The name that the AppFlow console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub label: String,
    /// The description that the console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub description: String,
    /// Whether the console masks the input.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub sensitive_field: Option<bool>,
    /// The values to choose from.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub connector_supplied_values: Option<Vec<String>>,
}
