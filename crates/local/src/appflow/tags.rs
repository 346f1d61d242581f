//! The operations on tags. Flows and connectors have them.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::appflow::call::Call;
use crate::appflow::connectors::connector::Connector;
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::flows::flow::Flow;
use crate::appflow::quotas::MAX_TAGS;
use crate::wire::error::ServiceError;

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagsRequest {
    resource_arn: String,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// A resource that has tags.
enum Resource {
    Flow(Flow),
    Connector(Box<Connector>),
}

impl Resource {
    fn find(
        database: &Connection,
        start: &str,
        arn: &str,
    ) -> rusqlite::Result<Result<Self, ServiceError>> {
        let not_found = || error::not_found(format!("The resource {arn} does not exist."));
        if !arn.starts_with("arn:aws:appflow:") {
            return Ok(Err(error::validation(format!(
                "{arn} is not the ARN of a resource of AppFlow."
            ))));
        }
        let resource = arn.strip_prefix(start).unwrap_or_default();
        let found = match resource.split_once('/') {
            Some(("flow", name)) => documents::get(database, name)?.map(Self::Flow),
            Some(("connector", label)) => {
                documents::get(database, label)?.map(|found| Self::Connector(Box::new(found)))
            }
            _ => None,
        };
        Ok(found.ok_or_else(not_found))
    }

    fn tags(&self) -> &Tags {
        match self {
            Self::Flow(flow) => &flow.tags,
            Self::Connector(connector) => &connector.tags,
        }
    }

    fn put(self, database: &Connection, tags: Tags) -> rusqlite::Result<()> {
        match self {
            Self::Flow(flow) => documents::put(database, &Flow { tags, ..flow }),
            Self::Connector(connector) => {
                documents::put(database, &Connector { tags, ..*connector })
            }
        }
    }
}

/// Checks the number of tags of a resource.
pub(crate) fn check_number(tags: &Tags) -> Result<(), ServiceError> {
    if tags.len() > MAX_TAGS {
        return Err(error::validation(format!(
            "A resource can have {MAX_TAGS} tags."
        )));
    }
    Ok(())
}

pub(crate) async fn list(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: TagsRequest = call.read()?;
    let start = appflow.account.arn("appflow", "");
    let found = appflow
        .database
        .read(move |database| Resource::find(database, &start, &request.resource_arn));
    Ok(json!({"tags": found.await??.tags()}))
}

pub(crate) async fn tag(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: TagsRequest = call.read()?;
    change(appflow, request.resource_arn, move |tags| {
        tags.extend(request.tags);
        check_number(tags)
    })
    .await
}

pub(crate) async fn untag(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: TagsRequest = call.read()?;
    change(appflow, request.resource_arn, move |tags| {
        for key in &request.tag_keys {
            tags.remove(key);
        }
        Ok(())
    })
    .await
}

async fn change(
    appflow: AppFlow,
    arn: String,
    change: impl FnOnce(&mut Tags) -> Result<(), ServiceError> + Send + 'static,
) -> Result<Value, ServiceError> {
    let start = appflow.account.arn("appflow", "");
    appflow
        .database
        .write(move |database| {
            let resource = match Resource::find(database, &start, &arn)? {
                Ok(resource) => resource,
                Err(error) => return Ok(Err(error)),
            };
            let mut tags = resource.tags().clone();
            if let Err(error) = change(&mut tags) {
                return Ok(Err(error));
            }
            resource.put(database, tags)?;
            Ok(Ok(json!({})))
        })
        .await?
}
