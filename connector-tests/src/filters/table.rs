use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appflow_connector_model::Record;
use appflow_connector_model::{ConnectorOperator as Operator, EntityDefinition, FieldDefinition};
use appflow_connector_queryfilter::ast::{Expr, ExprKind};
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};
use serde_json::Value;

use super::column::Column;
use super::expr::not;
use super::field::is_filterable;
use super::literals::Literals;

use crate::config::TextComparison;
use crate::reading::{Reading, Row, Source};

/// Whether each record matches. `None` for a record with a value of the wrong type: another check
/// is about that.
pub(crate) type Truth = Vec<Option<bool>>;

/// The truth of conditions, by comparison of texts and by text. `None` if one does not fit the
/// entity.
type KnownTruths = HashMap<(TextComparison, String), Option<Arc<Truth>>>;

/// The records of an entity, each once, and what conditions are true of them.
///
/// A condition is evaluated once for each different value of its field, and kept.
pub(crate) struct Table {
    pub(crate) source: Source,
    pub(crate) all: Arc<Reading>,
    pub(crate) comparison: TextComparison,
    /// Indices of `all.rows`, and the key of each.
    rows: Vec<usize>,
    /// The first row with a key, and how many there are.
    by_key: HashMap<String, (usize, usize)>,
    columns: Mutex<HashMap<String, Arc<Column>>>,
    literals: Mutex<HashMap<(String, bool), Arc<Literals>>>,
    truths: Mutex<KnownTruths>,
}

impl Table {
    pub(crate) fn new(source: Source, all: Arc<Reading>, comparison: TextComparison) -> Self {
        let key = source.key();
        let mut rows = Vec::new();
        let mut by_key: HashMap<String, (usize, usize)> = HashMap::new();
        for (at, row) in all.rows.iter().enumerate() {
            let first = by_key.entry(row.key(&key)).or_insert((rows.len(), 0));
            // Without a key, two records may have the same values in all fields.
            if first.1 == 0 || key.is_empty() {
                first.1 += 1;
                rows.push(at);
            }
        }
        Self {
            source,
            all,
            comparison,
            rows,
            by_key,
            columns: Mutex::default(),
            literals: Mutex::default(),
            truths: Mutex::default(),
        }
    }

    pub(crate) fn definition(&self) -> &EntityDefinition {
        &self.source.definition
    }

