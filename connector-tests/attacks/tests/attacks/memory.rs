//! Requests and responses that are small where they come in and large in memory.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::bounded::{Bounded, assert_bounded, message};

const TIMEOUT: Duration = Duration::from_mins(1);
/// The largest body that the connector reads, after decompression.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

fn fields() -> Value {
    json!([
        { "fieldName": "Id", "dataType": "String", "customProperties": { "salesforceType": "id" } },
        { "fieldName": "Name", "dataType": "String" },
        {
            "fieldName": "Topics",
            "dataType": "String",
            "customProperties": { "salesforceType": "multipicklist" },
        },
    ])
}

fn query() -> Value {
    json!({ "type": "QueryDataRequest", "entityIdentifier": "Account" })
}

/// A compressed response from Salesforce.
fn gzip(body: &[u8]) -> Compressed {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    Compressed(encoder.finish().unwrap().into())
}

#[derive(Clone)]
struct Compressed(axum::body::Bytes);

impl IntoResponse for Compressed {
    fn into_response(self) -> axum::response::Response {
        ([("content-encoding", "gzip")], self.0).into_response()
    }
}

/// `start`, then `element` again and again, then `end`: as much as the connector reads.
fn repeated(start: &str, element: &str, end: &str) -> Compressed {
    let count = (MAX_BODY_BYTES - start.len() - end.len()) / (element.len() + 1);
    gzip(format!("{start}{}{end}", vec![element; count].join(",")).as_bytes())
}

