//! The airports of the CSV file, to compare the connector's records with.

use appflow_connector_model::Record;
use miette::{Context, IntoDiagnostic, Result, bail};
use serde::Deserialize;

/// One airport. The fields have the names of the file's columns, which are also the entity's
/// fields.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Airport {
    pub iata: String,
    pub name: String,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: String,
    pub latitude: f64,
    pub longitude: f64,
}

/// Returns all airports of the file.
pub fn from_csv() -> Result<Vec<Airport>> {
    csv::Reader::from_reader(salesforce_sandbox::AIRPORTS_CSV.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .into_diagnostic()
        .wrap_err("cannot read airports.csv")
}

/// Compares the records with the airports, in any order.
///
/// # Errors
/// If they differ; the message shows the first difference.
pub fn check_equal(records: &[Record], mut expected: Vec<Airport>) -> Result<()> {
    let mut read: Vec<Airport> = records
        .iter()
        .map(Record::parse)
        .collect::<Result<_, _>>()
        .into_diagnostic()?;
    read.sort_by(|a, b| a.iata.cmp(&b.iata));
    expected.sort_by(|a, b| a.iata.cmp(&b.iata));
    if read.len() != expected.len() {
        bail!(
            "the query returned {} records; the CSV file has {}",
            read.len(),
            expected.len()
        );
    }
    if let Some((read, expected)) = read
        .iter()
        .zip(&expected)
        .find(|(read, expected)| read != expected)
    {
        bail!("a record differs from the CSV file:\n{read:?}\n{expected:?}");
    }
    Ok(())
}
