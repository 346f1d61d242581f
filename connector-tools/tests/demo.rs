//! `cargo appflow demo`, compared with the file that the sandbox's records come from.

mod support;

use serde_json::{Value, json};
use support::{cargo_appflow, connector};

/// Returns the records of a file of JSON lines, with the columns of the CSV file, sorted.
fn rows(text: &str) -> Vec<Vec<Value>> {
    let row = |line: &str| -> Vec<Value> {
        let record: Value = serde_json::from_str(line).unwrap();
        [
            "iata",
            "name",
            "city",
            "state",
            "country",
            "latitude",
            "longitude",
        ]
        .map(|column| record[column].clone())
        .to_vec()
    };
    sorted(text.lines().map(row).collect())
}

fn csv_rows(keep: impl Fn(&csv::StringRecord) -> bool) -> Vec<Vec<Value>> {
    let mut reader = csv::Reader::from_reader(salesforce_sandbox::AIRPORTS_CSV.as_bytes());
    let value = |(column, text): (usize, &str)| match column {
        5 | 6 => json!(text.parse::<f64>().unwrap()),
        _ if text.is_empty() => Value::Null,
        _ => json!(text),
    };
    let rows = reader.records().map(Result::unwrap).filter(keep);
    sorted(
        rows.map(|row| row.iter().enumerate().map(value).collect())
            .collect(),
    )
}

fn sorted(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_key(|row| row[0].to_string());
    rows
}

#[test]
fn the_records_on_disk_equal_the_csv() {
    let output = tempfile::tempdir().unwrap();
    let demo = cargo_appflow()
        .args(["demo", "--command"])
        .arg(connector())
        .arg("--output")
        .arg(output.path())
        .assert()
        .success();
    let read = |file: &str| std::fs::read_to_string(output.path().join(file)).unwrap();

    let airports = rows(&read("airports.jsonl"));
    assert_eq!(airports.len(), 3_376);
    assert_eq!(airports, csv_rows(|_| true));

    let austin_or_boston_outside_texas =
        |row: &csv::StringRecord| matches!(&row[2], "Austin" | "Boston") && &row[3] != "TX";
    assert_eq!(
        rows(&read("airports-by-filter.jsonl")),
        csv_rows(austin_or_boston_outside_texas)
    );
    assert_eq!(read("airports-in-window.jsonl").lines().count(), 25);
    assert_eq!(read("airports-by-id.jsonl").lines().count(), 10);

    // The write: a thousand rows, of which ten are refused.
    assert_eq!(read("airports-to-upsert.csv").lines().count(), 1_001);
    let written = rows(&read("airports-written.jsonl"));
    let renamed = written
        .iter()
        .filter(|row| row[1].as_str().unwrap().ends_with(" (new)"));
    assert_eq!((renamed.count(), written.len()), (990, 3_376));

    let printed = String::from_utf8(demo.get_output().stdout.clone()).unwrap();
    assert!(printed.contains("3,376"), "{printed}");
    assert!(printed.contains("990 written, 10 refused"), "{printed}");
    assert!(printed.contains("STRING_TOO_LONG"), "{printed}");
    assert!(
        printed.trim_end().ends_with("airports-by-id.jsonl"),
        "{printed}"
    );
}
