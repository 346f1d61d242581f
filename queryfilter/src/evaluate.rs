//! Runs a bound filter on a record.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;

use appflow_connector_model::{
    ConnectorError, FieldDataType, FieldDefinition, List, Record, json_text,
};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bound::{
    BoundFilter, CompareOp, Date, DateTime, Expr, Number, Test, TestKind, TypedValue,
    collect_fields, compare,
};

/// The error for a record that a filter cannot be run on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The record is not one JSON object. The message does not show the record.
    #[error("the record is not a JSON object (line {}, column {})", .0.line(), .0.column())]
    NotAnObject(serde_json::Error),
    /// A field's value is not of the field's type. The message does not show the value.
    #[error("the record's field `{field}` is not of type {}", data_type.as_str())]
    WrongType {
        /// The field's name.
        field: String,
        /// The field's type.
        data_type: FieldDataType,
    },
}

/// Returns ServerError: the record comes from the application.
impl From<EvaluateError> for ConnectorError {
    fn from(error: EvaluateError) -> Self {
        Self::server_error(error.to_string())
    }
}

impl BoundFilter<'_> {
    /// Returns whether a record meets the condition.
    ///
    /// The logic has three values, as in SQL. A test on a field without a value is unknown, and so
    /// is its negation, unless it tests for null. An AND is false if an operand is, an OR is true
    /// if an operand is, even if others are unknown. A record meets the condition only if it is
    /// true.
    ///
    /// Numbers are compared exactly, moments by their time in UTC, and text case-sensitively unless
    /// [`ignoring_case`](Self::ignoring_case) was called. The caller counts records up to
    /// [`limit`](Self::limit).
    ///
    /// # Errors
    ///
    /// If the record is not a JSON object, or a field that the result depends on is not of its
    /// type. [`Record`] describes the JSON of each type.
    ///
    /// # Example
    ///
    /// ```
    /// use appflow_connector_model::{
    ///     Entity, EntityDefinition, FieldDataType, FieldDefinition, Record,
    /// };
    /// use appflow_connector_queryfilter::parse;
    ///
    /// let field = |name, data_type| {
    ///     FieldDefinition::builder().field_name(name).data_type(data_type).build()
    /// };
    /// let entity = EntityDefinition::builder()
    ///     .entity(Entity::builder().entity_identifier("Airport").build())
    ///     .fields(vec![
    ///         field("city", FieldDataType::String),
    ///         field("opened", FieldDataType::DateTime),
    ///     ])
    ///     .build();
    /// let filter = parse(r#"not city contains "port" and opened >= 2021-04-20"#)?.bind(&entity)?;
    ///
    /// let matches = |json: &str| filter.matches(&Record::from_json(json.to_owned()).unwrap());
    /// assert!(matches(r#"{"city": "Austin", "opened": "2021-04-20T02:00:00+02:00"}"#)?);
    /// assert!(!matches(r#"{"city": "Newport", "opened": "2021-04-21T00:00:00Z"}"#)?);
    /// // A null city makes the test, and so the filter, unknown.
    /// assert!(!matches(r#"{"city": null, "opened": "2021-04-21T00:00:00Z"}"#)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matches(&self, record: &Record) -> Result<bool, EvaluateError> {
        let Some(predicate) = &self.predicate else {
            return Ok(true);
        };
        let mut tested = HashSet::new();
        collect_fields(predicate, &mut |field| {
            tested.insert(field.field_name.as_str());
        });
        let mut reader = serde_json::Deserializer::from_str(record.as_str());
        let fields = Members(&tested)
            .deserialize(&mut reader)
            .and_then(|fields| reader.end().map(|()| fields))
            .map_err(EvaluateError::NotAnObject)?;
        let evaluation = Evaluation {
            fields,
            ignores_case: self.ignores_case,
        };
        Ok(evaluation.expression(predicate)? == Some(true))
    }
}

