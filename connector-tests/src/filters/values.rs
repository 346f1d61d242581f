//! The conditions on one field: on its values, between them, before the first and after the last.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorOperator as Operator, FieldDataType as Type, FieldDefinition,
};
use appflow_connector_queryfilter::ast::{CompareOp, Expr, Literal};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use super::expr::{between, compare, compare_op, one_of};
use super::field::{Role, role};
use super::literal;
use super::literals::Literals;
use super::table::Table;
use super::unknown::{unknown_choice, unknown_like};

/// The maximum number of allowed values of a field that are compared with `=`.
const MAX_CHOICES: usize = 6;
/// About how many records a condition near the first or the last value finds.
const NARROW: usize = 10;

/// A field and its values as literals of the filter language.
pub(crate) struct FieldValues<'t> {
    pub(crate) field: &'t FieldDefinition,
    role: Option<Role>,
    known: Arc<Literals>,
}

impl<'t> FieldValues<'t> {
    /// The values for comparisons with the operator.
    pub(crate) fn new(table: &Table, field: &'t FieldDefinition, operator: Operator) -> Self {
        Self {
            field,
            role: role(field),
            known: table.literals(field, operator),
        }
    }

    /// The number of different values.
    pub(crate) fn count(&self) -> usize {
        self.known.values.len()
    }

    /// Conditions on a field of this role with the operator, the more telling first. They may find
    /// nothing, if that is what tells: a value that no record has, before the first, after the last.
    pub(crate) fn conditions(&self, operator: Operator) -> Vec<Expr> {
        // A flag that all records share, such as one of deleted records, may be what they are
        // selected by if no filter names it.
        let is_shared_flag = self.role == Some(Role::Flag) && self.count() < 2;
        if self.known.values.is_empty() || is_shared_flag {
            return Vec::new();
        }
        match (self.role, operator) {
            (Some(Role::Choice), Operator::EqualTo) => self.equal_to_choices(),
            (Some(Role::Choice), Operator::Contains) => {
                let unknown = Literal::String("NoSuchValue".to_owned());
                self.compare_all(operator, &[self.rarest(), &unknown])
            }
            (Some(Role::Choice), Operator::NotEqualTo) => {
                let mut compared = vec![self.most_frequent().clone()];
                compared.extend(unknown_choice(self.field));
                self.compare_all(operator, &compared.iter().collect::<Vec<_>>())
            }
            (Some(Role::Key), Operator::EqualTo) => {
                let unknown = self.unknown();
                let ends = self
                    .known
                    .ends
                    .iter()
                    .flat_map(|(first, last)| [first, last]);
                self.compare_all(operator, &ends.chain(&unknown).collect::<Vec<_>>())
            }
            (Some(Role::Key), Operator::NotEqualTo) => {
                let last = self.known.ends.iter().map(|(_, last)| last);
                self.compare_all(operator, &last.collect::<Vec<_>>())
            }
            (Some(Role::Reference), Operator::EqualTo) => {
                let unknown = self.unknown();
                let known = [self.rarest(), self.most_frequent()];
                self.compare_all(
                    operator,
                    &known.into_iter().chain(&unknown).collect::<Vec<_>>(),
                )
            }
            (Some(Role::Flag), _) => {
                let values = self.known.values.iter().map(|(value, _)| value);
                self.compare_all(operator, &values.collect::<Vec<_>>())
            }
            (_, Operator::NotEqualTo) => self.compare_all(operator, &[self.most_frequent()]),
            (_, Operator::Contains) => self.compare_all(operator, &[self.rarest()]),
            (_, Operator::Between) => self.between(),
            _ => self.ordered(operator),
        }
    }

    /// `in` with known values, with known and unknown ones, and with unknown ones only.
    pub(crate) fn memberships(&self) -> Vec<Expr> {
        if self.known.values.is_empty() || self.role == Some(Role::Flag) {
            return Vec::new();
        }
        let name = &self.field.field_name;
        let (one, other) = match (self.role, &self.known.ends) {
            (Some(Role::Key), Some((first, last))) => (last, first),
            (Some(Role::Timestamp), _) => (self.at_low(), self.at_high()),
            _ => (self.rarest(), self.middle()),
        };
        let mut expressions = vec![one_of(name, &[one, other])];
        if let Some(unknown) = self.unknown() {
            expressions.push(one_of(name, &[&unknown, one]));
            expressions.push(one_of(name, &[&unknown]));
        }
        expressions
    }

