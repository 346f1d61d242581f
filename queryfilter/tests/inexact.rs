//! Targets that can express less than filters ask for: whatever they select in excess, and whatever
//! they cannot join, the connector returns the right records.

mod support;

use std::collections::BTreeSet;

use appflow_connector_model::{FieldConstraints, Record};
use appflow_connector_queryfilter::bound::{CompareOp, Expr, Test, TestKind, TypedValue};
use appflow_connector_queryfilter::parse;
use appflow_connector_queryfilter::translate::{Translation, Translator};
use proptest::prelude::*;

use support::{bind, entity, record};

/// Writes the tests on `a` exactly and those on `b` as a superset, and no others.
struct Letters;

impl Translator for Letters {
    type Output = String;

    fn test(&self, test: &Test<'_>) -> Option<Translation<String>> {
        let (op, value) = match &test.kind {
            TestKind::Compare { op, value } => (op.as_str(), value.to_string()),
            TestKind::In { negated, .. } => (if *negated { "not in" } else { "in" }, String::new()),
            _ => return None,
        };
        let condition = format!("{}{op}{value}", test.field.field_name);
        match test.field.field_name.as_str() {
            "a" => Some(Translation::Exact(condition)),
            "b" => Some(Translation::Superset(condition)),
            _ => None,
        }
    }

    fn all_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" & ")))
    }

    fn any_of(&self, operands: Vec<String>) -> Option<String> {
        Some(format!("({})", operands.join(" | ")))
    }
}

#[track_caller]
fn assert_divided(filter: &str, condition: Option<&str>, residual: &str, limit: Option<u64>) {
    let entity = entity();
    let pushdown = Letters.translate(&bind(filter, &entity));
    assert_eq!(pushdown.condition.as_deref(), condition, "{filter}");
    assert_eq!(pushdown.residual.to_string(), residual, "{filter}");
    assert_eq!(pushdown.limit, limit, "{filter}");
}

#[test]
fn a_superset_is_pushed_down_and_remains() {
    assert_divided("b > 1", Some("b>1"), "b > 1", None);
    assert_divided("a = 1 and b > 1", Some("(a=1 & b>1)"), "b > 1", None);
    assert_divided(
        "a = 1 and b > 1 and c = 2",
        Some("(a=1 & b>1)"),
        "b > 1 and c = 2",
        None,
    );
}

#[test]
fn an_or_is_a_superset_if_one_of_its_branches_is() {
    assert_divided(
        "a = 1 or b > 1",
        Some("(a=1 | b>1)"),
        "a = 1 or b > 1",
        None,
    );
    assert_divided("a = 1 or a = 2", Some("(a=1 | a=2)"), "", None);
    assert_divided(
        "a = 1 or (a = 2 and b > 1)",
        Some("(a=1 | (a=2 & b>1))"),
        "a = 1 or a = 2 and b > 1",
        None,
    );
}

#[test]
fn an_or_with_a_branch_that_cannot_be_pushed_remains_as_a_whole() {
    assert_divided("b > 1 or c = 2", None, "b > 1 or c = 2", None);
    assert_divided(
        "a = 3 and (b > 1 or c = 2)",
        Some("a=3"),
        "b > 1 or c = 2",
        None,
    );
}

#[test]
fn a_limit_remains_where_the_target_selects_more() {
    assert_divided("a = 1 limit 5", Some("a=1"), "", Some(5));
    assert_divided("b = 1 limit 5", Some("b=1"), "b = 1 limit 5", None);
    assert_divided(
        "a = 1 or b = 1 limit 5",
        Some("(a=1 | b=1)"),
        "a = 1 or b = 1 limit 5",
        None,
    );
}

#[test]
fn a_translator_gets_tests_without_a_not_around_them() {
    assert_divided("not b > 1", Some("b<=1"), "b <= 1", None);
    assert_divided(
        "not (a = 1 or b > 1)",
        Some("(a!=1 & b<=1)"),
        "b <= 1",
        None,
    );
    assert_divided(
        "not (a = 1 and not b in (1, 2))",
        Some("(a!=1 | bin)"),
        "a != 1 or b in (1, 2)",
        None,
    );
}

