//! What AppFlow is told about the connector, and whether a connection's settings and credentials are good.

use appflow_connector_sdk::model::{
    AuthenticationConfig, ConnectorContext, ConnectorMode, ConnectorRuntimeSetting,
    ConnectorRuntimeSettingDataType, ConnectorRuntimeSettingScope,
    DescribeConnectorConfigurationRequest, OAuth2Defaults, OAuth2GrantType,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest,
};
use appflow_connector_sdk::{
    ConfigurationHandler, ConnectorConfiguration, Invocation, Result, SettingErrors,
};
use reqwest::Url;

use crate::SalesforceConnector;

/// The setting that holds the organisation's URL.
pub(crate) const INSTANCE_URL: &str = "instanceUrl";

/// The versions of Salesforce's API that a connection may choose. The first is for connections that chose none.
pub(crate) const API_VERSIONS: [&str; 7] = [
    "v66.0", "v65.0", "v64.0", "v63.0", "v62.0", "v61.0", "v60.0",
];

impl ConfigurationHandler for SalesforceConnector {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        Ok(ConnectorConfiguration::builder()
            .connector_owner("Example Corp")
            .connector_name("Salesforce")
            .connector_version("1.0")
            .connector_modes(vec![ConnectorMode::Source])
            .authentication_config(authentication())
            .runtime_settings(runtime_settings())
            .supported_api_versions(API_VERSIONS.map(str::to_owned).to_vec())
            .supported_write_operations(vec![])
            .logo_url("https://login.salesforce.com/img/logo214.svg")
            .build())
    }

    async fn validate_connector_runtime_settings(
        &self,
        request: ValidateConnectorRuntimeSettingsRequest,
        _: &Invocation,
    ) -> Result<SettingErrors> {
        let mut errors = SettingErrors::check(&runtime_settings(), &request);
        if let Some(value) = request.connector_runtime_settings.get(INSTANCE_URL)
            && let Err(problem) = parse_instance_url(value)
        {
            errors.add(INSTANCE_URL, problem);
        }
        Ok(errors)
    }

    async fn validate_credentials(
        &self,
        request: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        let context = ConnectorContext::builder()
            .connector_runtime_settings(request.connector_runtime_settings)
            .build();
        self.session(&context, invocation)
            .await?
            .check_token()
            .await
    }
}

fn authentication() -> AuthenticationConfig {
    // Salesforce gives tokens for client credentials at the organisation's own domain only.
    let urls = |path: &str| {
        ["login", "test", "{{MY_DOMAIN}}.my"]
            .map(|host| format!("https://{host}.salesforce.com/services/oauth2/{path}"))
            .to_vec()
    };
    let oauth2 = OAuth2Defaults::builder()
        .token_url(urls("token"))
        .auth_url(urls("authorize"))
        .oauth_scopes(vec!["api".to_owned(), "refresh_token".to_owned()])
        .oauth2_grant_types_supported(vec![
            OAuth2GrantType::ClientCredentials,
            OAuth2GrantType::AuthorizationCode,
        ])
        .build();
    AuthenticationConfig::builder()
        .is_oauth2_supported(true)
        .oauth2_defaults(oauth2)
        .build()
}

fn runtime_settings() -> Vec<ConnectorRuntimeSetting> {
    let instance_url = ConnectorRuntimeSetting::builder()
        .key(INSTANCE_URL)
        .data_type(ConnectorRuntimeSettingDataType::Url)
        .required(true)
        .label("Instance URL")
        .description(
            "The URL of the Salesforce organisation, such as https://example.my.salesforce.com",
        )
        .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
        .build();
    let is_sandbox_account = ConnectorRuntimeSetting::builder()
        .key("isSandboxAccount")
        .data_type(ConnectorRuntimeSettingDataType::Boolean)
        .required(false)
        .label("Sandbox")
        .description(
            "Whether the organisation is a sandbox, whose users log in at test.salesforce.com",
        )
        .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
        .build();
    vec![instance_url, is_sandbox_account]
}

/// Reads the organisation's URL; the access token is sent to wherever it points. The error is for its user, and goes on from the
/// setting's name.
pub(crate) fn parse_instance_url(value: &str) -> std::result::Result<Url, String> {
    if value.is_empty() {
        return Err("is required".to_owned());
    }
    let url: Url = value
        .parse()
        .map_err(|problem| format!("is not a URL: {problem}"))?;
    let host = url.host_str().unwrap_or_default();
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err("must begin with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(
            "must end after the host name, as in https://example.my.salesforce.com".to_owned(),
        );
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_a_must_except_on_this_machine() {
        for good in [
            "https://example.my.salesforce.com",
            "https://example.my.salesforce.com/",
            "https://example--dev.sandbox.my.salesforce.com:443",
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
        ] {
            assert!(parse_instance_url(good).is_ok(), "{good}");
        }
        for (bad, problem) in [
            ("", "is required"),
            (
                "example.my.salesforce.com",
                "is not a URL: relative URL without a base",
            ),
            ("https://", "is not a URL: empty host"),
            (
                "http://example.my.salesforce.com",
                "must begin with https://",
            ),
            ("http://localhost.example.com", "must begin with https://"),
            ("http://127.0.0.1.example.com", "must begin with https://"),
            ("ftp://localhost", "must begin with https://"),
            ("file:///etc/passwd", "must begin with https://"),
            (
                "https://user@example.com",
                "must not hold a user name or a password",
            ),
            (
                "https://:secret@example.com",
                "must not hold a user name or a password",
            ),
        ] {
            assert_eq!(parse_instance_url(bad).unwrap_err(), problem, "{bad}");
        }
        for longer in [
            "https://example.com/services",
            "https://example.com?a=b",
            "https://example.com/#top",
        ] {
            assert!(
                parse_instance_url(longer)
                    .unwrap_err()
                    .starts_with("must end after"),
                "{longer}"
            );
        }
    }
}
