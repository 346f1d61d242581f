//! `Airport__c` against the file that it comes from.

mod common;

use common::Client;
use salesforce_sandbox::AIRPORTS_CSV;
use serde_json::Value;

const ALL: &str =
    "SELECT iata, name, city, state, country, latitude, longitude, SystemModstamp FROM Airport__c";

#[tokio::test]
async fn every_airport_equals_its_row() {
    let records = Client::new().await.query_all(ALL).await;
    let mut reader = csv::Reader::from_reader(AIRPORTS_CSV.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        for (column, text) in columns.iter().zip(row) {
            // The number's own text must be the file's: no digit lost, none added.
            let value = match &record[column] {
                Value::String(string) => string.clone(),
                other => other.to_string(),
            };
            assert_eq!(value, text, "{column} of {row:?}");
        }
    }
}

#[tokio::test]
async fn mixed_conditions_find_the_matching_rows() {
    let client = Client::new().await;
    let records = client
        .query_all("SELECT iata FROM Airport__c WHERE (city = 'Austin' OR city = 'Boston') AND (NOT state = 'TX') ORDER BY iata")
        .await;
    let found: Vec<&str> = records
        .iter()
        .map(|record| record["iata"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["9U3", "AUM", "BOS"]);
}

#[tokio::test]
async fn a_window_of_time_holds_one_airport_an_hour() {
    let client = Client::new().await;
    let records = client
        .query_all(
            "SELECT SystemModstamp FROM Airport__c WHERE SystemModstamp >= 2024-12-31T00:00:00Z AND SystemModstamp <= 2025-01-01T00:00:00Z",
        )
        .await;
    assert_eq!(records.len(), 25);
    let newest = client
        .query_all("SELECT iata FROM Airport__c WHERE LastModifiedDate > 2025-01-01T00:59:59+01:00")
        .await;
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0]["iata"], "00M");
}