#[test]
fn conditions_that_cannot_be_joined_at_once_are_joined_in_turn() {
    /// One condition for each field.
    struct OnePerField;
    impl Translator for OnePerField {
        type Output = Vec<String>;
        fn test(&self, test: &Test<'_>) -> Option<Translation<Vec<String>>> {
            Some(match Letters.test(test)? {
                Translation::Exact(one) => Translation::Exact(vec![one]),
                Translation::Superset(one) => Translation::Superset(vec![one]),
            })
        }
        fn all_of(&self, operands: Vec<Vec<String>>) -> Option<Vec<String>> {
            let all: Vec<String> = operands.concat();
            let fields: BTreeSet<_> = all.iter().map(|text| text.chars().next()).collect();
            (fields.len() == all.len()).then_some(all)
        }
        fn any_of(&self, _: Vec<Vec<String>>) -> Option<Vec<String>> {
            None
        }
    }
    let entity = entity();
    let pushdown = OnePerField.translate(&bind("c = 1 and a = 1 and a < 3 and b > 1", &entity));
    assert_eq!(pushdown.condition.unwrap(), ["a=1", "b>1"]);
    assert_eq!(pushdown.residual.to_string(), "c = 1 and a < 3 and b > 1");
    // A long AND takes a bounded number of attempts.
    let many = vec!["a = 1"; 5_000].join(" and ");
    let pushdown = OnePerField.translate(&bind(&many, &entity));
    assert_eq!(pushdown.condition.unwrap(), ["a=1"]);
}

#[test]
fn bounds_are_those_that_no_passing_value_exceeds() {
    let entity = entity();
    for (text, lower, upper) in [
        ("changed > 2026-01-02", Some("2026-01-02T00:00:00Z"), None),
        (
            "changed >= 2026-01-02T00:00:00.5Z",
            Some("2026-01-02T00:00:00.5Z"),
            None,
        ),
        ("changed < 2026-01-02", None, Some("2026-01-02T00:00:00Z")),
        (
            "not changed > 2026-01-02",
            None,
            Some("2026-01-02T00:00:00Z"),
        ),
        (
            "since between 2026-01-02 and 2026-01-09",
            Some("2026-01-02"),
            Some("2026-01-09"),
        ),
        ("not since between 2026-01-02 and 2026-01-09", None, None),
        ("since = 2026-01-02", Some("2026-01-02"), Some("2026-01-02")),
        ("count in (20, 3, 100)", Some("3"), Some("100")),
        ("not count in (20, 3, 100)", None, None),
        ("since = null", None, None),
        ("ordered > 'b'", None, None),
        ("city = 'b'", None, None),
    ] {
        let filter = bind(text, &entity);
        let Some(Expr::Test(test)) = filter.predicate() else {
            panic!("{text} is not one test");
        };
        let text_of = |value: Option<&TypedValue>| value.map(ToString::to_string);
        assert_eq!(text_of(test.lower_bound()).as_deref(), lower, "{text}");
        assert_eq!(text_of(test.upper_bound()).as_deref(), upper, "{text}");
    }
}

#[test]
fn a_field_with_allowed_values_has_a_list_of_those_that_pass() {
    let mut entity = entity();
    for (name, values) in [
        ("city", &["new", "open", "solved"][..]),
        ("count", &["1", "2", "3"]),
        ("since", &["2026-01-01", "2026-02-01"]),
    ] {
        let mut fields = entity.fields.iter_mut();
        let field = fields.find(|field| field.field_name == name).unwrap();
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let constraints = FieldConstraints::builder().allowed_values(values).build();
        field.constraints = Some(constraints);
    }
    for (text, expected) in [
        ("city = 'open'", Some(&["open"][..])),
        ("city != 'open'", Some(&["new", "solved"])),
        ("not city in ('open', 'new', 'x')", Some(&["solved"])),
        ("city contains 'e'", Some(&["new", "open", "solved"])),
        ("city = 'Open'", None),
        ("city = 'nonsense'", None),
        ("city = null", None),
        ("not city = null", None),
        ("count > 1", Some(&["2", "3"])),
        ("since < 2026-01-15", Some(&["2026-01-01"])),
        ("amount = 1", None),
    ] {
        let filter = bind(text, &entity);
        let Some(Expr::Test(test)) = filter.predicate() else {
            panic!("{text} is not one test");
        };
        assert_eq!(test.allowed_values().as_deref(), expected, "{text}");
    }
}

