//! Looks up names, checks operators and reads values.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use appflow_connector_model::limits::MAX_FIELD_NAME_CHARS;
use appflow_connector_model::{
    ConnectorError, ConnectorOperator as Operator, EntityDefinition, FieldDataType, FieldDefinition,
};

use super::error::{BindError, BindErrorKind};
use super::value;
use crate::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal, Membership, Span, Value,
};
use crate::bound::{self, BoundFilter, Test, TestKind, TypedValue};
use crate::parse::Parser;

/// The maximum depth of a tree. A parser that allows the deepest nesting returns trees of up to
/// this depth: an OR and an AND for each pair of parentheses, and `a or b and c` within the
/// innermost.
const MAX_DEPTH: usize = 2 * u8::MAX as usize + 3;

/// The maximum number of conditions in a request's filter.
const MAX_CONDITIONS: usize = 100_000;

/// How many names are looked up among an entity's fields one by one. For more, a map is worth its
/// time.
const MAX_LINEAR_LOOK_UPS: usize = 8;

/// How many of an entity's fields are compared with an unknown name.
const MAX_COMPARED_FIELDS: usize = 1_000;

impl Filter {
    /// Looks up the filter's names in an entity, checks its operators and reads its values.
    ///
    /// | literal | on a field of type |
    /// |---|---|
    /// | any, as it is written | String, ByteArray; with `contains` also Map (a key) and List (an element) |
    /// | number, also in quotes | Float, Double, BigDecimal; a whole number of any size also Integer, Long, Short, BigInteger |
    /// | TRUE, FALSE, also in quotes | Boolean |
    /// | date, also in quotes | Date; DateTime, as the day's midnight in UTC |
    /// | date-time, also in quotes | DateTime; Date, as the date that is written in it |
    /// | null | any, after `=` and `!=`, to test whether there is a value, and in an IN list |
    ///
    /// An operator must be among the field's `filterOperators`. BETWEEN is also allowed by `<=` and
    /// `>=` together, and IN by `=`. A Boolean field by itself tests whether it is true.
    ///
    /// # Errors
    ///
    /// If a name is not a field's, the field does not support an operator, or a value is not of the
    /// field's type. The error says where.
    ///
    /// # Example
    ///
    /// ```
    /// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
    /// use appflow_connector_queryfilter::parse;
    ///
    /// let elevation = FieldDefinition::builder()
    ///     .field_name("elevation")
    ///     .data_type(FieldDataType::Integer)
    ///     .build();
    /// let entity = EntityDefinition::builder()
    ///     .entity(Entity::builder().entity_identifier("Airport").build())
    ///     .fields(vec![elevation])
    ///     .build();
    ///
    /// assert!(parse("elevation > 5000")?.bind(&entity).is_ok());
    ///
    /// let text = r#"elevation > 5000 and elevatoin < "6000""#;
    /// let error = parse(text)?.bind(&entity).unwrap_err();
    /// assert_eq!(
    ///     error.with_text(text).to_string(),
    ///     "column 22: Airport has no field `elevatoin`; did you mean `elevation`?
    ///   elevation > 5000 and elevatoin < \"6000\"
    ///                        ^^^^^^^^^"
    /// );
    /// # Ok::<(), appflow_connector_queryfilter::ParseError>(())
    /// ```
    pub fn bind<'e>(&self, entity: &'e EntityDefinition) -> Result<BoundFilter<'e>, BindError> {
        let binder = Binder {
            entity,
            look_ups: Cell::new(0),
            fields: OnceCell::new(),
        };
        let bind = |predicate| binder.expression(predicate, false, 0);
        Ok(BoundFilter {
            predicate: self.predicate.as_ref().map(bind).transpose()?,
            limit: self.limit,
            ignores_case: false,
        })
    }
}

impl<'e> BoundFilter<'e> {
    /// Parses and binds a request's `filterExpression`. An absent or blank one keeps every record.
    /// It has at most 100,000 conditions.
    ///
    /// # Errors
    ///
    /// Returns InvalidArgument if the text is not a filter or does not fit the entity. The message
    /// says where and why.
    pub fn from_expression(
        expression: Option<&str>,
        entity: &'e EntityDefinition,
    ) -> Result<Self, ConnectorError> {
        match expression {
            Some(text) if !text.trim().is_empty() => {
                let parser = Parser::new().max_conditions(MAX_CONDITIONS);
                let filter = parser.parse(text)?;
                Ok(filter.bind(entity).map_err(|error| error.with_text(text))?)
            }
            _ => Ok(Self::default()),
        }
    }
}

struct Binder<'e> {
    entity: &'e EntityDefinition,
    look_ups: Cell<usize>,
    /// The entity's fields by name, once several names were looked up.
    fields: OnceCell<HashMap<&'e str, &'e FieldDefinition>>,
}

