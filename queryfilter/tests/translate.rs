//! The conditions for each target, the residuals, and that no value can change the query around it.

mod support;

use appflow_connector_model::{EntityDefinition, FieldDataType, FieldDefinition};
use appflow_connector_queryfilter::ast::{CompareOp, Comparison, ExprKind, Literal};
use appflow_connector_queryfilter::bound::Test;
use appflow_connector_queryfilter::translate::sea_query::Value;
use appflow_connector_queryfilter::translate::{
    OData, Pushdown, Soql, SqlDialect, Translation, Translator,
};
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};

use support::{bind, entity, record};

use SqlDialect::{MySql, Postgres, Sqlite};

/// Returns the condition for a target that can express the whole filter.
#[track_caller]
fn whole<T: Translator<Output = String>>(translator: &T, filter: &str) -> String {
    let entity = entity();
    let pushdown = translator.translate(&bind(filter, &entity));
    assert!(
        pushdown.residual.is_empty(),
        "{filter}: {:?}",
        pushdown.residual
    );
    pushdown.condition.unwrap_or_default()
}

#[track_caller]
fn sql(dialect: SqlDialect, filter: &str) -> (String, Vec<Value>) {
    let entity = entity();
    let pushdown = dialect.translate(&bind(filter, &entity));
    assert!(
        pushdown.residual.is_empty(),
        "{filter}: {:?}",
        pushdown.residual
    );
    dialect.render(&pushdown.condition.expect("a condition"))
}

/// Returns the names of the fields in the residual.
fn residual_fields<'e, T>(
    translator: &impl Translator<Output = T>,
    filter: &str,
    entity: &'e EntityDefinition,
) -> Vec<&'e str> {
    let pushdown = translator.translate(&bind(filter, entity));
    pushdown
        .residual
        .fields()
        .iter()
        .map(|field| field.field_name.as_str())
        .collect()
}

#[test]
fn soql() {
    for (filter, condition) in [
        // Logic.
        (
            "(a = 10 or b = 20) and c = 30",
            "((a = 10 OR b = 20) AND c = 30)",
        ),
        (
            "a = 10 or b = 20 and c = 30",
            "(a = 10 OR (b = 20 AND c = 30))",
        ),
        (
            "not (a = 10 or c > 2)",
            "((a != 10 AND a != null) AND c <= 2)",
        ),
        ("not city = 'TX'", "(city != 'TX' AND city != null)"),
        // Ranges, both ends in.
        ("a between 1 and 2", "(a >= 1 AND a <= 2)"),
        ("not a between 1 and 2", "(a < 1 OR a > 2)"),
        (
            "changed between 2025-08-17T09:53:10.536Z and 2025-08-17T10:05:05.279Z",
            "(changed >= 2025-08-17T09:53:10.536Z AND changed <= 2025-08-17T10:05:05.279Z)",
        ),
        // Lists.
        ("c in (1, '2')", "c IN (1, 2)"),
        (
            "not city in ('x', 'y')",
            "(city NOT IN ('x', 'y') AND city != null)",
        ),
        ("city in ('x', null)", "(city IN ('x') OR city = null)"),
        // Values.
        ("a > -5.0", "a > -5.0"),
        (
            "count != 9007199254740993",
            "(count != 9007199254740993 AND count != null)",
        ),
        ("city = 5", "city = '5'"),
        ("since = 2021-01-01T23:00:00-05:00", "since = 2021-01-01"),
        ("changed > 2021-01-01", "changed > 2021-01-01T00:00:00Z"),
        (
            "changed > '2021-01-01T12:00:00+01:00'",
            "changed > 2021-01-01T11:00:00Z",
        ),
        ("opens = '12:30:00.000Z'", "opens = 12:30:00.000Z"),
        ("ordered >= 'x'", "ordered >= 'x'"),
        // Checkboxes are never null.
        ("open", "open = true"),
        ("not open", "open = false"),
        ("open != null", "(open = true OR open = false)"),
        ("open = null", "(open = true AND open = false)"),
        ("not open in ('true')", "open NOT IN (true)"),
        // Null and the empty string, which Salesforce reads as null.
        ("a = null", "a = null"),
        ("not city = null", "city != null"),
        ("city = ''", "(city = null AND city != null)"),
        ("city != ''", "city != null"),
        ("city in ('', 'x')", "city IN ('x')"),
        ("not city in ('')", "city != null"),
        ("ordered > ''", "ordered != null"),
        // Contains.
        ("city contains 'ust'", "city LIKE '%ust%'"),
        (
            "not city contains 'ust'",
            "((NOT city LIKE '%ust%') AND city != null)",
        ),
        ("city contains ''", "city != null"),
        ("kind = 'Cloud'", "kind = 'Cloud'"),
    ] {
        assert_eq!(whole(&Soql, filter), condition, "{filter}");
    }
}

