//! The checks for any text, shared by the property tests, the replay of the fuzz corpus and the
//! fuzz targets.

#[path = "../support/mod.rs"]
mod support;
mod well_formed;

use std::sync::LazyLock;

use appflow_connector_model::{EntityDefinition, Record};
use appflow_connector_queryfilter::ast::{ExprKind, Span, visit};
use appflow_connector_queryfilter::bound::{self, TestKind};
use appflow_connector_queryfilter::{Filter, Parser, parse};

use well_formed::WellFormed;

/// Checks that a text is a well-formed filter, or its error has a place in it.
pub fn check_parse(text: &str) {
    match parse(text) {
        Ok(filter) => {
            assert_ne!(filter, Filter::default(), "nothing");
            assert_ne!(filter.limit, Some(0));
            if let Some(predicate) = &filter.predicate {
                let Ok(()) = visit(predicate, WellFormed::of(text));
            }
        }
        Err(error) => {
            assert_lies_in(error.span(), text);
            assert_eq!(error.text(), text);
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Checks that a filter is the same after printing and parsing it, and after writing it as JSON and
/// reading it.
pub fn check_print(text: &str) {
    let Ok(filter) = parse(text) else { return };
    let reparsed = reparsed(&filter);
    assert_eq!(reparsed, filter);
    assert_eq!(reparsed.to_string(), filter.to_string());

    let written = serde_json::to_value(&filter).expect("JSON");
    let read: Filter = serde_json::from_value(written).expect("a filter");
    assert_eq!(read, filter);
}

/// Checks that a filter binds to an entity, or its error has a place in the text; and that the
/// bound filter means the same after printing, and the opposite after negation.
pub fn check_bind(text: &str) {
    static ENTITY: LazyLock<EntityDefinition> = LazyLock::new(support::entity);
    static RECORDS: LazyLock<[Record; 2]> = LazyLock::new(|| {
        let full = r#"{
            "a": 5, "b": -5.0, "c": 10, "amount": 0.1, "count": 90, "city": "mojave", "open": true,
            "since": "2021-04-20", "changed": "2021-04-20T12:30:45Z", "tags": ["a", 5], "extra": {"a": 1},
            "bytes": "AA==", "kind": "x;y", "opens": "12:30:45Z", "id": "a", "ordered": "b"
        }"#;
        [full, "{}"].map(support::record)
    });

    let Ok(filter) = parse(text) else { return };
    let bound = match filter.bind(&ENTITY) {
        Ok(bound) => bound,
        Err(error) => {
            assert_lies_in(error.span(), text);
            assert!(!error.with_text(text).to_string().is_empty());
            return;
        }
    };
    assert_eq!(bound.limit(), filter.limit);
    if let Some(predicate) = bound.predicate() {
        assert_bound(predicate);
    }
    for same in [reparsed(&filter), Filter::from(&bound)] {
        assert_eq!(same.bind(&ENTITY), Ok(bound.clone()));
    }

    let negation = negated(filter);
    let opposite = negation.bind(&ENTITY).expect("the negation binds too");
    for record in RECORDS.iter() {
        let both = [&bound, &opposite].map(|filter| filter.matches(record).expect("a result"));
        assert!(bound.predicate().is_none() || both != [true, true]);
    }
    assert_eq!(negated(negation).bind(&ENTITY), Ok(bound));
}

#[track_caller]
fn assert_lies_in(span: Span, text: &str) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?}");
}

/// Prints and parses the filter. Printing can make its text longer than the default limit.
fn reparsed(filter: &Filter) -> Filter {
    let printed = filter.to_string();
    let parsed = Parser::new().max_length(usize::MAX).parse(&printed);
    parsed.unwrap_or_else(|error| panic!("{printed}\n{error}"))
}

fn negated(filter: Filter) -> Filter {
    let negate = |predicate| ExprKind::Not(Box::new(predicate)).into();
    Filter {
        predicate: filter.predicate.map(negate),
        limit: filter.limit,
    }
}

/// Checks that chains are wide and no list is empty.
fn assert_bound(expr: &bound::Expr) {
    match expr {
        bound::Expr::And(operands) => {
            assert!(operands.len() >= 2);
            for operand in operands {
                assert!(!matches!(operand, bound::Expr::And(_)), "an AND in an AND");
                assert_bound(operand);
            }
        }
        bound::Expr::Or(operands) => {
            assert!(operands.len() >= 2);
            for operand in operands {
                assert!(!matches!(operand, bound::Expr::Or(_)), "an OR in an OR");
                assert_bound(operand);
            }
        }
        bound::Expr::Test(test) => {
            if let TestKind::In { values, .. } = &test.kind {
                assert!(!values.is_empty());
            }
        }
    }
}
