//! Every record that matches throughout a query arrives exactly once, whatever changes between two
//! requests.

mod support;

use std::collections::BTreeSet;

use salesforce_sandbox::{Config, RecordChange, Rows};
use serde_json::{Map, Value, json};
use support::{Connection, Salesforce, error, fake_server, records};

/// The records of a query that is started by `request`, with something in between after each
/// response. `between` gets the number of responses so far. After InvalidCredentials the call is
/// repeated once, as AppFlow does when it has renewed the token.
async fn query_all(
    connection: &Connection,
    mut request: Value,
    mut between: impl AsyncFnMut(usize),
) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    for number in 1.. {
        let mut response = connection.send(&request).await;
        if response["errorDetails"]["errorCode"] == "InvalidCredentials" {
            response = connection.send(&request).await;
        }
        assert_eq!(response["isSuccess"], true, "{response}");
        found.extend(records(&response));
        if response["nextToken"].is_null() {
            break;
        }
        request["nextToken"] = response["nextToken"].clone();
        between(number).await;
    }
    found
}

fn ids(records: &[Map<String, Value>]) -> Vec<String> {
    let id = |record: &Map<String, Value>| record["Id"].as_str().unwrap().to_owned();
    records.iter().map(id).collect()
}

fn request(entity: &str, fields: &[&str], filter: &str, max_results: usize) -> Value {
    json!({
        "type": "QueryDataRequest",
        "entityIdentifier": entity,
        "selectedFieldNames": fields,
        "filterExpression": filter,
        "maxResults": max_results,
    })
}

/// 900 inspections, 20 kB each or small; after the first response the fourth, already returned, is
/// edited or deleted.
#[tokio::test]
async fn a_record_that_changes_after_it_was_returned_costs_no_other_record() {
    let window = "LastModifiedDate between 2000-01-01T00:00:00Z and 2025-12-31T00:00:00Z";
    for (report_length, max_results) in [(20_000, 1_000), (200, 50), (200, 150)] {
        for is_deleted in [false, true] {
            let rows = Rows {
                accounts: 0,
                inspections: 900,
                report_length,
                ..Rows::default()
            };
            let config = Config {
                rows,
                ..Config::default()
            };
            let salesforce = Salesforce::with(config).await;
            let connection = &salesforce.connection;
            let request = |fields: &[&str]| request("Inspection__c", fields, window, max_results);
            let all = ids(&query_all(connection, request(&["Id"]), async |_| {}).await);
            assert_eq!(all.len(), 900);

            let (object, id) = ("Inspection__c".to_owned(), all[3].clone());
            let change = if is_deleted {
                RecordChange::Delete { object, id }
            } else {
                let values = json!({ "Report__c": "changed" });
                let values = values.as_object().unwrap().clone();
                RecordChange::Update { object, id, values }
            };
            let between = async |number| {
                if number == 1 {
                    salesforce
                        .sandbox
                        .change_records(std::slice::from_ref(&change))
                        .unwrap();
                }
            };
            let fields = request(&["Id", "Report__c"]);
            let found = ids(&query_all(connection, fields, between).await);
            assert_eq!(
                found, all,
                "{report_length} characters, {max_results} per response"
            );
        }
    }
}

/// Salesforce keeps ten locators per user.
#[tokio::test]
async fn eleven_queries_side_by_side_return_all_of_their_records() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let context = connection.context_with_definition("Account").await;
    let mut first = request("Account", &["Id"], "", 1_000);
    first["connectorContext"] = context;
    let mut requests = vec![Some(first); 11];
    let mut found = vec![Vec::new(); 11];
    while requests.iter().any(Option::is_some) {
        for (request, found) in requests.iter_mut().zip(&mut found) {
            let Some(mut next) = request.take() else {
                continue;
            };
            let response = connection.send(&next).await;
            found.extend(ids(&records(&response)));
            if !response["nextToken"].is_null() {
                next["nextToken"] = response["nextToken"].clone();
                *request = Some(next);
            }
        }
    }
    for found in &found {
        assert_eq!(found.len(), 5_000);
        assert_eq!(BTreeSet::from_iter(found).len(), 5_000);
    }
}

