use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{ConnectorError, ErrorCode};

/// The JSON text of one record: one object, keyed by field name.
///
/// A record travels as text inside the request or response, so it is kept as text: nothing is
/// parsed only to be printed again.
///
/// | field type | JSON |
/// |---|---|
/// | String | string |
/// | Integer, Long, Short, Float, Double, BigInteger, BigDecimal | number, no digit lost |
/// | Boolean | `true`, `false` |
/// | Date | `"2023-12-03"` |
/// | DateTime | ISO 8601 with time and offset, `"2023-12-03T10:15:30Z"` |
/// | ByteArray | base64 string |
/// | Struct, Map | object |
/// | List | array |
///
/// A field without a value is left out or `null`.
///
/// Records that come in a [`WriteDataRequest`](crate::WriteDataRequest) hold what AppFlow sent,
/// unchecked, until [`Record::parse`] reads them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(String);

/// Why a record cannot be made or read. No message shows the record's content.
///
/// As a [`ConnectorError`], a record that the connector cannot make from the application's data is
/// a ServerError, and a record from AppFlow that is not of the requested type an
/// InvalidArgument.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The text is not JSON, or the value cannot be written as JSON. The message has the place.
    #[error("a record must be JSON (line {}, column {})", .0.line(), .0.column())]
    Json(serde_json::Error),
    /// The record is not of the type that [`Record::parse`] was asked for. The message has the
    /// place.
    #[error(
        "the record cannot be read: it is not the expected JSON (line {}, column {})",
        .0.line(),
        .0.column()
    )]
    Unexpected(serde_json::Error),
    /// The text is JSON but not an object. Holds its first character.
    #[error("a record must be a JSON object; the text begins with {0:?}")]
    NotAnObject(char),
}

impl From<RecordError> for ConnectorError {
    fn from(error: RecordError) -> Self {
        let code = match error {
            RecordError::Unexpected(_) => ErrorCode::InvalidArgument,
            RecordError::Json(_) | RecordError::NotAnObject(_) => ErrorCode::ServerError,
        };
        Self::new(code, error.to_string())
    }
}

impl Record {
    /// Writes `value` as a record.
    ///
    /// # Errors
    /// If `value` cannot be serialized, or is not an object in JSON.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, RecordError> {
        check_object(serde_json::to_string(value).map_err(RecordError::Json)?)
    }

    /// Returns the JSON that an application sent as a record, without copying or parsing it.
    ///
    /// # Errors
    /// If it is not an object.
    pub fn from_raw(raw: Box<RawValue>) -> Result<Self, RecordError> {
        check_object(String::from(Box::<str>::from(raw)))
    }

    /// Returns JSON text as a record, after checking it in one pass.
    ///
    /// # Errors
    /// If it is not JSON, or not an object.
    pub fn from_json(text: String) -> Result<Self, RecordError> {
        serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(RecordError::Json)?;
        check_object(text)
    }

    /// Returns text as a record that the caller knows to be one JSON object, such as a part of JSON
    /// that was read already. Nothing is checked: AppFlow rejects a record that is not an object.
    pub const fn from_json_unchecked(text: String) -> Self {
        Self(text)
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the record as a value of the type `T`.
    ///
    /// # Errors
    /// If the text is not JSON of that type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, RecordError> {
        serde_json::from_str(&self.0).map_err(RecordError::Unexpected)
    }
}

fn check_object(text: String) -> Result<Record, RecordError> {
    match text.trim_start().chars().next() {
        Some('{') => Ok(Record(text)),
        other => Err(RecordError::NotAnObject(other.unwrap_or(' '))),
    }
}

/// Shows the length and never the content, so that records stay out of logs.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_a_record() {
        assert_eq!(
            Record::from_json(r#" {"a":1}"#.into()).unwrap().as_str(),
            r#" {"a":1}"#
        );
        assert!(matches!(
            Record::from_json("[1]".into()),
            Err(RecordError::NotAnObject('['))
        ));
        assert!(matches!(
            Record::from_json("{\"a\":".into()),
            Err(RecordError::Json(_))
        ));
        assert!(matches!(
            Record::from_value("text"),
            Err(RecordError::NotAnObject('"'))
        ));
    }

    #[test]
    fn an_error_has_the_code_of_whose_record_it_is() {
        let code = |error: RecordError| ConnectorError::from(error).code();
        let from_application = Record::from_json("[1]".into()).unwrap_err();
        assert_eq!(code(from_application), ErrorCode::ServerError);
        let not_json = Record::from_json("{".into()).unwrap_err();
        assert_eq!(code(not_json), ErrorCode::ServerError);
        let from_appflow = Record::from_json_unchecked("{\"id\": \"secret\"}".into());
        let error = from_appflow
            .parse::<std::collections::BTreeMap<String, u8>>()
            .unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(code(error), ErrorCode::InvalidArgument);
    }

    #[test]
    fn raw_json_keeps_every_digit() {
        let raw: Box<RawValue> = serde_json::from_str(r#"{"n":0.10000000000000000001}"#).unwrap();
        assert_eq!(
            Record::from_raw(raw).unwrap().as_str(),
            r#"{"n":0.10000000000000000001}"#
        );
    }

    #[test]
    fn debug_shows_no_content() {
        let record = Record::from_json(r#"{"ssn":"1"}"#.into()).unwrap();
        assert_eq!(format!("{record:?}"), "Record(11 bytes)");
    }
}
