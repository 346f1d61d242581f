//! The airports as the CSV file has them, to hold the connector's records against.

use appflow_connector_model::Record;
use miette::{Context, IntoDiagnostic, Result, bail};
use serde::Deserialize;

/// One airport, by the names of the file's columns, which are the entity's fields too.
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

/// All airports of the file.
pub fn from_csv() -> Result<Vec<Airport>> {
    csv::Reader::from_reader(salesforce_sandbox::AIRPORTS_CSV.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .into_diagnostic()
        .wrap_err("airports.csv")
}

/// Fails unless the records are exactly these airports, in any order.
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
            "{} records came, the CSV has {}",
            read.len(),
            expected.len()
        );
    }
    if let Some((read, expected)) = read
        .iter()
        .zip(&expected)
        .find(|(read, expected)| read != expected)
    {
        bail!("a record differs from the CSV:\n{read:?}\n{expected:?}");
    }
    Ok(())
}