#[tokio::test]
async fn a_token_renewed_in_the_middle_costs_no_record() {
    let config = Config {
        locators_end_with_token: true,
        ..Config::default()
    };
    let salesforce = Salesforce::with(config).await;
    let renew = async |number| {
        if number == 2 {
            salesforce.sandbox.expire_tokens();
            salesforce.renew_token().await;
        }
    };
    let request = request("Account", &["Id"], "", 1_000);
    let found = ids(&query_all(&salesforce.connection, request, renew).await);
    assert_eq!(found.len(), 5_000);
    assert_eq!(BTreeSet::from_iter(found).len(), 5_000);
}

/// The token itself is refused, not only the locator: the error says so.
#[tokio::test]
async fn an_expired_token_in_the_middle_is_invalid_credentials() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let mut request = request("Account", &["Id"], "", 1_000);
    request["connectorContext"] = connection.context_with_definition("Account").await;
    let response = connection.send(&request).await;
    request["nextToken"] = response["nextToken"].clone();
    salesforce.sandbox.expire_tokens();
    assert_eq!(
        error(&connection.send(&request).await).0,
        "InvalidCredentials"
    );
    salesforce.renew_token().await;
    assert_eq!(records(&connection.send(&request).await).len(), 1_000);
}

/// A connection to a server that responds to every query with this, and a definition of the entity
/// `Thing__c` with these fields.
async fn fake_connection(response: Value) -> (Connection, Value) {
    let url = fake_server(move |received| received.respond(&response)).await;
    let connection = Connection::new(url, "token");
    let mut context = connection.context();
    context["entityDefinition"] = definition(["Id".to_owned()]);
    (connection, context)
}

fn definition(names: impl IntoIterator<Item = String>) -> Value {
    let fields = names.into_iter();
    let fields: Vec<Value> = fields
        .map(|name| json!({ "fieldName": name, "dataType": "String" }))
        .collect();
    json!({ "entity": { "entityIdentifier": "Thing__c", "hasNestedEntities": false }, "fields": fields })
}

#[tokio::test]
async fn a_response_that_contradicts_itself_is_an_error() {
    let row = |id: usize| json!({ "attributes": {}, "Id": format!("{id:015}") });
    let rows: Vec<Value> = (1..=1_000).map(row).collect();
    for (response, message) in [
        (
            json!({ "totalSize": 8_821, "done": false, "records": rows }),
            "Salesforce's response contradicts itself: it is not the last page (`done` is false), \
             but has no `nextRecordsUrl`",
        ),
        (
            json!({ "totalSize": 8_821, "done": true, "records": rows }),
            "Salesforce's response contradicts itself: it is the only page (`done` is true) and \
             has 1000 records, but its `totalSize` is 8821",
        ),
    ] {
        let (connection, context) = fake_connection(response).await;
        let mut request = request("Thing__c", &["Id"], "", 2_000);
        request["connectorContext"] = context;
        let response = connection.send(&request).await;
        assert_eq!(error(&response), ("ServerError", message));
    }
}

#[tokio::test]
async fn deleted_records_are_found_if_the_filter_names_them() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let all = ids(&query_all(
        connection,
        request("Account", &["Id"], "", 2_000),
        async |_| {},
    )
    .await);
    let delete = |id: &String| RecordChange::Delete {
        object: "Account".to_owned(),
        id: id.clone(),
    };
    let changes: Vec<RecordChange> = all[10..13].iter().map(delete).collect();
    salesforce.sandbox.change_records(&changes).unwrap();
    for (filter, expected) in [
        ("IsDeleted = true", 3),
        ("IsDeleted = false", 4_997),
        ("", 4_997),
        ("IsDeleted = true or IsDeleted = false", 5_000),
    ] {
        let request = request("Account", &["Id"], filter, 2_000);
        let found = query_all(connection, request, async |_| {}).await;
        assert_eq!(found.len(), expected, "{filter}");
    }
}

