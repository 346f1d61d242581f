//! Validation of records against the definition of their entity.
//!
//! A [`Validator`] checks a record for one [`Purpose`]: reading it from the application, or one of
//! the write operations. It reports all [`Violations`] it finds, up to [`MAX_VIOLATIONS`], with the
//! JSON path of each. No message quotes a value of the record, so that violations can be logged and
//! returned to AppFlow.
//!
//! What is checked:
//! - The record is one JSON object. How deep it is nested does not matter.
//! - Every field of the record is defined, and its definition allows it for the purpose.
//! - Every field that must have a value has one.
//! - Every value is of its field's type, as the table of [`Record`] says. A Date may have an
//!   offset, and a DateTime may lack one, as the official SDK's documentation allows;
//!   [`Validator::require_offsets`] is stricter.
//! - Every value satisfies its field's [`FieldConstraints`](crate::FieldConstraints): length, value
//!   range (exact, whatever the number of digits), allowed values, and pattern. `allowedDateFormat`
//!   is not checked. In a List, allowed values and pattern apply to the items.
//!
//! The fields of a Struct and the entries of a Map have no definition, so they may be anything.
//!
//! Time and memory are proportional to the size of the record, times that of a field's pattern.
//!
//! ```
//! use appflow_connector_model::validation::{Purpose, Validator, ViolationKind};
//! use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition, Record};
//!
//! let field = |name: &str, data_type| FieldDefinition::builder().field_name(name).data_type(data_type).build();
//! let airport = EntityDefinition::builder()
//!     .entity(Entity::builder().entity_identifier("Airport").build())
//!     .fields(vec![field("code", FieldDataType::String), field("runways", FieldDataType::Integer)])
//!     .build();
//! let validator = Validator::new(&airport, Purpose::Read);
//!
//! let record = Record::from_json(r#"{"code": "AUS", "runways": 2}"#.to_owned())?;
//! assert!(validator.validate(&record).is_ok());
//!
//! let record = Record::from_json(r#"{"code": "AUS", "runways": "2", "town": "Austin"}"#.to_owned())?;
//! let violations = validator.validate(&record).unwrap_err();
//! assert_eq!(
//!     violations.to_string(),
//!     "$.runways: expected a whole number of 32 bits, found a string; $.town: Airport has no such field"
//! );
//! assert_eq!(violations.iter().next().unwrap().kind, ViolationKind::WrongType);
//! # Ok::<(), appflow_connector_model::RecordError>(())
//! ```

mod constraints;
mod types;
mod violation;

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use crate::{EntityDefinition, FieldDefinition, Record, WriteOperationType};

use constraints::Constraints;
pub use violation::{MAX_VIOLATIONS, Violation, ViolationKind, Violations};

/// What a record is for; it decides which fields a record may and must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The record comes from the application, for AppFlow. It may have the fields that are
    /// retrievable. A field that is not nullable must have a value, if it is
    /// [selected](Validator::with_selected_fields).
    Read,
    /// The record is inserted. It may have the fields that are creatable, and must have those of
    /// them that are not nullable, unless they have a default value or the application fills them.
    Insert,
    /// The record is updated. It may have the fields that are updatable, primary keys and the
    /// [id fields](Validator::with_id_fields), and must have the id fields.
    Update,
    /// The record is updated, or inserted if it does not exist. It may have the fields that are
    /// upsertable, primary keys and the id fields, and must have the id fields.
    Upsert,
    /// The record is deleted. It may have any field, and must have the id fields.
    Delete,
}

impl From<WriteOperationType> for Purpose {
    fn from(operation: WriteOperationType) -> Self {
        match operation {
            WriteOperationType::Insert => Self::Insert,
            WriteOperationType::Update => Self::Update,
            WriteOperationType::Upsert => Self::Upsert,
            WriteOperationType::Delete => Self::Delete,
        }
    }
}

