//! Asks a connection's connector for entities and fields, unless the cache knows them.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorError, DescribeEntityRequest, EntityDefinition, ErrorCode, ListEntitiesRequest,
};

use crate::appflow::caller::CallFailure;
use crate::appflow::metadata::cache::{Answer, EntityPage, Key, Subject};
use crate::appflow::profiles::connection::Connection;

const DEFAULT_PAGE_SIZE: u32 = 1000;

/// Which page of which level.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) path: Option<String>,
    pub(crate) max_results: Option<u32>,
    pub(crate) next_token: Option<String>,
}

/// Returns a page of entities.
pub(crate) async fn list(
    connection: &Connection,
    api_version: Option<&str>,
    level: Level,
) -> Result<Arc<EntityPage>, CallFailure> {
    let max_results = level.max_results.unwrap_or(DEFAULT_PAGE_SIZE);
    let key = Key {
        profile: connection.profile.name.clone(),
        api_version: api_version.map(str::to_owned),
        subject: Subject::Entities {
            path: level.path.clone(),
            max_results,
            next_token: level.next_token.clone(),
        },
    };
    let appflow = &connection.appflow;
    if let Some(Answer::Entities(page)) = appflow.cache.get(&key, appflow.clock.now()) {
        return Ok(page);
    }
    let request = ListEntitiesRequest::builder()
        .connector_context(connection.context(api_version))
        .maybe_entities_path(level.path)
        .max_result(max_results)
        .maybe_next_token(level.next_token)
        .build();
    let response = connection.call(request).await?;
    let page = Arc::new(EntityPage {
        entities: response.entities.unwrap_or_default(),
        next_token: response.next_token.filter(|token| !token.is_empty()),
    });
    appflow.cache.put(
        key,
        Answer::Entities(Arc::clone(&page)),
        response.cache_control.as_ref(),
        appflow.clock.now(),
    );
    Ok(page)
}

/// Returns the description of an entity.
pub(crate) async fn describe(
    connection: &Connection,
    api_version: Option<&str>,
    entity: &str,
) -> Result<Arc<EntityDefinition>, CallFailure> {
    let key = Key {
        profile: connection.profile.name.clone(),
        api_version: api_version.map(str::to_owned),
        subject: Subject::Entity(entity.to_owned()),
    };
    let appflow = &connection.appflow;
    if let Some(Answer::Entity(definition)) = appflow.cache.get(&key, appflow.clock.now()) {
        return Ok(definition);
    }
    let request = DescribeEntityRequest::builder()
        .entity_identifier(entity)
        .connector_context(connection.context(api_version))
        .build();
    let response = connection.call(request).await?;
    let Some(definition) = response.entity_definition else {
        return Err(CallFailure::Connector(ConnectorError::new(
            ErrorCode::UnknownError,
            format!("The connector returned no definition of the entity {entity}."),
        )));
    };
    let definition = Arc::new(definition);
    appflow.cache.put(
        key,
        Answer::Entity(Arc::clone(&definition)),
        response.cache_control.as_ref(),
        appflow.clock.now(),
    );
    Ok(definition)
}
