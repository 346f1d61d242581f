//! The conditions of Filter tasks and incremental runs in the filter language, and which of them a
//! connector tests.

use appflow_connector_model::{
    ConnectorOperator as Operator, EntityDefinition, FieldDataType as Type, FieldDefinition,
};
use appflow_connector_queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal,
};
use appflow_connector_queryfilter::parse;

use super::convert::type_named;
use super::task::{FilterOperator, FilterTask};
use super::{moment, number};
use crate::appflow::schedule::Window;

/// Every operator that a filter can have.
const OPERATORS: [Operator; 8] = [
    Operator::LessThan,
    Operator::LessThanOrEqualTo,
    Operator::GreaterThan,
    Operator::GreaterThanOrEqualTo,
    Operator::EqualTo,
    Operator::NotEqualTo,
    Operator::Contains,
    Operator::Between,
];

/// The conditions of a flow. A record is moved if it meets all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    /// Those that the connector tests.
    pub(super) pushed: Vec<Expr>,
    /// Those that are tested here.
    pub(super) local: Vec<Expr>,
}

impl Conditions {
    /// Adds the condition of a Filter task on a field of a connector's entity.
    ///
    /// # Errors
    ///
    /// If a value is not of the field's type.
    pub(super) fn add(
        &mut self,
        filter: &FilterTask,
        field: &FieldDefinition,
    ) -> Result<(), String> {
        let condition = condition(filter, field.data_type)?;
        self.add_expression(condition, field, filter.operator.of_connector());
        Ok(())
    }

    /// Adds the condition of a Filter task on a field of files.
    ///
    /// # Errors
    ///
    /// If a value is not of the field's type.
    pub(super) fn add_local(&mut self, filter: &FilterTask, data_type: Type) -> Result<(), String> {
        self.local.push(condition(filter, data_type)?);
        Ok(())
    }

    /// Adds the window of an incremental run.
    pub(super) fn add_window(&mut self, window: Window, field: &FieldDefinition) {
        let literal = |millis: u64| {
            let moment = i64::try_from(millis).ok().and_then(from_millis);
            moment_literal(field.data_type, moment.unwrap_or(jiff::Timestamp::MAX))
        };
        let condition = Expr::from(ExprKind::Between(Between {
            field: name(field),
            low: literal(window.start.millis()).into(),
            high: literal(window.end.millis()).into(),
        }));
        self.add_expression(condition, field, Operator::Between);
    }

    fn add_expression(&mut self, condition: Expr, field: &FieldDefinition, operator: Operator) {
        // Names can have characters that the filter language cannot write.
        let can_be_written = parse(&condition.to_string())
            .is_ok_and(|parsed| parsed.predicate.as_ref() == Some(&condition));
        if can_be_written && field.is_filterable_with(operator) {
            self.pushed.push(condition);
        } else {
            self.local.push(condition);
        }
    }

    /// Returns the `filterExpression` of the connector's queries.
    pub(super) fn expression(&self) -> Option<String> {
        let predicate = joined(&self.pushed)?;
        let text = predicate.to_string();
        Some(match predicate.kind {
            ExprKind::Or(_) => format!("({text})"),
            _ => text,
        })
    }

    /// Returns the filter for the records that arrive here.
    pub(super) fn local_filter(&self) -> Option<Filter> {
        let predicate = Some(joined(&self.local)?);
        Some(Filter {
            predicate,
            limit: None,
        })
    }
}

/// Joins conditions with AND; a condition that is an AND becomes a part of it.
fn joined(conditions: &[Expr]) -> Option<Expr> {
    let mut operands = Vec::new();
    for condition in conditions {
        match &condition.kind {
            ExprKind::And(parts) => operands.extend(parts.iter().cloned()),
            _ => operands.push(condition.clone()),
        }
    }
    match operands.len() {
        0 => None,
        1 => operands.pop(),
        _ => Some(ExprKind::And(operands).into()),
    }
}

/// Returns an entity of these fields in which every operator may be used, to bind filters that are
/// evaluated here.
pub(super) fn permissive_entity(
    fields: impl IntoIterator<Item = (String, Type)>,
) -> EntityDefinition {
    let fields = fields.into_iter().map(|(name, data_type)| {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .filter_operators(OPERATORS.to_vec())
            .build()
    });
    let entity = appflow_connector_model::Entity::builder()
        .entity_identifier("source")
        .build();
    EntityDefinition::builder()
        .entity(entity)
        .fields(fields.collect())
        .build()
}

/// The type in which a field of files is compared, because files declare none: the type that the
/// task names, or a number if an order is tested and all values are numbers.
pub(super) fn type_in_files(filter: &FilterTask) -> Type {
    let named = filter.data_type.as_deref().and_then(type_named);
    named.unwrap_or_else(|| {
        let is_order = !matches!(
            filter.operator,
            FilterOperator::EqualTo | FilterOperator::NotEqualTo | FilterOperator::Contains
        );
        let all_numbers = filter
            .values
            .iter()
            .all(|value| number::is_json_number(value));
        if is_order && all_numbers {
            Type::BigDecimal
        } else {
            Type::String
        }
    })
}

