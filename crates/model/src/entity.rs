use std::collections::{HashMap, HashSet};

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{ConnectorError, FieldDefinition, StringMap, lenient};

/// Something in the application that has records, such as an object, a table or an endpoint; or a
/// folder of such entities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct Entity {
    /// Its unique name: `\S+`, at most 1,024 characters, 128 in a listing.
    #[serde(deserialize_with = "lenient::scalar")]
    pub entity_identifier: String,
    /// Whether AppFlow should list what is below it, with this identifier as `entitiesPath`.
    #[builder(default)]
    #[serde(deserialize_with = "lenient::scalar")]
    pub has_nested_entities: bool,
    /// Whether records can be written to it. Default `true`.
    #[serde(default = "lenient::yes", deserialize_with = "lenient::null_as_true")]
    #[builder(default = true)]
    pub is_writable: bool,
    /// The name that the AppFlow console shows.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub label: Option<String>,
    /// The description that the console shows.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub description: Option<String>,
    /// Properties for the connector's own use; AppFlow returns them unchanged.
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
    #[serde(deserialize_with = "lenient::fields")]
    pub fields: Vec<FieldDefinition>,
    /// Properties for the connector's own use; AppFlow returns them unchanged.
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    pub custom_properties: Option<StringMap>,
}

impl EntityDefinition {
    /// Returns the field of this name; case matters.
    pub fn field(&self, name: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.field_name == name)
    }

    /// Returns the fields by their names, for many look-ups. If several have a name, it is the
    /// first one's, as for [`field`](Self::field).
    pub fn fields_by_name(&self) -> HashMap<&str, &FieldDefinition> {
        let fields = self.fields.iter().rev();
        fields
            .map(|field| (field.field_name.as_str(), field))
            .collect()
    }

    /// Returns the field that a request names.
    ///
    /// # Errors
    /// InvalidArgument if there is no such field.
    pub fn named_field(&self, name: &str) -> Result<&FieldDefinition, ConnectorError> {
        self.field(name).ok_or_else(|| self.no_field(name))
    }

    fn no_field(&self, name: &str) -> ConnectorError {
        let entity = &self.entity.entity_identifier;
        ConnectorError::invalid_argument(format!("{entity} has no field `{name}`"))
    }

    /// Returns the fields that a request selects with `selectedFieldNames`, each once and in that
    /// order. Without names: all that are retrievable.
    ///
    /// ```
    /// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
    ///
    /// let field = |name: &str| FieldDefinition::builder().field_name(name).data_type(FieldDataType::String).build();
    /// let airport = EntityDefinition::builder()
    ///     .entity(Entity::builder().entity_identifier("Airport").build())
    ///     .fields(vec![field("code"), field("city")])
    ///     .build();
    /// assert_eq!(airport.select(None)?.len(), 2);
    ///
    /// let error = airport.select(Some(&["town".to_owned()])).unwrap_err();
    /// assert_eq!(error.message(), "Airport has no field `town`");
    /// # Ok::<(), appflow_connector_model::ConnectorError>(())
    /// ```
    ///
    /// # Errors
    /// InvalidArgument if there is no field of a name, or the field is not retrievable.
    pub fn select(
        &self,
        names: Option<&[String]>,
    ) -> Result<Vec<&FieldDefinition>, ConnectorError> {
        let names = names.unwrap_or_default();
        if names.is_empty() {
            let fields = self.fields.iter();
            return Ok(fields.filter(|field| field.is_retrievable()).collect());
        }
        let by_name = self.fields_by_name();
        let mut fields = Vec::new();
        let mut known = HashSet::new();
        for name in names {
            let field = *by_name
                .get(name.as_str())
                .ok_or_else(|| self.no_field(name))?;
            if !field.is_retrievable() {
                return Err(ConnectorError::invalid_argument(format!(
                    "the field `{name}` cannot be retrieved"
                )));
            }
            if known.insert(name) {
                fields.push(field);
            }
        }
        Ok(fields)
    }
}

/// How long AppFlow may cache metadata: 1 hour when absent, at least 600 seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct CacheControl {
    /// The number of units.
    #[serde(deserialize_with = "lenient::scalar")]
    pub time_to_live: u64,
    /// The unit.
    pub time_to_live_unit: Option<TimeUnit>,
}

impl CacheControl {
    /// Returns a cache time of this many hours.
    pub const fn hours(hours: u64) -> Self {
        Self {
            time_to_live: hours,
            time_to_live_unit: Some(TimeUnit::Hours),
        }
    }
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
