//! From AppFlow's filter to a condition of SOQL, Salesforce's query language.
//!
//! SOQL knows two truth values: a comparison with a field that is null is false, and true for `!=`. So NOT can be passed on as it
//! is. AND, OR and NOT may only be mixed with parentheses; here every operand has them.
//!
//! How a value is written follows from the type of the field, never from the value alone. Names come from the entity's definition,
//! letter for letter.

use std::fmt::Write as _;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, FieldDataType, FieldDefinition,
};
use appflow_connector_sdk::queryfilter::{
    CompareOp, Comparison, Expr, ExprKind, Field, Literal, parse,
};

use crate::metadata::salesforce_type;

/// The condition that stands for a filter's predicate.
pub(crate) fn condition(predicate: &Expr, entity: &EntityDefinition) -> Result<String> {
    match &predicate.kind {
        ExprKind::And(operands) => joined(operands, ") AND (", entity),
        ExprKind::Or(operands) => joined(operands, ") OR (", entity),
        ExprKind::Not(operand) => Ok(format!("NOT ({})", condition(operand, entity)?)),
        ExprKind::Compare(comparison) => compare(comparison, entity),
        ExprKind::Between(between) => {
            let field = filterable(&between.field, entity)?;
            let low = value(field, &between.low.literal)?;
            let high = value(field, &between.high.literal)?;
            let name = &field.field_name;
            Ok(format!("{name} >= {low} AND {name} <= {high}"))
        }
        ExprKind::In(membership) => {
            let field = filterable(&membership.field, entity)?;
            is_in(field, membership.values.iter().map(|value| &value.literal))
        }
        ExprKind::Field(name) => {
            let field = filterable(name, entity)?;
            if field.data_type != FieldDataType::Boolean {
                return Err(invalid(
                    field,
                    "can stand alone only if it is a Boolean field",
                ));
            }
            Ok(format!("{} = true", field.field_name))
        }
        ExprKind::Value(_) => Err(ConnectorError::invalid_argument(
            "a value alone is no condition: name the field to compare it with",
        )),
    }
}

/// `field IN (…)`.
pub(crate) fn is_in<'a>(
    field: &FieldDefinition,
    values: impl Iterator<Item = &'a Literal>,
) -> Result<String> {
    let values = values
        .map(|literal| value(field, literal))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("{} IN ({})", field.field_name, values.join(", ")))
}

/// The definition of a field that a request names.
pub(crate) fn field<'a>(name: &str, entity: &'a EntityDefinition) -> Result<&'a FieldDefinition> {
    entity.field(name).ok_or_else(|| {
        ConnectorError::invalid_argument(format!(
            "{} has no field `{name}`",
            entity.entity.entity_identifier
        ))
    })
}

fn filterable<'a>(name: &Field, entity: &'a EntityDefinition) -> Result<&'a FieldDefinition> {
    let field = field(&name.name, entity)?;
    let properties = field.read_properties.as_ref();
    if properties.and_then(|properties| properties.is_queryable) == Some(false) {
        return Err(invalid(field, "cannot be filtered by"));
    }
    Ok(field)
}

fn joined(operands: &[Expr], separator: &str, entity: &EntityDefinition) -> Result<String> {
    let operands = operands
        .iter()
        .map(|operand| condition(operand, entity))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("({})", operands.join(separator)))
}

fn compare(comparison: &Comparison, entity: &EntityDefinition) -> Result<String> {
    let field = filterable(&comparison.field, entity)?;
    let name = &field.field_name;
    let literal = &comparison.value.literal;
    match (comparison.op, literal) {
        (CompareOp::Contains, _) => contains(field, literal),
        (CompareOp::Equal | CompareOp::NotEqual, Literal::Null) => {
            Ok(format!("{name} {} null", comparison.op.as_str()))
        }
        (op, _) => Ok(format!("{name} {} {}", op.as_str(), value(field, literal)?)),
    }
}

