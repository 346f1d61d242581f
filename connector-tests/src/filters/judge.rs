use std::collections::BTreeMap;

use appflow_connector_model::{ConnectorOperator as Operator, ErrorCode};
use appflow_connector_queryfilter::ast::{CompareOp, Expr, ExprKind, Literal, Value};

use super::expr::conditions;
use super::field::{Role, role};
use super::table::{Table, Truth, compared_as, readable};
use super::values::FieldValues;
use crate::config::TextComparison;
use crate::finding::Finding;
use crate::reading::{Query, Reading, Row};
use crate::run::{Outcome, Stop};

const SURPLUS: &str = "finds a record that does not match it";

/// A filter to query with, and its meaning.
pub(crate) struct Question<'t> {
    /// The filter as the connector gets it.
    pub(crate) text: String,
    expression: Expr,
    fields: Vec<String>,
    truth: Truth,
    table: &'t Table,
}

/// What is wrong with the records that a filter found.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// The filter finds other records than it should, or none because of an error.
    pub(crate) fault: Option<Finding>,
    /// A query without a filter lacks a record that the filter finds.
    pub(crate) lost: Option<Finding>,
    /// The filter finds every record, and should not.
    pub(crate) is_ignored: bool,
    /// The query ended in an error.
    pub(crate) is_error: bool,
}

impl<'t> Question<'t> {
    /// Not applicable if the expression does not fit the entity.
    pub(crate) fn new(expression: &Expr, table: &'t Table) -> Outcome<Self> {
        let text = expression.to_string();
        let unfit = || Stop::not_applicable(format!("`{text}` does not fit the entity"));
        let filter = readable(expression).ok_or_else(unfit)?;
        let bound = filter.bind(table.definition()).map_err(|_| unfit())?;
        let fields = bound.fields();
        Ok(Self {
            fields: fields
                .iter()
                .map(|field| field.field_name.clone())
                .collect(),
            truth: table.truth(expression).ok_or_else(unfit)?,
            expression: expression.clone(),
            text,
            table,
        })
    }

    /// The query with the filter, which selects the fields that it compares.
    pub(crate) fn query(&self) -> Query {
        Query {
            fields: self.selection(),
            filter: Some(self.text.clone()),
            page_size: None,
        }
    }

    fn selection(&self) -> Vec<String> {
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        self.table.source.selection(&fields)
    }

    /// The finding about a query that ended in an error. An application may refuse an id that it
    /// has not made itself, such as one with a wrong check digit.
    pub(crate) fn failed(&self, error: Finding) -> Judgement {
        let refused = matches!(
            error.origin.code,
            Some(ErrorCode::InvalidArgument | ErrorCode::ClientError)
        );
        let is_of_unknown_id = !self
            .compared_with_unknown(&[Role::Key, Role::Reference])
            .is_empty();
        if refused && is_of_unknown_id {
            return Judgement {
                fault: None,
                lost: None,
                is_ignored: false,
                is_error: true,
            };
        }
        let expected = match self.matching() {
            0 => "no records: there are none that match, which is not an error".to_owned(),
            matching => format!("the {matching} of {} records that match", self.table.len()),
        };
        let fault = Finding {
            problem: format!("the filter `{}` fails: {}", self.text, error.problem),
            expected,
            ..error
        };
        Judgement {
            fault: Some(fault.with_cause(self.cause())),
            lost: None,
            is_ignored: false,
            is_error: true,
        }
    }

