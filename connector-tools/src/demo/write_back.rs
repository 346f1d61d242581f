//! The way back: a CSV file of airports, ten of its rows bad, is upserted, and every row has its result.

use std::fs::File;
use std::path::Path;

use appflow_connector_model::{Record, WriteRecordResult};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use miette::{IntoDiagnostic, Result, bail};
use serde_json::{Map, Value};

use super::airports::Airport;

/// The rows of the file.
pub const ROWS: usize = 1_000;
/// The column that says which airport is meant.
pub const KEY: &str = "iata";

/// A row that Salesforce refuses.
const BAD_ROWS: [(&str, &str); 4] = [
    (KEY, "TOO LONG"),
    ("state", "Texas"),
    ("latitude", "north"),
    (KEY, ""),
];

/// The rows and what must become of each: the first airports with a new name, and every hundredth row bad.
pub struct WriteBack {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl WriteBack {
    /// Writes the CSV file, and reads it as AppFlow would.
    pub fn prepare(path: &Path) -> Result<Self> {
        let mut source = csv::Reader::from_reader(salesforce_sandbox::AIRPORTS_CSV.as_bytes());
        let header = source.headers().into_diagnostic()?.clone();
        let mut writer = csv::Writer::from_path(path).into_diagnostic()?;
        writer.write_record(&header).into_diagnostic()?;
        for (index, row) in source.records().take(ROWS).enumerate() {
            let row = row.into_diagnostic()?;
            let spoilt = bad(index);
            let cells = header
                .iter()
                .zip(&row)
                .map(|(column, cell)| match (column, spoilt) {
                    (column, Some((bad_column, bad_cell))) if column == bad_column => {
                        bad_cell.to_owned()
                    }
                    ("name", _) => renamed(cell),
                    _ => cell.to_owned(),
                });
            writer.write_record(cells).into_diagnostic()?;
        }
        writer.flush().into_diagnostic()?;

        let mut reader = csv::Reader::from_reader(File::open(path).into_diagnostic()?);
        let rows = reader
            .records()
            .collect::<Result<_, _>>()
            .into_diagnostic()?;
        Ok(Self { header, rows })
    }

    /// The rows as AppFlow sends them: coordinates as numbers where they are, empty cells as nulls.
    pub fn records(&self) -> Result<Vec<Record>> {
        let value = |column: &str, cell: &str| match (column, cell.parse::<serde_json::Number>()) {
            _ if cell.is_empty() => Value::Null,
            ("latitude" | "longitude", Ok(number)) => Value::Number(number),
            _ => Value::String(cell.to_owned()),
        };
        let record = |row: &csv::StringRecord| {
            let fields = self.header.iter().zip(row);
            let fields: Map<String, Value> = fields
                .map(|(column, cell)| (column.to_owned(), value(column, cell)))
                .collect();
            Record::from_value(&fields)
        };
        self.rows
            .iter()
            .map(record)
            .collect::<Result<_, _>>()
            .into_diagnostic()
    }

    /// Fails unless just the bad rows have failed.
    pub fn check_results(&self, results: &[WriteRecordResult]) -> Result<String> {
        if results.len() != self.rows.len() {
            bail!(
                "{} results came for {} records",
                results.len(),
                self.rows.len()
            );
        }
        for (index, result) in results.iter().enumerate() {
            if result.is_success == bad(index).is_some() {
                bail!("row {} has the result {result:?}", index + 1);
            }
        }
        let failed = results.iter().filter(|result| !result.is_success).count();
        Ok(format!(
            "{} written, {failed} refused, each with its reason",
            results.len() - failed
        ))
    }

    /// What the airports must be afterwards.
    pub fn expected(airports: &[Airport]) -> Vec<Airport> {
        let rename = |(index, airport): (usize, &Airport)| match bad(index) {
            None if index < ROWS => Airport {
                name: renamed(&airport.name),
                ..airport.clone()
            },
            _ => airport.clone(),
        };
        airports.iter().enumerate().map(rename).collect()
    }

    /// The rows that failed, and why.
    pub fn failures(&self, results: &[WriteRecordResult]) -> Table {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_header(["row", KEY, "result"]);
        for (index, (row, result)) in self.rows.iter().zip(results).enumerate() {
            if let Some(message) = &result.error_message {
                table.add_row([&(index + 1).to_string(), &row[0], message.as_str()]);
            }
        }
        table
    }
}

/// What is wrong with a row, if it is a bad one.
fn bad(index: usize) -> Option<(&'static str, &'static str)> {
    let is_bad = index < ROWS && index % 100 == 50;
    is_bad.then(|| BAD_ROWS[index / 100 % BAD_ROWS.len()])
}

fn renamed(name: &str) -> String {
    format!("{name} (new)")
}