fn page_of(element: &str) -> Compressed {
    repeated(r#"{"totalSize":1,"done":true,"records":["#, element, "]}")
}

/// Makes one call to an application that returns the same body for every request.
async fn call(attack: &str, request: Value, body: Compressed) -> Value {
    let connector = Bounded::start(TIMEOUT, move |_, _| body.clone()).await;
    let (response, outcome) = connector.call(request, &fields()).await;
    assert_bounded(attack, &outcome);
    response
}

#[tokio::test]
async fn a_page_of_millions_of_empty_rows_is_refused() {
    let response = call("empty rows", query(), page_of("{}")).await;
    assert!(
        message(&response).contains("more than 100000"),
        "{response}"
    );
}

#[tokio::test]
async fn a_page_of_small_rows_is_read() {
    let row = format!(
        r#"{{"attributes":{{}},"Id":"1","Name":"{}"}}"#,
        "x".repeat(330)
    );
    let response = call("small rows", query(), page_of(&row)).await;
    assert_eq!(response["isSuccess"], false, "every row has the same key");
}

#[tokio::test]
async fn rows_that_the_connector_filters_are_read_one_by_one() {
    let mut request = query();
    request["filterExpression"] = "Topics contains 'x'".into();
    let row = format!(
        r#"{{"attributes":{{}},"Topics":"y","Id":"1","Name":"{}"}}"#,
        "x".repeat(330)
    );
    call("filtered rows", request, page_of(&row)).await;
}

#[tokio::test]
async fn a_record_of_32_mb_is_refused() {
    let row = format!(
        r#"{{"attributes":{{}},"Id":"1","Name":"{}"}}"#,
        "x".repeat(MAX_BODY_BYTES - 200)
    );
    let page = gzip(format!(r#"{{"totalSize":1,"done":true,"records":[{row}]}}"#).as_bytes());
    let response = call("a long record", query(), page).await;
    assert!(message(&response).contains("too large"), "{response}");
}

#[tokio::test]
async fn a_record_of_32_mb_of_escapes_is_refused() {
    let row = format!(
        r#"{{"attributes":{{}},"Id":"1","Name":"{}"}}"#,
        r"\n".repeat(MAX_BODY_BYTES / 2 - 200)
    );
    let page = gzip(format!(r#"{{"totalSize":1,"done":true,"records":[{row}]}}"#).as_bytes());
    let response = call("a record of escapes", query(), page).await;
    assert!(message(&response).contains("too large"), "{response}");
}

#[tokio::test]
async fn a_record_of_a_million_fields_is_bounded() {
    let mut request = query();
    request["filterExpression"] = "Topics contains 'x'".into();
    let fields: Vec<String> = (0..2_000_000)
        .map(|name| format!(r#""{name}":1"#))
        .collect();
    let row = format!(
        r#"{{"attributes":{{}},"Topics":"x","Id":"1",{}}}"#,
        fields.join(",")
    );
    let page = gzip(format!(r#"{{"totalSize":1,"done":true,"records":[{row}]}}"#).as_bytes());
    call("a wide record", request, page).await;
}

/// An application with endless pages: `page` gets the page's number.
async fn endless(
    attack: &str,
    request: Value,
    page: impl Fn(usize) -> String + Clone + Send + Sync + 'static,
) -> (Value, usize) {
    let pages = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&pages);
    let connector = Bounded::start(TIMEOUT, move |_, _| {
        page(counter.fetch_add(1, Ordering::Relaxed))
    });
    let (response, outcome) = connector.await.call(request, &fields()).await;
    assert_bounded(attack, &outcome);
    (response, pages.load(Ordering::Relaxed))
}

/// A page of 2,000 rows of about a kilobyte.
fn full_page(number: usize) -> String {
    let row = |row| {
        let id = number * 2_000 + row;
        format!(
            r#"{{"attributes":{{}},"Id":"{id:018}","Name":"{}"}}"#,
            "x".repeat(1_000)
        )
    };
    let rows: Vec<String> = (0..2_000).map(row).collect();
    format!(
        r#"{{"totalSize":-1,"done":false,"nextRecordsUrl":"/query/{number}","records":[{}]}}"#,
        rows.join(",")
    )
}

#[tokio::test]
async fn a_retrieval_ends_when_the_response_can_hold_no_more() {
    let request = json!({
        "type": "RetrieveDataRequest",
        "entityIdentifier": "Account",
        "idFieldName": "Name",
        "ids": ["x"],
    });
    let (response, pages) = endless("retrieve by a field", request, full_page).await;
    assert!(
        message(&response).contains("too large for one response"),
        "{response}"
    );
    assert!(pages <= 10, "{pages}");
}

#[tokio::test]
async fn a_retrieval_by_ids_ends_when_the_response_can_hold_no_more() {
    let ids: Vec<String> = (0..100_000).map(|id| format!("{id:015}")).collect();
    let request =
        json!({ "type": "RetrieveDataRequest", "entityIdentifier": "Account", "ids": ids });
    let row = format!(
        r#"{{"attributes":{{}},"Id":"1","Name":"{}"}}"#,
        "x".repeat(1_000)
    );
    let rows = format!("[{}]", vec![row; 2_000].join(","));
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let connector = Bounded::start(TIMEOUT, move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        rows.clone()
    });
    let (response, outcome) = connector.await.call(request, &fields()).await;
    assert_bounded("retrieve by id", &outcome);
    assert!(
        message(&response).contains("too large for one response"),
        "{response}"
    );
    assert!(calls.load(Ordering::Relaxed) <= 10);
}

#[tokio::test]
async fn the_pages_of_a_circle_without_records_are_an_error() {
    let page = |number: usize| {
        format!(
            r#"{{"totalSize":-1,"done":false,"nextRecordsUrl":"/query/{}","records":[]}}"#,
            number % 2
        )
    };
    let (response, pages) = endless("a circle", query(), page).await;
    assert!(message(&response).contains("circle"), "{response}");
    assert!(pages <= 1_001, "{pages}");
}

#[tokio::test]
async fn pages_without_records_without_end_are_an_error() {
    let page = |number: usize| {
        format!(
            r#"{{"totalSize":-1,"done":false,"nextRecordsUrl":"/query/{number}","records":[]}}"#
        )
    };
    let (response, pages) = endless("empty pages", query(), page).await;
    assert!(message(&response).contains("1000 pages"), "{response}");
    assert!(pages <= 1_001, "{pages}");
}

fn write(records: usize) -> Value {
    json!({
        "type": "WriteDataRequest",
        "entityIdentifier": "Account",
        "operation": "INSERT",
        "records": vec![r#"{"Name":"a"}"#; records],
    })
}

#[tokio::test]
async fn messages_of_refused_records_are_cut_where_they_are_read() {
    let result = json!({
        "success": false,
        "errors": [{ "statusCode": "INVALID", "message": "x".repeat(100_000), "fields": [] }],
    });
    let results = gzip(&serde_json::to_vec(&vec![result; 200]).unwrap());
    let response = call("long messages", write(5_000), results).await;
    let code = &response["errorDetails"]["errorCode"];
    assert_eq!(
        code, "PartialWriteFailure",
        "the result of each record arrives"
    );
    let results = response["writeRecordResults"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
}

#[tokio::test]
async fn millions_of_results_for_a_write_are_refused() {
    let result = r#"{"success":true}"#;
    let response = call("results", write(1), repeated("[", result, "]")).await;
    assert_eq!(response["isSuccess"], false, "{response}");
    let faults = r#"{"statusCode":"A","message":""}"#;
    let errors = repeated(r#"[{"success":false,"errors":["#, faults, "]}]");
    call("errors of a result", write(1), errors).await;
}

#[tokio::test]
async fn descriptions_are_bounded() {
    let request = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" });
    let object = r#"{"name":"A","label":"A","queryable":true,"createable":true,"updateable":true,"deletable":true,"fields":["#;
    for (attack, element, end) in [
        ("unknown keys of a description", "[]", ""),
        ("unknown maps of a description", r#"{"a":{}}"#, ""),
    ] {
        let start = format!(r#"{object}],"x":["#);
        let body = repeated(&start, element, &format!("]{end}}}"));
        call(attack, request.clone(), body).await;
    }
    let field = r#"{"name":"A","label":"A","type":"string","length":9,"nillable":true,"filterable":true,"createable":true,"updateable":true,"defaultedOnCreate":true,"externalId":true,"idLookup":true}"#;
    call(
        "fields of a description",
        request.clone(),
        repeated(object, field, "]}"),
    )
    .await;
    let values = field.replace(
        r#""idLookup":true"#,
        r#""idLookup":true,"picklistValues":["#,
    );
    let values = values.strip_suffix('}').unwrap();
    let body = repeated(
        &format!("{object}{values}"),
        r#"{"active":true,"value":""}"#,
        "]}]}",
    );
    call("values of a field", request, body).await;
}

#[tokio::test]
async fn listings_are_bounded() {
    let request = json!({ "type": "ListEntitiesRequest" });
    let object = r#"{"name":"A","label":"A","queryable":true,"createable":true,"updateable":true,"deletable":true}"#;
    let response = call(
        "objects",
        request,
        repeated(r#"{"sobjects":["#, object, "]}"),
    )
    .await;
    assert_eq!(response["isSuccess"], false, "{response}");
}

#[tokio::test]
async fn requests_are_bounded() {
    const BYTES: usize = 6_000_000;
    let list = |element: &str| vec![element; BYTES / (element.len() + 1)].join(",");
    let context = r#""entityIdentifier":"Account","connectorContext":{}"#;
    let entity = r#""entity":{"entityIdentifier":"Account","hasNestedEntities":false}"#;
    let connector = Bounded::start(TIMEOUT, |_, _| "{}").await;
    for (attack, payload) in [
        ("brackets", "[".repeat(BYTES)),
        (
            "brackets in an unknown field",
            format!(
                r#"{{"type":"QueryDataRequest",{context},"x":{}"#,
                "[".repeat(BYTES)
            ),
        ),
        (
            "a request without type",
            format!(r#"{{"x":[{}]}}"#, list("{}")),
        ),
        (
            "a type of another kind",
            format!(r#"{{"type":[{}]}}"#, list("{}")),
        ),
        (
            "records that are no objects",
            format!(
                r#"{{"type":"WriteDataRequest",{context},"records":[{}]}}"#,
                list("1")
            ),
        ),
        (
            "small records",
            format!(
                r#"{{"type":"WriteDataRequest",{context},"operation":"INSERT","records":[{}]}}"#,
                list(r#"{"a":1}"#)
            ),
        ),
        (
            "small records of text",
            format!(
                r#"{{"type":"WriteDataRequest",{context},"operation":"INSERT","records":[{}]}}"#,
                list(r#""{}""#)
            ),
        ),
        (
            "a missing field and many maps",
            format!(
                r#"{{"type":"WriteDataRequest","x":[{}]}}"#,
                list(r#"{"a":1}"#)
            ),
        ),
        (
            "ids",
            format!(
                r#"{{"type":"RetrieveDataRequest",{context},"ids":[{}]}}"#,
                list(r#""""#)
            ),
        ),
        (
            "field names",
            format!(
                r#"{{"type":"QueryDataRequest",{context},"selectedFieldNames":[{}]}}"#,
                list(r#""a""#)
            ),
        ),
        (
            "empty fields",
            format!(
                r#"{{"type":"QueryDataRequest","entityIdentifier":"Account","connectorContext":{{"entityDefinition":{{{entity},"fields":[{}]}}}}}}"#,
                list("{}")
            ),
        ),
        (
            "fields",
            format!(
                r#"{{"type":"QueryDataRequest","entityIdentifier":"Account","connectorContext":{{"entityDefinition":{{{entity},"fields":[{}]}}}}}}"#,
                list(r#"{"fieldName":"a","dataType":"String"}"#)
            ),
        ),
        (
            "settings",
            format!(
                r#"{{"type":"QueryDataRequest","entityIdentifier":"Account","connectorContext":{{"connectorRuntimeSettings":{{{}}}}}}}"#,
                (0..500_000)
                    .map(|key| format!(r#""{key}":"""#))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        ),
    ] {
        assert!(payload.len() < 6_290_000, "{attack}");
        let (_, outcome) = connector.send(payload).await;
        assert_bounded(attack, &outcome);
    }
}

/// The longest lists that are read, with the smallest elements.
#[tokio::test]
async fn requests_at_the_limits_are_bounded() {
    let list = |element: &str, count: usize| vec![element; count].join(",");
    let context = r#""entityIdentifier":"Account","connectorContext":{}"#;
    let entity = r#""entity":{"entityIdentifier":"Account","hasNestedEntities":false}"#;
    let definition = |field: &str, count: usize| {
        let fields = list(field, count);
        format!(
            r#"{{"type":"QueryDataRequest","entityIdentifier":"Account","connectorContext":{{"entityDefinition":{{{entity},"fields":[{fields}]}}}}}}"#
        )
    };
    let field = r#"{"fieldName":"a","dataType":"String","customProperties":{"a":""}}"#;
    let values = list("\"\"", 100_000);
    let constrained = format!(
        r#"{{"fieldName":"a","dataType":"String","constraints":{{"allowedValues":[{values}]}}}}"#
    );
    let settings: Vec<String> = (0..100_000).map(|key| format!("\"{key}\":\"\"")).collect();
    let records = list(r#""{\"a\":1}""#, 100_000);
    let ids = list("\"\"", 100_000);
    let connector = Bounded::start(TIMEOUT, |_, _| "{}").await;
    for (attack, payload) in [
        (
            "records",
            format!(
                r#"{{"type":"WriteDataRequest",{context},"operation":"INSERT","records":[{records}]}}"#
            ),
        ),
        (
            "ids",
            format!(r#"{{"type":"RetrieveDataRequest",{context},"ids":[{ids}]}}"#),
        ),
        (
            "names",
            format!(r#"{{"type":"QueryDataRequest",{context},"selectedFieldNames":[{ids}]}}"#),
        ),
        ("fields", definition(field, 65_536)),
        ("allowed values", definition(&constrained, 18)),
        (
            "settings",
            format!(
                r#"{{"type":"QueryDataRequest","entityIdentifier":"Account","connectorContext":{{"connectorRuntimeSettings":{{{}}}}}}}"#,
                settings.join(",")
            ),
        ),
    ] {
        assert!(payload.len() < 6_290_000, "{attack}");
        let (_, outcome) = connector.send(payload).await;
        assert_bounded(attack, &outcome);
    }
}

/// The longest filters that are read. The figures of `docs/src/figures.md` are from here.
#[tokio::test]
async fn filters_are_bounded() {
    const BYTES: usize = 1_000_000;
    let list = |element: &str, separator: &str| {
        vec![element; BYTES / (element.len() + separator.len())].join(separator)
    };
    for (attack, filter) in [
        ("a list of numbers", format!("Name in ({})", list("1", ","))),
        (
            "a list of ids",
            format!("Name in ({})", list("'001000000000001AAA'", ", ")),
        ),
        ("a chain of AND", list("Name=1", " and ")),
        ("a chain of OR", list("Name=1", " or ")),
        ("a chain of names", list("a", " or ")),
        (
            "a chain for the connector",
            format!("Topics contains 'x' or {}", list("Name=1", " or ")),
        ),
    ] {
        let page = |_: &str, _: &[u8]| r#"{"totalSize":0,"done":true,"records":[]}"#;
        let connector = Bounded::start(TIMEOUT, page).await;
        let (_, idle) = connector.call(query(), &fields()).await;
        let mut request = query();
        let bytes = filter.len() as u64;
        request["filterExpression"] = filter.into();
        let (_, outcome) = connector.call(request, &fields()).await;
        assert_bounded(attack, &outcome);
        let used = outcome.peak_memory_bytes.unwrap() - idle.peak_memory_bytes.unwrap();
        println!(
            "{attack}: {} bytes for each byte of the filter",
            used.div_ceil(bytes)
        );
    }
}
