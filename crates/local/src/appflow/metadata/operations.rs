//! The operations on metadata.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::appflow::call::Call;
use crate::appflow::caller::CallFailure;
use crate::appflow::context::AppFlow;
use crate::appflow::error;
use crate::appflow::metadata::cache::Subject;
use crate::appflow::metadata::entities::{self, Level};
use crate::appflow::metadata::field;
use crate::appflow::profiles::connection::Connection;
use crate::wire::error::ServiceError;

/// The name of the group that all entities of a custom connector are in.
const GROUP: &str = "Objects";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetadataRequest {
    connector_profile_name: Option<String>,
    connector_type: Option<String>,
    connector_entity_name: Option<String>,
    entities_path: Option<String>,
    api_version: Option<String>,
    max_results: Option<u32>,
    next_token: Option<String>,
}

impl MetadataRequest {
    /// Only a connection of a custom connector has metadata here.
    fn profile_name(&self) -> Result<&str, ServiceError> {
        if let Some(other) = self
            .connector_type
            .as_deref()
            .filter(|connector_type| *connector_type != "CustomConnector")
        {
            return Err(error::validation(format!(
                "The metadata of the connector type {other} is not emulated. Available is \
                 CustomConnector."
            )));
        }
        self.connector_profile_name.as_deref().ok_or_else(|| {
            error::validation(
                "connectorProfileName is required for the connector type CustomConnector.",
            )
        })
    }
}

pub(crate) async fn list_entities(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: MetadataRequest = call.read()?;
    let connection = Connection::load(&appflow, request.profile_name()?).await?;
    let level = Level {
        path: request.entities_path.clone(),
        max_results: request.max_results,
        next_token: request.next_token.clone(),
    };
    let page = entities::list(&connection, request.api_version.as_deref(), level)
        .await
        .map_err(CallFailure::into_error)?;
    let views: Vec<Value> = page
        .entities
        .iter()
        .map(|entity| {
            json!({
                "name": entity.entity_identifier,
                "label": entity.label.as_ref().unwrap_or(&entity.entity_identifier),
                "hasNestedEntities": entity.has_nested_entities,
            })
        })
        .collect();
    let mut response = json!({"connectorEntityMap": {GROUP: views}});
    if let Some(token) = &page.next_token {
        response["nextToken"] = token.clone().into();
    }
    Ok(response)
}

pub(crate) async fn describe_entity(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: MetadataRequest = call.read()?;
    let connection = Connection::load(&appflow, request.profile_name()?).await?;
    let entity = request.connector_entity_name.as_deref().unwrap_or_default();
    let definition = entities::describe(&connection, request.api_version.as_deref(), entity)
        .await
        .map_err(CallFailure::into_error)?;
    let fields: Vec<Value> = definition.fields.iter().map(field::view).collect();
    Ok(json!({"connectorEntityFields": fields}))
}

/// With an entity, its fields are forgotten; without one, the names of the entities of a path, or of
/// all.
pub(crate) async fn reset_cache(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: MetadataRequest = call.read()?;
    let connection = Connection::load(&appflow, request.profile_name()?).await?;
    let profile = &connection.profile.name;
    appflow.cache.forget(|key| {
        let is_of_version = request.api_version.is_none() || key.api_version == request.api_version;
        let is_subject = match (&request.connector_entity_name, &key.subject) {
            (Some(name), Subject::Entity(entity)) => name == entity,
            (None, Subject::Entities { path, .. }) => {
                request.entities_path.is_none() || *path == request.entities_path
            }
            _ => false,
        };
        key.profile == *profile && is_of_version && is_subject
    });
    Ok(json!({}))
}
