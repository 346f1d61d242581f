//! Salesforce's objects and their fields.

use appflow_connector_sdk::http::Request;
use appflow_connector_sdk::model::{
    CacheControl, ConnectorOperator, DescribeEntityRequest, Entity, EntityDefinition,
    FieldConstraints, FieldDataType, FieldDefinition, List, ListEntitiesRequest, RangeConstraint,
    ReadOperationProperty, StringMap, WriteOperationProperty, WriteOperationType,
};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::{DescribedEntity, EntityPage, Invocation, MetadataHandler, Result};
use serde::Deserialize;

use crate::SalesforceConnector;
use crate::salesforce::Organization;

/// The custom property that says whether a query is read by a field, `true` or `false`. Without it,
/// queries are read by the field `Id`.
const KEY_PROPERTY: &str = "salesforceQueryKey";

/// The maximum number of fields of an entity, its parents' included. More do not fit into a
/// response.
pub(crate) const MAX_FIELDS: usize = 10_000;

/// The fields that Salesforce sets when a record changes.
const CHANGE_DATES: [&str; 3] = ["CreatedDate", "LastModifiedDate", "SystemModstamp"];

impl MetadataHandler for SalesforceConnector {
    /// Objects are not nested: the path of an object lists that object. `nextToken` is the name of
    /// the last object on the previous page.
    async fn list_entities(
        &self,
        request: ListEntitiesRequest,
        invocation: &Invocation,
    ) -> Result<EntityPage> {
        let organization = self.organization(invocation).await?;
        let entities = match request.entities_path.as_deref() {
            None | Some("") => organization.objects().await?,
            Some(object) => vec![organization.object(object).await?.into_entity()],
        };
        Ok(EntityPage {
            cache_control: Some(CacheControl::hours(1)),
            ..EntityPage::of(entities, &request)?
        })
    }

    async fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        invocation: &Invocation,
    ) -> Result<DescribedEntity> {
        let organization = self.organization(invocation).await?;
        let definition = organization.describe(&request.entity_identifier).await?;
        Ok(DescribedEntity::builder()
            .definition(definition)
            .cache_control(CacheControl::hours(1))
            .build())
    }
}

impl Organization<'_> {
    async fn objects(&self) -> Result<Vec<Entity>> {
        let objects = self
            .http
            .fetch::<ObjectList>(Request::get("sobjects"))
            .await?
            .sobjects;
        Ok(objects
            .into_iter()
            .filter(|object| object.queryable)
            .map(Object::into_entity)
            .collect())
    }

    /// Requests the description of an object.
    pub(crate) async fn object(&self, name: &str) -> Result<Object> {
        Soql::check_name(name)?;
        let request = Request::get(format!("sobjects/{name}/describe"));
        self.http.fetch(request).await
    }
}

/// Marks the field that queries are read by if it is not `Id`.
fn mark_key(fields: &mut [FieldDefinition], key: Option<usize>) {
    for (index, field) in fields.iter_mut().enumerate() {
        let is_key = Some(index) == key;
        if is_key || field.field_name == "Id" {
            let properties = field.custom_properties.get_or_insert_default();
            properties.insert(KEY_PROPERTY.to_owned(), is_key.to_string());
        }
    }
}

/// Returns the field by whose values an object's records can be read in order, whatever changes in
/// between: unique, unchanging, sortable, filterable.
pub(crate) fn query_key(entity: &EntityDefinition) -> Option<&str> {
    let is_key = |field: &&FieldDefinition| {
        let properties = field.custom_properties.as_ref();
        match properties.and_then(|properties| properties.get(KEY_PROPERTY)) {
            Some(is_key) => is_key == "true",
            None => field.field_name == "Id",
        }
    };
    let key = entity.fields.iter().find(is_key);
    key.map(|field| field.field_name.as_str())
}

#[derive(Deserialize)]
struct ObjectList {
    sobjects: List<Object>,
}

/// An object, in the list of objects or with its fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    name: String,
    label: Option<String>,
    queryable: bool,
    createable: bool,
    updateable: bool,
    deletable: bool,
    #[serde(default)]
    fields: List<Field, MAX_FIELDS>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    label: Option<String>,
    relationship_name: Option<String>,
    #[serde(default)]
    reference_to: List<String>,
    #[serde(rename = "type")]
    salesforce_type: String,
    length: u32,
    nillable: bool,
    filterable: bool,
    #[serde(default = "yes")]
    sortable: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    case_sensitive: bool,
    createable: bool,
    updateable: bool,
    defaulted_on_create: bool,
    external_id: bool,
    id_lookup: bool,
    #[serde(default)]
    deprecated_and_hidden: bool,
    inline_help_text: Option<String>,
    #[serde(default)]
    picklist_values: List<PicklistValue>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct PicklistValue {
    active: bool,
    value: String,
}

impl Object {
    /// Returns the relationships to parents, and the parents' names. Of parents of several kinds, a
    /// query can read the fields of the object `Name`.
    pub(crate) fn parents(&self) -> Vec<(String, String)> {
        let parent = |field: &Field| match &*field.reference_to {
            [] => None,
            [parent] => Some((field.relationship_name.clone()?, parent.clone())),
            [..] => Some((field.relationship_name.clone()?, "Name".to_owned())),
        };
        self.fields.iter().filter_map(parent).collect()
    }

