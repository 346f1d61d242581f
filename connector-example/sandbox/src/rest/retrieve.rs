//! Records by their IDs, up to 2,000 in one call: `…/composite/sobjects/<object>`.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Deserialize;

use super::body::JsonBody;
use super::collections::check_count;
use super::error::ApiError;
use super::lookup::find_field;
use super::lookup::find_object;
use super::query::parameter;
use super::record_json::RecordJson;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::oauth::Session;
use crate::record_id;

/// The most records of a call. It is Salesforce's limit. A GET meets the limit of the URI's length before.
const MAX_RECORDS: usize = 2_000;

/// What is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    ids: Vec<String>,
    fields: Vec<String>,
}

type Records = Result<Json<Vec<Option<RecordJson>>>, ApiError>;

/// `GET …/composite/sobjects/<object>?ids=<id>,<id>&fields=Id,Name`.
pub(super) async fn by_query(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Records {
    let list = |name| -> Vec<String> {
        let text = parameter(query.as_deref(), name).unwrap_or_default();
        let items = text.split(',').map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let wanted = Wanted {
        ids: list("ids"),
        fields: list("fields"),
    };
    answer(&sandbox, version, &object, &wanted)
}

/// `POST …/composite/sobjects/<object>` with `{"ids": […], "fields": […]}`.
pub(super) async fn by_body(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Records {
    answer(&sandbox, version, &object, &wanted)
}

/// One record for each ID, in order. Null stands for what is no ID, or an ID without a record.
fn answer(sandbox: &Sandbox, version: ApiVersion, object: &str, wanted: &Wanted) -> Records {
    let object = find_object(sandbox, object)?;
    for (name, list) in [("ids", &wanted.ids), ("fields", &wanted.fields)] {
        if list.is_empty() {
            let message = format!("{name}: at least one has to be specified");
            return Err(ApiError::bad_request("MISSING_ARGUMENT", message));
        }
    }
    check_count(wanted.ids.len(), MAX_RECORDS)?;
    let fields = wanted
        .fields
        .iter()
        .map(|name| find_field(object, name).cloned())
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Option<String>> = wanted
        .ids
        .iter()
        .map(|id| record_id::normalize(id))
        .collect();
    let known: Vec<String> = ids.iter().flatten().cloned().collect();
    let records = sandbox.inner.store.records(object, &fields, &known)?;
    let by_id: HashMap<String, _> = known.into_iter().zip(records).collect();
    let records = ids.into_iter().map(|id| {
        let record = by_id.get(&id?)?.clone()?;
        Some(RecordJson { record, version })
    });
    Ok(Json(records.collect()))
}
