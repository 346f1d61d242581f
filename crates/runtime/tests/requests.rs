//! From requests to responses: queries, retrievals and writes of an application whose entities are
//! declared as tables.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use appflow_connector_model::{
    ConnectorContext, ConnectorError, EntityDefinition, ErrorCode, FieldDataType,
    ListEntitiesRequest, QueryDataRequest, RawValue, Record, RetrieveDataRequest, WriteDataRequest,
    WriteOperationType, WriteRecordResult, entity, field,
};
use appflow_connector_queryfilter::bound::Test;
use appflow_connector_queryfilter::translate::{Translation, Translator};
use appflow_connector_runtime::records::{Query, QueryPage, Retrieval, Write, WriteRow};
use appflow_connector_runtime::{Entities, RecordPage, Result};
use tokio::time::sleep;

fn ticket() -> EntityDefinition {
    let fields = vec![
        field("id", FieldDataType::Long).key().read_only(),
        field("subject", FieldDataType::String),
        field("status", FieldDataType::String)
            .one_of(["new", "open", "solved"])
            .defaulted(),
        field("cost", FieldDataType::BigDecimal).nullable(),
        field("owner.name", FieldDataType::String).nullable(),
        field("updated_at", FieldDataType::DateTime)
            .read_only()
            .timestamp(),
    ];
    let operations = [WriteOperationType::Insert, WriteOperationType::Update];
    entity("ticket", fields).writes(&operations)
}

fn in_30_s() -> Instant {
    tokio::time::Instant::now().into_std() + Duration::from_secs(30)
}

fn query(fields: &[&str], filter: Option<&str>) -> QueryDataRequest {
    QueryDataRequest::builder()
        .entity_identifier("ticket")
        .connector_context(ConnectorContext::default())
        .selected_field_names(fields.iter().map(|&field| field.to_owned()).collect())
        .maybe_filter_expression(filter)
        .max_results(3)
        .build()
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap()
}

/// The application's ticket: its id in text, a member that the entity lacks, an owner in an object.
fn row(id: usize) -> Box<RawValue> {
    let status = ["new", "open", "solved"][id % 3];
    raw(format!(
        r#"{{"internal": {{"x": [1]}}, "id": {id}, "subject": {id}, "status": "{status}",
            "cost": 0.1000000000000000000{id}, "owner": {{"name": "Ada {id}", "age": 36}},
            "updated_at": "2026-01-{:02}T00:00:00+0000"}}"#,
        id + 1
    ))
}

/// Sends `status` exactly and `updated_at` as a superset.
struct Parameters;

impl Translator for Parameters {
    type Output = Vec<String>;

    fn test(&self, test: &Test<'_>) -> Option<Translation<Vec<String>>> {
        match test.field.field_name.as_str() {
            "status" => Some(Translation::Exact(vec![format!(
                "status={}",
                test.allowed_values()?.join(",")
            )])),
            "updated_at" => Some(Translation::Superset(vec![format!(
                "since={}",
                test.lower_bound()?
            )])),
            _ => None,
        }
    }

    fn all_of(&self, operands: Vec<Vec<String>>) -> Option<Vec<String>> {
        Some(operands.concat())
    }

    fn any_of(&self, _: Vec<Vec<String>>) -> Option<Vec<String>> {
        None
    }
}

/// The ids of an application that has 20 tickets and pages of 4, and understands `Parameters`.
fn ids_from(parameters: &[String], start: usize) -> (Vec<usize>, Option<String>) {
    let matches = |id: &usize| {
        parameters
            .iter()
            .all(|parameter| match parameter.split_once('=').unwrap() {
                ("status", states) => states
                    .split(',')
                    .any(|state| state == ["new", "open", "solved"][id % 3]),
                (_, since) => *since <= *format!("2026-01-{:02}T00:00:00Z", id + 1),
            })
    };
    let found: Vec<usize> = (0..20).filter(matches).collect();
    let page: Vec<usize> = found.iter().copied().skip(start).take(4).collect();
    let next = (start + 4 < found.len()).then(|| (start + 4).to_string());
    (page, next)
}

