//! Why a record is not written, in Salesforce's codes and words.

use axum::http::StatusCode;

use crate::schema::field::Field;
use crate::schema::object::Object;

/// The maximum number of characters of a value that a message repeats.
const MAX_SHOWN: usize = 255;

/// Why a record is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WriteError {
    /// The status code in the results of a collection.
    pub code: &'static str,
    pub message: String,
    /// The fields at fault.
    pub fields: Vec<&'static str>,
    /// The response of a call for one record, if it is not 400 with the code and message above.
    pub alone: Option<Alone>,
}

/// The response of a call for one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alone {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl WriteError {
    /// The code of a value that is not of the type of its field.
    pub(crate) const WRONG_TYPE: &'static str = "INVALID_TYPE_ON_FIELD_IN_RECORD";

    fn new(code: &'static str, message: impl Into<String>, fields: Vec<&'static str>) -> Self {
        Self {
            code,
            message: message.into(),
            fields,
            alone: None,
        }
    }

    fn alone(self, status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            alone: Some(Alone {
                status,
                code,
                message,
            }),
            ..self
        }
    }

    pub(super) fn no_such_field(object: &Object, name: &str) -> Self {
        let name = shown(name);
        let message = format!("No such column '{name}' on sobject of type {}", object.name);
        Self::new("INVALID_FIELD", message, vec![])
    }

    pub(crate) fn no_such_object(name: &str) -> Self {
        let message = format!("sObject type '{}' is not supported.", shown(name));
        Self::new("INVALID_TYPE", message, vec![])
    }

    /// A record of another object than the one in the path.
    pub(crate) fn other_object(expected: &Object, name: &str) -> Self {
        let message = format!(
            "a record of type '{}' cannot be upserted as {}",
            shown(name),
            expected.name
        );
        Self::new("INVALID_TYPE", message, vec![])
    }

    /// The ID or the external ID, which is in the path, is also in the record.
    pub(crate) fn given_twice(field: &Field) -> Self {
        let message = format!(
            "The {} field should not be specified in the sobject data.",
            field.name
        );
        Self::new("INVALID_FIELD", message, vec![])
    }

    pub(super) fn id_in_insert() -> Self {
        Self::new(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert call",
            vec!["Id"],
        )
    }

    pub(super) fn not_writable(fields: Vec<&'static str>) -> Self {
        let message = format!(
            "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write \
             for your profile or permission set.",
            fields.join(", ")
        );
        Self::new("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields)
    }

    pub(super) fn missing(fields: Vec<&'static str>) -> Self {
        let message = format!("Required fields are missing: [{}]", fields.join(", "));
        Self::new("REQUIRED_FIELD_MISSING", message, fields)
    }

    /// An update without an ID, or an upsert without its key.
    pub(crate) fn no_key(message: String) -> Self {
        Self::new("MISSING_ARGUMENT", message, vec![])
    }

    /// `token` is the kind of value in the words of Salesforce's JSON parser: `VALUE_STRING`.
    pub(super) fn wrong_type(field: &Field, token: &str, value: &str) -> Self {
        let value = shown(value);
        let message = format!("{}: value not of required type: {value}", field.label);
        let parser = format!(
            "Cannot deserialize instance of {} from {token} value {value} or request may be missing a required field",
            field.kind.name()
        );
        Self::new(Self::WRONG_TYPE, message, vec![field.name]).alone(
            StatusCode::BAD_REQUEST,
            "JSON_PARSER_ERROR",
            parser,
        )
    }

    pub(super) fn too_long(field: &Field, value: &str) -> Self {
        let message = format!(
            "{}: data value too large: {} (max length={})",
            field.label,
            shown(value),
            field.length
        );
        Self::new("STRING_TOO_LONG", message, vec![field.name])
    }

    pub(super) fn out_of_range(field: &Field, value: &str) -> Self {
        let message = format!(
            "{}: value outside of valid range on numeric field: {}",
            field.label,
            shown(value)
        );
        Self::new("NUMBER_OUTSIDE_VALID_RANGE", message, vec![field.name])
    }

    pub(super) fn bad_choice(field: &Field, value: &str) -> Self {
        let message = format!(
            "{}: bad value for restricted picklist field: {}",
            field.label,
            shown(value)
        );
        Self::new(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            message,
            vec![field.name],
        )
    }

    pub(super) fn bad_email(field: &Field, value: &str) -> Self {
        let message = format!("{}: invalid email address: {}", field.label, shown(value));
        Self::new("INVALID_EMAIL_ADDRESS", message, vec![field.name])
    }

    /// A reference that is not a valid ID, or the ID of another object.
    pub(super) fn bad_id(field: &Field, value: &str) -> Self {
        let message = format!(
            "{}: id value of incorrect type: {}",
            field.label,
            shown(value)
        );
        Self::new("MALFORMED_ID", message, vec![field.name])
    }

    /// The ID of a record to update is not valid, or belongs to another object.
    pub(crate) fn wrong_own_id(object: &Object, value: &str) -> Self {
        let message = format!(
            "{} ID: id value of incorrect type: {}",
            object.label,
            shown(value)
        );
        Self::new("MALFORMED_ID", message, vec!["Id"])
    }

    /// An ID to delete that is not valid.
    pub(crate) fn malformed_id(id: &str) -> Self {
        Self::new(
            "MALFORMED_ID",
            format!("malformed id {}", shown(id)),
            vec![],
        )
    }

    pub(super) fn no_such_reference(field: &Field) -> Self {
        Self::new(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            vec![field.name],
        )
    }

    pub(crate) fn no_such_record() -> Self {
        Self::new(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            vec![],
        )
        .alone(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "The requested resource does not exist",
        )
    }

    pub(crate) fn deleted() -> Self {
        let message = "entity is deleted";
        Self::new("ENTITY_IS_DELETED", message, vec![]).alone(
            StatusCode::NOT_FOUND,
            "ENTITY_IS_DELETED",
            message,
        )
    }

    /// `owner` is the record that already has the value.
    pub(super) fn duplicate(field: &Field, owner: &str) -> Self {
        let message = format!(
            "duplicate value found: {} duplicates value on record with id: {}",
            field.name,
            owner.get(..15).unwrap_or(owner)
        );
        Self::new("DUPLICATE_VALUE", message, vec![])
    }

    /// A duplicate rule found another record.
    pub(super) fn duplicates_detected() -> Self {
        Self::new("DUPLICATES_DETECTED", "Use one of these records?", vec![])
    }

    /// Two records of one call have the same key.
    pub(crate) fn key_given_twice(field: &Field, value: &str) -> Self {
        let message = format!("Duplicate external id specified: {}", shown(value));
        Self::new("DUPLICATE_VALUE", message, vec![field.name])
    }

    /// Several records have the key of an upsert.
    pub(super) fn ambiguous_key(field: &Field, ids: &[String]) -> Self {
        let message = format!(
            "{}: more than one record found for external id field: [{}]",
            field.label,
            ids.join(", ")
        );
        Self::new("DUPLICATE_EXTERNAL_ID", message, vec![field.name])
    }

    pub(super) fn not_deletable(object: &Object) -> Self {
        let message = format!("entity type {} does not support delete", object.name);
        Self::new("INVALID_TYPE_FOR_OPERATION", message, vec![])
    }

    pub(crate) fn locked() -> Self {
        Self::new(
            "UNABLE_TO_LOCK_ROW",
            "unable to obtain exclusive access to this record",
            vec![],
        )
    }

    pub(crate) fn rolled_back() -> Self {
        Self::new(
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using AllOrNone header",
            vec![],
        )
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        let message = format!("the sandbox's database failed: {error}");
        Self::new("UNKNOWN_EXCEPTION", message, vec![])
    }
}

/// A value as a message shows it, truncated if it is long.
fn shown(value: &str) -> &str {
    match value.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => &value[..end],
        None => value,
    }
}
