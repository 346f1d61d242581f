//! Salesforce's query language.

use std::fmt::Write as _;

use appflow_connector_model::{ConnectorError, FieldDataType, FieldDefinition};

use super::translator::{Translation, Translator};
use crate::bound::{CompareOp, DateTime, Test, TestKind, TypedValue};

/// SOQL, Salesforce's query language: writes the condition of a `WHERE` clause.
///
/// Some operators depend on a field's type in Salesforce, so an entity's fields should keep it in
/// their custom property [`TYPE_PROPERTY`](Self::TYPE_PROPERTY) as Salesforce's describe call
/// returns it: `picklist`, `multipicklist`, `time` and so on.
///
/// - SOQL's logic has two values, and a null is unequal to every value. So `a != 1` becomes
///   `(a != 1 AND a != null)`.
/// - Salesforce stores no empty strings and reads `''` as null. So nothing equals `""`, and every
///   value contains it.
/// - A checkbox is never null in Salesforce.
/// - Salesforce compares text case-insensitively, and an id of 15 characters equals its form of 18.
///   Call [`ignoring_case`](crate::BoundFilter::ignoring_case) on the filter, so that the residual
///   compares text in the same way.
/// - The residual keeps tests for which Salesforce has no operator or one with another meaning:
///   `contains` on multi-select picklists, ids and times; `=` with several items of a multi-select
///   picklist; times in another form than `12:30:00.000Z`; date-times finer than milliseconds;
///   ranges that begin or end with an empty string; fields of bytes, lists, maps and structs.
///
/// # Example
///
/// ```
/// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::{Soql, Translator};
///
/// let field = |name, data_type| {
///     FieldDefinition::builder().field_name(name).data_type(data_type).build()
/// };
/// let account = EntityDefinition::builder()
///     .entity(Entity::builder().entity_identifier("Account").build())
///     .fields(vec![
///         field("Name", FieldDataType::String),
///         field("LastModifiedDate", FieldDataType::DateTime),
///     ])
///     .build();
/// let filter = parse(r#"not Name contains "100%" or LastModifiedDate > 2021-04-20"#)?.bind(&account)?;
/// assert_eq!(
///     Soql.translate(&filter).condition.as_deref(),
///     Some(
///         r"(((NOT Name LIKE '%100\%%') AND Name != null) OR LastModifiedDate > 2021-04-20T00:00:00Z)"
///     )
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Soql;

impl Soql {
    /// The custom property of a field that keeps its type in Salesforce.
    pub const TYPE_PROPERTY: &'static str = "salesforceType";

    /// Returns a field's type in Salesforce, such as `multipicklist`, if the custom property is
    /// there.
    pub fn field_type(field: &FieldDefinition) -> Option<&str> {
        let properties = field.custom_properties.as_ref()?;
        properties.get(Self::TYPE_PROPERTY).map(String::as_str)
    }

    /// Checks the name of an object or a field, or the path to a field of a parent object, such as
    /// `Owner.Name`. Use it wherever a name becomes part of a query or a URL.
    ///
    /// # Errors
    /// InvalidArgument if it is not one or more names of letters, digits and underscores, that
    /// begin with a letter and are separated by dots.
    pub fn check_name(name: &str) -> Result<(), ConnectorError> {
        if is_name(name) {
            return Ok(());
        }
        Err(ConnectorError::invalid_argument(format!(
            "`{name}` is not a valid name of a Salesforce object or field"
        )))
    }
}

impl Translator for Soql {
    type Output = String;

    fn test(&self, test: &Test<'_>) -> Option<Translation<String>> {
        let field = Field::new(test.field)?;
        field.condition(&test.kind).map(Translation::Exact)
    }

    // SOQL has no precedence between AND and OR, so every chain gets parentheses.

    fn all_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" AND ")))
    }

    fn any_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" OR ")))
    }
}

/// A field that SOQL can name.
struct Field<'e> {
    name: &'e str,
    data_type: FieldDataType,
    salesforce_type: &'e str,
}

impl<'e> Field<'e> {
    fn new(field: &'e FieldDefinition) -> Option<Self> {
        let is_scalar = !matches!(
            field.data_type,
            FieldDataType::ByteArray
                | FieldDataType::List
                | FieldDataType::Map
                | FieldDataType::Struct
        );
        (is_scalar && is_name(&field.field_name)).then_some(Self {
            name: &field.field_name,
            data_type: field.data_type,
            salesforce_type: Soql::field_type(field).unwrap_or_default(),
        })
    }

    fn condition(&self, kind: &TestKind) -> Option<String> {
        match kind {
            TestKind::Null { negated } => Some(if *negated {
                self.has_value()
            } else {
                self.is_null()
            }),
            TestKind::Compare { op, value } => self.compare(*op, value),
            TestKind::Between { low, high, negated } => {
                let (low, high) = (self.literal(low)?, self.literal(high)?);
                let name = self.name;
                Some(if *negated {
                    format!("({name} < {low} OR {name} > {high})")
                } else {
                    format!("({name} >= {low} AND {name} <= {high})")
                })
            }
            TestKind::In { values, negated } => self.is_in(values, *negated),
            TestKind::Contains {
                value: TypedValue::Text(part),
                negated,
            } => self.contains(part, *negated),
            TestKind::Contains { .. } => None,
        }
    }

