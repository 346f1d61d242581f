//! The connector's configuration, and whether a connection's settings and credentials are valid.

use std::ops::RangeInclusive;

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

/// Settings of connections and flows, see [`runtime_settings`].
pub(crate) const PARENT_FIELDS: &str = "parentFields";
pub(crate) const FILE_BODIES: &str = "fileBodies";
pub(crate) const API_USAGE_LIMIT: &str = "apiUsageLimitPercent";
pub(crate) const INCLUDE_DELETED: &str = "includeDeletedRecords";
pub(crate) const ALLOW_DUPLICATES: &str = "allowDuplicateRecords";

/// The versions of Salesforce's API that a connection can select: those that Salesforce serves. The
/// newest is the default.
pub(crate) const API_VERSIONS: RangeInclusive<u32> = 31..=66;

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
            .supported_api_versions(API_VERSIONS.rev().map(version_name).collect())
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
        let limit = request.connector_runtime_settings.get(API_USAGE_LIMIT);
        let limit = limit.and_then(|limit| limit.parse().ok());
        if limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
            errors.add(API_USAGE_LIMIT, "must be from 1 to 100");
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

/// Returns the name of a version of Salesforce's API.
pub(crate) fn version_name(version: u32) -> String {
    format!("v{version}.0")
}

fn runtime_settings() -> Vec<ConnectorRuntimeSetting> {
    use ConnectorRuntimeSettingDataType::{Boolean, Integer, Url};
    use ConnectorRuntimeSettingScope::{ConnectorProfile, Destination, Source};
    let setting = |key: &str, data_type, scope, label: &str, description: &str| {
        ConnectorRuntimeSetting::builder()
            .key(key)
            .data_type(data_type)
            .required(key == INSTANCE_URL)
            .label(label)
            .description(description)
            .scope(scope)
            .build()
    };
    vec![
        setting(
            INSTANCE_URL,
            Url,
            ConnectorProfile,
            "Instance URL",
            "The URL of the Salesforce organization, such as https://example.my.salesforce.com",
        ),
        setting(
            PARENT_FIELDS,
            Boolean,
            ConnectorProfile,
            "Parent fields",
            "Whether an object also has the fields of its parent objects, such as Owner.Name. \
             Default: false",
        ),
        setting(
            FILE_BODIES,
            Boolean,
            ConnectorProfile,
            "File bodies",
            "Whether fields with files, such as VersionData, are offered; each takes a request per \
             record. Default: false, they can still be selected by name",
        ),
        setting(
            API_USAGE_LIMIT,
            Integer,
            ConnectorProfile,
            "API usage limit in percent",
            "Stop when the organization has used this percentage of the API requests of its day. \
             Default: no limit",
        ),
        setting(
            INCLUDE_DELETED,
            Boolean,
            Source,
            "Include deleted records",
            "Whether flows also read records in the recycle bin. Default: false",
        ),
        setting(
            ALLOW_DUPLICATES,
            Boolean,
            Destination,
            "Allow duplicate records",
            "Whether records are saved although a duplicate rule of Salesforce warns of them. \
             Default: false",
        ),
    ]
}
