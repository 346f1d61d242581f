//! Between the types of the store and those of the protocol.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use axum::http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3s::dto::{ETag, ETagCondition, Tag, Tagging, Timestamp as Time};
use s3s::{S3Error, S3ErrorCode, s3_error};

use crate::s3::object::Attributes;
use crate::s3::objects::Condition;
use crate::wire::timestamp::Timestamp;

/// What S3 gives to an object without a media type.
const DEFAULT_TYPE: &str = "binary/octet-stream";
const METADATA: &str = "x-amz-meta-";
const REDIRECT: &str = "x-amz-website-redirect-location";
const MAX_METADATA_BYTES: usize = 2048;

/// Characters that the encoding `url` of listings leaves.
const URL_ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/');

pub(super) fn at(time: Timestamp) -> Time {
    Time::from(SystemTime::UNIX_EPOCH + Duration::from_millis(time.millis()))
}

/// Returns the whole second of a time, which is what HTTP's dates have.
pub(super) fn at_second(time: Timestamp) -> Time {
    let seconds = Duration::from_secs(time.millis() / 1000);
    Time::from(SystemTime::UNIX_EPOCH + seconds)
}

pub(super) fn strong(etag: &str) -> ETag {
    ETag::Strong(etag.to_owned())
}

/// Encodes a key if the request asks for it.
pub(super) fn encoded(text: &str, is_encoded: bool) -> String {
    if is_encoded {
        utf8_percent_encode(text, URL_ENCODED).to_string()
    } else {
        text.to_owned()
    }
}

/// Reads what the headers of an upload say about the object.
pub(super) fn attributes(headers: &HeaderMap) -> Result<Attributes, S3Error> {
    let mut attributes = Attributes::of_type(DEFAULT_TYPE);
    let mut metadata_bytes = 0;
    for name in headers.keys() {
        let is_metadata =
            name.as_str().len() > METADATA.len() && name.as_str().starts_with(METADATA);
        let is_kept = [
            CACHE_CONTROL,
            CONTENT_DISPOSITION,
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            CONTENT_TYPE,
            EXPIRES,
        ]
        .contains(name);
        if !is_metadata && !is_kept && name != REDIRECT {
            continue;
        }
        let values = headers
            .get_all(name)
            .iter()
            .map(|value| latin_1(value.as_bytes()));
        let value = values.collect::<Vec<_>>().join(",");
        if is_metadata {
            metadata_bytes += name.as_str().len() - METADATA.len() + value.chars().count();
        }
        if !value.is_empty() || is_metadata {
            attributes.headers.insert(name.as_str().to_owned(), value);
        }
    }
    if metadata_bytes > MAX_METADATA_BYTES {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    Ok(attributes)
}

/// A header's bytes as characters, so that any of them can be stored as text.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

pub(super) fn header_bytes(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

/// Reads the conditions of a write.
pub(super) fn condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> Result<Condition, S3Error> {
    let unsupported = || {
        s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        )
    };
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::None),
        (None, Some(ETagCondition::Any)) => Ok(Condition::Absent),
        (Some(ETagCondition::ETag(etag)), None) => Ok(Condition::Etag(etag.into_value())),
        _ => Err(unsupported()),
    }
}

/// Reads `x-amz-tagging`: tags in the form of a query.
pub(super) fn tags_of_header(text: &str) -> Result<Vec<(String, String)>, S3Error> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.map(std::borrow::Cow::into_owned).map_err(|_| {
            s3_error!(
                InvalidArgument,
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
            )
        })
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let tags = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    });
    checked(tags.collect::<Result<_, S3Error>>()?, 10)
}

pub(super) fn tags_from(tagging: Tagging, max: usize) -> Result<Vec<(String, String)>, S3Error> {
    let tag = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    checked(tagging.tag_set.into_iter().map(tag).collect(), max)
}

pub(super) fn tags_to(tags: Vec<(String, String)>) -> Vec<Tag> {
    let tag = |(key, value)| Tag {
        key: Some(key),
        value: Some(value),
    };
    tags.into_iter().map(tag).collect()
}

fn checked(tags: Vec<(String, String)>, max: usize) -> Result<Vec<(String, String)>, S3Error> {
    if tags.len() > max {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("BadRequest".into()),
            format!("Object tags cannot be greater than {max}"),
        );
        error.set_status_code(StatusCode::BAD_REQUEST);
        return Err(error);
    }
    let mut keys = HashSet::new();
    for (key, value) in &tags {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(s3_error!(
                InvalidTag,
                "The TagKey you have provided is invalid"
            ));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(
                InvalidTag,
                "The TagValue you have provided is invalid"
            ));
        }
        if key.starts_with("aws:") {
            return Err(s3_error!(
                InvalidTag,
                "System tags cannot be added/updated by requester"
            ));
        }
        if !keys.insert(key) {
            return Err(s3_error!(
                InvalidTag,
                "Cannot provide multiple Tags with the same key"
            ));
        }
    }
    Ok(tags)
}
