//! Resolves a query in the schema and translates it to SQL.
//!
//! SOQL's logic has two values where SQL's has three: a comparison with a null is false or true,
//! never unknown. So every comparison here yields 0 or 1, and `NOT`, `AND` and `OR` follow from
//! that:
//!
//! | comparison | result for a null in the field |
//! |---|---|
//! | `=` a value, `<`, `<=`, `>`, `>=`, `LIKE`, `IN`, `INCLUDES` | false |
//! | `!=` a value, `NOT IN`, `EXCLUDES` | true |
//! | `= null` | true |
//! | `!= null` | false |

use std::collections::HashSet;
use std::fmt::Write as _;

use rusqlite::types::Value;

use crate::schema::catalog::Schema;
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;
use crate::schema::selection::{Selected, own};
use crate::soql::ast::{Comparison, Condition, Literal, Name, Operator, Query, Select, SortKey};
use crate::soql::error::SoqlError;
use crate::soql::literal::value_of;
use crate::soql::names::{Column, Names, alias, select_of_parent};

/// The maximum number of rows that `OFFSET` can skip. It is Salesforce's limit.
const MAX_OFFSET: u32 = 2_000;
/// The maximum number of rows of a query for all fields. It is Salesforce's limit.
const MAX_ALL_FIELDS: u32 = 200;

/// What a query returns.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Records(Vec<Selected>),
    Count,
}

/// A query, ready to run. `sql` selects the IDs of the matching records, in order; `parameters` are
/// its `?1`, `?2` ….
#[derive(Debug)]
pub(crate) struct Statement<'s> {
    pub object: &'s Object,
    pub selection: Selection,
    pub sql: String,
    pub parameters: Vec<Value>,
}

/// Resolves the names of a query, checks its literals and writes its SQL. `text` is the query as it
/// was written, for the messages. Deleted records match only if `include_deleted`.
pub(crate) fn compile<'s>(
    text: &str,
    query: &Query,
    schema: &'s Schema,
    include_deleted: bool,
) -> Result<Statement<'s>, SoqlError> {
    let object = schema.object(&query.from.text).ok_or_else(|| {
        let message = format!(
            "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after \
             the entity name. Please reference your WSDL or the describe call for the appropriate names.",
            query.from.text
        );
        SoqlError::at("INVALID_TYPE", text, query.from.position, &message)
    })?;
    let mut compiler = Compiler {
        names: Names {
            text,
            schema,
            object,
        },
        parents: Vec::new(),
        include_deleted,
        parameters: Vec::new(),
    };
    let selection = compiler.selection(query)?;
    if !object.index.is_empty() {
        compiler.check_index(query)?;
    }
    let condition = match &query.condition {
        Some(condition) => compiler.condition(condition)?,
        None => "1".to_owned(),
    };
    let order = compiler.order(&query.order_by)?;
    if query.offset > Some(MAX_OFFSET) {
        return Err(SoqlError::whole(
            "NUMBER_OUTSIDE_VALID_RANGE",
            format!(
                "Maximum SOQL offset allowed for apiName {} is {MAX_OFFSET}",
                object.name
            ),
        ));
    }
    let limit = query.limit.map_or(-1, i64::from);
    let offset = query.offset.unwrap_or_default();
    let table = object.name;
    let joins = compiler.joins();
    let records = if include_deleted {
        "1".to_owned()
    } else {
        format!("\"{table}\".\"IsDeleted\" = 0")
    };
    let sql = format!(
        "SELECT \"{table}\".\"Id\" FROM \"{table}\"{joins} WHERE {records} AND {condition} \
         ORDER BY {order} LIMIT {limit} OFFSET {offset}"
    );
    Ok(Statement {
        object,
        selection,
        sql,
        parameters: compiler.parameters,
    })
}

struct Compiler<'a, 's> {
    names: Names<'a, 's>,
    include_deleted: bool,
    /// The references that conditions and sort keys follow.
    parents: Vec<&'s Field>,
    parameters: Vec<Value>,
}

