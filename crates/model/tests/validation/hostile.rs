//! Any text is a record that is valid or has violations, and no record takes long.

use appflow_connector_model::validation::{MAX_VIOLATIONS, Purpose, Validator, ViolationKind};
use appflow_connector_model::{FieldConstraints, FieldDataType as Type, RangeConstraint};
use proptest::prelude::*;

use crate::{constrained, entity, field, kinds, record, validate, validate_value};

fn constraints(pattern: String) -> FieldConstraints {
    let range = || RangeConstraint {
        min_range: 1.into(),
        max_range: "2.5".parse().unwrap(),
    };
    FieldConstraints::builder()
        .allowed_length_range(range())
        .allowed_value_range(range())
        .allowed_values(vec!["1".to_owned(), "a".to_owned()])
        .allowed_values_regex_pattern(pattern)
        .build()
}

proptest! {
    #[test]
    fn any_text_is_a_record_or_has_violations(text in any::<String>()) {
        let fields = Type::ALL.map(|data_type| field(data_type.as_str(), data_type)).to_vec();
        let _ = validate(fields, Purpose::Insert, &text);
    }

    #[test]
    fn any_value_is_of_the_type_or_not(
        text in any::<String>(),
        number in "-?[0-9]{0,30}[.]?[0-9]{0,30}(e[-+]?[0-9]{0,50})?",
        moment in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.]{0,20}[-+Z]?[0-9:]{0,9}",
        pattern in any::<String>(),
        pattern_like in "[a-c(){}|*+?\\[\\]^$\\\\0-9,]{0,30}",
    ) {
        for data_type in Type::ALL {
            for pattern in [&pattern, &pattern_like] {
                for value in [
                    serde_json::to_string(&text).unwrap(),
                    serde_json::to_string(&moment).unwrap(),
                    serde_json::to_string(&[&text, &moment]).unwrap(),
                    number.clone(),
                ] {
                    let field = constrained(data_type, constraints(pattern.clone()));
                    let _ = validate_value(field, &value);
                }
            }
        }
    }

    #[test]
    fn a_record_of_the_declared_types_is_valid(
        text in any::<String>(),
        integer in any::<i32>(),
        long in any::<i64>(),
        double in -1e300..1e300,
        flag in any::<bool>(),
    ) {
        let fields = vec![
            field("text", Type::String),
            field("integer", Type::Integer),
            field("long", Type::Long),
            field("double", Type::Double),
            field("flag", Type::Boolean),
        ];
        let value = serde_json::json!({
            "text": text, "integer": integer, "long": long, "double": double, "flag": flag,
        });
        prop_assert_eq!(validate(fields, Purpose::Read, &value.to_string()), Ok(()));
    }
}

#[test]
fn the_violations_that_are_kept_are_bounded() {
    let unknown: Vec<String> = (0..250).map(|n| format!("\"f{n:03}\":1")).collect();
    let violations =
        validate(vec![], Purpose::Read, &format!("{{{}}}", unknown.join(","))).unwrap_err();
    assert_eq!(violations.iter().count(), MAX_VIOLATIONS);
    assert_eq!(violations.omitted(), 150);
    assert!(violations.to_string().ends_with("; and 150 more"));
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let field = constrained(Type::List, constraints(".*".to_owned()));
    assert_eq!(validate_value(field, &deep), Ok(()));
    let unconstrained = crate::field("f", Type::List);
    let found = kinds(validate_value(unconstrained, &deep[1..]));
    assert_eq!(found, [("$".to_owned(), ViolationKind::Malformed)]);
}

/// A backtracking engine would need 2^n steps for this.
#[test]
fn a_pattern_takes_linear_time() {
    let pattern = FieldConstraints::builder()
        .allowed_values_regex_pattern("(a*)*(a|aa)+b")
        .build();
    let definition = entity(vec![constrained(Type::String, pattern)]);
    let validator = Validator::new(&definition, Purpose::Read);
    let long = format!("{{\"f\":\"{}\"}}", "a".repeat(100_000));
    let found = kinds(validator.validate(&record(&long)));
    assert_eq!(found, [("$.f".to_owned(), ViolationKind::Pattern)]);
}