/// Reads all responses to a query. Returns the records and the parameters that were sent.
async fn read_all(mut request: QueryDataRequest) -> Result<(Vec<Record>, Vec<String>)> {
    let (ticket, sent) = (ticket(), RefCell::new(Vec::new()));
    let mut records = Vec::new();
    for _ in 0..50 {
        let page = Query::new(&request, &ticket)?
            .push_down(&Parameters)
            .fill(in_30_s(), async |page: QueryPage<'_, Vec<String>>| {
                let parameters = page.condition.cloned().unwrap_or_default();
                sent.replace(parameters.clone());
                let start = page.place.cursor.as_deref().unwrap_or("0");
                let (ids, next) = ids_from(&parameters, start.parse().unwrap());
                page.by_cursor(ids.into_iter().map(row), next)
            })
            .await?;
        assert!(page.records.len() <= 3);
        records.extend(page.records);
        request.next_token = page.next_token;
        if request.next_token.is_none() {
            return Ok((records, sent.into_inner()));
        }
    }
    panic!("the pages do not end");
}

fn ids(records: &[Record]) -> Vec<usize> {
    let id = |record: &Record| {
        record.parse::<serde_json::Value>().unwrap()["id"]
            .as_u64()
            .unwrap()
    };
    records
        .iter()
        .map(|record| usize::try_from(id(record)).unwrap())
        .collect()
}

#[tokio::test]
async fn records_have_the_selected_fields_in_the_form_of_their_types() {
    let all = ["id", "subject", "cost", "owner.name", "updated_at"];
    let (records, _) = read_all(query(&all, Some("id = 7"))).await.unwrap();
    assert_eq!(
        records[0].as_str(),
        r#"{"id":7,"subject":"7","cost":0.10000000000000000007,"owner.name":"Ada 7","updated_at":"2026-01-08T00:00:00+00:00"}"#
    );
    // The filter's field is read and not returned.
    let (records, _) = read_all(query(&["cost"], Some("subject = '7'")))
        .await
        .unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].as_str(), r#"{"cost":0.10000000000000000007}"#);
}

#[tokio::test]
async fn every_filter_finds_its_records_whatever_is_pushed_down() {
    for (filter, sent, expected) in [
        (None, "", (0..20).collect::<Vec<usize>>()),
        (
            Some("status = 'open'"),
            "status=open",
            vec![1, 4, 7, 10, 13, 16, 19],
        ),
        (Some("status = 'nonsense'"), "", vec![]),
        (
            Some("updated_at > 2026-01-18"),
            "since=2026-01-18T00:00:00Z",
            vec![18, 19],
        ),
        (Some("updated_at < 2026-01-03"), "", vec![0, 1]),
        (
            Some("status != 'open' and updated_at between 2026-01-02 and 2026-01-04"),
            "status=new,solved since=2026-01-02T00:00:00Z",
            vec![2, 3],
        ),
        (
            Some("status = 'open' or id = 3"),
            "",
            vec![1, 3, 4, 7, 10, 13, 16, 19],
        ),
        (
            Some("status = 'open' limit 4"),
            "status=open",
            vec![1, 4, 7, 10],
        ),
        (
            Some("updated_at > 2026-01-08 limit 5"),
            "since=2026-01-08T00:00:00Z",
            vec![8, 9, 10, 11, 12],
        ),
    ] {
        let (records, parameters) = read_all(query(&["id"], filter)).await.unwrap();
        assert_eq!(ids(&records), expected, "{filter:?}");
        assert_eq!(parameters.join(" "), sent, "{filter:?}");
    }
}

