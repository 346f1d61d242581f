//! From the bytes of an invocation to a request.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::limits::MAX_MESSAGE_CHARS;
use crate::{ConnectorError, ConnectorRequest, RequestType, truncate};

/// The longest `type` that an error shows as an unknown one, if it is not a string.
const MAX_TYPE_BYTES: usize = 256 * 1024;

/// The largest payload that is read as a tree.
const MAX_TREE_BYTES: usize = 256 * 1024;

/// Why a payload is not a request. No message is longer than 1,100 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The payload is not JSON, or not an object. The message says where.
    #[error("the request is not a JSON object: {0}")]
    Malformed(String),
    /// The object has no `type`, or it is `null`.
    #[error("the request has no `type`; expected one of the eight request types of a connector")]
    MissingType,
    /// The `type` is not one of the eight.
    #[error("unknown request type `{0}`")]
    UnknownType(String),
    /// A field is missing or has the wrong shape. The message names the field.
    #[error("{request_type}: {message}")]
    InvalidField {
        /// The operation.
        request_type: RequestType,
        /// The path of the field and what is wrong with it.
        message: String,
    },
}

/// Returns InvalidArgument.
impl From<RequestError> for ConnectorError {
    fn from(error: RequestError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

impl ConnectorRequest {
    /// Reads a request: first its `type`, then the whole payload into the struct of that type. If
    /// there are several `type`s, the first counts.
    ///
    /// # Errors
    /// See [`RequestError`]. A payload that is not JSON is `Malformed`, whatever else is wrong.
    pub fn from_slice(payload: &[u8]) -> Result<Self, RequestError> {
        let request_type = request_type(payload)?;
        match request_type {
            RequestType::DescribeConnectorConfiguration => {
                decode(payload, request_type).map(Self::DescribeConnectorConfiguration)
            }
            RequestType::ValidateConnectorRuntimeSettings => {
                decode(payload, request_type).map(Self::ValidateConnectorRuntimeSettings)
            }
            RequestType::ValidateCredentials => {
                decode(payload, request_type).map(Self::ValidateCredentials)
            }
            RequestType::ListEntities => decode(payload, request_type).map(Self::ListEntities),
            RequestType::DescribeEntity => decode(payload, request_type).map(Self::DescribeEntity),
            RequestType::QueryData => decode(payload, request_type).map(Self::QueryData),
            RequestType::RetrieveData => decode(payload, request_type).map(Self::RetrieveData),
            RequestType::WriteData => decode(payload, request_type).map(Self::WriteData),
        }
    }
}

fn request_type(payload: &[u8]) -> Result<RequestType, RequestError> {
    let mut found = None;
    let outcome = serde_json::Deserializer::from_slice(payload)
        .deserialize_map(TypeFinder { found: &mut found });
    let name = found.and_then(|found| serde_json::from_str::<String>(found.get()).ok());
    if let Some(name) = &name
        && let Some(known) = RequestType::ALL
            .into_iter()
            .find(|known| known.as_str() == name)
    {
        return Ok(known);
    }
    check_json(payload)?;
    match (name, found.map(RawValue::get)) {
        (Some(name), _) => Err(RequestError::UnknownType(shorten(&name))),
        (None, Some("null")) => Err(RequestError::MissingType),
        (None, Some(other)) if other.len() <= MAX_TYPE_BYTES => {
            Err(RequestError::UnknownType(shorten(other)))
        }
        (None, Some(_)) => Err(malformed(&"its `type` is not a string")),
        (None, None) => {
            Err(outcome.map_or_else(|error| malformed(&error), |()| RequestError::MissingType))
        }
    }
}

/// Stops at the first `type`. AppFlow writes it before the rest, so that the bulk of a request is
/// not read twice.
///
/// To leave an object before its end is an error to serde, hence `found` in addition to the
/// outcome.
struct TypeFinder<'a, 'de> {
    found: &'a mut Option<&'de RawValue>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Type,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for TypeFinder<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                Key::Type => {
                    *self.found = Some(map.next_value()?);
                    return Ok(());
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn decode<T: DeserializeOwned>(
    payload: &[u8],
    request_type: RequestType,
) -> Result<T, RequestError> {
    serde_json::from_slice(payload).map_err(|error| {
        check_json(payload)
            .err()
            .unwrap_or_else(|| RequestError::InvalidField {
                request_type,
                message: shorten(
                    &field_at_fault::<T>(payload).unwrap_or_else(|| error.to_string()),
                ),
            })
    })
}

/// Reads the payload again, tracking the path of each field and without `null`s, so that a required
/// field that is `null` is missing. Only invalid requests pay for it. Returns `None` if this
/// reading succeeds, or if the payload is nested too deep for it.
///
/// In a large payload, `null`s are of the wrong type: a tree of it takes up to a hundred times its
/// size.
fn field_at_fault<T: DeserializeOwned>(payload: &[u8]) -> Option<String> {
    let (path, reason) = if payload.len() <= MAX_TREE_BYTES {
        let mut value = serde_json::from_slice(payload).ok()?;
        remove_nulls(&mut value);
        let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
        (error.path().clone(), error.inner().to_string())
    } else {
        let deserializer = &mut serde_json::Deserializer::from_slice(payload);
        let error = serde_path_to_error::deserialize::<_, T>(deserializer).err()?;
        let reason = error.inner().to_string();
        let reason = reason
            .rsplit_once(" at line ")
            .map_or(&*reason, |(text, _)| text);
        (error.path().clone(), reason.to_owned())
    };
    // Serde gives a missing field's name only in the text of the error.
    let missing = reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    Some(match (missing, path.iter().len()) {
        (Some(name), 0) => format!("missing required field `{name}`"),
        (Some(name), _) => format!("missing required field `{path}.{name}`"),
        (None, _) => format!("`{path}`: {reason}"),
    })
}

/// Removes the fields of objects that are `null`, at every depth. On the wire `null` equals absent.
pub fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, field| !field.is_null());
            object.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

fn check_json(payload: &[u8]) -> Result<(), RequestError> {
    let text = str::from_utf8(payload).map_err(|error| malformed(&error))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    Ok(())
}

fn malformed(error: &impl fmt::Display) -> RequestError {
    RequestError::Malformed(shorten(&error.to_string()))
}

/// A message may quote the payload.
fn shorten(text: &str) -> String {
    truncate(text, MAX_MESSAGE_CHARS).into_owned()
}