#[test]
fn soql_keeps_in_the_residual_what_salesforce_compares_differently() {
    let entity = entity();
    for filter in [
        "kind contains 'Cl'",
        "id contains 'a00'",
        "opens contains '12'",
        "kind = 'Cloud;Edge'",
        "opens = '12:30:00Z'",
        "opens = '12:30:00.000Z OR open'",
        "changed > 2021-01-01T00:00:00.0001Z",
        "ordered between '' and 'x'",
        "tags contains 'x'",
        "extra contains 'x'",
    ] {
        assert_eq!(residual_fields(&Soql, filter, &entity).len(), 1, "{filter}");
    }
}

#[test]
fn odata() {
    for (filter, condition) in [
        (
            "(a = 10 or b = 20) and c = 30",
            "((a eq 10 or b eq 20) and c eq 30)",
        ),
        (
            "not (a = 10 or c > 2)",
            "((a ne 10 and a ne null) and c le 2)",
        ),
        ("a between 1 and 2", "(a ge 1 and a le 2)"),
        ("not a between 1 and 2", "(a lt 1 or a gt 2)"),
        ("c in (1, 2)", "(c eq 1 or c eq 2)"),
        ("c in (1)", "c eq 1"),
        ("not c in (1, 2)", "(c ne 1 and c ne 2 and c ne null)"),
        ("city = 'O''Brien'", "city eq 'O''Brien'"),
        ("city contains '50%_'", "contains(city,'50%_')"),
        (
            "not city contains 'x'",
            "(not contains(city,'x') and city ne null)",
        ),
        ("open", "open eq true"),
        ("since >= 2021-04-20", "since ge 2021-04-20"),
        (
            "changed < 2021-04-20T12:30:45.5+01:00",
            "changed lt 2021-04-20T11:30:45.5Z",
        ),
        ("city = null or a != null", "(city eq null or a ne null)"),
        ("tags contains 'x'", "tags/any(e:e eq 'x')"),
    ] {
        let filter = filter.replace("O''Brien", r"O\'Brien");
        assert_eq!(whole(&OData::V4, &filter), condition, "{filter}");
    }
    assert_eq!(whole(&OData::V4_01, "c in (1, 2)"), "c in (1,2)");
    let entity = entity();
    for filter in ["not tags contains 'x'", "extra contains 'x'"] {
        assert_eq!(
            residual_fields(&OData::V4, filter, &entity).len(),
            1,
            "{filter}"
        );
    }
}

#[test]
fn sql_of_each_dialect() {
    let filter = r#"not (city contains "50%" or a >= 0.5) and since = 2021-04-20 and changed > 2021-04-20T12:30:45.5+01:00"#;
    assert_eq!(
        sql(Postgres, filter),
        (
            r#""city" NOT LIKE $1 ESCAPE '!' AND "a" < $2 AND ("since" = CAST(CAST($3 AS text) AS date) AND "changed" > CAST(CAST($4 AS text) AS timestamptz))"#.to_owned(),
            vec!["%50!%%".into(), "0.5".parse::<bigdecimal::BigDecimal>().unwrap().into(), "2021-04-20".into(), "2021-04-20T11:30:45.5Z".into()],
        )
    );
    assert_eq!(
        sql(MySql, filter),
        (
            "`city` NOT LIKE ? ESCAPE '!' AND `a` < ? AND (`since` = CAST(? AS DATE) AND `changed` > CAST(? AS DATETIME(6)))".to_owned(),
            vec!["%50!%%".into(), "0.5".parse::<bigdecimal::BigDecimal>().unwrap().into(), "2021-04-20".into(), "2021-04-20 11:30:45.500000".into()],
        )
    );
    assert_eq!(
        sql(Sqlite, filter),
        (
            r#"instr("city", ?) = ? AND "a" < ? AND ("since" = ? AND strftime(?, "changed") > ?)"#
                .to_owned(),
            vec![
                "50%".into(),
                0.into(),
                0.5.into(),
                "2021-04-20".into(),
                "%Y-%m-%d %H:%M:%f".into(),
                "2021-04-20 11:30:45.500".into()
            ],
        )
    );
}

