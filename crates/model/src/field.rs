use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{ConnectorOperator, Decimal, StringMap, WriteOperationType, lenient};

/// The type of a field's values. [`Record`](crate::Record) says how each is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum FieldDataType {
    String,
    Integer,
    Float,
    Double,
    Long,
    Short,
    BigInteger,
    BigDecimal,
    ByteArray,
    Boolean,
    Date,
    DateTime,
    Struct,
    Map,
    List,
}

impl FieldDataType {
    /// All types.
    pub const ALL: [Self; 15] = [
        Self::String,
        Self::Integer,
        Self::Float,
        Self::Double,
        Self::Long,
        Self::Short,
        Self::BigInteger,
        Self::BigDecimal,
        Self::ByteArray,
        Self::Boolean,
        Self::Date,
        Self::DateTime,
        Self::Struct,
        Self::Map,
        Self::List,
    ];

    /// Returns the name as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Float => "Float",
            Self::Double => "Double",
            Self::Long => "Long",
            Self::Short => "Short",
            Self::BigInteger => "BigInteger",
            Self::BigDecimal => "BigDecimal",
            Self::ByteArray => "ByteArray",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::Struct => "Struct",
            Self::Map => "Map",
            Self::List => "List",
        }
    }

    /// Returns the operators that a filter may use on a field of this type, unless the field has
    /// its own.
    pub fn default_filter_operators(self) -> Vec<ConnectorOperator> {
        use ConnectorOperator as Op;
        match self {
            Self::Integer
            | Self::Float
            | Self::Double
            | Self::Long
            | Self::Short
            | Self::BigInteger
            | Self::BigDecimal => vec![
                Op::NotEqualTo,
                Op::EqualTo,
                Op::LessThan,
                Op::LessThanOrEqualTo,
                Op::GreaterThan,
                Op::GreaterThanOrEqualTo,
            ],
            Self::Date | Self::DateTime => vec![
                Op::EqualTo,
                Op::LessThan,
                Op::LessThanOrEqualTo,
                Op::GreaterThan,
                Op::GreaterThanOrEqualTo,
                Op::Between,
            ],
            Self::String => vec![Op::Contains, Op::EqualTo, Op::NotEqualTo],
            Self::Boolean => vec![Op::EqualTo, Op::NotEqualTo],
            Self::Map | Self::List => vec![Op::Contains],
            Self::Struct | Self::ByteArray => vec![],
        }
    }
}

/// One field of an entity.
///
/// ```
/// use appflow_connector_model::{ConnectorOperator, FieldDataType, FieldDefinition};
///
/// let field = FieldDefinition::builder()
///     .field_name("closed")
///     .data_type(FieldDataType::Boolean)
///     .build();
/// assert_eq!(field.data_type_label, "Boolean");
/// assert_eq!(
///     field.filter_operators,
///     [ConnectorOperator::EqualTo, ConnectorOperator::NotEqualTo]
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase", from = "FieldDefinitionOnTheWire")]
#[builder(on(String, into))]
pub struct FieldDefinition {
    /// Its unique name: `\S+`, at most 128 characters.
    pub field_name: String,
    /// The type of its values.
    pub data_type: FieldDataType,
    /// The name of the type that the console shows. Default: the name of `data_type`.
    #[builder(default = data_type.as_str())]
    pub data_type_label: String,
    /// The name that the AppFlow console shows.
    pub label: Option<String>,
    /// The description that the console shows.
    pub description: Option<String>,
    /// Whether the field identifies a record.
    pub is_primary_key: Option<bool>,
    /// The value that the application uses if a record has none.
    pub default_value: Option<String>,
    /// Whether the field should not be used any more.
    pub is_deprecated: Option<bool>,
    /// The constraints that its values satisfy.
    pub constraints: Option<FieldConstraints>,
    /// How it can be read.
    pub read_properties: Option<ReadOperationProperty>,
    /// How it can be written.
    pub write_properties: Option<WriteOperationProperty>,
    /// The operators a filter may use. Default: those of the type, see
    /// [`FieldDataType::default_filter_operators`].
    #[builder(default = data_type.default_filter_operators())]
    pub filter_operators: Vec<ConnectorOperator>,
    /// Properties for the connector's own use; AppFlow returns them unchanged.
    pub custom_properties: Option<StringMap>,
}

