//! Through the connector and the sandbox, any filter finds the accounts for which it is true.

mod support;

use std::sync::OnceLock;

use appflow_connector_sdk::model::{EntityDefinition, Record};
use appflow_connector_sdk::queryfilter::Filter;
use appflow_connector_sdk::queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};
use support::Salesforce;

/// The fields that filters test, and the operators that each supports.
const FIELDS: [(&str, &[CompareOp]); 11] = {
    use CompareOp::{Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};

    const TEXT: &[CompareOp] = &[Equal, NotEqual, Contains];
    const NUMBER: &[CompareOp] = &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
    const MOMENT: &[CompareOp] = &[Equal, Less, LessOrEqual, Greater, GreaterOrEqual];
    const EQUALITY: &[CompareOp] = &[Equal, NotEqual];
    [
        ("Name", TEXT),
        ("BillingCity", TEXT),
        ("Industry", TEXT),
        ("Segments__c", TEXT),
        ("OpensAt__c", EQUALITY),
        ("ParentId", EQUALITY),
        ("IsPartner__c", EQUALITY),
        ("NumberOfEmployees", NUMBER),
        ("AnnualRevenue", NUMBER),
        ("CustomerSince__c", MOMENT),
        ("NextCall__c", MOMENT),
    ]
};

struct Fixture {
    runtime: tokio::runtime::Runtime,
    salesforce: Salesforce,
    entity: EntityDefinition,
    accounts: Vec<Map<String, Value>>,
}

/// Returns the sandbox that all cases share, and its accounts.
fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let salesforce = runtime.block_on(Salesforce::start());
        let context = runtime.block_on(salesforce.connection.context_with_definition("Account"));
        let entity = serde_json::from_value(context["entityDefinition"].clone()).unwrap();
        let accounts =
            runtime.block_on(salesforce.connection.query_all("Account", &[], None, 2_000));
        Fixture {
            runtime,
            salesforce,
            entity,
            accounts,
        }
    })
}

/// Returns values that some accounts have in a field, as literals.
fn values(name: &str) -> Vec<Literal> {
    let accounts = fixture().accounts.iter().step_by(61);
    let literal = |value: &Value| match value {
        Value::Null => None,
        // In quotes, because an IN list allows no other booleans.
        Value::Bool(boolean) => Some(Literal::String(boolean.to_string())),
        // One filter cannot contain several strings that end in a backslash.
        Value::String(text) if text.ends_with('\\') => None,
        Value::String(text) if name == "NextCall__c" => {
            Some(Literal::String(text.replace("+0000", "Z")))
        }
        Value::String(text) => Some(Literal::String(text.clone())),
        number => Some(Literal::Number(number.to_string())),
    };
    accounts
        .filter_map(|account| literal(&account[name]))
        .collect()
}

/// Returns a value, or for `contains` an upper-case part of it.
fn part(literal: Literal, op: CompareOp, from: usize, length: usize) -> Literal {
    match (literal, op) {
        (Literal::String(text), CompareOp::Contains) => {
            let part: String = text.chars().skip(from).take(length).collect();
            Literal::String(part.trim_end_matches('\\').to_uppercase())
        }
        (literal, _) => literal,
    }
}

fn test() -> impl Strategy<Value = Expr> {
    select(&FIELDS[..]).prop_flat_map(|(name, ops)| {
        let values = values(name);
        let has_ranges = ops.contains(&CompareOp::LessOrEqual);
        let compare = move |op, literal: Literal| {
            ExprKind::Compare(Comparison {
                field: Field::from(name),
                op,
                value: literal.into(),
            })
        };
        let value = select(values.clone());
        let comparison = (select(ops), value.clone(), 0_usize..6, 1_usize..6)
            .prop_map(move |(op, value, from, length)| compare(op, part(value, op, from, length)));
        let null = Just(compare(CompareOp::Equal, Literal::Null));
        let list = vec(value.clone(), 1..5).prop_map(move |values| {
            let values = values.into_iter().map(Into::into).collect();
            ExprKind::In(Membership {
                field: Field::from(name),
                values,
            })
        });
        let range = (value.clone(), value).prop_map(move |(low, high)| {
            ExprKind::Between(Between {
                field: Field::from(name),
                low: low.into(),
                high: high.into(),
            })
        });
        let ranges = if has_ranges { 2 } else { 0 };
        prop_oneof![4 => comparison, 1 => null, 2 => list, ranges => range].prop_map(Expr::from)
    })
}

fn expression() -> impl Strategy<Value = Expr> {
    test().prop_recursive(3, 8, 3, |operand| {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_connector_finds_the_accounts_for_which_the_filter_is_true(predicate in expression(), limit in proptest::option::of(1_u64..3_000)) {
        let Fixture { runtime, salesforce, entity, accounts } = fixture();
        let filter = Filter { predicate: Some(predicate), limit };
        let bound = filter.bind(entity).unwrap().ignoring_case();

        let text = filter.to_string();
        let found = runtime.block_on(salesforce.connection.query_all("Account", &["Id", "Name"], Some(&text), 2_000));
        let holds = |account: &&Map<String, Value>| bound.matches(&Record::from_value(account).unwrap()).unwrap();
        let expected: Vec<_> = accounts.iter().filter(holds).take(usize::try_from(limit.unwrap_or(u64::MAX)).unwrap()).collect();

        let ids = |accounts: &[&Map<String, Value>]| accounts.iter().map(|account| account["Id"].clone()).collect::<Vec<_>>();
        prop_assert_eq!(ids(&found.iter().collect::<Vec<_>>()), ids(&expected), "{}", text);
        // Fields that are queried only for the residual are not in the records.
        prop_assert!(found.iter().all(|account| account.len() == 2), "{}", text);
    }
}