impl Purpose {
    const fn write_operation(self) -> Option<WriteOperationType> {
        match self {
            Self::Read => None,
            Self::Insert => Some(WriteOperationType::Insert),
            Self::Update => Some(WriteOperationType::Update),
            Self::Upsert => Some(WriteOperationType::Upsert),
            Self::Delete => Some(WriteOperationType::Delete),
        }
    }

    /// What cannot be done with a field that the purpose does not allow.
    const fn refusal(self) -> &'static str {
        match self {
            Self::Read => "the field is not retrievable",
            Self::Insert => "an insert cannot set the field",
            Self::Update => "an update cannot set the field",
            Self::Upsert => "an upsert cannot set the field",
            Self::Delete => "a delete cannot set the field",
        }
    }
}

/// Checks records of one entity for one purpose. Patterns are compiled once, so one validator is
/// best used for many records.
#[derive(Clone, Debug)]
pub struct Validator<'d> {
    entity: &'d str,
    fields: HashMap<&'d str, Field<'d>>,
    purpose: Purpose,
    requires_offsets: bool,
}

#[derive(Clone, Debug)]
struct Field<'d> {
    definition: &'d FieldDefinition,
    constraints: Constraints<'d>,
    is_id: bool,
    is_selected: bool,
}

impl<'d> Validator<'d> {
    /// Returns a validator of the entity's records.
    pub fn new(definition: &'d EntityDefinition, purpose: Purpose) -> Self {
        let field = |definition: &'d FieldDefinition| Field {
            definition,
            constraints: Constraints::of(definition),
            is_id: false,
            is_selected: true,
        };
        let named =
            |definition: &'d FieldDefinition| (definition.field_name.as_str(), field(definition));
        Self {
            entity: &definition.entity.entity_identifier,
            fields: definition.fields.iter().map(named).collect(),
            purpose,
            requires_offsets: false,
        }
    }

    /// Says which fields identify a record in an update, upsert or delete: the `idFieldNames` of
    /// the request. Names of fields that the entity does not have are ignored.
    #[must_use]
    pub fn with_id_fields(mut self, names: &[String]) -> Self {
        for name in names {
            if let Some(field) = self.fields.get_mut(name.as_str()) {
                field.is_id = true;
            }
        }
        self
    }

    /// Says which fields were selected by a query: the `selectedFieldNames` of the request. Only
    /// those must have a value. Default: all.
    #[must_use]
    pub fn with_selected_fields(mut self, names: &[String]) -> Self {
        for (name, field) in &mut self.fields {
            field.is_selected = names.iter().any(|selected| selected == name);
        }
        self
    }

    /// Requires that every DateTime has an offset and that no Date has one: `2023-12-03T10:15:30Z`
    /// and `2023-12-03`. AppFlow cannot tell which moment a DateTime without an offset is.
    #[must_use]
    pub const fn require_offsets(mut self) -> Self {
        self.requires_offsets = true;
        self
    }

    /// Checks a record.
    ///
    /// # Errors
    /// Everything that is wrong with the record, in the order of its fields' names.
    pub fn validate(&self, record: &Record) -> Result<(), Violations> {
        let mut violations = Violations::default();
        match serde_json::from_str::<BTreeMap<String, &RawValue>>(record.as_str()) {
            Ok(values) => self.check(&values, &mut violations),
            Err(error) => violations.add(ViolationKind::Malformed, "$".to_owned(), || {
                format!("expected a JSON object ({})", place(&error))
            }),
        }
        violations.into_result()
    }

    /// Checks the value of one field, given as JSON, as if it were in a record.
    ///
    /// # Errors
    /// Everything that is wrong with the value.
    pub fn validate_value(&self, field: &str, json: &str) -> Result<(), Violations> {
        let mut violations = Violations::default();
        match serde_json::from_str::<&RawValue>(json) {
            Ok(value) => self.check_field(field, value.get(), &mut violations),
            Err(error) => violations.add(ViolationKind::Malformed, member(field), || {
                format!("expected a JSON value ({})", place(&error))
            }),
        }
        violations.into_result()
    }

    fn check_field(&self, name: &str, value: &str, violations: &mut Violations) {
        let path = member(name);
        let Some(field) = self.fields.get(name) else {
            violations.add(ViolationKind::UnknownField, path, || {
                format!("{} has no such field", self.entity)
            });
            return;
        };
        if !self.allows(field) {
            violations.add(ViolationKind::FieldNotAllowed, path, || {
                self.purpose.refusal().to_owned()
            });
        } else if value != "null" {
            self.check_value(field, &path, value, violations);
        } else if self.forbids_null(field) {
            violations.add(ViolationKind::Null, path, || "must not be null".to_owned());
        }
    }

    fn check(&self, values: &BTreeMap<String, &RawValue>, violations: &mut Violations) {
        for (name, value) in values {
            self.check_field(name, value.get(), violations);
        }
        let mut missing: Vec<&str> = self
            .fields
            .values()
            .filter(|field| self.requires(field))
            .map(|field| field.definition.field_name.as_str())
            .filter(|name| !values.contains_key(*name))
            .collect();
        missing.sort_unstable();
        for name in missing {
            violations.add(ViolationKind::MissingField, member(name), || {
                "is missing".to_owned()
            });
        }
    }

    fn check_value(&self, field: &Field, path: &str, value: &str, violations: &mut Violations) {
        let data_type = field.definition.data_type;
        if types::is_valid(data_type, value, self.requires_offsets) {
            field.constraints.check(data_type, path, value, violations);
        } else {
            violations.add(ViolationKind::WrongType, path.to_owned(), || {
                let expected = types::expected(data_type, self.requires_offsets);
                format!("expected {expected}, found {}", types::found(value))
            });
        }
    }

    /// Whether a record may have the field.
    fn allows(&self, field: &Field) -> bool {
        let definition = field.definition;
        let is_key = field.is_id || definition.is_primary_key == Some(true);
        let is_supported = || {
            let write = definition.write_properties.as_ref();
            let supported = write.and_then(|write| write.supported_write_operations.as_ref());
            supported.is_none_or(|supported| {
                self.purpose
                    .write_operation()
                    .is_none_or(|operation| supported.contains(&operation))
            })
        };
        match self.purpose {
            Purpose::Read => definition.is_retrievable(),
            Purpose::Insert => definition.is_creatable() && is_supported(),
            Purpose::Update => is_key || (definition.is_updatable() && is_supported()),
            Purpose::Upsert => is_key || (definition.is_upsertable() && is_supported()),
            Purpose::Delete => true,
        }
    }

    fn forbids_null(&self, field: &Field) -> bool {
        match self.purpose {
            Purpose::Read => !field.definition.is_nullable_on_read(),
            Purpose::Delete => field.is_id,
            Purpose::Insert | Purpose::Update | Purpose::Upsert => {
                field.is_id || !field.definition.is_nullable_on_write()
            }
        }
    }

    /// Whether a record must have the field.
    fn requires(&self, field: &Field) -> bool {
        let definition = field.definition;
        match self.purpose {
            Purpose::Read => {
                field.is_selected
                    && definition.is_retrievable()
                    && !definition.is_nullable_on_read()
            }
            Purpose::Insert => {
                self.allows(field)
                    && !definition.is_nullable_on_write()
                    && !definition.is_defaulted_on_create()
                    && definition.default_value.is_none()
            }
            Purpose::Update | Purpose::Upsert | Purpose::Delete => field.is_id,
        }
    }
}

/// The JSON path of a field.
fn member(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain {
        format!("$.{name}")
    } else {
        format!("$[{}]", serde_json::Value::from(name))
    }
}
/// Where a JSON text is wrong. The error's own text may contain parts of it.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