    fn compare(&self, op: CompareOp, value: &TypedValue) -> Option<String> {
        let name = self.name;
        match (op, value) {
            (_, TypedValue::Text(text)) if text.is_empty() => Some(match op {
                CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Equal => self.nothing(),
                CompareOp::NotEqual | CompareOp::GreaterOrEqual | CompareOp::Greater => {
                    self.has_value()
                }
            }),
            (CompareOp::Equal, _) => Some(format!("{name} = {}", self.literal(value)?)),
            (CompareOp::NotEqual, TypedValue::Boolean(boolean)) => {
                Some(format!("{name} = {}", !boolean))
            }
            (CompareOp::NotEqual, _) => Some(format!(
                "({name} != {} AND {name} != null)",
                self.literal(value)?
            )),
            _ if self.has_order() => {
                Some(format!("{name} {} {}", op.as_str(), self.literal(value)?))
            }
            _ => None,
        }
    }

    fn is_in(&self, values: &[TypedValue], negated: bool) -> Option<String> {
        let name = self.name;
        // Nothing equals an empty string, and in the list it would select the nulls.
        let values = values
            .iter()
            .filter(|value| **value != TypedValue::Text(String::new()));
        let values = values
            .map(|value| self.literal(value))
            .collect::<Option<Vec<_>>>()?;
        let list = values.join(", ");
        Some(match (values.is_empty(), negated) {
            (true, false) => self.nothing(),
            (true, true) => self.has_value(),
            (false, false) => format!("{name} IN ({list})"),
            (false, true) if self.is_checkbox() => format!("{name} NOT IN ({list})"),
            (false, true) => format!("({name} NOT IN ({list}) AND {name} != null)"),
        })
    }

    fn contains(&self, text: &str, negated: bool) -> Option<String> {
        if self.data_type != FieldDataType::String
            || matches!(
                self.salesforce_type,
                "id" | "reference" | "time" | "multipicklist"
            )
        {
            return None;
        }
        let name = self.name;
        let pattern = escape(text, true);
        Some(match (text.is_empty(), negated) {
            (true, false) => self.has_value(),
            (true, true) => self.nothing(),
            (false, false) => format!("{name} LIKE '%{pattern}%'"),
            (false, true) => format!("((NOT {name} LIKE '%{pattern}%') AND {name} != null)"),
        })
    }

    // A checkbox is never null. For `= null` Salesforce would return the unchecked ones.

    fn is_null(&self) -> String {
        if self.is_checkbox() {
            self.nothing()
        } else {
            format!("{} = null", self.name)
        }
    }

    fn has_value(&self) -> String {
        let name = self.name;
        if self.is_checkbox() {
            format!("({name} = true OR {name} = false)")
        } else {
            format!("{name} != null")
        }
    }

    /// Returns a condition that no record meets.
    fn nothing(&self) -> String {
        let name = self.name;
        if self.is_checkbox() {
            format!("({name} = true AND {name} = false)")
        } else {
            format!("({name} = null AND {name} != null)")
        }
    }

    fn is_checkbox(&self) -> bool {
        self.data_type == FieldDataType::Boolean
    }

    fn has_order(&self) -> bool {
        !self.is_checkbox() && self.salesforce_type != "multipicklist"
    }

    /// Returns a value as SOQL writes it, or `None` if Salesforce would compare it in another way
    /// than the filter.
    fn literal(&self, value: &TypedValue) -> Option<String> {
        match value {
            TypedValue::Text(text) => match self.salesforce_type {
                "time" => is_time(text).then(|| text.clone()),
                // Salesforce compares the sets of items, whatever their order.
                "multipicklist" if text.contains(';') => None,
                // Salesforce reads an empty string as null.
                _ if text.is_empty() => None,
                _ => Some(format!("'{}'", escape(text, false))),
            },
            TypedValue::Number(number) => Some(number.to_string()),
            TypedValue::Boolean(boolean) => Some(boolean.to_string()),
            TypedValue::Date(date) => Some(date.to_string()),
            TypedValue::DateTime(moment) => {
                has_whole_milliseconds(*moment).then(|| moment.to_string())
            }
        }
    }
}

/// Returns whether this is a field's name or the path to a field of a related object.
fn is_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Returns whether this is a time of day as Salesforce writes it in records: `12:30:00.000Z`.
fn is_time(text: &str) -> bool {
    text.len() == "12:30:00.000Z".len()
        && DateTime::parse(&format!("2000-01-01T{text}")).is_some_and(has_whole_milliseconds)
}

fn has_whole_milliseconds(moment: DateTime) -> bool {
    moment.subsec_nanosecond().is_multiple_of(1_000_000)
}

/// Escapes text for a SOQL string; for a pattern also `%` and `_`.
pub(super) fn escape(text: &str, is_pattern: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => escaped.extend(['\\', character]),
            '%' | '_' if is_pattern => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{:04X}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