/// Objects without locators, without a sortable Id, and a big object.
#[tokio::test]
async fn special_objects_are_read_as_their_descriptions_allow() {
    let config = Config {
        special_objects: true,
        ..Config::default()
    };
    let salesforce = Salesforce::with(config).await;
    for (object, count) in [
        ("EntityDefinition", 2_500),
        ("Unsorted__c", 3_000),
        ("Visit__b", 3_000),
    ] {
        for max_results in [50, 150, 1_000, 2_000, 3_000] {
            let request = request(object, &["Id"], "", max_results);
            let found = query_all(&salesforce.connection, request, async |_| {}).await;
            let found = ids(&found);
            assert_eq!(found.len(), count, "{object}, {max_results} per response");
            assert_eq!(BTreeSet::from_iter(found).len(), count, "{object}");
        }
    }
}

/// An object whose Id is not sortable, but another field is a key.
#[tokio::test]
async fn another_unique_field_is_the_key_if_the_id_cannot_be() {
    let field = |name: &str, is_key: bool| {
        json!({
            "name": name, "label": name, "type": if name == "Id" { "id" } else { "string" },
            "length": 40, "nillable": false, "filterable": true, "sortable": is_key,
            "unique": is_key, "createable": false, "updateable": false,
            "defaultedOnCreate": false, "externalId": false, "idLookup": false,
        })
    };
    let description = json!({
        "name": "Log__c", "label": "Log", "queryable": true, "createable": false,
        "updateable": false, "deletable": false,
        "fields": [field("Id", false), field("Name", false), field("Number__c", true)],
    });
    let queries = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = queries.clone();
    let url = fake_server(move |received| {
        let Some(soql) = &received.soql else {
            return (200, description.clone());
        };
        log.lock().unwrap().push(soql.clone());
        let row =
            |n: usize| json!({ "attributes": {}, "Number__c": format!("o'{n}"), "Name": "x" });
        let first = if soql.contains(" > ") { 3 } else { 0 };
        let rows: Vec<Value> = (first..first + 3).take(5 - first).map(row).collect();
        received.respond(&json!({ "totalSize": rows.len(), "done": true, "records": rows }))
    });
    let connection = Connection::new(url.await, "token");
    let mut request = request("Log__c", &["Name"], "", 3);
    request["connectorContext"] = connection.context_with_definition("Log__c").await;
    let found = query_all(&connection, request, async |_| {}).await;
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|record| record.len() == 1), "{found:?}");
    assert_eq!(
        *queries.lock().unwrap(),
        [
            "SELECT Number__c,Name FROM Log__c ORDER BY Number__c LIMIT 3",
            r"SELECT Number__c,Name FROM Log__c WHERE Number__c > 'o\'2' ORDER BY Number__c LIMIT 3",
        ]
    );
}

/// A server with 450 records of `Thing__c` that limits URL and headers to 16,384 bytes, as
/// Salesforce does.
async fn wide_connection(names: Vec<String>, token: &str) -> (Connection, Value) {
    let fields = names.clone();
    let url = fake_server(move |received| {
        if received.head_bytes > 16_384 {
            return (431, json!("Request Header Fields Too Large"));
        }
        let soql = received.soql.as_ref().unwrap();
        assert!(soql.chars().count() <= 100_000);
        let limit = soql
            .rsplit_once(" LIMIT ")
            .map(|(_, limit)| limit.parse().unwrap());
        let mut row = json!({ "attributes": {} });
        row["Id"] = "".into();
        for name in &fields {
            row[name] = "v".into();
        }
        let row = |n: usize| {
            let mut row = row.clone();
            row["Id"] = format!("{n:015}").into();
            row
        };
        let found = (received.after() + 1..=450).map(row);
        let rows: Vec<Value> = found.take(limit.unwrap_or(2_000)).collect();
        received.respond(&json!({ "totalSize": rows.len(), "done": true, "records": rows }))
    });
    let connection = Connection::new(url.await, token);
    let mut context = connection.context();
    context["entityDefinition"] = definition(["Id".to_owned()].into_iter().chain(names));
    (connection, context)
}

