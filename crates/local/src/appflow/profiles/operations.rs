//! The operations on connections, except UpdateConnectorProfile.

use std::sync::Arc;

use appflow_connector_model::{
    AuthenticationConfig, AuthenticationType, ConnectorRuntimeSettingScope, Credentials, StringMap,
    ValidateCredentialsRequest,
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::appflow::call::{Call, remember};
use crate::appflow::connectors::connector::Connector;
use crate::appflow::connectors::operations::known;
use crate::appflow::context::AppFlow;
use crate::appflow::documents::{self, Document};
use crate::appflow::error;
use crate::appflow::flows::flow::Flow;
use crate::appflow::paging::PageRequest;
use crate::appflow::profiles::connection::{Connection, oauth2_defaults, oauth2_secret};
use crate::appflow::profiles::credentials::{self, Accepted, GivenCredentials, OAuth2};
use crate::appflow::profiles::oauth2::{Grant, TokenRequest};
use crate::appflow::profiles::pending;
use crate::appflow::profiles::profile::{
    OAuth2Client, OAuth2Properties, Profile, StoredCredentials, no_profile,
};
use crate::appflow::profiles::validation;
use crate::appflow::quotas;
use crate::wire::error::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileRequest {
    pub(super) connector_profile_name: String,
    /// Of CreateConnectorProfile only.
    connector_type: Option<String>,
    connector_label: Option<String>,
    pub(super) connection_mode: String,
    pub(super) connector_profile_config: ProfileConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileConfig {
    pub(super) connector_profile_properties: PerConnector<CustomProperties>,
    pub(super) connector_profile_credentials: Option<PerConnector<GivenCredentials>>,
}

#[derive(Deserialize)]
pub(super) struct PerConnector<T> {
    #[serde(rename = "CustomConnector")]
    pub(super) custom: Option<T>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomProperties {
    #[serde(default)]
    profile_properties: StringMap,
    #[serde(rename = "oAuth2Properties")]
    oauth2: Option<OAuth2Properties>,
}

/// What a request's credentials became.
pub(super) struct Secret {
    authentication_type: AuthenticationType,
    pub(super) value: Map<String, Value>,
    client: Option<OAuth2Client>,
}

pub(crate) async fn create(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: ProfileRequest = call.read()?;
    let connector_type = request.connector_type.as_deref().unwrap_or_default();
    if connector_type != "CustomConnector" {
        return Err(error::validation(format!(
            "The connector type {connector_type} is not emulated. Available is CustomConnector."
        )));
    }
    let Some(label) = request.connector_label.clone() else {
        return Err(error::validation(
            "connectorLabel is required for the connector type CustomConnector.",
        ));
    };
    check_mode(&request.connection_mode)?;
    let name = request.connector_profile_name.clone();
    let connector = known(&appflow, &label).await?;
    check_new(&appflow, &name).await?;

    let now = appflow.clock.now();
    let arn = format!("connectorprofile/{name}");
    let mut profile = Profile {
        arn: appflow.account.arn("appflow", &arn),
        name: name.clone(),
        label,
        properties: StringMap::new(),
        oauth2: None,
        credentials: None,
        created_at: now,
        updated_at: now,
    };
    let config = request.connector_profile_config;
    set_properties(
        &mut profile,
        &connector,
        config.connector_profile_properties,
    )?;
    let given = config
        .connector_profile_credentials
        .and_then(|given| given.custom);
    let secret = secret(&profile, &connector, given).await?;
    let secret_name = secret_name(&appflow, &profile, "");
    let attempt = async {
        if let Some(secret) = secret {
            pending::store(&appflow, &secret_name, &secret.value)
                .await
                .map(|arn| profile.credentials = Some(secret.stored(arn)))?;
        }
        validate(&appflow, &connector, &profile).await?;
        store_new(&appflow, call, profile, &secret_name).await
    };
    let result = attempt.await;
    if result.is_err() {
        pending::remove(&appflow, &secret_name).await?;
    }
    result
}

/// A name that was not used before. Secrets Manager allows no `#`, and 512 characters.
pub(super) fn secret_name(appflow: &AppFlow, profile: &Profile, end: &str) -> String {
    const MAX_START: usize = 480;
    let start = format!(
        "appflow!{}-{}-{}",
        appflow.account.id, profile.label, profile.name
    );
    let start: String = start.replace('#', "-").chars().take(MAX_START).collect();
    format!("{start}-{}{end}", appflow.clock.now().millis())
}

impl Secret {
    pub(super) fn stored(self, secret_arn: String) -> StoredCredentials {
        StoredCredentials {
            secret_arn,
            authentication_type: self.authentication_type,
            client: self.client,
        }
    }
}

pub(super) fn check_mode(mode: &str) -> Result<(), ServiceError> {
    if mode == "Public" {
        return Ok(());
    }
    Err(error::validation(format!(
        "The connection mode {mode} is not emulated. Available is Public."
    )))
}

async fn check_new(appflow: &AppFlow, name: &str) -> Result<(), ServiceError> {
    let (has_quotas, name) = (appflow.has_quotas, name.to_owned());
    appflow
        .database
        .read(move |database| may_add(database, &name, has_quotas))
        .await?
}

fn may_add(
    database: &rusqlite::Connection,
    name: &str,
    has_quotas: bool,
) -> rusqlite::Result<Result<(), ServiceError>> {
    let max = has_quotas.then_some(quotas::MAX_PROFILES);
    documents::may_add::<Profile>(database, name, "connector profile", max)
}

pub(super) fn set_properties(
    profile: &mut Profile,
    connector: &Connector,
    given: PerConnector<CustomProperties>,
) -> Result<(), ServiceError> {
    let given = given.custom.unwrap_or_default();
    validation::check_required(
        connector.configuration(),
        &[ConnectorRuntimeSettingScope::ConnectorProfile],
        &given.profile_properties,
        "profileProperties",
    )?;
    profile.properties = given.profile_properties;
    profile.oauth2 = given.oauth2;
    if let Some(oauth2) = &profile.oauth2
        && oauth2.grant_type == "JWT_BEARER"
    {
        return Err(error::validation(
            "The grant type JWT_BEARER is not emulated. Available are CLIENT_CREDENTIALS and \
             AUTHORIZATION_CODE.",
        ));
    }
    Ok(())
}

/// Makes the secret of a request's credentials: with a token that is requested now, unless one is
/// given. Returns `None` for a connector that is connected without credentials.
pub(super) async fn secret(
    profile: &Profile,
    connector: &Connector,
    given: Option<GivenCredentials>,
) -> Result<Option<Secret>, ServiceError> {
    let none = AuthenticationConfig::default();
    let config = connector.configuration().authentication_config.as_ref();
    let config = config.unwrap_or(&none);
    let Some(given) = given else {
        if credentials::is_none(config) {
            return Ok(None);
        }
        return Err(error::validation(
            "connectorProfileCredentials.CustomConnector is required: the connector declares \
             authentication types.",
        ));
    };
    Ok(Some(match given.accept(config)? {
        Accepted::Secret(authentication_type, value) => Secret {
            authentication_type,
            value,
            client: None,
        },
        Accepted::OAuth2(given) => Secret {
            authentication_type: AuthenticationType::OAuth2,
            value: tokens(profile, config, &given).await?,
            client: given.client(),
        },
    }))
}

async fn tokens(
    profile: &Profile,
    config: &AuthenticationConfig,
    given: &OAuth2,
) -> Result<Map<String, Value>, ServiceError> {
    let client = given.client();
    let grant_type = profile
        .oauth2
        .as_ref()
        .map(|oauth2| oauth2.grant_type.as_str());
    let grant = match (given.auth_code(), &given.access_token, &given.refresh_token) {
        (Some(code), _, _) => Grant::AuthorizationCode {
            code,
            redirect_uri: given.redirect_uri(),
            code_verifier: given.code_verifier(),
        },
        (None, Some(token), refresh_token) => {
            return Ok(credentials::texts([
                ("accessToken", Some(token.clone())),
                ("refreshToken", refresh_token.clone()),
            ]));
        }
        (None, None, _) if grant_type == Some("CLIENT_CREDENTIALS") && client.is_some() => {
            Grant::ClientCredentials
        }
        (None, None, Some(token)) => Grant::Refresh { token },
        (None, None, None) if grant_type == Some("CLIENT_CREDENTIALS") => {
            return Err(error::validation(
                "The grant type CLIENT_CREDENTIALS needs clientId and clientSecret, or an \
                 accessToken.",
            ));
        }
        (None, None, None) => {
            return Err(error::validation(
                "Validation exception: AuthCode cannot be blank for connector: CUSTOMCONNECTOR",
            ));
        }
    };
    let Some(oauth2) = &profile.oauth2 else {
        return Err(error::validation(
            "connectorProfileProperties.CustomConnector.oAuth2Properties is required to request a \
             token.",
        ));
    };
    let request = TokenRequest {
        url: &oauth2.token_url,
        grant,
        client: client.as_ref(),
        custom: oauth2.token_url_custom_properties.as_ref(),
        declared: oauth2_defaults(Some(config)),
    };
    let token = request.send().await?;
    let kept = given.refresh_token.as_deref().map(SecretString::from);
    Ok(oauth2_secret(&token, kept.as_ref()))
}

/// Asks the connector whether credentials and settings are valid.
pub(super) async fn validate(
    appflow: &AppFlow,
    connector: &Connector,
    profile: &Profile,
) -> Result<(), ServiceError> {
    let connection = Connection {
        appflow: appflow.clone(),
        connector: Arc::new(connector.clone()),
        profile: Arc::new(profile.clone()),
    };
    let credentials = profile.wire_credentials();
    let authentication = credentials
        .as_ref()
        .and_then(|credentials| credentials.authentication_type);
    let request = ValidateCredentialsRequest::builder()
        .credentials(credentials.unwrap_or(Credentials {
            secret_arn: None,
            authentication_type: None,
        }))
        .connector_runtime_settings(profile.properties.clone())
        .build();
    connection
        .call(request)
        .await
        .map_err(|failure| validation::credentials_refused(&failure))?;
    validation::validate_settings(
        &appflow.functions,
        &connector.function,
        ConnectorRuntimeSettingScope::ConnectorProfile,
        &profile.properties,
        authentication,
    )
    .await
}

async fn store_new(
    appflow: &AppFlow,
    call: Call,
    profile: Profile,
    secret_name: &str,
) -> Result<Value, ServiceError> {
    let response = json!({"connectorProfileArn": profile.arn});
    let (clock, has_quotas) = (appflow.clock.clone(), appflow.has_quotas);
    let secret_name = secret_name.to_owned();
    appflow
        .database
        .write(move |database| {
            if let Err(error) = may_add(database, &profile.name, has_quotas)? {
                return Ok(Err(error));
            }
            documents::put(database, &profile)?;
            pending::accept(database, &secret_name)?;
            remember(call.token.as_ref(), database, &clock, &response)?;
            Ok(Ok(response))
        })
        .await?
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteRequest {
    connector_profile_name: String,
    #[serde(default)]
    force_delete: bool,
}

pub(crate) async fn delete(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: DeleteRequest = call.read()?;
    let removed = appflow
        .database
        .write(move |database| {
            let name = &request.connector_profile_name;
            let Some(profile) = documents::get::<Profile>(database, name)? else {
                return Ok(Err(no_profile(name)));
            };
            let flows = documents::all::<Flow>(database)?;
            let used = flows.iter().find(|flow| flow.uses_profile(name));
            if let Some(flow) = used.filter(|_| !request.force_delete) {
                return Ok(Err(error::conflict(format!(
                    "The connector profile {name} is used by the flow {}. Delete the flow first, \
                     or set forceDelete.",
                    flow.name()
                ))));
            }
            documents::remove::<Profile>(database, name)?;
            let secret = profile
                .credentials
                .map(|credentials| credentials.secret_arn);
            if let Some(secret) = &secret {
                pending::add(database, secret)?;
            }
            Ok(Ok(secret))
        })
        .await??;
    appflow.cache.clear();
    if let Some(secret) = removed {
        pending::remove(&appflow, &secret).await?;
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
struct DescribeRequest {
    connector_profile_names: Option<Vec<String>>,
    connector_type: Option<String>,
    connector_label: Option<String>,
}

pub(crate) async fn describe_all(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    const LISTING: &str = "DescribeConnectorProfiles";
    let request: DescribeRequest = call.read()?;
    let page: PageRequest = call.read()?;
    let (after, max) = (page.after(LISTING)?, page.size() + 1);
    let profiles = appflow
        .database
        .read(move |database| {
            let mut profiles = documents::all::<Profile>(database)?;
            profiles.retain(|profile| profile.name > after && request.selects(profile));
            profiles.truncate(max);
            Ok(profiles)
        })
        .await?;
    Ok(page.response(
        LISTING,
        "connectorProfileDetails",
        profiles,
        |profile| &profile.name,
        Profile::view,
    ))
}

impl DescribeRequest {
    fn selects(&self, profile: &Profile) -> bool {
        let has_type = |connector_type: &String| connector_type == "CustomConnector";
        let names = self.connector_profile_names.as_ref();
        self.connector_type.as_ref().is_none_or(has_type)
            && self
                .connector_label
                .as_ref()
                .is_none_or(|label| *label == profile.label)
            && names.is_none_or(|names| names.is_empty() || names.contains(&profile.name))
    }
}
