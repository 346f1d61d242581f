//! The time to parse: typical filters, long lists, and whether time is proportional to length.

use std::hint::black_box;

use appflow_connector_queryfilter::parse;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// The mean of these eight is the number to watch. `connector-tests/peers/speed` reads them too.
const TYPICAL: &str = include_str!("typical.txt");

fn typical(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("typical");
    group.throughput(Throughput::Elements(TYPICAL.lines().count() as u64));
    group.bench_function("all eight", |bencher| {
        bencher.iter(|| {
            for text in TYPICAL.lines() {
                black_box(parse(black_box(text))).expect("a filter");
            }
        });
    });
    for text in TYPICAL.lines() {
        group.throughput(Throughput::Elements(1));
        group.bench_function(text, |bencher| bencher.iter(|| parse(black_box(text))));
    }
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    measure(criterion, "in list", [1_000, 10_000], |size| {
        let values: Vec<String> = (0..size).map(|value| value.to_string()).collect();
        format!("accountId in ({})", values.join(", "))
    });
    measure(criterion, "in list of strings", [1_000, 10_000], |size| {
        let values: Vec<String> = (0..size)
            .map(|value| format!("\"value {value}\""))
            .collect();
        format!("accountId in ({})", values.join(", "))
    });
    measure(criterion, "and chain", [1_000, 10_000], |size| {
        vec!["accountId > 90"; size].join(" and ")
    });
    measure(criterion, "or chain", [1_000, 10_000], |size| {
        vec!["accountId > 90"; size].join(" or ")
    });
    measure(criterion, "nesting", [32, 128], |depth| {
        format!("{}c{}", "a or b and (".repeat(depth), ")".repeat(depth))
    });
    measure(criterion, "nots", [32, 128], |depth| {
        format!("{}a", "not ".repeat(depth))
    });
    // A single chain, however deep: operands must not be moved at every level.
    measure(criterion, "folded nesting", [32, 128], |depth| {
        format!("{}b{}", "a and (".repeat(depth), ")".repeat(depth))
    });
    measure(
        criterion,
        "quotes after backslashes",
        [1_000, 10_000],
        |size| format!("a = '{}", r"x\'".repeat(size)),
    );
}

/// Measures two sizes of one shape. Their throughput should be about equal.
fn measure(criterion: &mut Criterion, shape: &str, sizes: [usize; 2], text: fn(usize) -> String) {
    let mut group = criterion.benchmark_group(shape);
    for size in sizes {
        let text = text(size);
        parse(&text).expect("a filter");
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| parse(black_box(&text)));
        });
    }
    group.finish();
}

criterion_group!(benches, typical, growth);
criterion_main!(benches);