#[test]
fn sql_keeps_in_the_residual_what_a_database_cannot_represent() {
    let entity = entity();
    for dialect in [Postgres, MySql, Sqlite] {
        for filter in ["tags contains 'x'", "extra contains 'x'"] {
            assert_eq!(
                residual_fields(&dialect, filter, &entity).len(),
                1,
                "{dialect:?}: {filter}"
            );
        }
    }
    for (dialect, filter) in [
        (Postgres, "city = 'a\0b'"),
        (Postgres, "city contains '\0'"),
        (MySql, "changed = 2021-04-20T00:00:00.0000001Z"),
        (Sqlite, "changed = 2021-04-20T00:00:00.0001Z"),
        (Sqlite, "b = 0.10000000000000000001"),
        (Sqlite, "count = 123456789012345678901234567890"),
    ] {
        assert_eq!(
            residual_fields(&dialect, filter, &entity).len(),
            1,
            "{dialect:?}: {filter}"
        );
    }
}

#[test]
fn an_and_is_divided_and_an_or_stays_whole() {
    let entity = entity();
    let translate = |filter| Soql.translate(&bind(filter, &entity));

    let split = translate("a = 1 and tags contains 'x' and (c = 2 or c = 3) limit 5");
    assert_eq!(
        split.condition.as_deref(),
        Some("(a = 1 AND (c = 2 OR c = 3))")
    );
    assert_eq!(split.residual, bind("tags contains 'x' limit 5", &entity));
    assert_eq!(split.limit, None);

    let whole = translate("a = 1 or tags contains 'x'");
    assert_eq!(whole.condition, None);
    assert_eq!(whole.residual, bind("a = 1 or tags contains 'x'", &entity));

    let inner = translate("c = 2 and not (a != 1 and not tags contains 'x')");
    assert_eq!(inner.condition.as_deref(), Some("c = 2"));
    assert_eq!(inner.residual, bind("a = 1 or tags contains 'x'", &entity));

    let all = translate("a = 1 limit 5");
    assert_eq!(
        all,
        Pushdown {
            condition: Some("a = 1".to_owned()),
            limit: Some(5),
            residual: BoundFilter::default()
        }
    );
    assert_eq!(translate("limit 5").limit, Some(5));
}

#[test]
fn a_target_without_and_gets_the_first_condition_that_it_can_express() {
    struct OneNumber;
    impl Translator for OneNumber {
        type Output = String;
        fn test(&self, test: &Test<'_>) -> Option<Translation<String>> {
            Soql.test(test).filter(|_| test.field.field_name != "city")
        }
        fn all_of(&self, _: Vec<String>) -> Option<String> {
            None
        }
        fn any_of(&self, _: Vec<String>) -> Option<String> {
            None
        }
    }
    let entity = entity();
    let pushdown = OneNumber.translate(&bind("city = 'x' and a = 1 and c = 2", &entity));
    assert_eq!(pushdown.condition.as_deref(), Some("a = 1"));
    assert_eq!(pushdown.residual, bind("city = 'x' and c = 2", &entity));
}

