//! The meaning of conditions: SQLite's results compared with a plain evaluation of the same rows.

mod common;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;

use common::Client;

struct Fixture {
    runtime: tokio::runtime::Runtime,
    client: Client,
    rows: Vec<Value>,
}

/// One sandbox for all tests of this file, and its accounts.
fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(Client::new());
        let rows = runtime.block_on(client.query_all(
            "SELECT Id, Name, BillingCity, Industry, NumberOfEmployees, AnnualRevenue, IsPartner__c, Segments__c, CustomerSince__c, \
             NextCall__c, OpensAt__c, ParentId FROM Account",
        ));
        Fixture { runtime, client, rows }
    })
}

/// Checks that a condition finds the rows for which `expected` holds, and that it finds some and
/// not all.
fn check(condition: &str, expected: impl Fn(&Value) -> bool) {
    let count = check_any(condition, expected);
    assert!(
        count > 0 && count < fixture().rows.len(),
        "{condition} finds {count}"
    );
}

fn check_any(condition: &str, expected: impl Fn(&Value) -> bool) -> usize {
    let Fixture {
        runtime,
        client,
        rows,
    } = fixture();
    let found =
        runtime.block_on(client.query_all(&format!("SELECT Id FROM Account WHERE {condition}")));
    let ids = |rows: Vec<&Value>| {
        rows.iter()
            .map(|row| row["Id"].as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let expected = ids(rows.iter().filter(|row| expected(row)).collect());
    assert_eq!(ids(found.iter().collect()), expected, "{condition}");
    expected.len()
}

fn text<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    row[field].as_str()
}

fn lower(row: &Value, field: &str) -> Option<String> {
    text(row, field).map(str::to_lowercase)
}

#[test]
fn strings_are_compared_ignoring_case() {
    check("BillingCity = 'BOSTON'", |row| {
        lower(row, "BillingCity").as_deref() == Some("boston")
    });
    check("BillingCity = 'zÜRICH'", |row| {
        text(row, "BillingCity") == Some("Zürich")
    });
    check("Name LIKE 'CAFÉ%'", |row| {
        lower(row, "Name").unwrap().starts_with("café")
    });
    check("BillingCity > 'Boston'", |row| {
        lower(row, "BillingCity").is_some_and(|city| city.as_str() > "boston")
    });
    check("BillingCity <= 'Boston'", |row| {
        lower(row, "BillingCity").is_some_and(|city| city.as_str() <= "boston")
    });
}

#[test]
fn a_null_differs_from_every_value_and_is_neither_less_nor_greater() {
    let industry = |row: &Value| text(row, "Industry").map(str::to_owned);
    check("Industry = null", |row| industry(row).is_none());
    check("Industry = ''", |row| industry(row).is_none());
    check("Industry != null", |row| industry(row).is_some());
    check("Industry != 'Banking'", |row| {
        industry(row).as_deref() != Some("Banking")
    });
    check("Industry <> 'Banking'", |row| {
        industry(row).as_deref() != Some("Banking")
    });
    check("NOT Industry = 'Banking'", |row| {
        industry(row).as_deref() != Some("Banking")
    });
    check("NOT Industry LIKE 'B%'", |row| {
        industry(row).as_deref() != Some("Banking")
    });
    check("Industry IN ('Banking', 'energy')", |row| {
        matches!(industry(row).as_deref(), Some("Banking" | "Energy"))
    });
    check("Industry NOT IN ('Banking', 'Energy')", |row| {
        !matches!(industry(row).as_deref(), Some("Banking" | "Energy"))
    });
    check("Industry IN ('Banking', null)", |row| {
        matches!(industry(row).as_deref(), Some("Banking") | None)
    });
    check("Industry NOT IN ('Banking', null)", |row| {
        !matches!(industry(row).as_deref(), Some("Banking") | None)
    });
    check("NumberOfEmployees < 5000", |row| {
        row["NumberOfEmployees"]
            .as_i64()
            .is_some_and(|staff| staff < 5_000)
    });
    check("NOT NumberOfEmployees < 5000", |row| {
        row["NumberOfEmployees"]
            .as_i64()
            .is_none_or(|staff| staff >= 5_000)
    });
    assert_eq!(check_any("NumberOfEmployees < null", |_| false), 0);
    assert_eq!(check_any("NumberOfEmployees >= null", |_| false), 0);
}

#[test]
fn a_null_checkbox_is_an_unchecked_one() {
    check("IsPartner__c = true", |row| row["IsPartner__c"] == true);
    check("IsPartner__c = null", |row| row["IsPartner__c"] == false);
    check("IsPartner__c != null", |row| row["IsPartner__c"] == true);
}

#[test]
fn wildcards_and_their_escapes() {
    let name = |row: &Value| text(row, "Name").unwrap().to_owned();
    check(r"Name LIKE '100\%%'", |row| name(row).starts_with("100%"));
    check(r"Name LIKE 'Under\_score %'", |row| {
        name(row).starts_with("Under_score ")
    });
    check(r"Name LIKE '%\\%'", |row| name(row).contains('\\'));
    check(r"Name LIKE '%\'%'", |row| name(row).contains('\''));
    check(r"Name LIKE 'Two\n%'", |row| name(row).starts_with("Two\n"));
    check(r"Name LIKE '%\uD83D\uDE00%'", |row| {
        name(row).contains('😀')
    });
    check("Name LIKE 'acme _'", |row| {
        lower(row, "Name").unwrap().starts_with("acme ") && name(row).len() == 6
    });
    check(r"Name LIKE '\' OR Name != \'%'", |row| {
        name(row).starts_with("' OR Name")
    });
}

#[test]
fn multi_select_values() {
    let segments = |row: &Value| {
        text(row, "Segments__c")
            .map(|items| items.split(';').map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let has = |row: &Value, item: &str| segments(row).is_some_and(|items| items.contains(item));
    check("Segments__c INCLUDES ('Edge')", |row| has(row, "Edge"));
    check("Segments__c INCLUDES ('edge;Mobile', 'Cloud')", |row| {
        (has(row, "Edge") && has(row, "Mobile")) || has(row, "Cloud")
    });
    check("Segments__c EXCLUDES ('Edge')", |row| !has(row, "Edge"));
    check("Segments__c = 'Edge;Cloud'", |row| {
        segments(row) == Some(["Cloud".to_owned(), "Edge".to_owned()].into())
    });
    check("Segments__c != 'Cloud;Edge'", |row| {
        segments(row) != Some(["Cloud".to_owned(), "Edge".to_owned()].into())
    });
    check("Segments__c INCLUDES ('')", |row| segments(row).is_none());
}

#[test]
fn dates_times_and_numbers() {
    check("CustomerSince__c < 2010-06-15", |row| {
        text(row, "CustomerSince__c").is_some_and(|day| day < "2010-06-15")
    });
    check("NextCall__c >= 2025-07-01T02:00:00+02:00", |row| {
        text(row, "NextCall__c").is_some_and(|moment| moment >= "2025-07-01T00:00:00.000+0000")
    });
    check("OpensAt__c >= 12:00:00Z", |row| {
        text(row, "OpensAt__c").is_some_and(|time| time >= "12:00:00.000Z")
    });
    check("AnnualRevenue >= 5000000.50", |row| {
        row["AnnualRevenue"]
            .as_f64()
            .is_some_and(|amount| amount >= 5_000_000.5)
    });
    check("AnnualRevenue > 5000000", |row| {
        row["AnnualRevenue"]
            .as_f64()
            .is_some_and(|amount| amount > 5_000_000.0)
    });
}

#[test]
fn ids_are_equal_in_both_forms() {
    let parent = fixture()
        .rows
        .iter()
        .find_map(|row| text(row, "ParentId"))
        .unwrap();
    for form in [parent, &parent[..15]] {
        check(&format!("ParentId = '{form}'"), |row| {
            text(row, "ParentId") == Some(parent)
        });
    }
}

#[test]
fn records_have_the_requested_order() {
    let Fixture {
        runtime,
        client,
        rows,
    } = fixture();
    let key = |row: &Value, reverse: bool| {
        let industry = lower(row, "Industry");
        (industry.is_some() != reverse, industry)
    };
    for (order, reverse, nulls_last) in [
        ("Industry", false, false),
        ("Industry ASC NULLS LAST", false, true),
        ("Industry DESC", true, false),
        ("Industry DESC NULLS LAST", true, true),
    ] {
        let found = runtime.block_on(client.query_all(&format!(
            "SELECT Id, Industry FROM Account ORDER BY {order}, Name DESC, Id"
        )));
        let mut expected: Vec<&Value> = rows.iter().collect();
        expected.sort_by(|a, b| {
            let (a_key, b_key) = (key(a, nulls_last), key(b, nulls_last));
            let by_null = a_key.0.cmp(&b_key.0);
            let by_industry = if reverse {
                b_key.1.cmp(&a_key.1)
            } else {
                a_key.1.cmp(&b_key.1)
            };
            by_null
                .then(by_industry)
                .then_with(|| lower(b, "Name").cmp(&lower(a, "Name")))
                .then_with(|| text(a, "Id").cmp(&text(b, "Id")))
        });
        let found: Vec<&Value> = found.iter().map(|row| &row["Id"]).collect();
        let expected: Vec<&Value> = expected.iter().map(|row| &row["Id"]).collect();
        assert_eq!(found, expected, "{order}");
    }
}

/// A condition that can be both written as SOQL and evaluated.
#[derive(Debug, Clone)]
enum Tree {
    City(&'static str, Option<&'static str>),
    Staff(&'static str, Option<i64>),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

impl Tree {
    fn soql(&self) -> String {
        let joined = |operands: &[Tree], keyword: &str| {
            operands
                .iter()
                .map(Tree::soql)
                .collect::<Vec<_>>()
                .join(keyword)
        };
        match self {
            Tree::City(operator, city) => {
                let city = city.map_or("null".to_owned(), |city| {
                    format!("'{}'", city.replace('\'', r"\'"))
                });
                format!("BillingCity {operator} {city}")
            }
            Tree::Staff(operator, staff) => {
                let staff = staff.map_or("null".to_owned(), |staff| staff.to_string());
                format!("NumberOfEmployees {operator} {staff}")
            }
            Tree::Not(operand) => format!("(NOT {})", operand.soql()),
            Tree::And(operands) => format!("({})", joined(operands, " AND ")),
            Tree::Or(operands) => format!("({})", joined(operands, " OR ")),
        }
    }

    fn holds(&self, row: &Value) -> bool {
        match self {
            Tree::City(operator, city) => compare(
                operator,
                lower(row, "BillingCity"),
                city.map(str::to_lowercase),
            ),
            Tree::Staff(operator, staff) => {
                compare(operator, row["NumberOfEmployees"].as_i64(), *staff)
            }
            Tree::Not(operand) => !operand.holds(row),
            Tree::And(operands) => operands.iter().all(|operand| operand.holds(row)),
            Tree::Or(operands) => operands.iter().any(|operand| operand.holds(row)),
        }
    }
}

fn compare<T: PartialOrd>(operator: &str, found: Option<T>, wanted: Option<T>) -> bool {
    match operator {
        "=" => found == wanted,
        "!=" => found != wanted,
        _ => match (found, wanted) {
            (Some(found), Some(wanted)) => match operator {
                "<" => found < wanted,
                "<=" => found <= wanted,
                ">" => found > wanted,
                _ => found >= wanted,
            },
            _ => false,
        },
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let operator = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let city = prop::option::weighted(
        0.8,
        prop::sample::select(vec!["Austin", "BOSTON", "L'Aquila", "São Paulo", "Paris"]),
    );
    let staff = prop::option::weighted(0.8, 0_i64..10_000);
    let leaf = prop_oneof![
        (operator(), city).prop_map(|(operator, city)| Tree::City(operator, city)),
        (operator(), staff).prop_map(|(operator, staff)| Tree::Staff(operator, staff)),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|operand| Tree::Not(Box::new(operand))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::And),
            prop::collection::vec(inner, 2..4).prop_map(Tree::Or),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_condition_finds_what_it_says(tree in trees()) {
        check_any(&tree.soql(), |row| tree.holds(row));
    }
}