    pub(crate) fn into_definition(mut self, has_files: bool) -> EntityDefinition {
        let fields = std::mem::take(&mut self.fields);
        let is_read_by_id = |field: &Field| field.name == "Id" && field.has_order();
        let other_key = if fields.iter().any(is_read_by_id) {
            None
        } else {
            Some(fields.iter().position(Field::is_other_key))
        };
        // Files are read behind the last key.
        let has_files = has_files && other_key != Some(None);
        let fields = fields.into_iter();
        let fields = fields.map(|field| field.into_definition(has_files));
        let mut fields: Vec<FieldDefinition> = fields.collect();
        if let Some(key) = other_key {
            mark_key(&mut fields, key);
        }
        EntityDefinition::builder()
            .entity(self.into_entity())
            .fields(fields)
            .build()
    }

    fn into_entity(self) -> Entity {
        Entity::builder()
            .label(label(self.label, &self.name))
            .entity_identifier(self.name)
            .is_writable(self.createable || self.updateable || self.deletable)
            .build()
    }
}

impl Field {
    fn has_order(&self) -> bool {
        self.filterable && self.sortable
    }

    /// Returns whether queries can be read by this field, which is not `Id`. Salesforce orders text
    /// whose case makes a difference as if it made none.
    fn is_other_key(&self) -> bool {
        let is_unique = self.unique && !self.nillable && !self.updateable && !self.case_sensitive;
        let is_text = data_type(&self.salesforce_type) == FieldDataType::String;
        self.has_order() && is_text && (is_unique || self.name == "DurableId")
    }

    fn into_definition(self, has_files: bool) -> FieldDefinition {
        let data_type = data_type(&self.salesforce_type);
        let read_properties = ReadOperationProperty::builder()
            .is_retrievable(has_files || data_type != FieldDataType::ByteArray)
            .is_nullable(self.nillable)
            .is_queryable(self.filterable)
            .is_timestamp_field_for_incremental_queries(CHANGE_DATES.contains(&self.name.as_str()))
            .build();
        FieldDefinition::builder()
            .is_primary_key(self.salesforce_type == "id")
            .filter_operators(self.filter_operators(data_type))
            .maybe_constraints(self.constraints(data_type))
            .data_type(data_type)
            .read_properties(read_properties)
            .write_properties(self.write_properties())
            .custom_properties(StringMap::from([(
                Soql::TYPE_PROPERTY.to_owned(),
                self.salesforce_type,
            )]))
            .label(label(self.label, &self.name))
            .field_name(self.name)
            .maybe_description(self.inline_help_text)
            .is_deprecated(self.deprecated_and_hidden)
            .build()
    }

    fn write_properties(&self) -> WriteOperationProperty {
        let is_id = self.salesforce_type == "id";
        // An upsert uses a key to find its record, and writes it if the record is new.
        let is_upsertable =
            is_id || self.external_id || self.id_lookup || (self.createable && self.updateable);
        let supported = [
            self.createable.then_some(WriteOperationType::Insert),
            (self.updateable || is_id).then_some(WriteOperationType::Update),
            is_upsertable.then_some(WriteOperationType::Upsert),
            is_id.then_some(WriteOperationType::Delete),
        ];
        WriteOperationProperty::builder()
            .is_creatable(self.createable)
            .is_updatable(self.updateable)
            .is_nullable(self.nillable)
            .is_upsertable(is_upsertable)
            .is_defaulted_on_create(self.defaulted_on_create)
            .supported_write_operations(supported.into_iter().flatten().collect())
            .build()
    }

    fn filter_operators(&self, data_type: FieldDataType) -> Vec<ConnectorOperator> {
        match self.salesforce_type.as_str() {
            _ if !self.filterable => vec![],
            "id" | "reference" | "time" => {
                vec![ConnectorOperator::EqualTo, ConnectorOperator::NotEqualTo]
            }
            _ => data_type.default_filter_operators(),
        }
    }

    /// Returns the constraints of text. A multi-select picklist has no allowed values, because a
    /// record can have several at once: `a;b`.
    fn constraints(&self, data_type: FieldDataType) -> Option<FieldConstraints> {
        let length = RangeConstraint {
            min_range: 0.into(),
            max_range: self.length.into(),
        };
        let values = self
            .picklist_values
            .iter()
            .filter(|value| value.active)
            .map(|value| value.value.clone());
        let constraints = FieldConstraints::builder()
            .maybe_allowed_length_range((self.length > 0).then_some(length))
            .maybe_allowed_values((self.salesforce_type == "picklist").then(|| values.collect()));
        (data_type == FieldDataType::String).then(|| constraints.build())
    }
}

/// Returns the label, or the name where Salesforce has none or could not look it up.
fn label(label: Option<String>, name: &str) -> String {
    let label = label.filter(|label| !label.is_empty() && !label.starts_with("__MISSING LABEL__"));
    label.unwrap_or_else(|| name.to_owned())
}

fn data_type(salesforce_type: &str) -> FieldDataType {
    match salesforce_type {
        "boolean" => FieldDataType::Boolean,
        "int" => FieldDataType::Integer,
        "long" => FieldDataType::Long,
        "double" | "currency" | "percent" => FieldDataType::Double,
        "date" => FieldDataType::Date,
        "datetime" => FieldDataType::DateTime,
        "base64" => FieldDataType::ByteArray,
        "address" | "location" => FieldDataType::Struct,
        // string, textarea, id, reference, picklist, multipicklist, combobox, email, phone, url,
        // time, encryptedstring, anyType …
        _ => FieldDataType::String,
    }
}
