//! The 3,376 airports.

use rusqlite::Connection;
use serde::Deserialize;

use super::insert;
use super::system_values;
use crate::error::Error;
use crate::record_id::record_id;

/// The file that the airports come from; `data/README.md` says where it comes from.
pub(crate) const CSV: &str = include_str!("../../data/airports.csv");

/// How many there are.
pub(super) const COUNT: u32 = 3_376;

#[derive(Debug, Deserialize)]
struct Airport {
    iata: String,
    name: String,
    city: String,
    state: String,
    country: String,
    latitude: f64,
    longitude: f64,
}

pub(super) fn fill(connection: &Connection) -> Result<(), Error> {
    let airports = csv::Reader::from_reader(CSV.as_bytes())
        .into_deserialize()
        .collect::<Result<Vec<Airport>, _>>()?;
    let rows = airports.into_iter().enumerate().map(|(number, airport)| {
        let mut row = system_values(number);
        row.extend([
            ("Id", record_id("a00", number as u64).into()),
            ("iata", airport.iata.into()),
            ("name", airport.name.into()),
            ("city", airport.city.into()),
            ("state", airport.state.into()),
            ("country", airport.country.into()),
            ("latitude", airport.latitude.into()),
            ("longitude", airport.longitude.into()),
        ]);
        row
    });
    insert(connection, "Airport__c", rows)?;
    Ok(())
}