fn condition(filter: &FilterTask, data_type: Type) -> Result<Expr, String> {
    let literals = filter
        .values
        .iter()
        .map(|value| {
            literal(data_type, value).ok_or_else(|| {
                format!(
                    "The value {value} is not valid for the field {} of type {}",
                    filter.field,
                    data_type.as_str()
                )
            })
        })
        .collect::<Result<Vec<Literal>, String>>()?;
    let field = || Field::from(filter.field.as_str());
    if filter.operator == FilterOperator::Between {
        let [low, high] = &literals[..] else {
            return Err("BETWEEN has two bounds".to_owned());
        };
        return Ok(ExprKind::Between(Between {
            field: field(),
            low: low.clone().into(),
            high: high.clone().into(),
        })
        .into());
    }
    let mut tests: Vec<Expr> = literals
        .into_iter()
        .map(|literal| {
            let comparison = Comparison {
                field: field(),
                op: filter.operator.compare_op(),
                value: literal.into(),
            };
            ExprKind::Compare(comparison).into()
        })
        .collect();
    if tests.len() == 1 {
        return Ok(tests.remove(0));
    }
    // A value that is not one of several differs from all of them.
    Ok(if filter.operator == FilterOperator::NotEqualTo {
        ExprKind::And(tests).into()
    } else {
        ExprKind::Or(tests).into()
    })
}

/// Reads a task's value as one of the field's type, whatever DATA_TYPE says.
fn literal(data_type: Type, text: &str) -> Option<Literal> {
    match data_type {
        Type::String | Type::ByteArray | Type::List | Type::Map => {
            Some(Literal::String(text.to_owned()))
        }
        Type::Integer | Type::Long | Type::Short | Type::BigInteger => {
            let number = number::parse(text.trim())?;
            let whole = number.is_integer().then(|| number.with_scale(0))?;
            Some(Literal::Number(whole.to_plain_string()))
        }
        Type::Float | Type::Double | Type::BigDecimal => {
            let number = number::parse(text.trim())?;
            Some(Literal::Number(number.to_plain_string()))
        }
        Type::Boolean => {
            let text = text.trim();
            let is_true = text.eq_ignore_ascii_case("true");
            (is_true || text.eq_ignore_ascii_case("false")).then_some(Literal::Boolean(is_true))
        }
        Type::Date | Type::DateTime => {
            moment::parse(text.trim()).map(|moment| moment_literal(data_type, moment))
        }
        Type::Struct => None,
    }
}

fn moment_literal(data_type: Type, moment: jiff::Timestamp) -> Literal {
    if data_type == Type::Date {
        Literal::Date(moment::date(moment))
    } else {
        Literal::DateTime(moment::date_time(moment))
    }
}

fn from_millis(millis: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(millis).ok()
}

fn name(field: &FieldDefinition) -> Field {
    Field::from(field.field_name.as_str())
}

impl FilterOperator {
    const fn of_connector(self) -> Operator {
        match self {
            Self::LessThan => Operator::LessThan,
            Self::LessThanOrEqualTo => Operator::LessThanOrEqualTo,
            Self::GreaterThan => Operator::GreaterThan,
            Self::GreaterThanOrEqualTo => Operator::GreaterThanOrEqualTo,
            Self::EqualTo => Operator::EqualTo,
            Self::NotEqualTo => Operator::NotEqualTo,
            Self::Contains => Operator::Contains,
            Self::Between => Operator::Between,
        }
    }