/// [`FieldDefinition`] as it is read: two of its defaults follow from the type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldDefinitionOnTheWire {
    #[serde(deserialize_with = "lenient::scalar")]
    field_name: String,
    data_type: FieldDataType,
    #[serde(default, deserialize_with = "lenient::optional")]
    data_type_label: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    label: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    is_primary_key: Option<bool>,
    #[serde(default, deserialize_with = "lenient::optional")]
    default_value: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    is_deprecated: Option<bool>,
    constraints: Option<FieldConstraints>,
    read_properties: Option<ReadOperationProperty>,
    write_properties: Option<WriteOperationProperty>,
    filter_operators: Option<Vec<ConnectorOperator>>,
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    custom_properties: Option<StringMap>,
}

impl From<FieldDefinitionOnTheWire> for FieldDefinition {
    fn from(wire: FieldDefinitionOnTheWire) -> Self {
        Self::builder()
            .field_name(wire.field_name)
            .data_type(wire.data_type)
            .maybe_data_type_label(wire.data_type_label)
            .maybe_label(wire.label)
            .maybe_description(wire.description)
            .maybe_is_primary_key(wire.is_primary_key)
            .maybe_default_value(wire.default_value)
            .maybe_is_deprecated(wire.is_deprecated)
            .maybe_constraints(wire.constraints)
            .maybe_read_properties(wire.read_properties)
            .maybe_write_properties(wire.write_properties)
            .maybe_filter_operators(wire.filter_operators)
            .maybe_custom_properties(wire.custom_properties)
            .build()
    }
}

impl FieldDefinition {
    /// Whether a query may select the field: unless `isRetrievable` is false.
    pub fn is_retrievable(&self) -> bool {
        self.read(|read| read.is_retrievable).unwrap_or(true)
    }

    /// Whether the field may be in a filter, as far as its properties say: unless `isQueryable` is
    /// false.
    pub fn is_queryable(&self) -> bool {
        self.read(|read| read.is_queryable).unwrap_or(true)
    }

    /// Whether a filter may use the field with some operator: if it is queryable and has filter
    /// operators.
    pub fn is_filterable(&self) -> bool {
        self.is_queryable() && !self.filter_operators.is_empty()
    }

    /// Whether a filter may use the field with this operator.
    pub fn is_filterable_with(&self, operator: ConnectorOperator) -> bool {
        self.is_queryable() && self.filter_operators.contains(&operator)
    }

    /// Whether the field may be null in a record that is read: unless `readProperties.isNullable`
    /// is false.
    pub fn is_nullable_on_read(&self) -> bool {
        self.read(|read| read.is_nullable).unwrap_or(true)
    }

    /// Whether incremental flows may use the field: if `isTimestampFieldForIncrementalQueries` is
    /// true.
    pub fn is_timestamp(&self) -> bool {
        self.read(|read| read.is_timestamp_field_for_incremental_queries)
            .unwrap_or(false)
    }

    /// Whether an insert may set the field: unless `isCreatable` is false.
    pub fn is_creatable(&self) -> bool {
        self.write(|write| write.is_creatable).unwrap_or(true)
    }

    /// Whether an update may set the field: unless `isUpdatable` is false.
    pub fn is_updatable(&self) -> bool {
        self.write(|write| write.is_updatable).unwrap_or(true)
    }

    /// Whether an upsert may set the field: unless `isUpsertable` is false.
    pub fn is_upsertable(&self) -> bool {
        self.write(|write| write.is_upsertable).unwrap_or(true)
    }

    /// Whether a write may set the field to null: unless `writeProperties.isNullable` is false.
    pub fn is_nullable_on_write(&self) -> bool {
        self.write(|write| write.is_nullable).unwrap_or(true)
    }

    /// Whether the application fills the field if an insert leaves it out: if `isDefaultedOnCreate`
    /// is true.
    pub fn is_defaulted_on_create(&self) -> bool {
        self.write(|write| write.is_defaulted_on_create)
            .unwrap_or(false)
    }

