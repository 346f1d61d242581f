//! The responses of the describe calls.

use serde::Serialize;

use crate::schema::catalog::Schema;
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;

/// The response with all objects.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GlobalDescription {
    encoding: &'static str,
    max_batch_size: u32,
    sobjects: Vec<ObjectSummary>,
}

impl GlobalDescription {
    /// `data_path` is the path of the API version, `/services/data/v60.0`.
    pub(crate) fn of(schema: &Schema, data_path: &str) -> Self {
        Self {
            encoding: "UTF-8",
            max_batch_size: 200,
            sobjects: schema
                .objects
                .iter()
                .map(|object| ObjectSummary::of(object, data_path))
                .collect(),
        }
    }
}

/// The description of an object without its fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectSummary {
    name: &'static str,
    label: Option<&'static str>,
    label_plural: &'static str,
    key_prefix: &'static str,
    activateable: bool,
    createable: bool,
    custom: bool,
    custom_setting: bool,
    deletable: bool,
    deprecated_and_hidden: bool,
    feed_enabled: bool,
    layoutable: bool,
    mergeable: bool,
    mru_enabled: bool,
    queryable: bool,
    replicateable: bool,
    retrieveable: bool,
    searchable: bool,
    triggerable: bool,
    undeletable: bool,
    updateable: bool,
    urls: ObjectUrls,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectUrls {
    row_template: String,
    describe: String,
    sobject: String,
}

impl ObjectSummary {
    pub(crate) fn of(object: &Object, data_path: &str) -> Self {
        let sobject = format!("{data_path}/sobjects/{}", object.name);
        Self {
            name: object.name,
            label: label(object.label),
            label_plural: object.label_plural,
            key_prefix: object.key_prefix,
            activateable: false,
            createable: true,
            custom: object.custom(),
            custom_setting: false,
            deletable: object.deletable,
            deprecated_and_hidden: false,
            feed_enabled: false,
            layoutable: true,
            mergeable: !object.custom(),
            mru_enabled: true,
            queryable: true,
            replicateable: true,
            retrieveable: true,
            searchable: true,
            triggerable: true,
            undeletable: object.deletable,
            updateable: true,
            urls: ObjectUrls {
                row_template: format!("{sobject}/{{ID}}"),
                describe: format!("{sobject}/describe"),
                sobject,
            },
        }
    }
}

/// The description of an object with its fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectDescription {
    #[serde(flatten)]
    summary: ObjectSummary,
    fields: Vec<FieldDescription>,
    child_relationships: [(); 0],
    record_type_infos: [(); 0],
}

impl ObjectDescription {
    pub(crate) fn of(object: &Object, data_path: &str) -> Self {
        Self {
            summary: ObjectSummary::of(object, data_path),
            fields: object.fields.iter().map(FieldDescription::of).collect(),
            child_relationships: [],
            record_type_infos: [],
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldDescription {
    name: &'static str,
    label: Option<&'static str>,
    #[serde(rename = "type")]
    field_type: &'static str,
    soap_type: &'static str,
    length: u32,
    byte_length: u32,
    precision: u32,
    scale: u32,
    digits: u32,
    nillable: bool,
    createable: bool,
    updateable: bool,
    filterable: bool,
    sortable: bool,
    groupable: bool,
    aggregatable: bool,
    unique: bool,
    case_sensitive: bool,
    external_id: bool,
    id_lookup: bool,
    name_field: bool,
    custom: bool,
    auto_number: bool,
    calculated: bool,
    calculated_formula: Option<&'static str>,
    compound_field_name: Option<&'static str>,
    default_value: Option<bool>,
    defaulted_on_create: bool,
    dependent_picklist: bool,
    deprecated_and_hidden: bool,
    encrypted: bool,
    html_formatted: bool,
    inline_help_text: Option<&'static str>,
    name_pointing: bool,
    permissionable: bool,
    picklist_values: Vec<PicklistValue>,
    polymorphic_foreign_key: bool,
    query_by_distance: bool,
    reference_to: &'static [&'static str],
    relationship_name: Option<&'static str>,
    restricted_picklist: bool,
    write_requires_master_read: bool,
}

/// An empty label is null.
fn label(label: &'static str) -> Option<&'static str> {
    (!label.is_empty()).then_some(label)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PicklistValue {
    active: bool,
    default_value: bool,
    label: &'static str,
    valid_for: Option<&'static str>,
    value: &'static str,
}

impl FieldDescription {
    fn of(field: &Field) -> Self {
        use FieldType::{Boolean, EncryptedString, Id, Location, Reference};

        let kind = field.kind;
        let formula = field.formula.and_then(|formula| formula.shown);
        Self {
            name: field.name,
            label: label(field.label),
            field_type: kind.name(),
            soap_type: kind.soap_type(),
            length: field.length,
            byte_length: match kind {
                Id | Reference => 18,
                _ => field.length * 3,
            },
            precision: field.precision,
            scale: field.scale,
            digits: field.digits,
            nillable: field.nillable,
            createable: field.createable,
            updateable: field.updateable,
            filterable: field.filterable(),
            sortable: field.sortable(),
            groupable: field.sortable() && kind.is_quoted(),
            aggregatable: field.sortable() && kind != Boolean,
            unique: field.unique,
            case_sensitive: false,
            external_id: field.external_id,
            id_lookup: field.id_lookup,
            name_field: field.is_name,
            custom: field.custom,
            auto_number: field.auto_number.is_some(),
            calculated: formula.is_some(),
            calculated_formula: formula,
            compound_field_name: field.part_of,
            default_value: (kind == Boolean).then_some(false),
            defaulted_on_create: field.defaulted_on_create,
            dependent_picklist: false,
            deprecated_and_hidden: field.deprecated,
            encrypted: kind == EncryptedString,
            html_formatted: false,
            inline_help_text: None,
            name_pointing: false,
            permissionable: field.nillable && !kind.is_compound(),
            picklist_values: PicklistValue::all_of(field),
            polymorphic_foreign_key: false,
            query_by_distance: kind == Location,
            reference_to: field.reference_to,
            relationship_name: field.relationship,
            restricted_picklist: field.restricted,
            write_requires_master_read: false,
        }
    }
}

impl PicklistValue {
    fn all_of(field: &Field) -> Vec<Self> {
        let entry = |active: bool| {
            move |&value: &&'static str| Self {
                active,
                default_value: field.default_choice == Some(value),
                label: value,
                valid_for: None,
                value,
            }
        };
        let active = field.picklist.iter().map(entry(true));
        active
            .chain(field.retired.iter().map(entry(false)))
            .collect()
    }
}
