//! Chooses the conditions of combinations so that the result tells whether each part counts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use appflow_connector_queryfilter::ast::{Expr, ExprKind};

use super::expr::{and, conditions, not, or};
use super::table::{Table, Truth, combined};

/// The maximum number of different operands that are tried in one place of a combination.
const MAX_TRIED: usize = 3;

/// Of the combinations of one operand for each place, the first one that finds other records than
/// each of its misreadings; else the one for which this is so for most of them. `None` if the
/// result tells nothing.
pub(crate) fn telling(
    table: &Table,
    places: &[&[Expr]],
    combine: impl Fn(Vec<Expr>) -> Expr,
) -> Option<Expr> {
    let cases = Cases::new(table, places);
    let mut best: Option<(usize, Expr)> = None;
    for operands in choices(places) {
        let whole = combine(operands);
        let Some(truth) = cases.truth(&whole) else {
            continue;
        };
        let misread = misreadings(&whole);
        let differs = |other: &&Expr| cases.truth(other).is_none_or(|other| other != truth);
        let told = misread.iter().filter(differs).count();
        if told == misread.len() {
            return Some(whole);
        }
        if told > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((told, whole));
        }
    }
    best.map(|(_, whole)| whole)
}

/// One record of each kind, by the conditions of some expressions: those of which the same
/// conditions are true are alike.
struct Cases {
    conditions: HashMap<String, Truth>,
    count: usize,
}

impl Cases {
    fn new(table: &Table, places: &[&[Expr]]) -> Self {
        let mut of_all: HashMap<String, Arc<Truth>> = HashMap::new();
        let operands = places.iter().flat_map(|place| place.iter().take(MAX_TRIED));
        for condition in operands.flat_map(conditions) {
            for condition in [condition.clone(), not(condition.clone())] {
                if let Some(truth) = table.condition(&condition, table.comparison) {
                    of_all.insert(condition.to_string(), truth);
                }
            }
        }
        let mut seen = HashSet::new();
        let is_new = |at: &usize| {
            let kind: Vec<Option<bool>> = of_all.values().map(|truth| truth[*at]).collect();
            seen.insert(kind)
        };
        let kinds: Vec<usize> = (0..table.len()).filter(is_new).collect();
        let of_kinds = |truth: &Truth| kinds.iter().map(|at| truth[*at]).collect();
        Self {
            conditions: of_all
                .iter()
                .map(|(text, truth)| (text.clone(), of_kinds(truth)))
                .collect(),
            count: kinds.len(),
        }
    }

    fn truth(&self, expr: &Expr) -> Option<Truth> {
        combined(expr, self.count, &|condition| {
            self.conditions.get(&condition.to_string()).cloned()
        })
    }
}

/// Every choice of one operand for each place, the first ones first.
fn choices(places: &[&[Expr]]) -> Vec<Vec<Expr>> {
    let Some((first, others)) = places.split_first() else {
        return vec![Vec::new()];
    };
    let rest = choices(others);
    let with = |operand: &Expr| {
        let operand = operand.clone();
        rest.iter()
            .map(move |rest| [std::slice::from_ref(&operand), rest.as_slice()].concat())
    };
    first.iter().take(MAX_TRIED).flat_map(with).collect()
}

/// What a connector may take an expression for: without an operand, with AND for OR, without NOT.
fn misreadings(expr: &Expr) -> Vec<Expr> {
    let (operands, is_and) = match &expr.kind {
        ExprKind::And(operands) => (operands, true),
        ExprKind::Or(operands) => (operands, false),
        ExprKind::Not(operand) => {
            let inner = misreadings(operand).into_iter().map(not);
            return std::iter::once((**operand).clone()).chain(inner).collect();
        }
        _ => return Vec::new(),
    };
    let joined = |operands: Vec<Expr>, with_and: bool| {
        if with_and {
            and(operands)
        } else {
            or(operands)
        }
    };
    let mut misread = vec![joined(operands.clone(), !is_and)];
    for at in 0..operands.len() {
        let mut without = operands.clone();
        without.remove(at);
        misread.push(match without.len() {
            1 => without.remove(0),
            _ => joined(without, is_and),
        });
        for other in misreadings(&operands[at]) {
            let mut changed = operands.clone();
            changed[at] = other;
            misread.push(joined(changed, is_and));
        }
    }
    misread
}

#[cfg(test)]
mod tests {
    use appflow_connector_queryfilter::parse;

    use super::*;

    #[test]
    fn an_expression_is_misread_in_every_part() {
        let read = |text: &str| parse(text).unwrap().predicate.unwrap();
        let misread = misreadings(&read("(a = 1 or b = 2) and not c = 3"));
        let texts: Vec<String> = misread.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "(a = 1 or b = 2) or not c = 3",
                "not c = 3",
                "(a = 1 and b = 2) and not c = 3",
                "b = 2 and not c = 3",
                "a = 1 and not c = 3",
                "a = 1 or b = 2",
                "(a = 1 or b = 2) and c = 3",
            ]
        );
    }

    #[test]
    fn every_choice_of_operands_is_tried() {
        let read = |text: &str| parse(text).unwrap().predicate.unwrap();
        let (one, other) = (
            [read("a = 1"), read("a = 2")],
            [read("b = 1"), read("b = 2")],
        );
        let texts: Vec<String> = choices(&[&one, &other])
            .into_iter()
            .map(|operands| and(operands).to_string())
            .collect();
        assert_eq!(texts.len(), 4);
        assert_eq!(texts[1], "a = 1 and b = 2");
    }
}
