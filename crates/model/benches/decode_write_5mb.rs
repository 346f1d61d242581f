//! What it costs to find a request's `type` before its struct is read: a 5 MB write, with and without.

use appflow_connector_model::{ConnectorRequest, WriteDataRequest};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn decode_write_5mb(criterion: &mut Criterion) {
    let payload = write_request(5_000_000);
    let mut group = criterion.benchmark_group("decode_write_5mb");
    group.throughput(Throughput::Bytes(payload.len() as u64));
    group.sample_size(50);
    group.bench_function("bare_struct", |bencher| {
        bencher.iter(|| serde_json::from_slice::<WriteDataRequest>(&payload).unwrap());
    });
    group.bench_function("by_type", |bencher| {
        bencher.iter(|| ConnectorRequest::from_slice(&payload).unwrap());
    });
    group.finish();
}

fn write_request(bytes: usize) -> Vec<u8> {
    let record = |id: usize| {
        serde_json::json!({
            "Id": format!("001{id:015}"),
            "Name": "Bergstrom \"AUS\" International",
            "Description": "a text of usual length, as it stands in most fields of a record",
            "AnnualRevenue": 1_234_567.89,
            "IsDeleted": false,
            "LastModifiedDate": "2023-12-03T10:15:30Z",
        })
        .to_string()
    };
    let records: Vec<String> = (0..bytes / record(0).len()).map(record).collect();
    serde_json::to_vec(&serde_json::json!({
        "type": "WriteDataRequest",
        "entityIdentifier": "Account",
        "connectorContext": {"apiVersion": "v60.0"},
        "operation": "INSERT",
        "records": records,
    }))
    .unwrap()
}

criterion_group!(benches, decode_write_5mb);
criterion_main!(benches);
