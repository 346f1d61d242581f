//! Looks up what a path names.

use axum::http::StatusCode;

use crate::http::error::ApiError;
use crate::organization::Organization;
use crate::record_id;
use crate::schema::field::Field;
use crate::schema::object::Object;

pub(super) fn find_object<'s>(
    organization: &'s Organization,
    name: &str,
) -> Result<&'s Object, ApiError> {
    organization
        .schema
        .object(name)
        .ok_or_else(ApiError::not_found)
}

pub(super) fn find_field<'s>(object: &'s Object, name: &str) -> Result<&'s Field, ApiError> {
    object.field(name).ok_or_else(|| {
        let message = format!("No such column '{name}' on sobject of type {}", object.name);
        ApiError::bad_request("INVALID_FIELD", message)
    })
}

/// Returns a field that records can be upserted by.
pub(super) fn find_key<'s>(object: &'s Object, name: &str) -> Result<&'s Field, ApiError> {
    let field = object.field(name).filter(|field| field.external_id);
    field.ok_or_else(|| no_such_key(name))
}

pub(super) fn find_id(id: &str) -> Result<String, ApiError> {
    record_id::normalize(id).ok_or_else(|| {
        if matches!(id.len(), 15 | 18) {
            ApiError::bad_request("MALFORMED_ID", format!("malformed id {id}"))
        } else {
            no_such_key(id)
        }
    })
}

/// Salesforce takes a path segment that is not an ID for the name of an external ID field.
fn no_such_key(name: &str) -> ApiError {
    let message = format!("Provided external ID field does not exist or is not accessible: {name}");
    ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}