impl<'e> Binder<'e> {
    /// Binds an expression, or its negation.
    fn expression(
        &self,
        expr: &Expr,
        negated: bool,
        depth: usize,
    ) -> Result<bound::Expr<'e>, BindError> {
        if depth >= MAX_DEPTH {
            return Err(BindError::new(
                BindErrorKind::TooDeep { limit: MAX_DEPTH },
                expr.span,
            ));
        }
        match &expr.kind {
            ExprKind::Not(operand) => self.expression(operand, !negated, depth + 1),
            ExprKind::And(operands) | ExprKind::Or(operands) => {
                check_not_empty(operands, expr.span)?;
                // A plain loop: an iterator's adapters would multiply the stack that each level
                // takes.
                let mut conditions = Vec::with_capacity(operands.len());
                for operand in operands {
                    conditions.push(self.expression(operand, negated, depth + 1)?);
                }
                Ok(chain(&expr.kind, conditions, negated))
            }
            _ => self.leaf(expr, negated),
        }
    }

    fn leaf(&self, expr: &Expr, negated: bool) -> Result<bound::Expr<'e>, BindError> {
        match &expr.kind {
            ExprKind::Compare(comparison) => self.comparison(comparison, negated),
            ExprKind::Between(between) => self.between(between, negated),
            ExprKind::In(membership) => self.membership(membership, negated, expr.span),
            ExprKind::Field(field) => self.boolean_field(field, negated),
            ExprKind::Value(_) | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => {
                Err(BindError::new(BindErrorKind::NotACondition, expr.span))
            }
        }
    }

    fn comparison(
        &self,
        comparison: &Comparison,
        negated: bool,
    ) -> Result<bound::Expr<'e>, BindError> {
        let Comparison {
            field: name,
            op,
            value,
        } = comparison;
        let field = self.field(name)?;
        check_operator(field, op.required_of_field(), name.span)?;
        let kind = match (bound_op(*op), &value.literal) {
            (Some(bound::CompareOp::Equal), Literal::Null) => TestKind::Null { negated: false },
            (Some(bound::CompareOp::NotEqual), Literal::Null) => TestKind::Null { negated: true },
            (Some(op), _) => TestKind::Compare {
                op,
                value: typed(field, value)?,
            },
            (None, _) => TestKind::Contains {
                value: contained(field, value)?,
                negated: false,
            },
        };
        Ok(test(field, kind, negated))
    }

    fn between(&self, between: &Between, negated: bool) -> Result<bound::Expr<'e>, BindError> {
        let field = self.field(&between.field)?;
        let both = [Operator::GreaterThanOrEqualTo, Operator::LessThanOrEqualTo];
        if !both
            .iter()
            .all(|operator| field.filter_operators.contains(operator))
        {
            check_operator(field, Operator::Between, between.field.span)?;
        }
        let kind = TestKind::Between {
            low: typed(field, &between.low)?,
            high: typed(field, &between.high)?,
            negated: false,
        };
        Ok(test(field, kind, negated))
    }

    fn membership(
        &self,
        membership: &Membership,
        negated: bool,
        span: Span,
    ) -> Result<bound::Expr<'e>, BindError> {
        let field = self.field(&membership.field)?;
        check_operator(field, Operator::EqualTo, membership.field.span)?;
        check_not_empty(&membership.values, span)?;
        let (nulls, values): (Vec<&Value>, Vec<&Value>) = membership
            .values
            .iter()
            .partition(|value| value.literal == Literal::Null);
        let values = values
            .into_iter()
            .map(|value| typed(field, value))
            .collect::<Result<Vec<_>, _>>()?;

        // `a in (1, null)` means `a = 1 or a = null`.
        let mut tests = Vec::new();
        if !values.is_empty() {
            tests.push(test(
                field,
                TestKind::In {
                    values: values.into(),
                    negated: false,
                },
                negated,
            ));
        }
        if !nulls.is_empty() {
            tests.push(test(field, TestKind::Null { negated: false }, negated));
        }
        Ok(if negated {
            bound::Expr::all_of(tests)
        } else {
            bound::Expr::any_of(tests)
        })
    }

    fn boolean_field(&self, name: &Field, negated: bool) -> Result<bound::Expr<'e>, BindError> {
        let field = self.field(name)?;
        if field.data_type != FieldDataType::Boolean {
            let kind = BindErrorKind::NotBoolean {
                field: field.field_name.clone(),
                data_type: field.data_type,
            };
            return Err(BindError::new(kind, name.span));
        }
        check_operator(field, Operator::EqualTo, name.span)?;
        let value = TypedValue::Boolean(true);
        Ok(test(
            field,
            TestKind::Compare {
                op: bound::CompareOp::Equal,
                value,
            },
            negated,
        ))
    }

    fn field(&self, name: &Field) -> Result<&'e FieldDefinition, BindError> {
        self.look_ups.set(self.look_ups.get() + 1);
        let found = if self.look_ups.get() <= MAX_LINEAR_LOOK_UPS {
            self.entity.field(&name.name)
        } else {
            let fields = self.fields.get_or_init(|| self.entity.fields_by_name());
            fields.get(name.name.as_str()).copied()
        };
        found.ok_or_else(|| {
            let kind = BindErrorKind::UnknownField {
                name: name.name.clone(),
                entity: self.entity.entity.entity_identifier.clone(),
                nearest: self.nearest(&name.name),
            };
            BindError::new(kind, name.span)
        })
    }

    /// Returns the field with the most similar name if at most a third of its letters differ,
    /// whatever their case.
    fn nearest(&self, name: &str) -> Option<String> {
        let length = name.chars().count();
        if length > MAX_FIELD_NAME_CHARS {
            return None;
        }
        let distance = |field: &FieldDefinition| {
            strsim::damerau_levenshtein(&field.field_name.to_lowercase(), &name.to_lowercase())
        };
        let fields = self
            .entity
            .fields
            .iter()
            .take(MAX_COMPARED_FIELDS)
            .filter(|field| field.field_name.len() <= MAX_FIELD_NAME_CHARS);
        let (distance, nearest) = fields
            .map(|field| (distance(field), field))
            .min_by_key(|(distance, _)| *distance)?;
        (distance * 3 <= length).then(|| nearest.field_name.clone())
    }
}