    /// `= null`, and `!= null` if some records have no value.
    pub(crate) fn with_null(&self) -> Vec<Expr> {
        let name = &self.field.field_name;
        let declares = |operator| self.field.filter_operators.contains(&operator);
        let mut expressions = Vec::new();
        if declares(Operator::EqualTo) && (self.known.has_null || self.role.is_some()) {
            expressions.push(compare(name, CompareOp::Equal, Literal::Null));
        }
        if declares(Operator::NotEqualTo) && self.known.has_null && !self.known.values.is_empty() {
            expressions.push(compare(name, CompareOp::NotEqual, Literal::Null));
        }
        expressions
    }

    /// The windows of the first and of the latest run of an incremental flow: from before the first
    /// record, and to a moment after the last one.
    pub(crate) fn windows(&self) -> Vec<Expr> {
        if self.known.values.is_empty() {
            return Vec::new();
        }
        let name = &self.field.field_name;
        let first = self
            .before(1)
            .map(|before| between(name, &before, self.at_low()));
        let latest = self
            .after()
            .map(|after| between(name, self.at_high(), &after));
        latest.into_iter().chain(first).collect()
    }

    /// Conditions that find some records, few if possible, for combinations.
    pub(crate) fn narrow(&self) -> Vec<Expr> {
        let Some((first, last)) = &self.known.ends else {
            return Vec::new();
        };
        let name = &self.field.field_name;
        let declares = |operator| self.field.filter_operators.contains(&operator);
        let mut narrow = Vec::new();
        let mut add = |operator, value: &Literal| {
            if let Some(op) = compare_op(operator).filter(|_| declares(operator)) {
                let condition = compare(name, op, value.clone());
                if !narrow.contains(&condition) {
                    narrow.push(condition);
                }
            }
        };
        match self.role {
            Some(Role::Timestamp) => {
                add(Operator::GreaterThan, self.at_high());
                add(Operator::LessThan, self.at_low());
                add(Operator::GreaterThanOrEqualTo, self.at_high());
                add(Operator::LessThanOrEqualTo, self.at_low());
            }
            Some(Role::Key) => {
                add(Operator::EqualTo, last);
                add(Operator::EqualTo, first);
            }
            Some(_) => {
                add(Operator::EqualTo, self.rarest());
                add(Operator::EqualTo, self.middle());
                add(Operator::EqualTo, self.most_frequent());
            }
            None => {
                add(Operator::GreaterThanOrEqualTo, self.at_high());
                add(Operator::EqualTo, self.middle());
                add(Operator::Contains, self.rarest());
            }
        }
        narrow
    }

    /// Conditions that find most records, so that their negation finds few.
    pub(crate) fn wide(&self) -> Vec<Expr> {
        if self.known.values.is_empty() {
            return Vec::new();
        }
        let name = &self.field.field_name;
        let declares = |operator| self.field.filter_operators.contains(&operator);
        let mut wide = Vec::new();
        if declares(Operator::GreaterThan) {
            wide.push(compare(name, CompareOp::Greater, self.at_low().clone()));
        }
        if declares(Operator::LessThan) {
            wide.push(compare(name, CompareOp::Less, self.at_high().clone()));
        }
        if wide.is_empty() && declares(Operator::EqualTo) {
            let (most, rarest) = (self.most_frequent(), self.rarest());
            wide.push(compare(name, CompareOp::Equal, most.clone()));
            if self.role == Some(Role::Choice) && most != rarest {
                wide.push(one_of(name, &[most, self.middle()]));
            }
        }
        wide
    }

