//! Queries over HTTP: pages, the shape of records, and errors.

mod common;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use common::{Client, query_path};

fn ids(records: &[Value]) -> Vec<String> {
    records
        .iter()
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn paging_returns_every_record_once() {
    let client = Client::new().await;
    for soql in [
        "SELECT Id FROM Account",
        "SELECT Id FROM Account ORDER BY Industry DESC",
        "SELECT Id FROM Airport__c",
    ] {
        let records = client.query_all(soql).await;
        let count = if soql.contains("Airport") {
            3_376
        } else {
            5_000
        };
        assert_eq!(records.len(), count);
        assert_eq!(
            ids(&records).into_iter().collect::<BTreeSet<_>>().len(),
            count
        );
    }
}

#[tokio::test]
async fn pages_have_the_requested_size() {
    let client = Client::new().await;
    let path = query_path("SELECT Id FROM Account");
    let (_, first) = client.get(&path).await;
    assert_eq!(
        (&first["totalSize"], &first["done"]),
        (&json!(5_000), &json!(false))
    );
    assert_eq!(first["records"].as_array().unwrap().len(), 2_000);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    assert!(
        next.starts_with("/services/data/v60.0/query/01g") && next.ends_with("-2000"),
        "{next}"
    );

    let (_, first) = client
        .get_with(&path, &[("Sforce-Query-Options", "batchSize=300")])
        .await;
    assert_eq!(first["records"].as_array().unwrap().len(), 300);
    let (_, second) = client.get(first["nextRecordsUrl"].as_str().unwrap()).await;
    assert_eq!(second["records"].as_array().unwrap().len(), 300);
    assert!(second["nextRecordsUrl"].as_str().unwrap().ends_with("-600"));
}

#[tokio::test]
async fn a_page_can_be_fetched_again_and_unknown_locators_are_refused() {
    let client = Client::new().await;
    let (_, first) = client.query("SELECT Id FROM Account").await;
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let page = client.get(next).await;
    assert_eq!(page.0, StatusCode::OK);
    assert_eq!(client.get(next).await, page);

    let invalid =
        json!([{ "message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR" }]);
    for path in [
        "/services/data/v60.0/query/01g5g0000000009AAA-2000",
        "/services/data/v60.0/query/nope",
    ] {
        assert_eq!(
            client.get(path).await,
            (StatusCode::BAD_REQUEST, invalid.clone()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_new_token_can_continue_an_open_query() {
    let mut client = Client::new().await;
    let (_, first) = client.query("SELECT Id FROM Account").await;
    client.sandbox.expire_tokens();
    let next = first["nextRecordsUrl"].as_str().unwrap();
    assert_eq!(client.get(next).await.0, StatusCode::UNAUTHORIZED);
    let (_, response) = common::post_token(&client.sandbox, common::CREDENTIALS).await;
    client.token = response["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.get(next).await.0, StatusCode::OK);
}

#[tokio::test]
async fn counts_all_fields_and_limits() {
    let client = Client::new().await;
    let (_, response) = client.query("SELECT COUNT() FROM Airport__c").await;
    assert_eq!(
        response,
        json!({ "totalSize": 3_376, "done": true, "records": [] })
    );
    let (_, response) = client
        .query("select count() from Airport__c where state = 'TX' limit 5")
        .await;
    assert_eq!(response["totalSize"], 5);

    let (_, response) = client
        .query("SELECT FIELDS(ALL) FROM Account LIMIT 200")
        .await;
    assert_eq!(response["records"].as_array().unwrap().len(), 200);
    assert!(
        response["records"][0]
            .as_object()
            .unwrap()
            .contains_key("BillingAddress")
    );

    let all = ids(&client
        .query_all("SELECT Id FROM Account ORDER BY Name, Id")
        .await);
    let (_, part) = client
        .query("SELECT Id FROM Account ORDER BY Name, Id LIMIT 10 OFFSET 2000")
        .await;
    assert_eq!(part["totalSize"], 10);
    assert_eq!(ids(part["records"].as_array().unwrap()), all[2_000..2_010]);
    let (_, none) = client.query("SELECT Id FROM Account LIMIT 0").await;
    assert_eq!(none, json!({ "totalSize": 0, "done": true, "records": [] }));
}

#[tokio::test]
async fn records_have_salesforces_form() {
    let client = Client::new().await;
    let (_, response) = client
        .query(
            "SELECT Id, name, latitude, CreatedDate, LastModifiedDate, SystemModstamp, IsDeleted, OwnerId FROM Airport__c \
             WHERE iata = 'aus'",
        )
        .await;
    let id = response["records"][0]["Id"].as_str().unwrap().to_owned();
    let number = salesforce_sandbox::AIRPORTS_CSV
        .lines()
        .position(|line| line.starts_with("AUS,"))
        .unwrap()
        - 1;
    assert_eq!(number, 890, "37 days and 2 hours before the first one");
    assert_eq!(
        response["records"],
        json!([{
            "attributes": { "type": "Airport__c", "url": format!("/services/data/v60.0/sobjects/Airport__c/{id}") },
            "Id": id,
            "name": "Austin-Bergstrom International",
            "latitude": 30.194_532_78,
            "CreatedDate": "2024-10-25T22:00:00.000+0000",
            "LastModifiedDate": "2024-11-24T22:00:00.000+0000",
            "SystemModstamp": "2024-11-24T22:00:00.000+0000",
            "IsDeleted": false,
            "OwnerId": "0055g0000000001AAA",
        }])
    );
}

/// The form of the values of each type, apart from null. Every type has both values and nulls among
/// the accounts.
#[tokio::test]
async fn values_have_the_form_of_their_type() {
    let client = Client::new().await;
    let records = client
        .query_all(
            "SELECT IsPartner__c, Views__c, Score__c, AnnualRevenue, NumberOfEmployees, CustomerSince__c, NextCall__c, OpensAt__c, \
             Segments__c, LastValue__c, BillingAddress, BillingCity, BillingLatitude, Site__c, Description, Name FROM Account",
        )
        .await;
    let values = |name: &str| {
        records
            .iter()
            .map(|record| &record[name])
            .collect::<Vec<_>>()
    };
    let looks_like = |name: &str, shape: &str| {
        for value in values(name).into_iter().filter(|value| !value.is_null()) {
            let text = value.as_str().unwrap();
            let digits = text
                .chars()
                .map(|c| if c.is_ascii_digit() { 'd' } else { c })
                .collect::<String>();
            assert_eq!(digits, shape, "{name}: {text}");
        }
    };
    looks_like("CustomerSince__c", "dddd-dd-dd");
    looks_like("NextCall__c", "dddd-dd-ddTdd:dd:dd.ddd+dddd");
    looks_like("OpensAt__c", "dd:dd:dd.dddZ");
    assert!(
        values("IsPartner__c")
            .iter()
            .all(|value| value.is_boolean())
    );
    assert!(values("Views__c").contains(&&json!(999_999_999_999_999_999_i64)));
    for score in [0.0, 0.1, -273.15, 1e-9, 33.0, 123_456_789.123_456_7] {
        assert!(values("Score__c").contains(&&json!(score)), "{score}");
    }
    for value in [
        json!("text 'quoted'"),
        json!(42),
        json!(2.5),
        json!(true),
        json!("2021-01-01"),
    ] {
        assert!(values("LastValue__c").contains(&&value), "{value}");
    }
    assert!(values("Segments__c").contains(&&json!("Edge;Mobile;On Premises")));
    for piece in ["'", "\"", "\\", "%", "_", "😀", "\n"] {
        assert!(
            values("Name")
                .iter()
                .any(|name| name.as_str().unwrap().contains(piece)),
            "{piece}"
        );
    }
    for name in [
        "Views__c",
        "Score__c",
        "NextCall__c",
        "LastValue__c",
        "BillingAddress",
        "Site__c",
        "Description",
    ] {
        assert!(values(name).contains(&&Value::Null), "{name}");
        assert!(values(name).iter().any(|value| !value.is_null()), "{name}");
    }
    for record in &records {
        let address = &record["BillingAddress"];
        if !address.is_null() {
            assert_eq!(
                (&address["city"], &address["latitude"]),
                (&record["BillingCity"], &record["BillingLatitude"])
            );
            assert_eq!(address.as_object().unwrap().len(), 8);
        }
        let site = &record["Site__c"];
        assert!(
            site.is_null() || (site["latitude"].is_f64() && site["longitude"].is_f64()),
            "{site}"
        );
    }
}

#[tokio::test]
async fn errors_are_in_salesforces_words() {
    let client = Client::new().await;
    let custom_field = "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. \
                        Please reference your WSDL or the describe call for the appropriate names.";
    for (soql, code, message) in [
        (
            "SELECT Id, Foo FROM Account",
            "INVALID_FIELD",
            format!("\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Account'. {custom_field}"),
        ),
        (
            "SELECT Account.Id, Chief.Name FROM Account",
            "INVALID_FIELD",
            "\nSELECT Account.Id, Chief.Name FROM Account\n                   ^\nERROR at Row:1:Column:20\nDidn't understand \
             relationship 'Chief' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after \
             the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
                .to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE Foo = 1",
            "INVALID_FIELD",
            format!("\nSELECT Id FROM Account WHERE Foo = 1\n                             ^\nERROR at Row:1:Column:30\nNo such column 'Foo' on entity 'Account'. {custom_field}"),
        ),
        (
            "SELECT Id FROM Nope",
            "INVALID_TYPE",
            "\nSELECT Id FROM Nope\n               ^\nERROR at Row:1:Column:16\nsObject type 'Nope' is not supported. If you are attempting to use a \
             custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the \
             appropriate names."
                .to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE AnnualRevenue > '5'",
            "INVALID_FIELD",
            "\nSELECT Id FROM Account WHERE AnnualRevenue > '5'\n                             ^\nERROR at Row:1:Column:30\nvalue of filter \
             criterion for field 'AnnualRevenue' must be of type currency and should not be enclosed in quotes"
                .to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            "\nSELECT Id FROM Account WHERE Description = 'x'\n                             ^\nERROR at Row:1:Column:30\nfield 'Description' \
             can not be filtered in a query call"
                .to_owned(),
        ),
        (
            "SELECT Id FROM Account ORDER BY Segments__c",
            "INVALID_FIELD",
            "\nSELECT Id FROM Account ORDER BY Segments__c\n                                ^\nERROR at Row:1:Column:33\nfield 'Segments__c' can not be \
             sorted in a query call"
                .to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "\nSELECT Id FROM Account WHERE Id LIKE '001%'\n                             ^\nERROR at Row:1:Column:30\ninvalid operator on id field".to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'x'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "\nSELECT Id FROM Account WHERE Id = 'x'\n                             ^\nERROR at Row:1:Column:30\ninvalid ID field: x".to_owned(),
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND",
            "MALFORMED_QUERY",
            "\nFROM Account WHERE Name = 'a' AND\n                                 ^\nERROR at Row:1:Column:44\nunexpected token: '<EOF>'".to_owned(),
        ),
        ("SELECT Id, id FROM Account", "MALFORMED_QUERY", "duplicate field selected: Id".to_owned()),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200".to_owned()),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200".to_owned()),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed for apiName Account is 2000".to_owned()),
        ("", "MALFORMED_QUERY", "SOQL statements cannot be empty or null".to_owned()),
    ] {
        assert_eq!(client.query_error(soql).await, (code.to_owned(), message), "{soql}");
    }
    let (_, response) = client.get("/services/data/v60.0/query").await;
    assert_eq!(
        response,
        json!([{ "message": "A query string has to be specified", "errorCode": "MALFORMED_QUERY" }])
    );
}

#[tokio::test]
async fn operators_must_fit_the_type_and_opaque_fields_cannot_be_filtered() {
    let client = Client::new().await;
    for (condition, code, reason) in [
        (
            "IsPartner__c > false",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on boolean field",
        ),
        (
            "Segments__c LIKE 'Cl%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on multipicklist field",
        ),
        (
            "Segments__c > 'Cloud'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on multipicklist field",
        ),
        (
            "Name INCLUDES ('x')",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on string field",
        ),
        (
            "CreatedDate LIKE '2021%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on dateTime field",
        ),
        (
            "BillingAddress = 'x'",
            "INVALID_FIELD",
            "field 'BillingAddress' can not be filtered in a query call",
        ),
        (
            "Site__c = null",
            "INVALID_FIELD",
            "field 'Site__c' can not be filtered in a query call",
        ),
        (
            "Logo__c != null",
            "INVALID_FIELD",
            "field 'Logo__c' can not be filtered in a query call",
        ),
        (
            "TaxNumber__c = 'x'",
            "INVALID_FIELD",
            "field 'TaxNumber__c' can not be filtered in a query call",
        ),
        (
            "LastValue__c = 'x'",
            "INVALID_FIELD",
            "field 'LastValue__c' can not be filtered in a query call",
        ),
    ] {
        let (found, message) = client
            .query_error(&format!("SELECT Id FROM Account WHERE {condition}"))
            .await;
        assert_eq!(
            (found.as_str(), message.lines().last()),
            (code, Some(reason)),
            "{condition}"
        );
    }
}

#[tokio::test]
async fn requests_that_are_too_long_are_refused() {
    let client = Client::new().await;
    let path = |length: usize| {
        let start = query_path("SELECT Id FROM Account WHERE Name = '");
        let filler = "x".repeat(length - start.len() - 3);
        format!("{start}{filler}%27")
    };
    for (length, expected) in [
        (16_000, StatusCode::OK),
        (16_384, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (16_385, StatusCode::URI_TOO_LONG),
    ] {
        let path = path(length);
        assert_eq!(path.len(), length);
        let request = axum::http::Request::get(&path)
            .header("Authorization", format!("Bearer {}", client.token))
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(
            common::call(&client.sandbox, request).await.status(),
            expected,
            "{length}"
        );
    }
}

#[tokio::test]
async fn the_longest_possible_conditions_work() {
    let client = Client::new().await;
    let terms = vec!["NumberOfEmployees=1"; 500].join(" OR ");
    let (status, response) = client
        .query(&format!("SELECT Id FROM Account WHERE {terms}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{response}");
    let values = vec!["'x'"; 1_500].join(",");
    let (status, response) = client
        .query(&format!("SELECT Id FROM Account WHERE Name IN ({values})"))
        .await;
    assert_eq!(
        (status, &response["totalSize"]),
        (StatusCode::OK, &json!(0))
    );
}

#[tokio::test]
async fn hostile_conditions_do_no_harm() {
    let client = Client::new().await;
    let mut condition = "NumberOfEmployees > 1".to_owned();
    for level in 0..33 {
        let other = if level % 2 == 0 { "AND" } else { "OR" };
        condition = format!("(NOT (({condition}) {other} Industry != null))");
    }
    let (status, response) = client
        .query(&format!("SELECT COUNT() FROM Account WHERE {condition}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{response}");

    let injection = r"SELECT Id FROM Account WHERE Name = '\'; DROP TABLE Account; --'";
    assert_eq!(client.query(injection).await.1["totalSize"], 0);
    let (_, response) = client.query("SELECT COUNT() FROM Account").await;
    assert_eq!(response["totalSize"], 5_000);
}