#[tokio::test]
async fn pages_by_key_offset_and_number_lead_to_the_same_records() {
    let (ticket, mut request) = (ticket(), query(&["subject"], Some("id != 5")));
    let expected: Vec<String> = (0..20)
        .filter(|id| *id != 5)
        .map(|id| format!(r#"{{"subject":"{id}"}}"#))
        .collect();
    for kind in ["key", "offset", "number"] {
        let mut found = Vec::new();
        request.next_token = None;
        loop {
            let query = Query::new(&request, &ticket).unwrap();
            let response: RecordPage = match kind {
                "key" => {
                    query
                        .key("id")
                        .fill(in_30_s(), async |page: QueryPage<'_>| {
                            let start = page
                                .place
                                .after
                                .as_deref()
                                .map_or(0, |after| after.parse::<usize>().unwrap() + 1);
                            page.by_key((start..20).take(4).map(row), start + 4 < 20)
                        })
                        .await
                }
                "offset" => {
                    query
                        .fill(in_30_s(), async |page: QueryPage<'_, (), u64>| {
                            let start = usize::try_from(page.offset()).unwrap();
                            page.by_offset((start..20).take(4).map(row), 4)
                        })
                        .await
                }
                _ => {
                    query
                        .fill(in_30_s(), async |page: QueryPage<'_, (), u64>| {
                            let start = usize::try_from(page.offset()).unwrap() * 4;
                            page.by_number((start..20).take(4).map(row), 4)
                        })
                        .await
                }
            }
            .unwrap();
            found.extend(
                response
                    .records
                    .iter()
                    .map(|record| record.as_str().to_owned()),
            );
            request.next_token = response.next_token;
            if request.next_token.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{kind}");
    }
}