    /// Compares the records that were found with those that match among all records.
    ///
    /// Records with values of the wrong type are not judged: another check is about them.
    pub(crate) fn judge(&self, found: &Reading) -> Judgement {
        let came = self.came(found);
        let lost = self.lost(&came).map(|row| self.unknown(row, found));
        let distinct: usize = came.values().map(|(_, times)| times).sum();
        let is_ignored = distinct == self.table.len() && self.matching() < distinct;
        let Some((fault, row)) = self.fault(&self.truth, &came, found) else {
            return Judgement {
                fault: None,
                lost,
                is_ignored: false,
                is_error: false,
            };
        };
        let mut problem = format!("the filter `{}` {fault}", self.text);
        if self.is_right_ignoring_case(&came, found) {
            problem
                .push_str("; the result is right if `A` equals `a`: see `harness.textComparison`");
        }
        let expected = format!(
            "the {} of {} records that match; {} were returned",
            self.matching(),
            self.table.len(),
            found.rows.len()
        );
        let shown = row.project(self.selection().iter().map(String::as_str));
        let finding = Finding::new(problem, expected)
            .with_response(shown.as_str())
            .with_cause(self.cause());
        Judgement {
            fault: Some(found.about_first_page(finding)),
            lost,
            is_ignored,
            is_error: false,
        }
    }

    /// The fields of these roles that the filter compares with a value that no record has.
    fn compared_with_unknown(&self, roles: &[Role]) -> Vec<&str> {
        let definition = self.table.definition();
        let conditions = conditions(&self.expression).into_iter();
        let compared = conditions.filter_map(|condition| {
            let (name, values) = match &condition.kind {
                ExprKind::Compare(it) => (&it.field.name, std::slice::from_ref(&it.value)),
                ExprKind::In(it) => (&it.field.name, it.values.as_slice()),
                _ => return None,
            };
            let field = definition.field(name)?;
            role(field).filter(|role| roles.contains(role))?;
            let is_part = |op| matches!(&condition.kind, ExprKind::Compare(it) if it.op == op);
            let operator = if is_part(CompareOp::Contains) {
                Operator::Contains
            } else {
                Operator::EqualTo
            };
            let known = FieldValues::new(self.table, field, operator);
            let is_unknown =
                |value: &Value| value.literal != Literal::Null && !known.has(&value.literal);
            values.iter().any(is_unknown).then_some(name.as_str())
        });
        compared.collect()
    }

    /// Filters of one check on the same fields are most likely wrong for the same reason.
    fn cause(&self) -> String {
        let entity = &self.table.definition().entity.entity_identifier;
        format!("{entity}: {}", self.fields.join(", "))
    }

    /// The finding about a record that does not match, if not all that match must be found.
    pub(crate) fn surplus(&self, found: &Reading) -> Option<Finding> {
        let came = self.came(found);
        let row = self.surplus_in(&self.truth, &came)?;
        let problem = format!("the filter `{}` with a LIMIT {SURPLUS}", self.text);
        let finding =
            Finding::new(problem, "only records that match").with_response(&row.to_text());
        Some(found.about_first_page(finding))
    }

    /// The number of records that match.
    pub(crate) fn matching(&self) -> usize {
        let matching = self.truth.iter().filter(|truth| **truth == Some(true));
        matching.count()
    }

