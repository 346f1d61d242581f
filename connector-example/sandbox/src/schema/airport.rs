//! `Airport__c`, the object with real data.

use super::field::Field;
use super::field_type::FieldType;
use super::object::Object;

/// The columns of `airports.csv`, under the names that they have there.
///
/// In Salesforce every one of these names but `name` would end in `__c`. They don't here, so that a filter written
/// for the CSV file can be tried as it is.
pub(crate) fn airport() -> Object {
    let text = |name, label, length| {
        Field::new(name, label, FieldType::String)
            .length(length)
            .custom()
    };
    let coordinate = |name, label| {
        Field::new(name, label, FieldType::Double)
            .digits(18, 15)
            .custom()
    };
    let own_fields = vec![
        text("iata", "IATA code", 4).required().external_id(),
        Field::new("name", "Airport name", FieldType::String)
            .length(80)
            .names_records(),
        text("city", "City", 80),
        text("state", "State", 2),
        text("country", "Country", 80),
        coordinate("latitude", "Latitude"),
        coordinate("longitude", "Longitude"),
    ];
    Object::new("Airport__c", "Airport", "Airports", "a00", own_fields)
}
