//! What is known about an object, apart from its bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::s3::digest::Algorithm;
use crate::wire::timestamp::Timestamp;

/// The longest key, in bytes of UTF-8.
pub(super) const MAX_KEY_BYTES: usize = 1024;

/// An object, without its bytes.
#[derive(Clone, Debug)]
pub(crate) struct ObjectInfo {
    /// Never used for another object, nor for another value of this key.
    pub(super) id: i64,
    pub(crate) key: String,
    /// Without quotes.
    pub(crate) etag: String,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    pub(crate) attributes: Attributes,
}

/// What a client said about an object when it made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    /// Headers that are returned with the object, by their names in lower case: Content-Type,
    /// Cache-Control and so on, and `x-amz-meta-…`. Values as bytes that HTTP allows, as Latin-1.
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<StoredChecksum>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<(String, String)>,
}

/// The additional checksum of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredChecksum {
    pub(super) algorithm: Algorithm,
    /// Of the whole object; if not, of the checksums of its parts.
    pub(super) is_of_whole: bool,
    /// Empty for an upload in parts, until it is complete.
    pub(super) value: String,
}

impl Attributes {
    /// Attributes of an object of a media type.
    pub(crate) fn of_type(content_type: &str) -> Self {
        let header = ("content-type".to_owned(), content_type.to_owned());
        Self {
            headers: BTreeMap::from([header]),
            ..Self::default()
        }
    }

    pub(super) fn to_json(&self) -> String {
        // Strings and numbers only: cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn from_json(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// A piece of an object's bytes.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The number of the part that it was uploaded as; 1 for an object that was uploaded whole.
    pub(super) number: u32,
    pub(super) blob: String,
    pub(super) size: u64,
}
