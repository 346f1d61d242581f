//! Fields of parent objects, such as `Owner.Name`, if a connection's setting asks for them.

use std::collections::HashMap;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, ErrorCode, FieldDataType, FieldDefinition,
    ReadOperationProperty, StringMap, WriteOperationProperty,
};
use appflow_connector_sdk::queryfilter::translate::Soql;

use crate::metadata::MAX_FIELDS;
use crate::salesforce::Organization;

impl Organization<'_> {
    /// Describes an object, and with the setting also the fields of its parents, one level up.
    /// Parents that the connection's user may not see are left out.
    pub(crate) async fn describe(&self, name: &str) -> Result<EntityDefinition> {
        let object = self.object(name).await?;
        let parents = object.parents();
        let mut definition = object.into_definition(self.has_files);
        if !self.has_parent_fields {
            return Ok(definition);
        }
        let mut described: HashMap<String, Vec<FieldDefinition>> = HashMap::new();
        for (relationship, parent) in parents {
            if !described.contains_key(&parent) {
                let fields = match self.object(&parent).await {
                    Ok(object) => object.into_definition(false).fields,
                    Err(error) if is_hidden(error.code()) => vec![],
                    Err(error) => return Err(error),
                };
                described.insert(parent.clone(), fields);
            }
            let fields = described[&parent].iter();
            let fields = fields.filter(|field| field.data_type != FieldDataType::ByteArray);
            let fields = fields.map(|field| parent_field(&relationship, field));
            definition.fields.extend(fields);
            if definition.fields.len() > MAX_FIELDS {
                return Err(ConnectorError::invalid_argument(format!(
                    "{name} has more than {MAX_FIELDS} fields with those of its parents: switch \
                     the setting for parent fields off"
                )));
            }
        }
        Ok(definition)
    }
}

fn is_hidden(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidArgument | ErrorCode::ClientError | ErrorCode::AccessDenied
    )
}

/// Returns a parent's field as one of the object. It can be read and filtered, not written.
fn parent_field(relationship: &str, field: &FieldDefinition) -> FieldDefinition {
    let read_properties = field.read_properties.clone();
    FieldDefinition {
        field_name: format!("{relationship}.{}", field.field_name),
        label: Some(format!(
            "{relationship}: {}",
            field.label.as_ref().unwrap_or(&field.field_name)
        )),
        is_primary_key: Some(false),
        read_properties: read_properties.map(|properties| ReadOperationProperty {
            is_nullable: Some(true),
            is_timestamp_field_for_incremental_queries: Some(false),
            ..properties
        }),
        write_properties: Some(WriteOperationProperty::default()),
        custom_properties: Soql::field_type(field).map(|salesforce_type| {
            StringMap::from([(Soql::TYPE_PROPERTY.to_owned(), salesforce_type.to_owned())])
        }),
        ..field.clone()
    }
}