#[tokio::test]
async fn a_query_that_does_not_fit_its_entity_is_an_invalid_argument() {
    for request in [
        query(&["nothing"], None),
        query(&["id"], Some("nothing = 1")),
        query(&["id"], Some("id = 'x'")),
        QueryDataRequest {
            next_token: Some("foreign".to_owned()),
            ..query(&["id"], None)
        },
    ] {
        let error = read_all(request).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

fn retrieval(ids: &[&str], id_field: Option<&str>) -> RetrieveDataRequest {
    RetrieveDataRequest::builder()
        .entity_identifier("ticket")
        .connector_context(ConnectorContext::default())
        .selected_field_names(vec!["id".to_owned()])
        .maybe_id_field_name(id_field)
        .ids(ids.iter().map(|&id| id.to_owned()).collect())
        .build()
}

#[tokio::test]
async fn each_id_is_read_once_and_those_that_do_not_exist_are_left_out() {
    let ticket = ticket();
    let request = retrieval(&["7", "99", "3", "7"], Some("id"));
    let calls = Cell::new(0);
    let records = Retrieval::new(&request, &ticket).unwrap();
    let records = records.each(2, in_30_s(), async |id: &str| {
        calls.set(calls.get() + 1);
        let id = id.parse().unwrap();
        Ok((id < 20).then(|| row(id)))
    });
    let records = records.await.unwrap();
    assert_eq!(records[0].as_str(), r#"{"id":7}"#);
    assert_eq!(ids(&records), [7, 3]);
    assert_eq!(calls.get(), 3);

    let error = Retrieval::new(&retrieval(&["7"], Some("subject")), &ticket).unwrap_err();
    assert_eq!(
        error.message(),
        "`subject` does not identify a record of `ticket`; the id field is `id`"
    );
}

fn write(operation: WriteOperationType, records: &[&str]) -> WriteDataRequest {
    let record = |json: &&str| Record::from_json_unchecked((*json).to_owned());
    WriteDataRequest::builder()
        .entity_identifier("ticket")
        .connector_context(ConnectorContext::default())
        .operation(operation)
        .records(records.iter().map(record).collect())
        .build()
}

#[tokio::test]
async fn a_row_has_its_id_and_its_other_fields() {
    let ticket = ticket();
    let request = write(
        WriteOperationType::Update,
        &[
            r#"{"subject": "a", "id": 7, "cost": 0.10000000000000000001}"#,
            r#"{"subject": "a"}"#,
            r#"{"id": "8", "nothing": 1}"#,
            r#"{"id": "9", "updated_at": "2026-01-01T00:00:00Z"}"#,
            r"[1]",
        ],
    );
    let sent = RefCell::new(Vec::new());
    let results = Write::new(&request, &ticket).unwrap();
    let results = results.each(4, in_30_s(), async |row: &WriteRow| {
        let id = row.id().unwrap().to_owned();
        sent.borrow_mut()
            .push(format!("{id} {}", serde_json::to_string(row)?));
        Ok(WriteRecordResult::written(id))
    });
    let results = results.await.unwrap();
    assert_eq!(
        sent.into_inner(),
        [r#"7 {"cost":0.10000000000000000001,"subject":"a"}"#]
    );
    assert_eq!(results[0], WriteRecordResult::written("7"));
    let messages: Vec<&str> = results[1..]
        .iter()
        .map(|result| result.error_message.as_deref().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "the record has no `id`",
            "there is no field `nothing`",
            "the field `updated_at` cannot be written with UPDATE",
            "the record cannot be read: it is not the expected JSON (line 1, column 0)",
        ]
    );
}

#[tokio::test]
async fn a_write_that_was_not_declared_is_refused() {
    let ticket = ticket();
    let refused = |request: &WriteDataRequest, entity: &EntityDefinition| {
        let error = Write::new(request, entity).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        error.message().to_owned()
    };
    let insert = write(WriteOperationType::Insert, &["{}", "{}"]);
    let read_only = entity("ticket", vec![field("id", FieldDataType::Long).key()]);
    assert_eq!(
        refused(&insert, &read_only),
        "records of `ticket` cannot be written"
    );
    let delete = write(WriteOperationType::Delete, &["{}"]);
    assert_eq!(
        refused(&delete, &ticket),
        "records of `ticket` cannot be written with DELETE"
    );
    let mut update = write(WriteOperationType::Update, &["{}"]);
    update.id_field_names = Some(vec!["subject".to_owned()]);
    assert_eq!(
        refused(&update, &ticket),
        "`subject` does not identify a record of `ticket`; the id field is `id`"
    );
    let all = WriteDataRequest {
        all_or_none: Some(true),
        ..insert
    };
    assert!(refused(&all, &ticket).contains("all or none"));
}

#[tokio::test(start_paused = true)]
async fn records_with_the_same_id_are_written_in_their_order() {
    let ticket = ticket();
    let records = [
        r#"{"id": 1, "subject": "a"}"#,
        r#"{"id": "1", "subject": "b"}"#,
        r#"{"id": 2, "subject": "c"}"#,
    ];
    let request = write(WriteOperationType::Update, &records);
    let written = RefCell::new(Vec::new());
    let refused = Cell::new(false);
    let results = Write::new(&request, &ticket).unwrap();
    let results = results.each(8, in_30_s(), async |row: &WriteRow| {
        let subject = row.value("subject").unwrap().get();
        sleep(Duration::from_millis(if subject == "\"a\"" {
            100
        } else {
            10
        }))
        .await;
        if subject == "\"a\"" && !refused.replace(true) {
            return Err(ConnectorError::rate_limit_exceeded("later"));
        }
        written.borrow_mut().push(subject.to_owned());
        Ok(WriteRecordResult::written("1"))
    });
    assert!(
        results
            .await
            .unwrap()
            .iter()
            .all(|result| result.is_success)
    );
    let written = written.into_inner();
    let place = |subject: &str| written.iter().position(|other| other == subject).unwrap();
    assert!(place("\"a\"") < place("\"b\""), "{written:?}");
}

#[test]
fn entities_are_listed_described_and_looked_up() {
    let entities = Entities::new(vec![ticket(), entity("customer", vec![])]);
    let request = |path: Option<&str>| {
        ListEntitiesRequest::builder()
            .connector_context(ConnectorContext::default())
            .maybe_entities_path(path)
            .build()
    };
    assert_eq!(entities.list(&request(None)).unwrap().entities.len(), 2);
    assert_eq!(
        entities
            .list(&request(Some("ticket")))
            .unwrap()
            .entities
            .len(),
        1
    );
    let error = entities.list(&request(Some("x"))).unwrap_err();
    assert_eq!(
        error.message(),
        "there is no entity `x`; the entities are ticket, customer"
    );
    assert_eq!(entities.get("ticket").unwrap().fields.len(), 6);
}
