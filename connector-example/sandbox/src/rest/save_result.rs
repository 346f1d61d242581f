//! What became of a record that was to be written.

use serde::Serialize;

use crate::write::Saved;
use crate::write::WriteError;

#[derive(Debug, Serialize)]
pub(super) struct SaveResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    success: bool,
    errors: Vec<SaveError>,
    /// Only an upsert tells whether the record is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SaveError {
    status_code: &'static str,
    message: String,
    fields: Vec<&'static str>,
}

impl SaveResult {
    pub(super) fn of(outcome: Result<Saved, WriteError>) -> Self {
        match outcome {
            Ok(saved) => Self {
                id: Some(saved.id),
                success: true,
                errors: Vec::new(),
                created: None,
            },
            Err(error) => Self {
                id: None,
                success: false,
                errors: vec![SaveError {
                    status_code: error.code,
                    message: error.message,
                    fields: error.fields,
                }],
                created: None,
            },
        }
    }

    pub(super) fn of_upsert(outcome: Result<Saved, WriteError>) -> Self {
        let created = outcome.as_ref().ok().map(|saved| saved.created);
        Self {
            created,
            ..Self::of(outcome)
        }
    }
}