    /// BETWEEN is not a comparison with one value.
    const fn compare_op(self) -> CompareOp {
        match self {
            Self::LessThan => CompareOp::Less,
            Self::LessThanOrEqualTo | Self::Between => CompareOp::LessOrEqual,
            Self::GreaterThan => CompareOp::Greater,
            Self::GreaterThanOrEqualTo => CompareOp::GreaterOrEqual,
            Self::EqualTo => CompareOp::Equal,
            Self::NotEqualTo => CompareOp::NotEqual,
            Self::Contains => CompareOp::Contains,
        }
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ReadOperationProperty;

    use super::*;
    use crate::wire::timestamp::Timestamp;

    fn field(name: &str, data_type: Type) -> FieldDefinition {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .build()
    }

    fn filter(name: &str, operator: FilterOperator, values: &[&str]) -> FilterTask {
        FilterTask {
            field: name.to_owned(),
            operator,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            data_type: Some("string".to_owned()),
        }
    }

    #[track_caller]
    fn assert_pushed(data_type: Type, operator: FilterOperator, values: &[&str], text: &str) {
        let mut conditions = Conditions::default();
        let field = field("f", data_type);
        conditions
            .add(&filter("f", operator, values), &field)
            .unwrap();
        assert_eq!(conditions.expression().as_deref(), Some(text));
        assert_eq!(conditions.local_filter(), None);
    }

    #[test]
    fn values_are_written_by_the_type_of_the_field() {
        use FilterOperator as Op;

        assert_pushed(
            Type::String,
            Op::EqualTo,
            &[r#"5" or "#],
            r#"f = "5\" or ""#,
        );
        assert_pushed(Type::String, Op::Contains, &["5%"], r#"f contains "5%""#);
        assert_pushed(Type::Integer, Op::LessThan, &["5"], "f < 5");
        assert_pushed(Type::Long, Op::GreaterThanOrEqualTo, &["1e3"], "f >= 1000");
        assert_pushed(
            Type::Double,
            Op::LessThanOrEqualTo,
            &["-1.50"],
            "f <= -1.50",
        );
        assert_pushed(Type::Boolean, Op::NotEqualTo, &["TRUE"], "f != true");
        assert_pushed(
            Type::Date,
            Op::GreaterThan,
            &["1755424390536"],
            "f > 2025-08-17",
        );
        assert_pushed(
            Type::DateTime,
            Op::Between,
            &["1755424390536", "2025-08-18"],
            "f between 2025-08-17T09:53:10.536Z and 2025-08-18T00:00:00.000Z",
        );
    }

    #[test]
    fn several_values_are_alternatives_or_all_excluded() {
        use FilterOperator as Op;

        assert_pushed(
            Type::String,
            Op::EqualTo,
            &["a", " b"],
            r#"(f = "a" or f = " b")"#,
        );
        assert_pushed(
            Type::Integer,
            Op::NotEqualTo,
            &["1", "2"],
            "f != 1 and f != 2",
        );
    }

    #[test]
    fn filters_are_joined_and_the_window_is_last() {
        let mut conditions = Conditions::default();
        let (name, changed) = (
            field("name", Type::String),
            field("changed", Type::DateTime),
        );
        conditions
            .add(&filter("name", FilterOperator::EqualTo, &["a", "b"]), &name)
            .unwrap();
        conditions
            .add(&filter("name", FilterOperator::NotEqualTo, &["c"]), &name)
            .unwrap();
        let window = Window {
            start: Timestamp::from_millis(1_755_424_390_536),
            end: Timestamp::from_millis(1_755_425_105_279),
        };
        conditions.add_window(window, &changed);
        assert_eq!(
            conditions.expression().unwrap(),
            "(name = \"a\" or name = \"b\") and name != \"c\" and \
             changed between 2025-08-17T09:53:10.536Z and 2025-08-17T10:05:05.279Z"
        );
        let mut of_dates = Conditions::default();
        of_dates.add_window(window, &field("day", Type::Date));
        assert_eq!(
            of_dates.expression().unwrap(),
            "day between 2025-08-17 and 2025-08-17"
        );
    }

    #[test]
    fn what_the_field_does_not_support_is_tested_here() {
        let less = filter("f", FilterOperator::LessThan, &["b"]);
        let mut not_queryable = field("f", Type::Integer);
        not_queryable.read_properties =
            Some(ReadOperationProperty::builder().is_queryable(false).build());
        let window = Window {
            start: Timestamp::from_millis(0),
            end: Timestamp::from_millis(1),
        };
        let mut conditions = Conditions::default();
        conditions.add(&less, &field("f", Type::String)).unwrap();
        conditions
            .add(
                &filter("f", FilterOperator::EqualTo, &["1"]),
                &not_queryable,
            )
            .unwrap();
        conditions
            .add(
                &filter("first name", FilterOperator::EqualTo, &["Ada"]),
                &field("first name", Type::String),
            )
            .unwrap();
        let mut of_long = field("changed", Type::DateTime);
        of_long.filter_operators = vec![Operator::EqualTo];
        conditions.add_window(window, &of_long);
        assert_eq!(conditions.expression(), None);
        assert_eq!(conditions.local.len(), 4);
    }

    #[test]
    fn values_of_other_types_are_refused() {
        for (data_type, value) in [
            (Type::Integer, "5.5"),
            (Type::Integer, "five"),
            (Type::Double, "1,5"),
            (Type::Boolean, "yes"),
            (Type::Date, "tomorrow"),
            (Type::Struct, "{}"),
        ] {
            let mut conditions = Conditions::default();
            let filter = filter("f", FilterOperator::EqualTo, &[value]);
            let error = conditions.add(&filter, &field("f", data_type)).unwrap_err();
            assert_eq!(
                error,
                format!(
                    "The value {value} is not valid for the field f of type {}",
                    data_type.as_str()
                )
            );
        }
    }

    #[test]
    fn files_are_compared_in_the_type_of_the_task() {
        use FilterOperator as Op;

        let of = |operator, data_type: Option<&str>, value| {
            let mut filter = filter("f", operator, &[value]);
            filter.data_type = data_type.map(str::to_owned);
            type_in_files(&filter)
        };
        assert_eq!(of(Op::EqualTo, Some("integer"), "5"), Type::Integer);
        assert_eq!(of(Op::LessThan, Some("number"), "5"), Type::BigDecimal);
        assert_eq!(of(Op::LessThan, None, "b"), Type::String);
        assert_eq!(of(Op::EqualTo, None, "5"), Type::String);
    }
}