    /// The number of records.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, at: usize) -> &Row {
        &self.all.rows[self.rows[at]]
    }

    /// The first record with a key, and how many there are.
    pub(super) fn find(&self, key: &str) -> Option<(usize, usize)> {
        self.by_key.get(key).copied()
    }

    /// The fields that a filter may compare with the operator, and that a query may select, so that
    /// the result can be judged.
    pub(crate) fn fields_with(&self, operator: Operator) -> impl Iterator<Item = &FieldDefinition> {
        let fields = self.definition().fields.iter();
        fields
            .filter(move |field| is_filterable(field) && field.filter_operators.contains(&operator))
    }

    /// The number of different characters in the values of a field.
    pub(crate) fn characters(&self, field: &str) -> usize {
        let column = self.column(field);
        let values = column.values.iter().flatten();
        let characters: BTreeSet<char> = values.flat_map(|value| value.chars()).collect();
        characters.len()
    }

    /// The values of a field.
    pub(super) fn column(&self, field: &str) -> Arc<Column> {
        let mut columns = lock(&self.columns);
        if let Some(column) = columns.get(field) {
            return column.clone();
        }
        let mut known: HashMap<Option<&str>, usize> = HashMap::new();
        let mut column = Column {
            of_row: Vec::with_capacity(self.len()),
            values: Vec::new(),
        };
        for at in 0..self.len() {
            let raw = self.row(at).get(field);
            let next = column.values.len();
            let value = *known.entry(raw).or_insert(next);
            if value == next {
                column.values.push(raw.map(str::to_owned));
            }
            column.of_row.push(value);
        }
        let column = Arc::new(column);
        columns.insert(field.to_owned(), column.clone());
        column
    }

    /// The values of a field as literals, for `contains` parts of them.
    pub(super) fn literals(&self, field: &FieldDefinition, operator: Operator) -> Arc<Literals> {
        let key = (field.field_name.clone(), operator == Operator::Contains);
        if let Some(known) = lock(&self.literals).get(&key) {
            return known.clone();
        }
        let column = self.column(&field.field_name);
        let literals = Arc::new(Literals::new(&column, field.data_type, operator));
        lock(&self.literals).insert(key, literals.clone());
        literals
    }

    /// Which records an expression matches. `None` if it does not fit the entity.
    pub(crate) fn truth(&self, expr: &Expr) -> Option<Truth> {
        self.truth_as(expr, self.comparison)
    }

    /// The same with another comparison of texts.
    pub(super) fn truth_as(&self, expr: &Expr, comparison: TextComparison) -> Option<Truth> {
        combined(expr, self.len(), &|condition| {
            self.condition(condition, comparison).as_deref().cloned()
        })
    }

    /// Which records match a condition on one field, or the negation of one.
    pub(super) fn condition(&self, expr: &Expr, comparison: TextComparison) -> Option<Arc<Truth>> {
        let key = (comparison, expr.to_string());
        if let Some(known) = lock(&self.truths).get(&key) {
            return known.clone();
        }
        let truth = self.evaluate(expr, comparison).map(Arc::new);
        lock(&self.truths).insert(key, truth.clone());
        truth
    }

    fn evaluate(&self, expr: &Expr, comparison: TextComparison) -> Option<Truth> {
        let filter = readable(expr)?;
        let bound = compared_as(filter.bind(self.definition()).ok()?, comparison);
        let fields = bound.fields();
        let [field] = fields.as_slice() else {
            return None;
        };
        let column = self.column(&field.field_name);
        let name = Value::from(field.field_name.as_str());
        let matches = |raw: &Option<String>| {
            let raw = raw.as_deref().unwrap_or("null");
            let record = Record::from_json_unchecked(format!("{{{name}:{raw}}}"));
            bound.matches(&record).ok()
        };
        let of_values: Truth = column.values.iter().map(matches).collect();
        Some(
            column
                .of_row
                .iter()
                .map(|value| of_values[*value])
                .collect(),
        )
    }
}

/// The truth of an expression from that of its conditions. NOT is moved to the conditions: a null
/// makes a condition and its negation false.
pub(super) fn combined(
    expr: &Expr,
    records: usize,
    condition: &dyn Fn(&Expr) -> Option<Truth>,
) -> Option<Truth> {
    signed(expr, false, records, condition)
}

fn signed(
    expr: &Expr,
    negated: bool,
    records: usize,
    condition: &dyn Fn(&Expr) -> Option<Truth>,
) -> Option<Truth> {
    let (operands, decisive) = match &expr.kind {
        ExprKind::Not(operand) => return signed(operand, !negated, records, condition),
        ExprKind::And(operands) => (operands, negated),
        ExprKind::Or(operands) => (operands, !negated),
        _ if negated => return condition(&not(expr.clone())),
        _ => return condition(expr),
    };
    let mut truth = vec![Some(!decisive); records];
    for operand in operands {
        let of_operand = signed(operand, negated, records, condition)?;
        for (all, one) in truth.iter_mut().zip(of_operand) {
            *all = match (*all, one) {
                (all, one) if all == Some(decisive) || one == Some(decisive) => Some(decisive),
                (Some(_), Some(_)) => Some(!decisive),
                _ => None,
            };
        }
    }
    Some(truth)
}

/// The expression as the connector reads it, by its text: not every tree can be written.
pub(super) fn readable(expr: &Expr) -> Option<Filter> {
    let filter = Filter {
        predicate: Some(expr.clone()),
        limit: None,
    };
    parse(&filter.to_string()).ok()
}

pub(super) fn compared_as(filter: BoundFilter<'_>, comparison: TextComparison) -> BoundFilter<'_> {
    match comparison {
        TextComparison::CaseSensitive => filter,
        TextComparison::IgnoreCase => filter.ignoring_case(),
    }
}

/// A panic between taking a lock and returning it leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
