//! With a translated filter SQLite selects the same rows as `matches`, for any filter and any rows.

use appflow_connector_model::{
    ConnectorOperator, Entity, EntityDefinition, FieldDataType, FieldDefinition, Record,
};
use appflow_connector_queryfilter::Filter;
use appflow_connector_queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership,
};
use appflow_connector_queryfilter::translate::sea_query::Value as SqlValue;
use appflow_connector_queryfilter::translate::{SqlDialect, Translator};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::types::Value as SqliteValue;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value as Json, json};

/// Text that would escape from a query without quoting.
const TEXTS: [&str; 16] = [
    "",
    "a",
    "A",
    "ab",
    "%",
    "_",
    "a%",
    "!",
    "!%",
    "'",
    "\"",
    "' OR 1=1 --",
    "/* */;",
    "\\",
    "a\0b",
    "😀",
];
const NUMBERS: [&str; 8] = [
    "0",
    "1",
    "-1",
    "2.5",
    "0.1",
    "1000000",
    "9007199254740993",
    "-0.25",
];
const DATES: [&str; 4] = ["2021-04-20", "2021-04-21", "1999-12-31", "2024-02-29"];
const MOMENTS: [&str; 5] = [
    "2021-04-20T00:00:00Z",
    "2021-04-20T00:00:00.001Z",
    "2021-04-19T22:00:00-02:00",
    "2021-04-21T12:30:45.500Z",
    "1999-12-31T23:59:59Z",
];

fn entity() -> EntityDefinition {
    let field = |(name, data_type)| {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .filter_operators(ConnectorOperator::ALL.to_vec())
            .build()
    };
    let fields = [
        ("text", FieldDataType::String),
        ("real", FieldDataType::Double),
        ("whole", FieldDataType::Long),
        ("flag", FieldDataType::Boolean),
        ("day", FieldDataType::Date),
        ("moment", FieldDataType::DateTime),
    ];
    EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("rows").build())
        .fields(fields.map(field).to_vec())
        .build()
}

/// A row as SQLite stores it, and as a record.
#[derive(Clone, Debug)]
struct Row {
    columns: Vec<SqliteValue>,
    record: Record,
}

fn row() -> impl Strategy<Value = Row> {
    (
        option::weighted(0.8, select(&TEXTS[..])),
        option::weighted(0.8, select(&NUMBERS[..6])),
        option::weighted(0.8, select(vec![0_i64, 1, -1, 1_000_000, 9_007_199_254_740_993])),
        option::weighted(0.8, any::<bool>()),
        option::weighted(0.8, select(&DATES[..])),
        option::weighted(0.8, select(&MOMENTS[..])),
    )
        .prop_map(|(text, real, whole, flag, day, moment)| {
            let real: Option<Json> = real.map(|number| serde_json::from_str(number).unwrap());
            let record = json!({
                "text": text, "real": real, "whole": whole, "flag": flag, "day": day, "moment": moment,
            });
            let columns = vec![
                text.map(str::to_owned).into(),
                real.and_then(|number| number.as_f64()).into(),
                whole.into(),
                flag.into(),
                day.map(str::to_owned).into(),
                moment.map(str::to_owned).into(),
            ];
            Row { columns, record: Record::from_value(&record).unwrap() }
        })
}

/// Returns a literal for one of the fields.
fn literal(field: &'static str) -> BoxedStrategy<Literal> {
    let owned = |texts: &'static [&'static str]| select(texts).prop_map(str::to_owned);
    match field {
        "text" => owned(&TEXTS).prop_map(Literal::String).boxed(),
        "real" => owned(&NUMBERS).prop_map(Literal::Number).boxed(),
        "whole" => owned(&["0", "1", "-1", "5.0", "9007199254740993"])
            .prop_map(Literal::Number)
            .boxed(),
        "flag" => any::<bool>().prop_map(Literal::Boolean).boxed(),
        _ => prop_oneof![
            owned(&DATES).prop_map(Literal::Date),
            owned(&MOMENTS).prop_map(Literal::DateTime)
        ]
        .boxed(),
    }
}