fn contains(field: &FieldDefinition, literal: &Literal) -> Result<String> {
    let name = &field.field_name;
    match (field.data_type, salesforce_type(field)) {
        (FieldDataType::String, Some("multipicklist")) => {
            Ok(format!("{name} INCLUDES ({})", value(field, literal)?))
        }
        (FieldDataType::String, Some("id" | "reference" | "time")) => {
            Err(invalid(field, "knows no `contains`"))
        }
        (FieldDataType::String, _) => match text(literal) {
            Some(text) => Ok(format!("{name} LIKE '%{}%'", escape(text, true))),
            None => Err(mismatch(field, literal)),
        },
        _ => Err(invalid(field, "knows no `contains`")),
    }
}

/// A literal as SOQL writes it for this field. InvalidArgument when it is none of the field's type.
///
/// - A field of text takes strings, and what else was written, as its text.
/// - Any other field takes a literal of its type, or a string that holds nothing but one.
/// - A date for a DateTime field is its midnight, UTC. A date-time for a Date field is the date as it is written in it.
pub(crate) fn value(field: &FieldDefinition, literal: &Literal) -> Result<String> {
    use FieldDataType as Type;

    let is_time = salesforce_type(field) == Some("time");
    if field.data_type == Type::String && !is_time {
        let text = text(literal).ok_or_else(|| mismatch(field, literal))?;
        return Ok(format!("'{}'", escape(text, false)));
    }
    let unquoted = match literal {
        // The filter language has no time of day.
        Literal::String(text) if is_time => {
            return time(text).ok_or_else(|| mismatch(field, literal));
        }
        Literal::String(text) => read_literal(text).ok_or_else(|| mismatch(field, literal))?,
        other => other.clone(),
    };
    match (field.data_type, unquoted) {
        (
            Type::Integer
            | Type::Long
            | Type::Short
            | Type::BigInteger
            | Type::Float
            | Type::Double
            | Type::BigDecimal,
            Literal::Number(number),
        ) => Ok(number),
        (Type::Boolean, Literal::Boolean(boolean)) => Ok(boolean.to_string()),
        (Type::Date, Literal::Date(date)) => Ok(date),
        (Type::Date, Literal::DateTime(moment)) => {
            Ok(moment.split('T').next().unwrap_or_default().to_owned())
        }
        (Type::DateTime, Literal::DateTime(moment)) => Ok(moment),
        (Type::DateTime, Literal::Date(date)) => Ok(format!("{date}T00:00:00Z")),
        _ => Err(mismatch(field, literal)),
    }
}

/// What a field of text is compared with.
fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::String(text)
        | Literal::Number(text)
        | Literal::Date(text)
        | Literal::DateTime(text) => Some(text),
        Literal::Boolean(true) => Some("true"),
        Literal::Boolean(false) => Some("false"),
        Literal::Null => None,
    }
}

/// Reads a string as the filter language would read it without its quotes. `None` unless it is one literal and no more, so that
/// nothing else can get into the query.
fn read_literal(text: &str) -> Option<Literal> {
    let filter = parse(&format!("field = {text}")).ok()?;
    match (filter.predicate?.kind, filter.limit) {
        (ExprKind::Compare(comparison), None) => Some(comparison.value.literal),
        _ => None,
    }
}

/// `12:30:00Z` or `12:30:00.000Z`, as SOQL takes it.
fn time(text: &str) -> Option<String> {
    let moment = read_literal(&format!("2000-01-01T{text}"))?;
    (matches!(moment, Literal::DateTime(_)) && text.ends_with('Z')).then(|| text.to_owned())
}