impl<'e> Test<'e> {
    /// Returns those of the field's allowed values
    /// ([`FieldConstraints::allowed_values`](appflow_connector_model::FieldConstraints)) that pass
    /// the test, whatever it is: `status != "solved"` can be sent to an application as a list of
    /// the other states. Text is compared case-sensitively.
    ///
    /// Returns `None` if the field declares no allowed values, if none of them passes, and for a
    /// test for null. So a value that the application does not know is never sent to it.
    ///
    /// The list is exact if the field never has another value.
    pub fn allowed_values(&self) -> Option<Vec<&'e str>> {
        if matches!(self.kind, TestKind::Null { .. }) {
            return None;
        }
        let allowed = self.field.constraints.as_ref()?.allowed_values.as_ref()?;
        let mut passing = Vec::new();
        for value in allowed {
            if self.passes(value) {
                passing.push(value.as_str());
            }
        }
        (!passing.is_empty()).then_some(passing)
    }

    /// Returns whether a value of the field, as text, passes the test.
    fn passes(&self, value: &str) -> bool {
        let quoted = serde_json::Value::from(value).to_string();
        let json = match self.field.data_type {
            FieldDataType::String | FieldDataType::Date | FieldDataType::DateTime => quoted,
            _ => value.to_owned(),
        };
        let Ok(raw) = RawValue::from_string(json) else {
            return false;
        };
        let name = Cow::Borrowed(self.field.field_name.as_str());
        let evaluation = Evaluation {
            fields: HashMap::from([(name, &*raw)]),
            ignores_case: false,
        };
        matches!(evaluation.test(self), Ok(Some(true)))
    }
}

struct Evaluation<'r> {
    fields: HashMap<Cow<'r, str>, &'r RawValue>,
    ignores_case: bool,
}

/// `None` is unknown.
type Truth = Option<bool>;

impl Evaluation<'_> {
    fn expression(&self, expr: &Expr<'_>) -> Result<Truth, EvaluateError> {
        match expr {
            Expr::And(operands) => self.chain(operands, false),
            Expr::Or(operands) => self.chain(operands, true),
            Expr::Test(test) => self.test(test),
        }
    }

    /// One false operand decides an AND, one true operand decides an OR.
    fn chain(&self, operands: &[Expr<'_>], decisive: bool) -> Result<Truth, EvaluateError> {
        let mut result = Some(!decisive);
        for operand in operands {
            match self.expression(operand)? {
                Some(truth) if truth == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => result = None,
            }
        }
        Ok(result)
    }

    fn test(&self, test: &Test<'_>) -> Result<Truth, EvaluateError> {
        let raw = self
            .fields
            .get(test.field.field_name.as_str())
            .map(|raw| raw.get());
        let Some(raw) = raw.filter(|raw| *raw != "null") else {
            return Ok(match test.kind {
                TestKind::Null { negated } => Some(!negated),
                _ => None,
            });
        };
        let wrong_type = || EvaluateError::WrongType {
            field: test.field.field_name.clone(),
            data_type: test.field.data_type,
        };
        let value = || self.value(test.field, raw).ok_or_else(wrong_type);
        let holds = match &test.kind {
            TestKind::Null { negated } => *negated,
            TestKind::Compare { op, value: other } => satisfies(self.order(&value()?, other), *op),
            TestKind::Between { low, high, negated } => {
                let value = value()?;
                let is_within = satisfies(self.order(&value, low), CompareOp::GreaterOrEqual)
                    && satisfies(self.order(&value, high), CompareOp::LessOrEqual);
                is_within != *negated
            }
            TestKind::In { values, negated } => {
                values.has(&value()?, self.ignores_case) != *negated
            }
            TestKind::Contains {
                value: part,
                negated,
            } => {
                let contains = match test.field.data_type {
                    FieldDataType::List => self.has_element(raw, part),
                    FieldDataType::Map => self.has_key(raw, part),
                    _ => self.has_part(&value()?, part),
                };
                contains.ok_or_else(wrong_type)? != *negated
            }
        };
        Ok(Some(holds))
    }

    /// Returns a field's value. If case is ignored, text becomes lower case here and only once,
    /// because it may be compared with a long list.
    fn value(&self, field: &FieldDefinition, raw: &str) -> Option<TypedValue> {
        match read(field, raw)? {
            TypedValue::Text(text) if self.ignores_case => {
                Some(TypedValue::Text(text.to_lowercase()))
            }
            value => Some(value),
        }
    }

    /// Compares a field's [`value`](Self::value) with one of the filter's.
    fn order(&self, value: &TypedValue, other: &TypedValue) -> Option<Ordering> {
        compare(value, other, self.ignores_case)
    }

    fn has_part(&self, value: &TypedValue, part: &TypedValue) -> Option<bool> {
        match (value, part) {
            (TypedValue::Text(value), TypedValue::Text(part)) => {
                Some(value.contains(self.cased(part).as_ref()))
            }
            _ => None,
        }
    }

    fn has_element(&self, list: &str, wanted: &TypedValue) -> Option<bool> {
        let elements: List<&RawValue> = serde_json::from_str(list).ok()?;
        Some(
            elements
                .iter()
                .any(|element| self.is_element(element.get(), wanted)),
        )
    }

    /// Numbers are compared by value, even if one of them is in quotes.
    fn is_element(&self, element: &str, wanted: &TypedValue) -> bool {
        let text = read_text(element);
        match (wanted, &text) {
            (TypedValue::Number(wanted), _) => {
                Number::parse(text.as_deref().unwrap_or(element)).as_ref() == Some(wanted)
            }
            (TypedValue::Text(wanted), Some(text)) => self.cased(text) == self.cased(wanted),
            (TypedValue::Text(wanted), None) => element == wanted,
            _ => false,
        }
    }

    fn has_key(&self, map: &str, wanted: &TypedValue) -> Option<bool> {
        let wanted = match wanted {
            TypedValue::Text(wanted) => wanted.clone(),
            TypedValue::Number(wanted) => wanted.to_string(),
            _ => return None,
        };
        let is_wanted = |key: &str| self.cased(key) == self.cased(&wanted);
        let mut reader = serde_json::Deserializer::from_str(map);
        HasKey(is_wanted).deserialize(&mut reader).ok()
    }

    fn cased<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.ignores_case {
            text.to_lowercase().into()
        } else {
            text.into()
        }
    }
}