/// 505 fields of 28 characters: the URL alone is short enough, together with a token of 112
/// characters it is not. 675 fields are too many for any URL.
#[tokio::test]
async fn wide_objects_are_read_whole() {
    for (fields, length) in [(505, 28), (560, 28), (675, 40)] {
        let name = |n: usize| format!("F{n:0width$}__c", width = length - 4);
        let names: Vec<String> = (0..fields).map(name).collect();
        let (connection, context) = wide_connection(names, &"t".repeat(112)).await;
        let mut request = json!({ "type": "QueryDataRequest", "entityIdentifier": "Thing__c", "maxResults": 200 });
        request["connectorContext"] = context;
        let found = query_all(&connection, request, async |_| {}).await;
        assert_eq!(found.len(), 450);
        assert!(found.iter().all(|record| record.len() == fields + 1));
        assert_eq!(BTreeSet::from_iter(ids(&found)).len(), 450);
    }
}

/// A filter of one name in OR after another, so that nothing can be divided.
fn long_filter(chars: usize) -> String {
    let mut filter = "Name = \"Acme\"".to_owned();
    while filter.len() < chars {
        filter += " or Name = \"no account has this name\"";
    }
    filter
}

#[tokio::test]
async fn long_queries_are_sent_in_a_body() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let accounts = request("Account", &["Id"], "NumberOfEmployees > 0", 2_000);
    let all = ids(&query_all(connection, accounts, async |_| {}).await);
    assert!(all.len() > 2_000);
    for chars in [12_000, 20_000, 90_000] {
        for max_results in [150, 1_000] {
            let filter = format!("NumberOfEmployees > 0 or {}", long_filter(chars));
            let request = request("Account", &["Id"], &filter, max_results);
            let found = query_all(connection, request, async |_| {}).await;
            assert_eq!(
                ids(&found),
                all,
                "{chars} characters, {max_results} per response"
            );
        }
    }
    let request = request("Account", &["Id"], &long_filter(100_000), 1_000);
    let response = connection.send(&request).await;
    assert_eq!(
        error(&response),
        (
            "InvalidArgument",
            "the query is too long for Salesforce, which accepts SOQL of at most 100000 \
             characters: select fewer fields or shorten the filter"
        )
    );
}

/// A server that accepts less than Salesforce: its 414 or 431 has the same effect.
#[tokio::test]
async fn a_url_that_the_server_refuses_as_too_long_is_sent_in_a_body() {
    for (url, head) in [(1_000, 16_384), (16_384, 1_500)] {
        let config = Config {
            max_url_bytes: url,
            max_url_and_header_bytes: head,
            ..Config::default()
        };
        let salesforce = Salesforce::with(config).await;
        let filter = format!("NumberOfEmployees > 0 or {}", long_filter(3_000));
        let request = request("Account", &["Id"], &filter, 1_000);
        let found = query_all(&salesforce.connection, request, async |_| {}).await;
        assert!(found.len() > 2_000, "{}", found.len());
        assert_eq!(BTreeSet::from_iter(ids(&found)).len(), found.len());
    }
}

/// An error of a query in a batch is Salesforce's own.
#[tokio::test]
async fn an_error_within_a_batch_has_salesforces_code_and_message() {
    let url = fake_server(|received| {
        let fault = json!([{ "errorCode": "INVALID_FIELD", "message": "No such column" }]);
        assert!(
            received
                .path
                .ends_with("/services/data/v60.0/composite/batch")
        );
        let result = json!({ "statusCode": 400, "result": fault });
        (200, json!({ "hasErrors": true, "results": [result] }))
    });
    let connection = Connection::new(url.await, "token");
    let mut context = connection.context();
    context["entityDefinition"] = definition((0..700).map(|n| format!("Field{n:030}__c")));
    let mut request = json!({ "type": "QueryDataRequest", "entityIdentifier": "Thing__c" });
    request["connectorContext"] = context;
    let response = connection.send(&request).await;
    assert_eq!(
        error(&response),
        (
            "InvalidArgument",
            "Salesforce returned 400 for a query: INVALID_FIELD: No such column"
        )
    );
}