/// Joins conditions that are already negated if the chain is: `not (a and b)` is `not a or not b`.
fn chain<'e>(kind: &ExprKind, conditions: Vec<bound::Expr<'e>>, negated: bool) -> bound::Expr<'e> {
    match (kind, negated) {
        (ExprKind::And(_), false) | (ExprKind::Or(_), true) => bound::Expr::all_of(conditions),
        _ => bound::Expr::any_of(conditions),
    }
}

fn test(field: &FieldDefinition, kind: TestKind, negated: bool) -> bound::Expr<'_> {
    let kind = if negated { kind.negate() } else { kind };
    bound::Expr::Test(Test { field, kind })
}

fn typed(field: &FieldDefinition, value: &Value) -> Result<TypedValue, BindError> {
    read(field, value, value::typed)
}

fn contained(field: &FieldDefinition, value: &Value) -> Result<TypedValue, BindError> {
    match field.data_type {
        FieldDataType::String | FieldDataType::ByteArray => read(field, value, value::typed),
        _ => read(field, value, value::element),
    }
}

fn read(
    field: &FieldDefinition,
    value: &Value,
    as_type: fn(&FieldDefinition, &Literal) -> Result<TypedValue, BindErrorKind>,
) -> Result<TypedValue, BindError> {
    let read = match value.literal {
        Literal::Null => Err(BindErrorKind::NullNotComparable {
            field: field.field_name.clone(),
        }),
        _ => as_type(field, &value.literal),
    };
    read.map_err(|kind| BindError::new(kind, value.span))
}

fn check_operator(
    field: &FieldDefinition,
    operator: Operator,
    span: Span,
) -> Result<(), BindError> {
    let kind = if !field.is_filterable() {
        BindErrorKind::NotFilterable {
            field: field.field_name.clone(),
        }
    } else if !field.filter_operators.contains(&operator) {
        BindErrorKind::OperatorNotSupported {
            field: field.field_name.clone(),
            operator,
            supported: field.filter_operators.clone(),
        }
    } else {
        return Ok(());
    };
    Err(BindError::new(kind, span))
}

fn check_not_empty<T>(operands: &[T], span: Span) -> Result<(), BindError> {
    if operands.is_empty() {
        return Err(BindError::new(BindErrorKind::NoOperands, span));
    }
    Ok(())
}

/// Returns `None` for `contains`, which is a test of its own.
const fn bound_op(op: CompareOp) -> Option<bound::CompareOp> {
    match op {
        CompareOp::Greater => Some(bound::CompareOp::Greater),
        CompareOp::GreaterOrEqual => Some(bound::CompareOp::GreaterOrEqual),
        CompareOp::Less => Some(bound::CompareOp::Less),
        CompareOp::LessOrEqual => Some(bound::CompareOp::LessOrEqual),
        CompareOp::Equal => Some(bound::CompareOp::Equal),
        CompareOp::NotEqual => Some(bound::CompareOp::NotEqual),
        CompareOp::Contains => None,
    }
}