    /// Two conditions of which each limits the other, on a field with an order.
    pub(crate) fn window(&self) -> Option<(Expr, Expr)> {
        let name = &self.field.field_name;
        let declares = |operator| self.field.filter_operators.contains(&operator);
        let is_ordered = declares(Operator::GreaterThan) && declares(Operator::LessThan);
        if !is_ordered || self.known.values.len() < 3 {
            return None;
        }
        let low = compare(name, CompareOp::Greater, self.at_high().clone());
        let high = compare(name, CompareOp::Less, self.last().clone());
        Some((low, high))
    }

    fn equal_to_choices(&self) -> Vec<Expr> {
        let mut compared = vec![self.rarest().clone()];
        compared.extend(unknown_choice(self.field));
        compared.extend(self.joined());
        let mut others: Vec<&(Literal, usize)> = self.known.values.iter().collect();
        others.sort_by_key(|(_, count)| *count);
        compared.extend(others.into_iter().map(|(value, _)| value.clone()));
        let mut distinct: Vec<&Literal> = Vec::new();
        for value in &compared {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        let absent = self.absent_choice();
        distinct.truncate(MAX_CHOICES);
        distinct.extend(&absent);
        self.compare_all(Operator::EqualTo, &distinct)
    }

    /// An allowed value that no record has.
    fn absent_choice(&self) -> Option<Literal> {
        let constraints = self.field.constraints.as_ref()?;
        let mut allowed = constraints.allowed_values.iter().flatten();
        allowed.find_map(|text| {
            let raw = match self.field.data_type {
                Type::String => Value::from(text.as_str()).to_string(),
                _ => text.clone(),
            };
            let literal = literal::read(self.field.data_type, &raw, Operator::EqualTo)?;
            (!self.has(&literal)).then_some(literal)
        })
    }

    /// `=` with an allowed value in capital letters, or in small ones if it has no small ones.
    pub(crate) fn in_other_case(&self) -> Option<Expr> {
        if self.role != Some(Role::Choice) || self.known.values.is_empty() {
            return None;
        }
        let Literal::String(text) = self.rarest() else {
            return None;
        };
        let changed = match text.to_uppercase() {
            upper if upper == *text => text.to_lowercase(),
            upper => upper,
        };
        let name = &self.field.field_name;
        (changed != *text).then(|| compare(name, CompareOp::Equal, Literal::String(changed)))
    }

    /// Two values in one, as a list in a URL has them.
    fn joined(&self) -> Option<Literal> {
        match (self.rarest(), self.most_frequent()) {
            (Literal::String(one), Literal::String(other)) if one != other => {
                let joined = Literal::String(format!("{one},{other}"));
                (!self.has(&joined)).then_some(joined)
            }
            _ => None,
        }
    }

    /// A value that no record has, of the form of those that records have.
    fn unknown(&self) -> Option<Literal> {
        let unknown = match self.role? {
            Role::Choice => unknown_choice(self.field)?,
            Role::Key | Role::Reference => match self.longest() {
                Literal::String(text) => Literal::String(unknown_like(text)),
                Literal::Number(text) => Literal::Number(unknown_like(text)),
                _ => return None,
            },
            Role::Timestamp => self.after()?,
            Role::Flag => return None,
        };
        (!self.has(&unknown)).then_some(unknown)
    }

    fn between(&self) -> Vec<Expr> {
        let name = &self.field.field_name;
        let count = self.known.values.len();
        let value = |at: usize| &self.known.values[at].0;
        // Both bounds are values of records, and there are records on either side.
        let high = count.saturating_sub(2);
        let low = self.high_index().min(high.saturating_sub(1));
        let mut expressions = vec![
            between(name, value(low), value(high)),
            between(name, value(count / 2), value(count / 2)),
        ];
        if let Some(before) = self.before(1)
            && let Some(long_before) = self.before(2)
        {
            expressions.push(between(name, &long_before, &before));
        }
        expressions
    }

    fn ordered(&self, operator: Operator) -> Vec<Expr> {
        let is_timestamp = self.role == Some(Role::Timestamp);
        let outside = match operator {
            Operator::LessThan if is_timestamp => self.before(1),
            Operator::GreaterThan | Operator::EqualTo if is_timestamp => self.after(),
            _ => None,
        };
        let value = match operator {
            Operator::LessThan | Operator::LessThanOrEqualTo => self.at_low(),
            Operator::GreaterThan | Operator::GreaterThanOrEqualTo => self.at_high(),
            _ => self.middle(),
        };
        let mut compared = vec![value];
        compared.extend(&outside);
        if operator == Operator::EqualTo && self.role.is_none() {
            // Zero and an empty value are often taken for no value.
            let zero = self.known.values.iter().map(|(value, _)| value);
            compared.extend(zero.filter(|value| **value == Literal::Number("0".to_owned())));
        }
        self.compare_all(operator, &compared)
    }

    fn compare_all(&self, operator: Operator, values: &[&Literal]) -> Vec<Expr> {
        let Some(op) = compare_op(operator) else {
            return Vec::new();
        };
        let mut expressions = Vec::new();
        for value in values {
            let expression = compare(&self.field.field_name, op, (*value).clone());
            if !expressions.contains(&expression) {
                expressions.push(expression);
            }
        }
        expressions
    }

    pub(super) fn has(&self, literal: &Literal) -> bool {
        self.known.values.iter().any(|(value, _)| value == literal)
    }

    fn first(&self) -> &Literal {
        &self.known.values[0].0
    }

    fn last(&self) -> &Literal {
        &self.known.values[self.known.values.len() - 1].0
    }

    /// The value with the longest text: an id with fewer digits may be followed by one with nines.
    fn longest(&self) -> &Literal {
        let length = |literal: &Literal| match literal {
            Literal::String(text) | Literal::Number(text) => text.len(),
            _ => 0,
        };
        let values = self.known.values.iter().map(|(value, _)| value);
        values
            .max_by_key(|value| length(value))
            .unwrap_or(self.first())
    }

    fn middle(&self) -> &Literal {
        &self.known.values[self.known.values.len() / 2].0
    }

    fn rarest(&self) -> &Literal {
        let rarest = self.known.values.iter().min_by_key(|(_, count)| *count);
        rarest.map_or_else(|| self.first(), |(value, _)| value)
    }

    fn most_frequent(&self) -> &Literal {
        let most = self.known.values.iter().max_by_key(|(_, count)| *count);
        most.map_or_else(|| self.first(), |(value, _)| value)
    }

    /// A value near the first one: there are records before it, few if possible.
    fn at_low(&self) -> &Literal {
        let sizes = self.known.values.iter().map(|(_, count)| *count);
        &self.known.values[narrow_index(sizes)].0
    }

    /// A value near the last one: there are records after it, few if possible.
    fn at_high(&self) -> &Literal {
        &self.known.values[self.high_index()].0
    }

    fn high_index(&self) -> usize {
        let sizes = self.known.values.iter().rev().map(|(_, count)| *count);
        self.known.values.len() - 1 - narrow_index(sizes)
    }

    /// A moment some days before the first.
    fn before(&self, days: i64) -> Option<Literal> {
        moved(self.first(), -days)
    }

    /// A moment a day after the last.
    fn after(&self) -> Option<Literal> {
        moved(self.last(), 1)
    }
}

/// The index before which there are a few records, and at least one if there is another value.
fn narrow_index(sizes: impl ExactSizeIterator<Item = usize>) -> usize {
    let last = sizes.len().saturating_sub(1);
    let mut before = 0;
    for (at, size) in sizes.enumerate() {
        if before >= NARROW || at == last.div_ceil(2) {
            return at;
        }
        before += size;
    }
    last
}

fn moved(literal: &Literal, days: i64) -> Option<Literal> {
    match literal {
        Literal::Date(text) => {
            let date = text.parse::<Date>().ok()?.checked_add(days.days()).ok()?;
            Some(Literal::Date(date.to_string()))
        }
        Literal::DateTime(text) => {
            let moment = text.parse::<Timestamp>().ok()?;
            let moment = moment.checked_add((days * 24).hours()).ok()?;
            Some(Literal::DateTime(moment.to_string()))
        }
        _ => None,
    }
}
