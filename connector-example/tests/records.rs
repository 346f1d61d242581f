//! Reading records, compared with the sandbox's data.

mod support;

use std::collections::BTreeSet;

use appflow_connector_sdk::queryfilter::Filter;
use appflow_connector_sdk::queryfilter::ast::{CompareOp, Comparison, ExprKind, Literal};
use salesforce_sandbox::AIRPORTS_CSV;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use support::{Salesforce, error, records};

const AIRPORT: &str = "Airport__c";
const COLUMNS: [&str; 7] = [
    "iata",
    "name",
    "city",
    "state",
    "country",
    "latitude",
    "longitude",
];

#[derive(Clone, Debug, PartialEq, PartialOrd, Deserialize)]
struct Airport {
    iata: String,
    name: String,
    city: String,
    state: String,
    country: String,
    latitude: f64,
    longitude: f64,
}

fn airports_of_the_file() -> Vec<Airport> {
    let mut reader = csv::Reader::from_reader(AIRPORTS_CSV.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn airports(records: Vec<Map<String, Value>>) -> Vec<Airport> {
    let airport = |record| serde_json::from_value(Value::Object(record)).unwrap();
    records.into_iter().map(airport).collect()
}

#[tokio::test]
async fn every_airport_is_returned_once_for_any_page_size() {
    let salesforce = Salesforce::start().await;
    for page_size in [1_000, 50, 2_000, 137, 3_000] {
        let found = salesforce
            .connection
            .query_all(AIRPORT, &COLUMNS, None, page_size)
            .await;
        assert!(found.iter().all(|record| record.len() == COLUMNS.len()));
        assert_eq!(
            airports(found),
            airports_of_the_file(),
            "{page_size} a page"
        );
    }
}

#[tokio::test]
async fn parentheses_and_not_keep_their_meaning() {
    let salesforce = Salesforce::start().await;
    let filter = r#"(city = "Austin" or city = "Boston") and not state = "TX""#;
    let found = salesforce
        .connection
        .query_all(AIRPORT, &COLUMNS, Some(filter), 1_000)
        .await;
    let mut expected = airports_of_the_file();
    expected.retain(|airport| {
        ["Austin", "Boston"].contains(&airport.city.as_str()) && airport.state != "TX"
    });
    assert!(!expected.is_empty());
    assert_eq!(airports(found), expected);
}

/// Record number n was changed n hours before the new year.
#[tokio::test]
async fn an_incremental_window_includes_both_bounds() {
    let salesforce = Salesforce::start().await;
    let changed = async |filter: &str| {
        let found = salesforce
            .connection
            .query_all(AIRPORT, &["LastModifiedDate"], Some(filter), 1_000)
            .await;
        let mut times: Vec<_> = found
            .iter()
            .map(|record| record["LastModifiedDate"].as_str().unwrap().to_owned())
            .collect();
        times.sort();
        times
    };
    let window =
        changed("LastModifiedDate between 2024-12-31T00:00:00.000Z and 2025-01-01T00:00:00.000Z")
            .await;
    assert_eq!(window.len(), 25);
    assert_eq!(window[0], "2024-12-31T00:00:00.000+00:00");
    assert_eq!(window[24], "2025-01-01T00:00:00.000+00:00");
    let in_another_zone =
        "LastModifiedDate between 2024-12-31T01:00:00+01:00 and 2025-01-01T01:00:00+01:00";
    assert_eq!(changed(in_another_zone).await, window);
    assert_eq!(
        changed("LastModifiedDate between 2024-12-31 and 2025-01-01").await,
        window
    );

    let before =
        changed("LastModifiedDate between 2024-12-30T00:00:00Z and 2024-12-30T23:59:59Z").await;
    assert!(before.iter().all(|time| !window.contains(time)));
    assert_eq!(before.len(), 24);
}

/// Returns `field op "text"` with the text quoted for the filter language.
fn comparison(field: &str, op: CompareOp, text: &str) -> String {
    let comparison = Comparison {
        field: field.into(),
        op,
        value: Literal::String(text.to_owned()).into(),
    };
    let filter = Filter {
        predicate: Some(ExprKind::Compare(comparison).into()),
        limit: None,
    };
    filter.to_string()
}

#[tokio::test]
async fn text_with_special_characters_is_found_by_value_and_by_part() {
    let salesforce = Salesforce::start().await;
    let accounts = salesforce
        .connection
        .query_all("Account", &["Name"], None, 2_000)
        .await;
    let names: Vec<&str> = accounts
        .iter()
        .map(|account| account["Name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 5_000);
    let found = async |filter: String| -> BTreeSet<String> {
        let found = salesforce
            .connection
            .query_all("Account", &["Name"], Some(&filter), 2_000)
            .await;
        found
            .iter()
            .map(|account| account["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    // Salesforce compares text case-insensitively.
    let expected = |test: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        names
            .iter()
            .filter(|name| test(&name.to_lowercase()))
            .map(|name| (*name).to_owned())
            .collect()
    };

    let parts = [
        "'",
        "\"",
        "\\",
        "%",
        "_",
        "\n",
        "😀",
        "café",
        "日本",
        "o'brien",
        "\"best\"",
        "back\\slash",
        "100%",
        "r_s",
        "' OR Name != '",
        "&",
        "no such name",
    ];
    for part in parts {
        let part_in_lower_case = part.to_lowercase();
        let by_part = found(comparison("Name", CompareOp::Contains, part)).await;
        assert_eq!(
            by_part,
            expected(&|name| name.contains(&part_in_lower_case)),
            "{part}"
        );
        assert_eq!(by_part.is_empty(), part == "no such name", "{part}");
        let Some(name) = by_part.first() else {
            continue;
        };
        let by_value = found(comparison("Name", CompareOp::Equal, name)).await;
        assert_eq!(
            by_value,
            expected(&|other| other == name.to_lowercase()),
            "{name}"
        );
    }
}

/// Returns whether a filter should find a record.
type Test = fn(&Map<String, Value>) -> bool;

#[tokio::test]
async fn each_type_is_compared_as_its_own() {
    let salesforce = Salesforce::start().await;
    let accounts = salesforce
        .connection
        .query_all("Account", &[], None, 2_000)
        .await;
    let tests: [(&str, Test); 11] = [
        ("IsPartner__c", |account| account["IsPartner__c"] == true),
        ("not IsPartner__c = \"true\"", |account| {
            account["IsPartner__c"] == false
        }),
        ("Views__c = 9007199254740993", |account| {
            account["Views__c"] == 9_007_199_254_740_993_i64
        }),
        ("Score__c < \"-1.5\"", |account| {
            account["Score__c"].as_f64() < Some(-1.5) && !account["Score__c"].is_null()
        }),
        (
            "NumberOfEmployees in (\"17\", 4711) or NumberOfEmployees between 10 and 20",
            |account| {
                let staff = account["NumberOfEmployees"].as_i64();
                staff == Some(4_711) || staff.is_some_and(|staff| (10..=20).contains(&staff))
            },
        ),
        // Salesforce cannot search in a multi-select picklist, so the connector does.
        ("Segments__c contains \"DGE\"", |account| {
            account["Segments__c"]
                .as_str()
                .is_some_and(|segments| segments.contains("Edge"))
        }),
        ("CustomerSince__c >= \"2020-01-01\"", |account| {
            account["CustomerSince__c"].as_str() >= Some("2020-01-01")
        }),
        ("OpensAt__c = \"12:30:00.000Z\"", |account| {
            account["OpensAt__c"] == "12:30:00.000Z"
        }),
        ("Industry = null", |account| account["Industry"].is_null()),
        // For a null, `not Industry = "Energy"` is unknown, and so not true.
        ("not Industry = \"Energy\"", |account| {
            account["Industry"] != "Energy" && !account["Industry"].is_null()
        }),
        (
            "AccountNumber = 00000042 or BillingCity = 'L\\'Aquila'",
            |account| {
                account["AccountNumber"] == "00000042" || account["BillingCity"] == "L'Aquila"
            },
        ),
    ];
    for (filter, test) in tests {
        let found = salesforce
            .connection
            .query_all("Account", &[], Some(filter), 2_000)
            .await;
        let expected: Vec<_> = accounts
            .iter()
            .filter(|account| test(account))
            .cloned()
            .collect();
        assert!(!expected.is_empty(), "{filter}");
        assert!(
            found == expected,
            "{filter}: {} instead of {}",
            found.len(),
            expected.len()
        );
    }
}

#[tokio::test]
async fn values_are_returned_as_salesforce_wrote_them() {
    let salesforce = Salesforce::start().await;
    let accounts = salesforce
        .connection
        .query_all("Account", &[], Some("limit 200"), 200)
        .await;
    for account in &accounts {
        assert!(account.contains_key("Id") && account.contains_key("Site__c"));
        assert!(!account.contains_key("attributes") && !account.contains_key("Logo__c"));
        // An anyType field is a String in AppFlow.
        assert!(account["LastValue__c"].is_string() || account["LastValue__c"].is_null());
    }
    let some = |name: &str, value: Value| accounts.iter().any(|account| account[name] == value);
    assert!(some("Views__c", json!(999_999_999_999_999_999_i64)));
    assert!(some("LastValue__c", json!("42")));
    assert!(some("LastValue__c", json!("true")));
    assert!(some("LastValue__c", json!("text 'quoted'")));
}

#[tokio::test]
async fn a_limit_counts_over_all_pages() {
    let salesforce = Salesforce::start().await;
    let all = airports_of_the_file();
    for (limit, page_size) in [
        (1, 1),
        (10, 3),
        (250, 100),
        (300, 100),
        (2_500, 1_000),
        (2_500, 2_000),
        (9_999, 2_000),
    ] {
        let filter = format!("limit {limit}");
        let found = salesforce
            .connection
            .query_all(AIRPORT, &COLUMNS, Some(&filter), page_size)
            .await;
        assert_eq!(
            airports(found),
            all[..limit.min(all.len())],
            "{limit} by {page_size}"
        );
    }
}

#[tokio::test]
async fn a_page_can_be_read_again() {
    let salesforce = Salesforce::start().await;
    let mut request =
        json!({ "type": "QueryDataRequest", "entityIdentifier": AIRPORT, "maxResults": 100 });
    let first = salesforce.connection.send(&request).await;
    request["nextToken"] = first["nextToken"].clone();
    let second = salesforce.connection.send(&request).await;
    assert_ne!(second["records"], first["records"]);
    let again = salesforce.connection.send(&request).await;
    assert_eq!(again["records"], second["records"]);
}

#[tokio::test]
async fn an_invalid_token_and_that_of_another_query_are_refused() {
    let salesforce = Salesforce::start().await;
    let mut request =
        json!({ "type": "QueryDataRequest", "entityIdentifier": AIRPORT, "maxResults": 100 });
    let good = salesforce.connection.send(&request).await["nextToken"].clone();
    let good = good.as_str().unwrap();
    for token in [
        "",
        &good[..good.len() - 1],
        "https://example.com/services/data/v60.0/query/01g",
        "//example.com/services/data/",
        "all.0015g000000000' OR Id != '",
        "5.0015g0000000000AAA",
    ] {
        request["nextToken"] = token.into();
        let response = salesforce.connection.send(&request).await;
        assert_eq!(
            error(&response),
            (
                "InvalidArgument",
                "nextToken is not one of this query's tokens"
            )
        );
    }
    request["nextToken"] = good.into();
    request["filterExpression"] = "limit 50".into();
    let response = salesforce.connection.send(&request).await;
    assert_eq!(error(&response).0, "InvalidArgument");
}

#[tokio::test]
async fn records_are_retrieved_by_id() {
    let salesforce = Salesforce::start().await;
    let all = salesforce
        .connection
        .query_all(AIRPORT, &["Id", "iata"], None, 2_000)
        .await;
    let mut wanted: Vec<Value> = all
        .iter()
        .step_by(7)
        .map(|airport| airport["Id"].clone())
        .collect();
    let expected: Vec<_> = all.iter().step_by(7).cloned().collect();
    assert!(wanted.len() > 200);
    // Ids without a record, and one id twice.
    wanted.extend([
        json!("a005g0000ZZZZZZAA2"),
        json!("a00XXXXXXXXXXXXXXX"),
        json!("nonsense"),
        json!("' OR Id != '"),
        wanted[0].clone(),
    ]);
    let mut request = json!({ "type": "RetrieveDataRequest", "entityIdentifier": AIRPORT, "selectedFieldNames": ["Id", "iata"], "ids": wanted });
    let response = salesforce.connection.send(&request).await;
    assert_eq!(records(&response), expected);

    request["idFieldName"] = "iata".into();
    request["ids"] = json!(["AUS", "BOS", "' OR iata != '", "none"]);
    let response = salesforce.connection.send(&request).await;
    let codes: Vec<_> = records(&response)
        .into_iter()
        .map(|airport| airport["iata"].clone())
        .collect();
    assert_eq!(codes, ["AUS", "BOS"]);

    request["ids"] = json!([]);
    assert_eq!(
        salesforce.connection.send(&request).await["records"],
        json!([])
    );
    request["idFieldName"] = "code".into();
    let response = salesforce.connection.send(&request).await;
    assert_eq!(
        error(&response),
        ("InvalidArgument", "Airport__c has no field `code`")
    );
}

#[tokio::test]
async fn an_invalid_request_is_an_error_that_says_why() {
    let salesforce = Salesforce::start().await;
    let long = format!(
        "{}city = 'x'",
        "city = 'a city of no mean name' or ".repeat(4_000)
    );
    for (fields, filter, code, part) in [
        (
            json!(["iata"]),
            "city =",
            "InvalidArgument",
            "filterExpression: column 7",
        ),
        (
            json!(["iata"]),
            "town = 'x'",
            "InvalidArgument",
            "Airport__c has no field `town`",
        ),
        (
            json!(["iata"]),
            "latitude > \"0 OR IsDeleted = true\"",
            "InvalidArgument",
            "`latitude` is of type Double",
        ),
        (
            json!(["town"]),
            "",
            "InvalidArgument",
            "Airport__c has no field `town`",
        ),
        (
            json!(["iata, (SELECT Id FROM User)"]),
            "",
            "InvalidArgument",
            "has no field",
        ),
        (
            json!(["iata"]),
            "LastModifiedDate > 2021-02-30",
            "InvalidArgument",
            "`2021-02-30` is not a valid date",
        ),
        (
            json!(["iata"]),
            &long,
            "InvalidArgument",
            "too long for Salesforce",
        ),
    ] {
        let request = json!({ "type": "QueryDataRequest", "entityIdentifier": AIRPORT, "selectedFieldNames": fields, "filterExpression": filter });
        let response = salesforce.connection.send(&request).await;
        let (found, message) = error(&response);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_list_too_long_for_a_url_is_divided() {
    let salesforce = Salesforce::start().await;
    let all = airports_of_the_file();
    let codes: Vec<String> = all
        .iter()
        .map(|airport| format!("\"{}\"", airport.iata))
        .collect();
    let filter = format!("iata in ({}) and country = \"USA\"", codes.join(", "));
    let found = salesforce
        .connection
        .query_all(AIRPORT, &COLUMNS, Some(&filter), 1_000)
        .await;
    let mut found = airports(found);
    found.sort_by(|a, b| a.iata.cmp(&b.iata));
    let mut expected: Vec<Airport> = all
        .iter()
        .filter(|airport| airport.country == "USA")
        .cloned()
        .collect();
    expected.sort_by(|a, b| a.iata.cmp(&b.iata));
    assert_eq!(found, expected);

    let limited = salesforce
        .connection
        .query_all(
            AIRPORT,
            &COLUMNS,
            Some(&format!("{filter} limit 1500")),
            1_000,
        )
        .await;
    assert_eq!(limited.len(), 1_500);

    let ids: Vec<&str> = all
        .iter()
        .map(|airport| airport.iata.as_str())
        .chain(["no such code"])
        .collect();
    let request = json!({ "type": "RetrieveDataRequest", "entityIdentifier": AIRPORT, "idFieldName": "iata", "ids": ids });
    assert_eq!(
        records(&salesforce.connection.send(&request).await).len(),
        all.len()
    );
}
