//! The write: a CSV file of airports is upserted, of which ten rows are invalid; each row has its
//! own result.

use std::fs::File;
use std::path::Path;

use appflow_connector_model::{Record, WriteRecordResult};
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use miette::{IntoDiagnostic, Result, bail};
use serde_json::{Map, Value};

use super::airports::Airport;

/// The number of rows of the file.
pub const ROWS: usize = 1_000;
/// The column that identifies an airport.
pub const KEY: &str = "iata";

/// The column and the value that make Salesforce refuse a row.
const BAD_CELLS: [(&str, &str); 4] = [
    (KEY, "TOO LONG"),
    ("state", "Texas"),
    ("latitude", "north"),
    (KEY, ""),
];

/// The rows: the first airports with a new name, and every hundredth row invalid.
pub struct WriteBack {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl WriteBack {
    /// Writes the CSV file and reads it as AppFlow would.
    pub fn prepare(path: &Path) -> Result<Self> {
        let mut source = csv::Reader::from_reader(salesforce_sandbox::AIRPORTS_CSV.as_bytes());
        let header = source.headers().into_diagnostic()?.clone();
        let mut writer = csv::Writer::from_path(path).into_diagnostic()?;
        writer.write_record(&header).into_diagnostic()?;
        for (index, row) in source.records().take(ROWS).enumerate() {
            let row = row.into_diagnostic()?;
            let bad_cell = bad_cell(index);
            let cells = header
                .iter()
                .zip(&row)
                .map(|(column, cell)| match (column, bad_cell) {
                    (column, Some((bad_column, value))) if column == bad_column => value.to_owned(),
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

    /// Returns the rows as AppFlow sends them: coordinates as numbers if they are, empty cells as
    /// null.
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

    /// Checks that the invalid rows have failed, and no others. Returns a summary.
    ///
    /// # Errors
    /// If a result is missing or differs.
    pub fn check_results(&self, results: &[WriteRecordResult]) -> Result<String> {
        if results.len() != self.rows.len() {
            bail!(
                "the response has {} results for {} records",
                results.len(),
                self.rows.len()
            );
        }
        for (index, result) in results.iter().enumerate() {
            if result.is_success == bad_cell(index).is_some() {
                bail!("row {} has an unexpected result: {result:?}", index + 1);
            }
        }
        let failed = results.iter().filter(|result| !result.is_success).count();
        Ok(format!(
            "{} written, {failed} refused, each with its reason",
            results.len() - failed
        ))
    }

    /// Returns the airports as they must be after the write.
    pub fn expected(airports: &[Airport]) -> Vec<Airport> {
        let rename = |(index, airport): (usize, &Airport)| match bad_cell(index) {
            None if index < ROWS => Airport {
                name: renamed(&airport.name),
                ..airport.clone()
            },
            _ => airport.clone(),
        };
        airports.iter().enumerate().map(rename).collect()
    }

    /// Returns the rows that failed, and why.
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

/// Returns the column and the value that make a row invalid; `None` for a valid row.
fn bad_cell(index: usize) -> Option<(&'static str, &'static str)> {
    let is_bad = index < ROWS && index % 100 == 50;
    is_bad.then(|| BAD_CELLS[index / 100 % BAD_CELLS.len()])
}

fn renamed(name: &str) -> String {
    format!("{name} (new)")
}