/// A target that selects records by their numbers, and does of each test what `behaviour` says.
struct Selector {
    behaviour: Vec<u8>,
    values: Vec<Option<i64>>,
}

impl Selector {
    fn behaviour(&self, number: usize) -> u8 {
        self.behaviour[number % self.behaviour.len()]
    }
}

impl Translator for Selector {
    type Output = BTreeSet<usize>;

    fn test(&self, test: &Test<'_>) -> Option<Translation<Self::Output>> {
        let TestKind::Compare {
            op,
            value: TypedValue::Number(number),
        } = &test.kind
        else {
            return None;
        };
        let number = number.to_i64().unwrap();
        let passes = |value: i64| match op {
            CompareOp::Less => value < number,
            CompareOp::LessOrEqual => value <= number,
            CompareOp::Equal => value == number,
            CompareOp::NotEqual => value != number,
            CompareOp::GreaterOrEqual => value >= number,
            CompareOp::Greater => value > number,
        };
        let field = usize::from(test.field.field_name == "b");
        let records = || 0..self.values.len() / 2;
        let exact = records().filter(|&index| self.values[2 * index + field].is_some_and(passes));
        let number = usize::try_from(number).unwrap() + field + op.as_str().len();
        match self.behaviour(number) % 3 {
            0 => None,
            1 => Some(Translation::Exact(exact.collect())),
            _ => {
                let more = records().filter(|&index| self.behaviour(index + number) > 100);
                Some(Translation::Superset(exact.chain(more).collect()))
            }
        }
    }

    fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output> {
        let can_join = self.behaviour(operands.len()) > 60;
        let joined = operands.into_iter().reduce(|all, other| &all & &other);
        joined.filter(|_| can_join)
    }

    fn any_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output> {
        let can_join = self.behaviour(operands.len() + 1) > 60;
        let joined = operands.into_iter().reduce(|any, other| &any | &other);
        joined.filter(|_| can_join)
    }
}

fn any_filter() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["<", "<=", "=", "!=", ">=", ">"]);
    let test = (prop::sample::select(vec!["a", "b"]), op, 0..5)
        .prop_map(|(field, op, number)| format!("{field} {op} {number}"));
    test.prop_recursive(4, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..5);
        prop_oneof![
            several
                .clone()
                .prop_map(|tests| format!("({})", tests.join(" and "))),
            several.prop_map(|tests| format!("({})", tests.join(" or "))),
            inner.prop_map(|test| format!("not ({test})")),
        ]
    })
}

proptest! {
    #[test]
    fn every_target_and_its_residual_select_the_filters_records(
        text in any_filter(),
        behaviour in prop::collection::vec(any::<u8>(), 7..20),
        values in prop::collection::vec(prop::option::of(0..5_i64), 24..=24),
    ) {
        let entity = entity();
        let filter = parse(&text).unwrap();
        let filter = filter.bind(&entity).unwrap();
        let number = |value: Option<i64>| value.map_or("null".to_owned(), |value| value.to_string());
        let records: Vec<Record> = values
            .chunks(2)
            .map(|pair| record(&format!(r#"{{"a": {}, "b": {}}}"#, number(pair[0]), number(pair[1]))))
            .collect();
        let pushdown = Selector { behaviour, values }.translate(&filter);
        for (index, record) in records.iter().enumerate() {
            let is_selected = pushdown.condition.as_ref().is_none_or(|all| all.contains(&index));
            let is_returned = is_selected && pushdown.residual.matches(record).unwrap();
            prop_assert_eq!(is_returned, filter.matches(record).unwrap(), "{} {:?}", text, record.as_str());
        }
    }
}
