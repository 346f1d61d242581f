//! The list of objects, and their descriptions.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::http::error::ApiError;
use crate::http::lookup::find_object;
use crate::http::request::{ApiVersion, Session};
use crate::organization::Organization;
use crate::schema::describe::{GlobalDescription, ObjectDescription, ObjectSummary};

/// `GET …/sobjects`.
pub(super) async fn list(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
) -> Json<GlobalDescription> {
    Json(GlobalDescription::of(&organization.schema, &version.path()))
}

/// `GET …/sobjects/<object>/describe`.
pub(super) async fn describe(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
) -> Result<Json<ObjectDescription>, ApiError> {
    let object = find_object(&organization, &object)?;
    Ok(Json(ObjectDescription::of(object, &version.path())))
}

/// The response to `GET …/sobjects/<object>`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectInfo {
    object_describe: ObjectSummary,
    /// The records that the user viewed last. The sandbox does not keep them.
    recent_items: [(); 0],
}

/// `GET …/sobjects/<object>`: a summary of the object.
pub(super) async fn info(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
) -> Result<Json<ObjectInfo>, ApiError> {
    let object = find_object(&organization, &object)?;
    Ok(Json(ObjectInfo {
        object_describe: ObjectSummary::of(object, &version.path()),
        recent_items: [],
    }))
}