impl<'s> Compiler<'_, 's> {
    fn selection(&self, query: &Query) -> Result<Selection, SoqlError> {
        match &query.select {
            Select::Count => Ok(Selection::Count),
            Select::AllFields => {
                if query.limit.is_none_or(|limit| limit > MAX_ALL_FIELDS) {
                    return Err(SoqlError::whole(
                        "MALFORMED_QUERY",
                        format!(
                            "The SOQL FIELDS function must have a LIMIT of at most {MAX_ALL_FIELDS}"
                        ),
                    ));
                }
                let fields = self.names.object.fields.iter().cloned();
                Ok(Selection::Records(own(fields)))
            }
            Select::Fields(names) => {
                let mut selection = Vec::with_capacity(names.len());
                let mut known = HashSet::new();
                for name in names {
                    let column = self.names.resolve(name)?;
                    if !known.insert(column.sql.clone()) {
                        return Err(SoqlError::whole(
                            "MALFORMED_QUERY",
                            format!("duplicate field selected: {}", column.path()),
                        ));
                    }
                    let field = Selected::Field(column.field.clone());
                    match column.parent {
                        None => selection.push(field),
                        Some(reference) => select_of_parent(&mut selection, reference, field),
                    }
                }
                Ok(Selection::Records(selection))
            }
        }
    }

    /// A field of a condition or a sort key.
    fn column(&mut self, name: &Name) -> Result<Column<'s>, SoqlError> {
        let column = self.names.resolve(name)?;
        if let Some(reference) = column.parent
            && !self
                .parents
                .iter()
                .any(|known| known.name == reference.name)
        {
            self.parents.push(reference);
        }
        Ok(column)
    }

    /// The joins with the parents that the query filters or sorts by. A record without a parent
    /// stays.
    fn joins(&self) -> String {
        let mut joins = String::new();
        for reference in &self.parents {
            let Some(parent) = self.names.parent(reference) else {
                continue;
            };
            let alias = alias(reference);
            let _ = write!(
                joins,
                " LEFT JOIN \"{}\" AS {alias} ON {alias}.\"Id\" = \"{}\".\"{}\" AND {alias}.\"IsDeleted\" <= {}",
                parent.name,
                self.names.object.name,
                reference.name,
                i32::from(self.include_deleted)
            );
        }
        joins
    }

    /// A query of a big object filters by fields of its index, joined by AND, in the order of the
    /// index and without gaps; all but the last with `=`, the last also with a range or `IN`. It
    /// can sort in the order of the index only.
    fn check_index(&self, query: &Query) -> Result<(), SoqlError> {
        let comparisons: Vec<&Comparison> = match &query.condition {
            None => Vec::new(),
            Some(Condition::Comparison(comparison)) => vec![comparison],
            Some(Condition::And(operands)) => operands
                .iter()
                .map(|operand| match operand {
                    Condition::Comparison(comparison) => Ok(comparison),
                    _ => Err(self.beyond_index()),
                })
                .collect::<Result<_, _>>()?,
            Some(Condition::Or(_) | Condition::Not(_)) => return Err(self.beyond_index()),
        };
        let mut filtered: Vec<&str> = Vec::new();
        let mut closed = false;
        for comparison in comparisons {
            let Column { field, parent, .. } = self.names.resolve(&comparison.field)?;
            if parent.is_some() {
                return Err(self.beyond_index());
            }
            let name = field.name;
            let range = filtered.last() == Some(&name) && closed;
            let next = self.names.object.index.get(filtered.len()) == Some(&name) && !closed;
            if !(next || range) {
                return Err(self.beyond_index());
            }
            if next {
                filtered.push(name);
            }
            match comparison.operator {
                Operator::Equal if next => {}
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => closed = true,
                Operator::In if next => closed = true,
                _ => return Err(self.beyond_index()),
            }
        }
        let in_order = query.order_by.iter().zip(self.names.object.index);
        let sorted = in_order.filter(|(key, name)| key.field.text.eq_ignore_ascii_case(name));
        if sorted.count() == query.order_by.len() {
            return Ok(());
        }
        Err(self.beyond_index())
    }

    fn beyond_index(&self) -> SoqlError {
        let message = format!(
            "{} is a big object: filter by the fields of its index ({}) in this order, with = and a \
             range or IN on the last, and sort by them",
            self.names.object.name,
            self.names.object.index.join(", ")
        );
        SoqlError::whole("MALFORMED_QUERY", message)
    }

    fn condition(&mut self, condition: &Condition) -> Result<String, SoqlError> {
        match condition {
            Condition::And(operands) => self.joined(operands, "AND"),
            Condition::Or(operands) => self.joined(operands, "OR"),
            Condition::Not(operand) => Ok(format!("(NOT {})", self.condition(operand)?)),
            Condition::Comparison(comparison) => self.comparison(comparison),
        }
    }

    fn joined(&mut self, operands: &[Condition], keyword: &str) -> Result<String, SoqlError> {
        let operands = operands
            .iter()
            .map(|operand| self.condition(operand))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(balanced(&operands, keyword))
    }

    fn comparison(&mut self, comparison: &Comparison) -> Result<String, SoqlError> {
        let column = self.column(&comparison.field)?;
        let field = column.field;
        if !field.filterable() {
            return Err(self.names.invalid_field(
                &comparison.field,
                &format!("field '{}' can not be filtered in a query call", field.name),
            ));
        }
        if !allows(field.kind, comparison.operator) {
            let message = format!(
                "invalid operator on {} field",
                field.kind.name_in_messages()
            );
            return Err(SoqlError::at(
                "INVALID_QUERY_FILTER_OPERATOR",
                self.names.text,
                comparison.field.position,
                &message,
            ));
        }
        let values = comparison
            .values
            .iter()
            .map(|literal| self.value(literal, field, comparison.field.position))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match comparison.operator {
            Operator::Equal | Operator::In => self.one_of(&column, values),
            Operator::NotEqual | Operator::NotIn => {
                format!("(NOT {})", self.one_of(&column, values))
            }
            Operator::Includes => self.includes(&column, values),
            Operator::Excludes => format!("(NOT {})", self.includes(&column, values)),
            Operator::Like => self.like(&column, values),
            Operator::Less => self.ordered(&column, "<", values),
            Operator::LessOrEqual => self.ordered(&column, "<=", values),
            Operator::Greater => self.ordered(&column, ">", values),
            Operator::GreaterOrEqual => self.ordered(&column, ">=", values),
        })
    }

    fn value(
        &self,
        literal: &Literal,
        field: &Field,
        position: usize,
    ) -> Result<Option<Value>, SoqlError> {
        value_of(literal, field).map_err(|unsuited| {
            SoqlError::at(unsuited.code, self.names.text, position, &unsuited.message)
        })
    }

    fn one_of(&mut self, column: &Column<'_>, values: Vec<Option<Value>>) -> String {
        let name = &column.sql;
        let mut tests = Vec::new();
        if values.contains(&None) {
            // A checkbox is never null in Salesforce; asking for null finds unchecked ones.
            let null = if column.field.kind == FieldType::Boolean {
                "0"
            } else {
                "NULL"
            };
            tests.push(format!("({name} IS {null})"));
        }
        let parameters: Vec<String> = values
            .into_iter()
            .flatten()
            .map(|value| self.parameter(value))
            .collect();
        if column.field.kind == FieldType::MultiPicklist {
            let same = |items| format!("same_items({name}, {items})");
            tests.extend(parameters.into_iter().map(same));
        } else if !parameters.is_empty() {
            let list = parameters.join(", ");
            tests.push(format!("ifnull({name} IN ({list}), 0)"));
        }
        balanced(&tests, "OR")
    }

    fn ordered(
        &mut self,
        column: &Column<'_>,
        operator: &str,
        values: Vec<Option<Value>>,
    ) -> String {
        self.any(values, "0", |value| {
            format!("ifnull({} {operator} {value}, 0)", column.sql)
        })
    }

    fn like(&mut self, column: &Column<'_>, patterns: Vec<Option<Value>>) -> String {
        self.any(patterns, "0", |pattern| {
            format!("like_pattern({}, {pattern})", column.sql)
        })
    }

    fn includes(&mut self, column: &Column<'_>, values: Vec<Option<Value>>) -> String {
        let null = format!("({} IS NULL)", column.sql);
        self.any(values, &null, |items| {
            format!("has_items({}, {items})", column.sql)
        })
    }

    /// Whether `test` holds for one of `values`. `null` is the test for a null value.
    fn any(
        &mut self,
        values: Vec<Option<Value>>,
        null: &str,
        test: impl Fn(&str) -> String,
    ) -> String {
        let tests: Vec<String> = values
            .into_iter()
            .map(|value| match value {
                None => null.to_owned(),
                Some(value) => test(&self.parameter(value)),
            })
            .collect();
        balanced(&tests, "OR")
    }

    fn parameter(&mut self, value: Value) -> String {
        self.parameters.push(value);
        format!("?{}", self.parameters.len())
    }

    /// The requested order, then by ID, so that the order of equal records never changes.
    fn order(&mut self, keys: &[SortKey]) -> Result<String, SoqlError> {
        let mut order = String::new();
        for key in keys {
            let Column { field, sql, .. } = self.column(&key.field)?;
            if !field.sortable() {
                return Err(self.names.invalid_field(
                    &key.field,
                    &format!("field '{}' can not be sorted in a query call", field.name),
                ));
            }
            let direction = if key.descending { "DESC" } else { "ASC" };
            let nulls = if key.nulls_last { "LAST" } else { "FIRST" };
            let _ = write!(order, "{sql} {direction} NULLS {nulls}, ");
        }
        let _ = write!(order, "\"{}\".\"Id\"", self.names.object.name);
        Ok(order)
    }
}

/// Whether a type supports an operator.
fn allows(field_type: FieldType, operator: Operator) -> bool {
    use FieldType::{Boolean, MultiPicklist};
    match operator {
        Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn => true,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            !matches!(field_type, Boolean | MultiPicklist)
        }
        Operator::Like => field_type.is_text() && field_type != MultiPicklist,
        Operator::Includes | Operator::Excludes => field_type == MultiPicklist,
    }
}

/// Joins pieces of SQL as a balanced tree. SQLite refuses trees deeper than 1,000, which a plain
/// chain would be.
fn balanced(pieces: &[String], keyword: &str) -> String {
    match pieces {
        [] => "0".to_owned(),
        [piece] => piece.clone(),
        _ => {
            let (left, right) = pieces.split_at(pieces.len() / 2);
            format!(
                "({} {keyword} {})",
                balanced(left, keyword),
                balanced(right, keyword)
            )
        }
    }
}
