//! The cost of a page between the application's response and AppFlow's: finding the records,
//! copying them, filling the response, and its token. The page has the size of the one in the
//! connector's bench: 1,000 records of about 500 bytes.

use std::hint::black_box;

use appflow_connector_runtime::records::{self, PageFiller, RowReader, SourcePage, TokenSealer};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::value::RawValue;

fn page() -> String {
    let text = "Quartz glyph job vext cwm finks. ".repeat(13);
    let record =
        |id| format!(r#"{{"Id":"a00{id:015}","Text__c":"{text}","Note__c":"a \"quoted\" word"}}"#);
    let records: Vec<String> = (0..1_000).map(record).collect();
    format!("[{}]", records.join(","))
}

/// 1,000 rows as Salesforce writes them, of about 500 bytes, and these members.
fn rows_of(members: &str) -> String {
    let text = "Quartz glyph job vext cwm finks. ".repeat(13);
    let row = |id| {
        format!(
            r#"{{"attributes":{{"type":"Account","url":"/services/data/v66.0/sobjects/Account/a00{id:015}"}},"Id":"a00{id:015}","Text__c":"{text}"{members}}}"#
        )
    };
    let rows: Vec<String> = (0..1_000).map(row).collect();
    format!("[{}]", rows.join(","))
}

fn pages(criterion: &mut Criterion) {
    let body = page();
    let rows = || -> Vec<&RawValue> { serde_json::from_str(&body).unwrap() };
    let page = || SourcePage::new(records::from_raw(rows()).unwrap(), Some("next".to_owned()));

    let mut group = criterion.benchmark_group("page");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("find_records", |bencher| bencher.iter(|| black_box(rows())));
    group.bench_function("copy_records", |bencher| {
        bencher.iter_batched(
            rows,
            |rows| records::from_raw(rows).unwrap(),
            BatchSize::LargeInput,
        );
    });
    // As Salesforce writes rows: one without date-times, and one with three.
    let plain = rows_of("");
    let times =
        r#","A":"2026-02-03T04:05:06.000+0000","B":"2026-02-03T04:05:06.000+0000","C":null"#;
    let with_times = rows_of(times);
    let reader = || RowReader::new().remove("attributes").key("Id");
    let dated = || reader().date_time("A").date_time("B").date_time("C");
    for (name, body, reader) in [
        ("read_rows", &plain, reader()),
        ("read_rows_with_times_as_they_are", &with_times, reader()),
        ("read_rows_with_times_converted", &with_times, dated()),
    ] {
        let rows: Vec<&RawValue> = serde_json::from_str(body).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for row in &rows {
                    black_box(reader.read(row).unwrap());
                }
            });
        });
    }
    group.bench_function("fill_response", |bencher| {
        let fill = |page: SourcePage<String>| {
            let mut response = PageFiller::new(TokenSealer::of(["q"]), None, 1_000).unwrap();
            response.push(page).unwrap();
            response.finish().unwrap()
        };
        bencher.iter_batched(page, fill, BatchSize::LargeInput);
    });
    group.finish();
}

fn tokens(criterion: &mut Criterion) {
    let tokens = TokenSealer::of(["Account", "Id,Name"]);
    let token = tokens
        .seal(&("/services/data/v60.0/query/01g5g0000000001AAA-2000", 7))
        .unwrap();
    criterion.bench_function("token_seal_and_open", |bencher| {
        bencher.iter(|| {
            let value: (String, u32) = tokens.open(black_box(&token)).unwrap();
            tokens.seal(&value).unwrap()
        });
    });
}

criterion_group!(benches, pages, tokens);
criterion_main!(benches);