    /// The records that were found, by key, and how often.
    fn came<'r>(&self, found: &'r Reading) -> BTreeMap<String, (&'r Row, usize)> {
        let key = self.table.source.key();
        let mut rows: BTreeMap<String, (&Row, usize)> = BTreeMap::new();
        for row in found.distinct(&key) {
            rows.entry(row.key(&key)).or_insert((row, 0)).1 += 1;
        }
        rows
    }

    /// What is wrong with the records that were found, and a record that shows it.
    fn fault<'r>(
        &'r self,
        truth: &Truth,
        came: &BTreeMap<String, (&'r Row, usize)>,
        found: &Reading,
    ) -> Option<(&'static str, &'r Row)> {
        let key = self.table.source.key();
        // If a limit ended the reading, a missing record may be on a later page.
        if found.is_complete() {
            for (at, matches) in truth.iter().enumerate() {
                let row = self.table.row(at);
                if *matches != Some(true) {
                    continue;
                }
                let times = came.get(&row.key(&key)).map_or(0, |(_, times)| *times);
                if times < self.expected_times(truth, &row.key(&key)).unwrap_or(0) {
                    return Some(("does not find a record that matches it", row));
                }
            }
        }
        let row = self.surplus_in(truth, came)?;
        Some((SURPLUS, row))
    }

    /// A record that occurs more often than it should.
    fn surplus_in<'r>(
        &self,
        truth: &Truth,
        came: &BTreeMap<String, (&'r Row, usize)>,
    ) -> Option<&'r Row> {
        let is_surplus = |(key, (row, times)): &(&String, &(&Row, usize))| {
            if self.table.find(key).is_none() {
                // It is not among all records: it is judged by its own values.
                return self.matches(row) == Some(false);
            }
            self.expected_times(truth, key)
                .is_some_and(|most| *times > most)
        };
        came.iter().find(is_surplus).map(|(_, (row, _))| *row)
    }

    /// How often a key should occur: 0 for a record that does not match. `None` if it cannot be
    /// judged.
    fn expected_times(&self, truth: &Truth, key: &str) -> Option<usize> {
        let (at, times) = self.table.find(key)?;
        Some(if truth[at]? { times } else { 0 })
    }

    /// A record that matches but is not among all records, although these were read to the end.
    fn lost<'r>(&self, came: &BTreeMap<String, (&'r Row, usize)>) -> Option<&'r Row> {
        if !self.table.all.is_complete() {
            return None;
        }
        let mut rows = came.iter();
        let lost = rows.find(|(key, (row, _))| {
            self.table.find(key).is_none() && self.matches(row) == Some(true)
        });
        lost.map(|(_, (row, _))| *row)
    }

    fn unknown(&self, row: &Row, found: &Reading) -> Finding {
        let text = &self.text;
        let problem = format!(
            "the filter `{text}` finds a record that a query without a filter does not find"
        );
        let finding = Finding::new(problem, "every record, if there is no filter");
        found.about_first_page(finding.with_response(&row.to_text()).with_cause("lost"))
    }

    fn is_right_ignoring_case(
        &self,
        came: &BTreeMap<String, (&Row, usize)>,
        found: &Reading,
    ) -> bool {
        let ignoring = TextComparison::IgnoreCase;
        self.table.comparison == TextComparison::CaseSensitive
            && self
                .table
                .truth_as(&self.expression, ignoring)
                .is_some_and(|truth| {
                    truth != self.truth && self.fault(&truth, came, found).is_none()
                })
    }

    /// Whether a record matches by its own values. `None` if it cannot be judged.
    fn matches(&self, row: &Row) -> Option<bool> {
        let filter = readable(&self.expression)?;
        let bound = filter.bind(self.table.definition()).ok()?;
        let record = row.project(row.names());
        compared_as(bound, self.table.comparison)
            .matches(&record)
            .ok()
    }

    /// The fields and operators of the filter, such as `name =`. For a value that no record has,
    /// the operator does not count.
    pub(crate) fn operators(&self) -> Vec<String> {
        let unknown = self.compared_with_unknown(&[Role::Choice, Role::Key, Role::Reference]);
        if !unknown.is_empty() {
            let unknown = unknown.into_iter();
            return unknown
                .map(|name| format!("{name} and an unknown value"))
                .collect();
        }
        let conditions = conditions(&self.expression).into_iter();
        let operator = |condition: &Expr| match &condition.kind {
            ExprKind::Compare(it) if it.value.literal == Literal::Null => {
                Some(format!("{} {} null", it.field.name, it.op.as_str()))
            }
            ExprKind::Compare(it) => Some(format!("{} {}", it.field.name, it.op.as_str())),
            ExprKind::Between(it) => Some(format!("{} between", it.field.name)),
            ExprKind::In(it) => Some(format!("{} in", it.field.name)),
            _ => None,
        };
        conditions.filter_map(operator).collect()
    }

    /// Whether it is one condition on one field.
    pub(crate) fn is_condition(&self) -> bool {
        !matches!(
            self.expression.kind,
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_)
        )
    }
}
