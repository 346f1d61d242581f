use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{FieldDefinition, StringMap, lenient};

/// Something in the application that has records: an object, a table, an endpoint. Or a folder of such entities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct Entity {
    /// Its unique name: `\S+`, at most 1,024 characters, 128 in a listing.
    pub entity_identifier: String,
    /// Whether AppFlow should list what is below it, with this identifier as `entitiesPath`.
    #[builder(default)]
    pub has_nested_entities: bool,
    /// Whether records can be written to it. Default `true`.
    #[serde(default = "lenient::yes", deserialize_with = "lenient::null_as_true")]
    #[builder(default = true)]
    pub is_writable: bool,
    /// What the console shows.
    pub label: Option<String>,
    /// The longer explanation.
    pub description: Option<String>,
    /// Properties that are the connector's own business; AppFlow hands them back.
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    pub custom_properties: Option<StringMap>,
}

/// An entity and its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct EntityDefinition {
    /// The entity.
    pub entity: Entity,
    /// Its fields.
    pub fields: Vec<FieldDefinition>,
    /// Properties that are the connector's own business; AppFlow hands them back.
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    pub custom_properties: Option<StringMap>,
}

impl EntityDefinition {
    /// The field of this name, letter for letter.
    pub fn field(&self, name: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.field_name == name)
    }
}

/// How long AppFlow may keep metadata: 1 hour when absent, 600 seconds at the least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct CacheControl {
    /// How many units.
    pub time_to_live: u64,
    /// The unit.
    pub time_to_live_unit: Option<TimeUnit>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum TimeUnit {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Days,
}