#[test]
fn the_residual_checks_what_the_target_does_not() {
    let entity = entity();
    let pushdown = Soql.translate(&bind("a = 1 and tags contains 'new'", &entity).ignoring_case());
    assert!(
        pushdown
            .residual
            .matches(&record(r#"{"tags": ["NEW"]}"#))
            .unwrap()
    );
    assert!(
        !pushdown
            .residual
            .matches(&record(r#"{"tags": ["old"]}"#))
            .unwrap()
    );
}

#[test]
fn query_text_in_place_of_a_number_reaches_no_target() {
    let entity = entity();
    for text in [
        "0 OR IsDeleted = true",
        "0) OR (1=1",
        "0; DROP TABLE x",
        "0--",
        "0 or 1 eq 1",
    ] {
        for field in ["a", "b", "c", "count", "since", "changed", "open"] {
            let filter = format!("{field} = \"{text}\"");
            let filter = parse(&filter).unwrap();
            assert!(filter.bind(&entity).is_err(), "{filter}");
        }
    }
}

#[test]
fn names_that_a_target_cannot_write_stay_in_the_residual_or_are_quoted() {
    let entity = EntityDefinition {
        fields: [
            "x) or (1 eq 1",
            "x' OR 'a",
            "x\" OR \"a",
            "x` OR `a",
            "a.b.",
            "1a",
            "and",
        ]
        .map(|name| {
            FieldDefinition::builder()
                .field_name(name)
                .data_type(FieldDataType::String)
                .build()
        })
        .to_vec(),
        ..entity()
    };
    for field in &entity.fields {
        let comparison = Comparison {
            field: field.field_name.as_str().into(),
            op: CompareOp::Equal,
            value: Literal::Null.into(),
        };
        let filter = Filter {
            predicate: Some(ExprKind::Compare(comparison).into()),
            limit: None,
        };
        let bound = filter.bind(&entity).unwrap();
        let name = field.field_name.as_str();
        if name != "and" {
            assert_eq!(Soql.translate(&bound).condition, None, "{name}");
        }
        assert_eq!(OData::V4.translate(&bound).condition, None, "{name}");
        let quoted = |dialect: SqlDialect| {
            dialect
                .render(&dialect.translate(&bound).condition.unwrap())
                .0
        };
        assert_eq!(
            quoted(Postgres),
            format!("\"{}\" IS NULL", name.replace('"', "\"\""))
        );
        assert_eq!(
            quoted(MySql),
            format!("`{}` IS NULL", name.replace('`', "``"))
        );
    }
}

#[test]
fn a_name_that_no_database_has_stays_in_the_residual() {
    for name in ["", "a\0b"] {
        let field = FieldDefinition::builder()
            .field_name(name)
            .data_type(FieldDataType::String)
            .build();
        let entity = EntityDefinition {
            fields: vec![field],
            ..entity()
        };
        let comparison = Comparison {
            field: name.into(),
            op: CompareOp::Equal,
            value: Literal::Null.into(),
        };
        let filter = Filter {
            predicate: Some(ExprKind::Compare(comparison).into()),
            limit: None,
        };
        let bound = filter.bind(&entity).unwrap();
        for dialect in [Postgres, MySql, Sqlite] {
            assert_eq!(dialect.translate(&bound).condition, None, "{name:?}");
        }
    }
}

#[test]
fn names_of_select_lists_are_checked_as_those_of_conditions() {
    for name in ["Id", "Rank__c", "Owner.Name", "ns__Parent__r.Name"] {
        assert!(Soql::check_name(name).is_ok(), "{name}");
        assert!(OData::property(name).is_some(), "{name}");
    }
    for name in [
        "",
        ".",
        "Id.",
        "Id FROM User WHERE Id",
        "Id,Name",
        "COUNT()",
        "FIELDS(ALL)",
        "(SELECT Id FROM Contacts)",
        "Id\u{a0}FROM",
        "Id\n",
        "N\u{e4}me'",
        "Id--",
        "1a",
    ] {
        assert!(Soql::check_name(name).is_err(), "{name}");
        assert_eq!(OData::property(name), None, "{name}");
    }
}

fn on_a_stack_of(kibibytes: usize, test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(kibibytes * 1024)
        .spawn(test)
        .unwrap();
    thread.join().unwrap();
}

#[test]
fn wide_filters_need_no_stack() {
    on_a_stack_of(512, || {
        let terms: Vec<String> = (0..20_000).map(|number| format!("c = {number}")).collect();
        let entity = entity();
        let filter = bind(&terms.join(" or "), &entity);
        assert!(Soql.translate(&filter).condition.is_some());
        let expression = Postgres.translate(&filter).condition.unwrap();
        assert_eq!(Postgres.render(&expression).1.len(), 20_000);
        assert!(filter.matches(&record(r#"{"c": 19999}"#)).unwrap());
    });
}

/// Returns the deepest filter that the default parser accepts.
fn deepest() -> String {
    format!(
        "{}open{}",
        "c = 1 or a = 2 and (".repeat(128),
        ")".repeat(128)
    )
}

#[test]
fn the_deepest_filter_needs_little_stack() {
    on_a_stack_of(512, || {
        let entity = entity();
        let filter = bind(&deepest(), &entity);
        assert!(Soql.translate(&filter).condition.is_some());
        assert!(OData::V4.translate(&filter).condition.is_some());
        assert!(Sqlite.translate(&filter).condition.is_some());
        assert!(
            filter
                .matches(&record(r#"{"a": 2, "open": true, "c": 3}"#))
                .unwrap()
        );
    });
}

#[test]
fn the_text_of_the_deepest_sql_fits_a_stack_of_one_mebibyte() {
    on_a_stack_of(1024, || {
        let entity = entity();
        let expression = Sqlite
            .translate(&bind(&deepest(), &entity))
            .condition
            .unwrap();
        assert_eq!(Sqlite.render(&expression).1.len(), 257);
    });
}
