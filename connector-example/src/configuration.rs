//! What AppFlow is told about the connector, and whether a connection's settings and credentials are good.

use appflow_connector_sdk::http::{Request, UrlPolicy};
use appflow_connector_sdk::model::{
    AuthenticationConfig, ConnectorMode, ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType, ConnectorRuntimeSettingScope,
    DescribeConnectorConfigurationRequest, OAuth2Defaults, OAuth2GrantType, ValidateConnectorRuntimeSettingsRequest,
    ValidateCredentialsRequest,
};
use appflow_connector_sdk::{ConfigurationHandler, ConnectorConfiguration, Invocation, Result, SettingErrors};

use crate::SalesforceConnector;

/// The setting that holds the organisation's URL.
pub(crate) const INSTANCE_URL: &str = "instanceUrl";

/// Where organisations are. The access token goes to the instance URL, so it may be nowhere else.
pub(crate) const INSTANCE_URLS: UrlPolicy =
    UrlPolicy::hosts_under(&["salesforce.com", "force.com", "salesforce.mil", "sfcrmproducts.cn"]).origin_only();

/// The versions of Salesforce's API that a connection may choose. The first is for connections that chose none.
pub(crate) const API_VERSIONS: [&str; 7] = ["v66.0", "v65.0", "v64.0", "v63.0", "v62.0", "v61.0", "v60.0"];

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

    async fn validate_credentials(&self, _: ValidateCredentialsRequest, invocation: &Invocation) -> Result<()> {
        let organisation = self.organisation(invocation).await?;
        organisation.http.send(Request::get("/services/oauth2/userinfo")).await?;
        Ok(())
    }
}

fn authentication() -> AuthenticationConfig {
    // Salesforce gives tokens for client credentials at the organisation's own domain only.
    let urls = |path: &str| {
        ["login", "test", "{{MY_DOMAIN}}.my"].map(|host| format!("https://{host}.salesforce.com/services/oauth2/{path}")).to_vec()
    };
    let oauth2 = OAuth2Defaults::builder()
        .token_url(urls("token"))
        .auth_url(urls("authorize"))
        .oauth_scopes(vec!["api".to_owned(), "refresh_token".to_owned()])
        .oauth2_grant_types_supported(vec![OAuth2GrantType::ClientCredentials, OAuth2GrantType::AuthorizationCode])
        .build();
    AuthenticationConfig::builder().is_oauth2_supported(true).oauth2_defaults(oauth2).build()
}

fn runtime_settings() -> Vec<ConnectorRuntimeSetting> {
    vec![
        ConnectorRuntimeSetting::builder()
            .key(INSTANCE_URL)
            .data_type(ConnectorRuntimeSettingDataType::Url)
            .required(true)
            .label("Instance URL")
            .description("The URL of the Salesforce organisation, such as https://example.my.salesforce.com")
            .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
            .build(),
    ]
}