fn test() -> impl Strategy<Value = Expr> {
    select(vec!["text", "real", "whole", "flag", "day", "moment"]).prop_flat_map(|name| {
        let orders = [CompareOp::Greater, CompareOp::GreaterOrEqual, CompareOp::Less, CompareOp::LessOrEqual];
        let equalities = [CompareOp::Equal, CompareOp::NotEqual];
        let ops = match name {
            "text" => [&orders[..], &equalities, &[CompareOp::Contains]].concat(),
            "flag" => equalities.to_vec(),
            _ => [&orders[..], &equalities].concat(),
        };
        let field = Field::from(name);
        let compare = |field: Field, op, literal: Literal| ExprKind::Compare(Comparison { field, op, value: literal.into() });
        let (compared, null, range, list) = (field.clone(), field.clone(), field.clone(), field);
        prop_oneof![
            4 => (select(ops), literal(name)).prop_map(move |(op, literal)| compare(compared.clone(), op, literal)),
            1 => select(equalities.to_vec()).prop_map(move |op| compare(null.clone(), op, Literal::Null)),
            1 => (literal(name), literal(name)).prop_map(move |(low, high)| {
                ExprKind::Between(Between { field: range.clone(), low: low.into(), high: high.into() })
            }),
            1 => vec(prop_oneof![4 => literal(name), 1 => Just(Literal::Null)], 1..4).prop_map(move |values| {
                let values = values.into_iter().map(Into::into).collect();
                ExprKind::In(Membership { field: list.clone(), values })
            }),
        ]
        .prop_map(Expr::from)
    })
}

fn expression() -> impl Strategy<Value = Expr> {
    test().prop_recursive(4, 24, 4, |operand| {
        prop_oneof![
            operand
                .clone()
                .prop_map(|operand| ExprKind::Not(Box::new(operand))),
            vec(operand.clone(), 2..4).prop_map(ExprKind::And),
            vec(operand, 2..4).prop_map(ExprKind::Or),
        ]
        .prop_map(Expr::from)
    })
}

fn parameter(value: &SqlValue) -> SqliteValue {
    match value {
        SqlValue::String(text) => text.clone().into(),
        SqlValue::BigInt(number) => (*number).into(),
        SqlValue::Int(number) => number.map(i64::from).into(),
        SqlValue::Double(number) => (*number).into(),
        SqlValue::Bool(boolean) => (*boolean).into(),
        other => panic!("not a value for SQLite: {other:?}"),
    }
}

fn table(rows: &[Row]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE rows (text TEXT, real REAL, whole INTEGER, flag INTEGER, day TEXT, moment TEXT)")
        .unwrap();
    for row in rows {
        connection
            .execute(
                "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)",
                params_from_iter(&row.columns),
            )
            .unwrap();
    }
    connection
}

/// Returns the numbers of the rows that a condition selects, from 1.
fn selected(connection: &Connection, condition: Option<(String, Vec<SqlValue>)>) -> Vec<usize> {
    let (condition, parameters) = condition.unwrap_or(("TRUE".to_owned(), vec![]));
    let mut statement = connection
        .prepare(&format!(
            "SELECT rowid FROM rows WHERE {condition} ORDER BY rowid"
        ))
        .unwrap_or_else(|error| panic!("{condition}: {error}"));
    let rows = statement
        .query_map(params_from_iter(parameters.iter().map(parameter)), |row| {
            row.get::<_, u32>(0)
        })
        .unwrap();
    rows.map(|number| number.unwrap() as usize).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn sqlite_and_the_residual_select_what_matches_selects(rows in vec(row(), 1..20), predicate in expression()) {
        let entity = entity();
        let filter = Filter { predicate: Some(predicate), limit: None };
        let bound = filter.bind(&entity).unwrap();
        let pushdown = SqlDialect::Sqlite.translate(&bound);

        let condition = pushdown.condition.map(|condition| SqlDialect::Sqlite.render(&condition));
        let mut found = selected(&table(&rows), condition);
        found.retain(|number| pushdown.residual.matches(&rows[number - 1].record).unwrap());

        let expected: Vec<usize> =
            (1..=rows.len()).filter(|number| bound.matches(&rows[number - 1].record).unwrap()).collect();
        prop_assert_eq!(found, expected, "{}", filter);
    }

    #[test]
    fn negation_selects_the_other_rows_except_for_the_unknown(row in row(), predicate in expression()) {
        let entity = entity();
        let matches = |kind: Expr| {
            let filter = Filter { predicate: Some(kind), limit: None };
            filter.bind(&entity).unwrap().matches(&row.record).unwrap()
        };
        let negation = Expr::from(ExprKind::Not(Box::new(predicate.clone())));
        let double = Expr::from(ExprKind::Not(Box::new(negation.clone())));
        prop_assert!(!(matches(predicate.clone()) && matches(negation)));
        prop_assert_eq!(matches(predicate), matches(double));
    }
}