/// Reads those members of an object that have one of these names. Of several with a name, the last
/// counts.
struct Members<'n>(&'n HashSet<&'n str>);

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = HashMap<Cow<'de, str>, &'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = HashMap<Cow<'de, str>, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut found = HashMap::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if self.0.contains(&*name.0) {
                found.insert(name.0, members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A member's name, borrowed if it has no escapes.
#[derive(Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

/// Reads whether an object has a key.
struct HasKey<F>(F);

impl<'de, F: Fn(&str) -> bool> DeserializeSeed<'de> for HasKey<F> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for HasKey<F> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<bool, M::Error> {
        let mut has_key = false;
        while let Some((name, _)) = members.next_entry::<Name<'de>, IgnoredAny>()? {
            has_key |= (self.0)(&name.0);
        }
        Ok(has_key)
    }
}

fn satisfies(order: Option<Ordering>, op: CompareOp) -> bool {
    order.is_some_and(|order| match op {
        CompareOp::Less => order.is_lt(),
        CompareOp::LessOrEqual => order.is_le(),
        CompareOp::Equal => order.is_eq(),
        CompareOp::NotEqual => order.is_ne(),
        CompareOp::GreaterOrEqual => order.is_ge(),
        CompareOp::Greater => order.is_gt(),
    })
}

/// Reads a field's value from its JSON. Returns `None` if it is not of the field's type.
fn read(field: &FieldDefinition, raw: &str) -> Option<TypedValue> {
    use FieldDataType as Type;

    match field.data_type {
        Type::String | Type::ByteArray => read_text(raw).map(TypedValue::Text),
        Type::Integer
        | Type::Long
        | Type::Short
        | Type::BigInteger
        | Type::Float
        | Type::Double
        | Type::BigDecimal => Number::parse(raw).map(TypedValue::Number),
        Type::Boolean => serde_json::from_str(raw).ok().map(TypedValue::Boolean),
        Type::Date => {
            let text = read_text(raw)?;
            Date::parse(&text)
                .or_else(|| Date::written_in(&text))
                .map(TypedValue::Date)
        }
        Type::DateTime => DateTime::parse(&read_text(raw)?).map(TypedValue::DateTime),
        Type::Struct | Type::Map | Type::List => None,
    }
}

fn read_text(raw: &str) -> Option<String> {
    json_text(raw).map(Cow::into_owned)
}
