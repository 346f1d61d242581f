//! The connector's configuration, and whether a connection's settings and credentials are valid.

use appflow_connector_sdk::http::{Request, UrlPolicy};
use appflow_connector_sdk::model::{
    AuthenticationConfig, ConnectorMode, ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType,
    ConnectorRuntimeSettingScope, DescribeConnectorConfigurationRequest, OAuth2Defaults,
    OAuth2GrantType, ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest,
};
use appflow_connector_sdk::{
    ConfigurationHandler, ConnectorConfiguration, Invocation, Result, SettingErrors,
};

use crate::SalesforceConnector;

/// The setting with the organization's URL.
pub(crate) const INSTANCE_URL: &str = "instanceUrl";

/// The hosts of organizations. The access token is sent to the instance URL, so no other host is
/// allowed.
pub(crate) const INSTANCE_URLS: UrlPolicy = UrlPolicy::hosts_under(&[
    "salesforce.com",
    "force.com",
    "salesforce.mil",
    "sfcrmproducts.cn",
])
.except(
    &[
        "login.salesforce.com",
        "test.salesforce.com",
        "lightning.force.com",
    ],
    "*.my.salesforce.com",
)
.origin_only();

/// The versions of Salesforce's API that a connection can select. The first is the default.
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
            .connector_modes(vec![ConnectorMode::Source, ConnectorMode::Destination])
            .authentication_config(authentication())
            .runtime_settings(runtime_settings())
            .supported_api_versions(API_VERSIONS.map(str::to_owned).to_vec())
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
            && let Err(problem) = INSTANCE_URLS.check(value)
        {
            errors.add(INSTANCE_URL, problem.to_string());
        }
        Ok(errors)
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        let organization = self.organization(invocation).await?;
        let request = Request::get("/services/oauth2/userinfo");
        organization.http.send(request).await?;
        Ok(())
    }
}

fn authentication() -> AuthenticationConfig {
    // Salesforce issues tokens for client credentials only at the organization's own domain.
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
    vec![
        ConnectorRuntimeSetting::builder()
            .key(INSTANCE_URL)
            .data_type(ConnectorRuntimeSettingDataType::Url)
            .required(true)
            .label("Instance URL")
            .description(
                "The URL of the Salesforce organization, such as https://example.my.salesforce.com",
            )
            .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
            .build(),
    ]
}
