//! What it costs to find a request's `type` before its struct is read, in a 5 MB write: against the
//! bare struct, with `type` first, as AppFlow writes it, and with `type` after the records.

use appflow_connector_model::{ConnectorRequest, WriteDataRequest};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn decode_write_5mb(criterion: &mut Criterion) {
    let fields = write_request_fields(5_000_000);
    let type_first = format!(r#"{{"type":"WriteDataRequest",{fields}}}"#).into_bytes();
    let type_last = format!(r#"{{{fields},"type":"WriteDataRequest"}}"#).into_bytes();
    let mut group = criterion.benchmark_group("decode_write_5mb");
    group.throughput(Throughput::Bytes(type_first.len() as u64));
    group.sample_size(50);
    group.bench_function("bare_struct", |bencher| {
        bencher.iter(|| serde_json::from_slice::<WriteDataRequest>(&type_first).unwrap());
    });
    group.bench_function("by_type", |bencher| {
        bencher.iter(|| ConnectorRequest::from_slice(&type_first).unwrap());
    });
    group.bench_function("by_type_last", |bencher| {
        bencher.iter(|| ConnectorRequest::from_slice(&type_last).unwrap());
    });
    group.finish();
}

fn write_request_fields(bytes: usize) -> String {
    let record = |id: usize| {
        serde_json::json!({
            "Id": format!("001{id:015}"),
            "Name": "Bergstrom \"AUS\" International",
            "Description": "a text of usual length, as it is in most fields of a record",
            "AnnualRevenue": 1_234_567.89,
            "IsDeleted": false,
            "LastModifiedDate": "2023-12-03T10:15:30Z",
        })
        .to_string()
    };
    let records: Vec<String> = (0..bytes / record(0).len()).map(record).collect();
    format!(
        r#""entityIdentifier":"Account","connectorContext":{{"apiVersion":"v60.0"}},"operation":"INSERT","records":{}"#,
        serde_json::json!(records)
    )
}

criterion_group!(benches, decode_write_5mb);
criterion_main!(benches);
