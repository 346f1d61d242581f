//! No value's text can change the query around it.

mod support;

use appflow_connector_queryfilter::ast::{CompareOp, Comparison, ExprKind, Literal};
use appflow_connector_queryfilter::translate::{OData, Soql, SqlDialect, Translator};
use appflow_connector_queryfilter::{BoundFilter, Filter};
use proptest::prelude::*;

use support::entity;

/// Returns text that has escaped from queries elsewhere, mixed with any text.
fn text() -> impl Strategy<Value = String> {
    let hostile = [
        "'",
        "\"",
        "`",
        "\\",
        "\\'",
        "''",
        "\0",
        "\u{8}",
        "\u{1a}",
        "\u{85}",
        "\u{2028}",
        "%",
        "_",
        "!",
        "--",
        "#",
        "/*",
        "*/",
        ";",
        ")",
        "(",
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "0 OR IsDeleted = true",
        "$1",
        "?",
        ":a",
        "{{x}}",
        "\r\n",
        "😀",
        "é",
        "ﷺ",
        "𝒳",
        "\u{202e}",
    ];
    let pieces = prop_oneof![3 => prop::sample::select(hostile.to_vec()).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat())
}

/// Calls `use_filter` with the filter `city op text`.
fn with_filter<T>(op: CompareOp, text: &str, use_filter: impl FnOnce(&BoundFilter<'_>) -> T) -> T {
    let value = Literal::String(text.to_owned()).into();
    let comparison = Comparison {
        field: "city".into(),
        op,
        value,
    };
    let filter = Filter {
        predicate: Some(ExprKind::Compare(comparison).into()),
        limit: None,
    };
    use_filter(&filter.bind(&entity()).unwrap())
}

/// Reads a SOQL string up to its closing quote, as Salesforce documents it. Returns the text and
/// what follows.
fn read_soql_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.strip_prefix('\'').expect("a quote").char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => return (value, &text[at + 2..]),
            '\\' => match characters.next().expect("an escape").1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                'u' => {
                    let digits: String = characters
                        .by_ref()
                        .take(4)
                        .map(|(_, digit)| digit)
                        .collect();
                    value.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                }
                escaped => value.push(escaped),
            },
            other => value.push(other),
        }
    }
    panic!("the string does not end: {text}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_soql_string_is_exactly_the_text(text in text()) {
        // Salesforce stores no empty strings, so the condition has none.
        prop_assume!(!text.is_empty());
        let condition = with_filter(CompareOp::Equal, &text, |filter| Soql.translate(filter).condition).unwrap();
        let literal = condition.strip_prefix("city = ").unwrap();
        prop_assert_eq!(read_soql_string(literal), (text, ""));
    }

    #[test]
    fn wildcards_in_a_soql_pattern_are_literal(text in text()) {
        // Salesforce stores no empty strings, so the condition has none.
        prop_assume!(!text.is_empty());
        let condition = with_filter(CompareOp::Contains, &text, |filter| Soql.translate(filter).condition).unwrap();
        let pattern = condition.strip_prefix("city LIKE '%").unwrap().strip_suffix("%'").unwrap();
        // Without the escapes of wildcards it is the string of an `=`.
        let literal = pattern.replace(r"\%", "%").replace(r"\_", "_");
        let equality = with_filter(CompareOp::Equal, &text, |filter| Soql.translate(filter).condition).unwrap();
        prop_assert_eq!(format!("city = '{literal}'"), equality);
        let bare = pattern.char_indices().filter(|(_, character)| matches!(character, '%' | '_')).any(|(at, _)| {
            pattern[..at].chars().rev().take_while(|character| *character == '\\').count() % 2 == 0
        });
        prop_assert!(!bare, "{}", pattern);
    }

    #[test]
    fn an_odata_string_is_exactly_the_text(text in text()) {
        let condition = with_filter(CompareOp::Equal, &text, |filter| OData::V4.translate(filter).condition).unwrap();
        let inner = condition.strip_prefix("city eq '").unwrap().strip_suffix('\'').unwrap();
        prop_assert!(!inner.replace("''", "").contains('\''));
        prop_assert_eq!(inner.replace("''", "'"), text);
    }

    #[test]
    fn sql_is_the_same_for_every_text(text in text()) {
        for dialect in [SqlDialect::Postgres, SqlDialect::MySql, SqlDialect::Sqlite] {
            for op in [CompareOp::Equal, CompareOp::Contains] {
                let sql = |text: &str| {
                    with_filter(op, text, |filter| {
                        dialect.translate(filter).condition.map(|condition| dialect.render(&condition))
                    })
                };
                let Some((statement, parameters)) = sql(&text) else {
                    // PostgreSQL cannot store a NUL; such a filter remains in the residual.
                    prop_assert!(dialect == SqlDialect::Postgres && text.contains('\0'));
                    continue;
                };
                prop_assert_eq!(statement, sql("x").unwrap().0);
                prop_assert_eq!(parameters.len(), sql("x").unwrap().1.len());
            }
        }
    }

    #[test]
    fn only_text_that_is_a_number_binds_to_a_number(text in text()) {
        let comparison = Comparison { field: "a".into(), op: CompareOp::Equal, value: Literal::String(text.clone()).into() };
        let filter = Filter { predicate: Some(ExprKind::Compare(comparison).into()), limit: None };
        let entity = entity();
        let is_number = text.parse::<f64>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
        if !is_number {
            prop_assert!(filter.bind(&entity).is_err(), "{}", text);
        }
    }
}