/// Text between the quotes of a SOQL string; in a pattern also `%` and `_` stand for themselves.
fn escape(text: &str, is_pattern: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => escaped.extend(['\\', character]),
            '%' | '_' if is_pattern => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn invalid(field: &FieldDefinition, problem: &str) -> ConnectorError {
    ConnectorError::invalid_argument(format!("the field `{}` {problem}", field.field_name))
}

fn mismatch(field: &FieldDefinition, literal: &Literal) -> ConnectorError {
    let given = text(literal).map_or("null".to_owned(), |text| format!("`{text}`"));
    let kind = field.data_type.as_str();
    invalid(
        field,
        &format!("is of type {kind} and cannot be compared so with {given}"),
    )
}

#[cfg(test)]
mod tests {
    use appflow_connector_sdk::model::{Entity, ErrorCode, ReadOperationProperty};

    use super::*;
    use crate::metadata::SALESFORCE_TYPE;

    fn entity() -> EntityDefinition {
        let field = |(name, data_type, salesforce_type): (&str, FieldDataType, &str)| {
            let is_queryable = salesforce_type != "encryptedstring";
            FieldDefinition::builder()
                .field_name(name)
                .data_type(data_type)
                .read_properties(
                    ReadOperationProperty::builder()
                        .is_queryable(is_queryable)
                        .build(),
                )
                .custom_properties(
                    [(SALESFORCE_TYPE.to_owned(), salesforce_type.to_owned())].into(),
                )
                .build()
        };
        let fields = [
            ("Id", FieldDataType::String, "id"),
            ("a", FieldDataType::Double, "double"),
            ("b", FieldDataType::Integer, "int"),
            ("c", FieldDataType::Long, "long"),
            ("city", FieldDataType::String, "string"),
            ("state", FieldDataType::String, "picklist"),
            ("tags", FieldDataType::String, "multipicklist"),
            ("tax", FieldDataType::String, "encryptedstring"),
            ("open", FieldDataType::Boolean, "boolean"),
            ("since", FieldDataType::Date, "date"),
            ("changed", FieldDataType::DateTime, "datetime"),
            ("opens", FieldDataType::String, "time"),
            ("site", FieldDataType::Struct, "location"),
        ];
        EntityDefinition::builder()
            .entity(Entity::builder().entity_identifier("Airport__c").build())
            .fields(fields.map(field).to_vec())
            .build()
    }

    fn translate(filter: &str) -> Result<String> {
        let predicate = parse(filter).unwrap().predicate.unwrap();
        condition(&predicate, &entity())
    }

    #[test]
    fn filters_become_conditions() {
        for (filter, soql) in [
            // Logic. Parentheses and NOT are kept.
            (
                "(a = 10 or b = 20) and c = 30",
                "((a = 10) OR (b = 20)) AND (c = 30)",
            ),
            (
                "a = 10 or b = 20 and c = 30",
                "(a = 10) OR ((b = 20) AND (c = 30))",
            ),
            (
                "a = 1 and b = 2 and c = 3",
                "(a = 1) AND (b = 2) AND (c = 3)",
            ),
            (r#"not state = "TX""#, "NOT (state = 'TX')"),
            ("not (a = 1 or not b = 2)", "NOT ((a = 1) OR (NOT (b = 2)))"),
            (
                r#"(city = "Austin" or city = "Boston") and not state = "TX""#,
                "((city = 'Austin') OR (city = 'Boston')) AND (NOT (state = 'TX'))",
            ),
            // Both ends of a range are in it.
            ("a between 1 and 2", "a >= 1 AND a <= 2"),
            (
                "not a between 1 and 2 or b = 3",
                "(NOT (a >= 1 AND a <= 2)) OR (b = 3)",
            ),
            (
                "changed between 2025-08-17T09:53:10.536Z and 2025-08-17T10:05:05.279Z",
                "changed >= 2025-08-17T09:53:10.536Z AND changed <= 2025-08-17T10:05:05.279Z",
            ),
            // Numbers, quoted or not.
            ("a > -5.0", "a > -5.0"),
            ("a >= \"-5.0\"", "a >= -5.0"),
            ("c != 9007199254740993", "c != 9007199254740993"),
            ("b in (1, \"2\")", "b IN (1, 2)"),
            // Text, and whatever is compared with text.
            ("city = 5", "city = '5'"),
            ("city = 2021-01-01", "city = '2021-01-01'"),
            ("city != true", "city != 'true'"),
            ("city = \"\"", "city = ''"),
            (
                "city in ('Austin', 'L\\'Aquila')",
                r"city IN ('Austin', 'L\'Aquila')",
            ),
            ("Id > 'a00'", "Id > 'a00'"),
            // Booleans.
            ("open = TRUE", "open = true"),
            ("open != \"false\"", "open != false"),
            ("open", "open = true"),
            ("not open", "NOT (open = true)"),
            // Dates.
            ("since = 2021-01-01", "since = 2021-01-01"),
            ("since >= \"2021-01-01\"", "since >= 2021-01-01"),
            ("since < 2021-01-01T23:00:00-05:00", "since < 2021-01-01"),
            ("changed > 2021-01-01", "changed > 2021-01-01T00:00:00Z"),
            (
                "changed > \"2021-01-01T12:00:00+01:00\"",
                "changed > 2021-01-01T12:00:00+01:00",
            ),
            ("opens = '12:30:00.000Z'", "opens = 12:30:00.000Z"),
            // Null.
            ("a = null", "a = null"),
            ("city != null", "city != null"),
            ("not changed = null", "NOT (changed = null)"),
            // Contains.
            ("city contains 'ust'", "city LIKE '%ust%'"),
            ("city contains 5", "city LIKE '%5%'"),
            ("tags contains 'Cloud'", "tags INCLUDES ('Cloud')"),
        ] {
            assert_eq!(translate(filter).as_deref(), Ok(soql), "{filter}");
        }
    }

    #[test]
    fn text_is_escaped() {
        for (text, equals, contains) in [
            ("O'Brien", r"'O\'Brien'", r"'%O\'Brien%'"),
            (r#"a "b""#, r#"'a \"b\"'"#, r#"'%a \"b\"%'"#),
            (r"back\slash", r"'back\\slash'", r"'%back\\slash%'"),
            (r"\'", r"'\\\''", r"'%\\\'%'"),
            ("100%", "'100%'", r"'%100\%%'"),
            ("a_b", "'a_b'", r"'%a\_b%'"),
            (r"\%", r"'\\%'", r"'%\\\%%'"),
            ("a\nb\r\tc", r"'a\nb\r\tc'", r"'%a\nb\r\tc%'"),
            (
                "\u{0}\u{7}\u{85}",
                r"'\u0000\u0007\u0085'",
                r"'%\u0000\u0007\u0085%'",
            ),
            ("Café 😀 日本", "'Café 😀 日本'", "'%Café 😀 日本%'"),
            (
                "' OR Name != '",
                r"'\' OR Name != \''",
                r"'%\' OR Name != \'%'",
            ),
        ] {
            let literal = Literal::String(text.to_owned());
            let entity = entity();
            let city = entity.field("city").unwrap();
            assert_eq!(value(city, &literal).unwrap(), equals);
            assert_eq!(
                super::contains(city, &literal).unwrap(),
                format!("city LIKE {contains}")
            );
        }
    }

    #[test]
    fn what_does_not_fit_the_field_is_refused() {
        for (filter, names) in [
            // Live query text in the place of a number: a regression of the official example.
            (r#"a > "0 OR IsDeleted = true""#, "`a`"),
            (r#"a > "0 LIMIT 1""#, "`a`"),
            (r#"a > "0)""#, "`a`"),
            (r#"a > "'0'""#, "`a`"),
            (r#"a = """#, "`a`"),
            (r#"a = "1e5""#, "`a`"),
            (r#"b in (1, "2) OR (b = 2")"#, "`b`"),
            (r#"open = "true OR a = 1""#, "`open`"),
            (r#"since = "2021-01-01 OR a = 1""#, "`since`"),
            (r#"changed between "2021-01-01" and "TODAY""#, "`changed`"),
            (r#"opens = "12:30:00Z OR a = 1""#, "`opens`"),
            ("opens = '25:00:00Z'", "`opens`"),
            ("a = true", "`a`"),
            ("a = 2021-01-01", "`a`"),
            ("open = 1", "`open`"),
            ("since = 5", "`since`"),
            ("a > null", "`a`"),
            ("city contains null", "`city`"),
            ("a in (1, null)", "`a`"),
            ("a between 1 and null", "`a`"),
            ("a contains 1", "`a`"),
            ("Id contains 'a00'", "`Id`"),
            ("site = 'x'", "`site`"),
            ("tax = 'x'", "`tax`"),
            ("city", "`city`"),
            ("5", "value alone"),
            ("CITY = 'x'", "`CITY`"),
            ("IsDeleted = true", "`IsDeleted`"),
            ("Owner.Name = 'x'", "`Owner.Name`"),
        ] {
            let error = translate(filter).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{filter}");
            assert!(error.message().contains(names), "{filter}: {error}");
        }
    }
}
