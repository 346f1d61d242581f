//! OData's `$filter`.

use appflow_connector_model::FieldDataType;

use super::translator::{Translation, Translator};
use crate::bound::{CompareOp, Test, TestKind, TypedValue};

/// OData version 4: writes the value of the system query option `$filter`, without
/// percent-encoding.
///
/// - In OData `a ne 1` is true for a null, in the filter language it is not. So `a != 1` becomes
///   `(a ne 1 and a ne null)`.
/// - OData 4.0 has no IN: a list becomes a chain of `eq`. [`OData::V4_01`] writes `in`.
/// - `contains` on a list becomes a lambda, as in `tags/any(e:e eq 'new')`.
/// - The residual keeps tests on maps and bytes, lists that must *not* contain an element, and
///   fields whose name OData cannot write.
///
/// # Example
///
/// ```
/// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::{OData, Translator};
///
/// let field = |name, data_type| {
///     FieldDefinition::builder().field_name(name).data_type(data_type).build()
/// };
/// let customer = EntityDefinition::builder()
///     .entity(Entity::builder().entity_identifier("Customers").build())
///     .fields(vec![field("Name", FieldDataType::String), field("Rating", FieldDataType::Integer)])
///     .build();
/// let filter = parse(r#"Name contains "O'Brien" and Rating in (4, 5)"#)?.bind(&customer)?;
///
/// let condition = |version: OData| version.translate(&filter).condition;
/// assert_eq!(
///     condition(OData::V4).as_deref(),
///     Some("(contains(Name,'O''Brien') and (Rating eq 4 or Rating eq 5))")
/// );
/// assert_eq!(
///     condition(OData::V4_01).as_deref(),
///     Some("(contains(Name,'O''Brien') and Rating in (4,5))")
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OData {
    /// OData 4.0.
    #[default]
    V4,
    /// OData 4.01.
    V4_01,
}

impl Translator for OData {
    type Output = String;

    fn test(&self, test: &Test<'_>) -> Option<Translation<String>> {
        let name = Self::property(&test.field.field_name)?;
        let condition = match (&test.kind, test.field.data_type) {
            (
                TestKind::Contains {
                    value,
                    negated: false,
                },
                FieldDataType::List,
            ) => format!("{name}/any(e:e eq {})", literal(value)),
            (_, FieldDataType::List | FieldDataType::Map | FieldDataType::ByteArray) => {
                return None;
            }
            (kind, _) => self.scalar_test(&name, kind),
        };
        Some(Translation::Exact(condition))
    }

    fn all_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" and ")))
    }

    fn any_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" or ")))
    }
}

impl OData {
    /// Returns how OData writes a field's name: as a property or the path to one, with slashes
    /// where AppFlow's names have points. Returns `None` if a part is not an OData identifier or is
    /// one of OData's keywords. Every name that becomes part of a query must pass, those of
    /// `$select` and `$orderby` too: another text can change what the query means.
    ///
    /// ```
    /// use appflow_connector_queryfilter::translate::OData;
    ///
    /// assert_eq!(OData::property("Address.City").as_deref(), Some("Address/City"));
    /// assert_eq!(OData::property("Name&$top=1"), None);
    /// ```
    pub fn property(name: &str) -> Option<String> {
        name.split('.')
            .all(is_identifier)
            .then(|| name.replace('.', "/"))
    }

    fn scalar_test(self, name: &str, kind: &TestKind) -> String {
        match kind {
            TestKind::Null { negated: false } => format!("{name} eq null"),
            TestKind::Null { negated: true } => format!("{name} ne null"),
            TestKind::Compare {
                op: CompareOp::NotEqual,
                value,
            } => {
                format!("({name} ne {} and {name} ne null)", literal(value))
            }
            TestKind::Compare { op, value } => {
                format!("{name} {} {}", operator(*op), literal(value))
            }
            TestKind::Between {
                low,
                high,
                negated: false,
            } => {
                format!(
                    "({name} ge {} and {name} le {})",
                    literal(low),
                    literal(high)
                )
            }
            TestKind::Between {
                low,
                high,
                negated: true,
            } => {
                format!(
                    "({name} lt {} or {name} gt {})",
                    literal(low),
                    literal(high)
                )
            }
            TestKind::In {
                values,
                negated: false,
            } => self.list(name, values),
            TestKind::In {
                values,
                negated: true,
            } => {
                let mut tests: Vec<String> = values
                    .iter()
                    .map(|value| format!("{name} ne {}", literal(value)))
                    .collect();
                tests.push(format!("{name} ne null"));
                format!("({})", tests.join(" and "))
            }
            TestKind::Contains {
                value,
                negated: false,
            } => format!("contains({name},{})", literal(value)),
            TestKind::Contains {
                value,
                negated: true,
            } => {
                format!(
                    "(not contains({name},{}) and {name} ne null)",
                    literal(value)
                )
            }
        }
    }

    fn list(self, name: &str, values: &[TypedValue]) -> String {
        match (self, values) {
            (Self::V4_01, _) => {
                let values: Vec<String> = values.iter().map(literal).collect();
                format!("{name} in ({})", values.join(","))
            }
            (Self::V4, [value]) => format!("{name} eq {}", literal(value)),
            (Self::V4, _) => {
                let tests: Vec<String> = values
                    .iter()
                    .map(|value| format!("{name} eq {}", literal(value)))
                    .collect();
                format!("({})", tests.join(" or "))
            }
        }
    }
}

const fn operator(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "lt",
        CompareOp::LessOrEqual => "le",
        CompareOp::Equal => "eq",
        CompareOp::NotEqual => "ne",
        CompareOp::GreaterOrEqual => "ge",
        CompareOp::Greater => "gt",
    }
}

fn is_identifier(part: &str) -> bool {
    const KEYWORDS: [&str; 13] = [
        "and", "or", "not", "null", "true", "false", "in", "eq", "ne", "lt", "le", "gt", "ge",
    ];
    part.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && part
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_')
        && part.chars().count() <= 128
        && !KEYWORDS.contains(&part)
}

fn literal(value: &TypedValue) -> String {
    match value {
        TypedValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        TypedValue::Number(number) => number.to_string(),
        TypedValue::Boolean(boolean) => boolean.to_string(),
        TypedValue::Date(date) => date.to_string(),
        TypedValue::DateTime(moment) => moment.to_string(),
    }
}
