//! The operations on registered connectors.

use std::collections::BTreeMap;

use appflow_connector_model::{
    ConnectorConfiguration, DescribeConnectorConfigurationRequest,
    DescribeConnectorConfigurationResponse,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::appflow::call::{Call, remember};
use crate::appflow::caller::{self, CallFailure};
use crate::appflow::connectors::configuration;
use crate::appflow::connectors::connector::{Connector, not_registered};
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::paging::PageRequest;
use crate::appflow::profiles::profile::Profile;
use crate::wire::constraint::{self, Violation};
use crate::wire::error::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegisterRequest {
    connector_label: Option<String>,
    description: Option<String>,
    connector_provisioning_type: Option<String>,
    connector_provisioning_config: Option<ProvisioningConfig>,
}

#[derive(Deserialize)]
struct ProvisioningConfig {
    lambda: Option<LambdaConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LambdaConfig {
    lambda_arn: String,
}

impl RegisterRequest {
    fn function(&self) -> Option<&str> {
        let config = self.connector_provisioning_config.as_ref()?;
        Some(&config.lambda.as_ref()?.lambda_arn)
    }
}

pub(crate) async fn register(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: RegisterRequest = call.read()?;
    let (Some(label), Some(_), Some(function)) = (
        &request.connector_label,
        &request.connector_provisioning_type,
        request.function(),
    ) else {
        return Err(missing(&request));
    };
    let taken = format!("A connector with the label {label} is already registered.");
    if find(&appflow, label).await?.is_some() {
        return Err(error::conflict(taken));
    }
    let answer = ask(&appflow, label, function).await?;
    let connector = Connector {
        label: label.clone(),
        arn: appflow
            .account
            .arn("appflow", &format!("connector/{label}")),
        description: request.description.clone(),
        function: function.to_owned(),
        answer,
        registered_at: appflow.clock.now(),
        tags: BTreeMap::new(),
    };
    let response = json!({"connectorArn": connector.arn});
    let clock = appflow.clock.clone();
    appflow
        .database
        .write(move |database| {
            if documents::get::<Connector>(database, &connector.label)?.is_some() {
                return Ok(Err(error::conflict(taken)));
            }
            documents::put(database, &connector)?;
            remember(call.token.as_ref(), database, &clock, &response)?;
            Ok(Ok(response))
        })
        .await?
}

/// The model requires none of these.
fn missing(request: &RegisterRequest) -> ServiceError {
    let members = [
        ("connectorLabel", request.connector_label.is_none()),
        (
            "connectorProvisioningType",
            request.connector_provisioning_type.is_none(),
        ),
        (
            "connectorProvisioningConfig.lambda.lambdaArn",
            request.function().is_none(),
        ),
    ];
    let violations: Vec<Violation> = members
        .into_iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(member, _)| Violation::of_missing(member))
        .collect();
    error::validation(constraint::message(&violations))
}

/// Asks a connector to describe itself.
async fn ask(
    appflow: &AppFlow,
    label: &str,
    function: &str,
) -> Result<DescribeConnectorConfigurationResponse, ServiceError> {
    let request = DescribeConnectorConfigurationRequest::builder()
        .locale("en-US")
        .connector_label(label)
        .build();
    let answer = caller::call(&appflow.functions, function, request).await;
    answer
        .and_then(|answer| {
            if is_complete(&answer.configuration) {
                Ok(answer)
            } else {
                Err(CallFailure::NoResponse)
            }
        })
        .map_err(|failure| match failure {
            CallFailure::NoFunction(_) => error::not_found(failure.message()),
            failure => error::connector_server(failure.communication_error()),
        })
}

/// Whether a connector told what every connector must tell of itself.
fn is_complete(configuration: &ConnectorConfiguration) -> bool {
    let texts = [
        &configuration.connector_owner,
        &configuration.connector_name,
        &configuration.connector_version,
    ];
    texts.iter().all(|text| !text.is_empty()) && !configuration.connector_modes.is_empty()
}

pub(crate) async fn update_registration(
    appflow: AppFlow,
    call: Call,
) -> Result<Value, ServiceError> {
    let request: RegisterRequest = call.read()?;
    let label = request.connector_label.clone().unwrap_or_default();
    let connector = known(&appflow, &label).await?;
    let function = request.function().unwrap_or(&connector.function).to_owned();
    let answer = ask(&appflow, &label, &function).await?;
    appflow.cache.clear();
    let response = json!({"connectorArn": connector.arn});
    let clock = appflow.clock.clone();
    appflow
        .database
        .write(move |database| {
            let Some(mut connector) = documents::get::<Connector>(database, &label)? else {
                return Ok(Err(not_registered(&label)));
            };
            connector.function = function;
            connector.answer = answer;
            if request.description.is_some() {
                connector.description = request.description;
            }
            documents::put(database, &connector)?;
            remember(call.token.as_ref(), database, &clock, &response)?;
            Ok(Ok(response))
        })
        .await?
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnregisterRequest {
    connector_label: String,
    #[serde(default)]
    force_delete: bool,
}

pub(crate) async fn unregister(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: UnregisterRequest = call.read()?;
    appflow
        .database
        .write(move |database| {
            let label = &request.connector_label;
            if documents::get::<Connector>(database, label)?.is_none() {
                return Ok(Err(not_registered(label)));
            }
            let profiles = documents::all::<Profile>(database)?;
            let used = profiles.iter().find(|profile| profile.label == *label);
            if let Some(profile) = used.filter(|_| !request.force_delete) {
                return Ok(Err(error::conflict(format!(
                    "The connector {label} is used by the connector profile {}. Delete the \
                     profile first, or set forceDelete.",
                    profile.name
                ))));
            }
            documents::remove::<Connector>(database, label)?;
            Ok(Ok(json!({})))
        })
        .await?
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeRequest {
    connector_type: String,
    connector_label: Option<String>,
}

pub(crate) async fn describe(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: DescribeRequest = call.read()?;
    let view = match (request.connector_type.as_str(), &request.connector_label) {
        ("CustomConnector", Some(label)) => {
            configuration::configuration(&known(&appflow, label).await?)
        }
        ("CustomConnector", None) => {
            return Err(error::validation(
                "connectorLabel is required for the connector type CustomConnector.",
            ));
        }
        ("S3", _) => configuration::s3(),
        (other, _) => {
            return Err(error::not_found(format!(
                "The built-in connector {other} is not emulated. Available are S3 and \
                 CustomConnector."
            )));
        }
    };
    Ok(json!({"connectorConfiguration": view}))
}

pub(crate) async fn list(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    page(&appflow, &call, "ListConnectors").await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeAllRequest {
    connector_types: Option<Vec<String>>,
}

pub(crate) async fn describe_all(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: DescribeAllRequest = call.read()?;
    let mut response = page(&appflow, &call, "DescribeConnectors").await?;
    let types = request.connector_types;
    let has_s3 = types.is_none_or(|types| types.is_empty() || types.iter().any(|t| t == "S3"));
    response["connectorConfigurations"] = if has_s3 {
        json!({"S3": configuration::s3()})
    } else {
        json!({})
    };
    Ok(response)
}

async fn page(appflow: &AppFlow, call: &Call, listing: &str) -> Result<Value, ServiceError> {
    let page: PageRequest = call.read()?;
    let (after, max) = (page.after(listing)?, page.size() + 1);
    let connectors: Vec<Connector> = appflow
        .database
        .read(move |database| documents::page(database, &after, max))
        .await?;
    Ok(page.response(
        listing,
        "connectors",
        connectors,
        |connector| &connector.label,
        configuration::detail,
    ))
}

async fn find(appflow: &AppFlow, label: &str) -> Result<Option<Connector>, ServiceError> {
    let label = label.to_owned();
    let found = appflow
        .database
        .read(move |database| documents::get(database, &label));
    Ok(found.await?)
}

/// Returns a registered connector.
pub(crate) async fn known(appflow: &AppFlow, label: &str) -> Result<Connector, ServiceError> {
    find(appflow, label)
        .await?
        .ok_or_else(|| not_registered(label))
}