    fn read(&self, property: fn(&ReadOperationProperty) -> Option<bool>) -> Option<bool> {
        self.read_properties.as_ref().and_then(property)
    }

    fn write(&self, property: fn(&WriteOperationProperty) -> Option<bool>) -> Option<bool> {
        self.write_properties.as_ref().and_then(property)
    }
}

/// The constraints that the values of a field satisfy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct FieldConstraints {
    /// The allowed lengths, in characters.
    pub allowed_length_range: Option<RangeConstraint>,
    /// The allowed range of numbers.
    pub allowed_value_range: Option<RangeConstraint>,
    /// The only values allowed.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub allowed_values: Option<Vec<String>>,
    /// A regular expression that the values match.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub allowed_values_regex_pattern: Option<String>,
    /// The format of dates.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub allowed_date_format: Option<String>,
}

/// A closed range of decimal numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RangeConstraint {
    /// The smallest value or length that is allowed.
    pub min_range: Decimal,
    /// The largest value or length that is allowed.
    pub max_range: Decimal,
}

/// How a field can be read. An absent property is not declared; [`FieldDefinition`]'s methods say
/// what that means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct ReadOperationProperty {
    /// A query may select it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_retrievable: Option<bool>,
    /// It may be null.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_nullable: Option<bool>,
    /// A filter may use it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_queryable: Option<bool>,
    /// Incremental flows may use it to find changed records.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_timestamp_field_for_incremental_queries: Option<bool>,
}

/// How a field can be written. An absent property is not declared; [`FieldDefinition`]'s methods
/// say what that means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct WriteOperationProperty {
    /// An insert may set it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_creatable: Option<bool>,
    /// An update may set it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_updatable: Option<bool>,
    /// It may be set to null.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_nullable: Option<bool>,
    /// An upsert may set it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_upsertable: Option<bool>,
    /// The application fills it if an insert leaves it out.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub is_defaulted_on_create: Option<bool>,
    /// The write operations that may set it.
    pub supported_write_operations: Option<Vec<WriteOperationType>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field() -> FieldDefinition {
        FieldDefinition::builder()
            .field_name("name")
            .data_type(FieldDataType::String)
            .build()
    }

    #[test]
    fn a_field_without_properties_allows_everything() {
        let field = field();
        assert!(field.is_retrievable() && field.is_queryable() && field.is_filterable());
        assert!(field.is_creatable() && field.is_updatable() && field.is_upsertable());
        assert!(field.is_nullable_on_read() && field.is_nullable_on_write());
        assert!(!field.is_timestamp() && !field.is_defaulted_on_create());
    }

    #[test]
    fn properties_restrict_a_field() {
        let mut field = field();
        field.read_properties = Some(ReadOperationProperty {
            is_retrievable: Some(false),
            is_nullable: Some(false),
            is_queryable: Some(false),
            is_timestamp_field_for_incremental_queries: Some(true),
        });
        field.write_properties = Some(WriteOperationProperty {
            is_creatable: Some(false),
            is_updatable: Some(false),
            is_nullable: Some(false),
            is_upsertable: Some(false),
            is_defaulted_on_create: Some(true),
            supported_write_operations: None,
        });
        assert!(!field.is_retrievable() && !field.is_queryable() && !field.is_filterable());
        assert!(!field.is_creatable() && !field.is_updatable() && !field.is_upsertable());
        assert!(!field.is_nullable_on_read() && !field.is_nullable_on_write());
        assert!(field.is_timestamp() && field.is_defaulted_on_create());
    }

    #[test]
    fn a_filter_needs_an_operator_of_the_field() {
        let mut field = field();
        assert!(field.is_filterable_with(ConnectorOperator::Contains));
        assert!(!field.is_filterable_with(ConnectorOperator::LessThan));
        field.filter_operators.clear();
        assert!(field.is_queryable() && !field.is_filterable());
        assert!(!field.is_filterable_with(ConnectorOperator::Contains));
    }
}
