//! The records that a new database starts with. They are the same on every start, without a clock
//! or random seeds.

mod files;
mod row;

use jiff::ToSpan as _;
use jiff::civil::date;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::Deserialize;

use crate::config::{MAX_AIRPORTS, Rows};
use crate::error::Error;
use crate::random::Random;
use crate::record_id::record_id;
use crate::schema::catalog::MAX_REPORT;
use crate::seed::files::{fill_files, fill_users};
use crate::seed::row::{HOUR, LOGO, NEWEST, Row, insert, system_values};

pub(crate) fn fill(connection: &Connection, rows: Rows) -> Result<(), Error> {
    fill_airports(connection, rows.airports)?;
    fill_accounts(connection, rows.accounts)?;
    fill_inspections(connection, rows)?;
    fill_users(connection)?;
    fill_files(connection, rows)?;
    Ok(())
}

/// The file that the records of `Airport__c` come from, with its header line.
pub const AIRPORTS_CSV: &str = include_str!("../../data/airports.csv");

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

fn fill_airports(connection: &Connection, count: u32) -> Result<(), Error> {
    let airports = csv::Reader::from_reader(AIRPORTS_CSV.as_bytes())
        .into_deserialize()
        .take(count as usize)
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

const ACCOUNT_SEED: u64 = 20_250_101;

const NAMES: [&str; 16] = [
    "Acme",
    "acme",
    "O'Brien & Sons",
    "Bob's \"Best\" Burgers",
    r"Back\slash Ltd",
    "100% Cotton",
    "Under_score",
    "Café Zürich",
    "CAFÉ ZÜRICH",
    "Emoji 😀 Works",
    "Two\nLines",
    "Comma, Semicolon; Ltd",
    "日本商会",
    "null",
    "' OR Name != '",
    "Ampersand & Plus + Co",
];
const CITIES: [(&str, &str, &str); 6] = [
    ("Austin", "TX", "USA"),
    ("Boston", "MA", "USA"),
    ("boston", "MA", "USA"),
    ("Zürich", "ZH", "Switzerland"),
    ("L'Aquila", "AQ", "Italy"),
    ("São Paulo", "SP", "Brazil"),
];
const SEGMENTS: [&str; 5] = [
    "Cloud",
    "Edge",
    "Cloud;Edge",
    "Edge;Mobile;On Premises",
    "On Premises",
];
const LAST_VALUES: [&str; 5] = ["\"text 'quoted'\"", "42", "2.5", "true", "\"2021-01-01\""];
const VIEWS: [i64; 5] = [0, -1, 17, 9_007_199_254_740_993, 999_999_999_999_999_999];
const SCORES: [f64; 6] = [0.0, 0.1, -273.15, 1e-9, 33.0, 123_456_789.123_456_7];

fn fill_accounts(connection: &Connection, count: u32) -> rusqlite::Result<()> {
    let mut random = Random::new(ACCOUNT_SEED);
    insert(
        connection,
        "Account",
        (0..count).map(|number| account(number, &mut random)),
    )
}

fn account(number: u32, random: &mut Random) -> Row {
    let parent = (number > 0).then(|| record_id("001", u64::from(random.below(number))));
    let customer_since = date(2000, 1, 1).saturating_add(i64::from(random.below(9_000)).days());
    let next_call = NEWEST + i64::from(random.below(31_536_000)) * 1_000;
    let opens_at = i64::from(random.below(24 * 4)) * 15 * 60_000;
    let staff = random.below(10_000);
    let revenue = f64::from(random.below(1_000_000_000)) / 100.0;

    let mut row = system_values(number as usize);
    row.extend(address(random));
    row.extend([
        ("Id", record_id("001", u64::from(number)).into()),
        ("Name", format!("{} {number}", random.pick(&NAMES)).into()),
        (
            "Type",
            text(
                random,
                &["Prospect", "Customer - Direct", "Partner", "Other"],
            ),
        ),
        ("ParentId", random.maybe(parent).flatten().into()),
        (
            "Phone",
            random.maybe(format!("+1 (555) {number:07}")).into(),
        ),
        ("AccountNumber", random.maybe(format!("{number:08}")).into()),
        (
            "Website",
            random
                .maybe(format!("https://example.com/{number}?a=1&b=%20"))
                .into(),
        ),
        (
            "Industry",
            text(
                random,
                &["Agriculture", "Banking", "Education", "Energy", "Retail"],
            ),
        ),
        ("AnnualRevenue", random.maybe(revenue).into()),
        ("NumberOfEmployees", random.maybe(staff).into()),
        (
            "Description",
            random
                .maybe(format!("Line one of {number}\r\nline 'two'\t\\ end"))
                .into(),
        ),
        ("ExternalKey__c", format!("K-{number:05}").into()),
        (
            "Email__c",
            random.maybe(format!("user{number}@example.com")).into(),
        ),
        ("Segments__c", text(random, &SEGMENTS)),
        ("Channel__c", text(random, &["Direct", "Web", "Fair 2024"])),
        ("IsPartner__c", (random.below(2) == 1).into()),
        ("Views__c", random.maybe_pick(&VIEWS).into()),
        ("Score__c", random.maybe_pick(&SCORES).into()),
        (
            "Discount__c",
            random.maybe(f64::from(number % 401) / 4.0).into(),
        ),
        (
            "CustomerSince__c",
            random.maybe(customer_since.to_string()).into(),
        ),
        ("NextCall__c", random.maybe(next_call).into()),
        ("OpensAt__c", random.maybe(opens_at).into()),
        (
            "TaxNumber__c",
            random.maybe(format!("DE{number:09}")).into(),
        ),
        ("Logo__c", random.maybe(LOGO.to_vec()).into()),
        ("LastValue__c", text(random, &LAST_VALUES)),
    ]);
    row.extend(coordinates(
        random,
        "Site__Latitude__s",
        "Site__Longitude__s",
    ));
    row
}

/// All parts of an address, or none of them.
fn address(random: &mut Random) -> Row {
    let (city, state, country) = random.pick(&CITIES);
    let house = random.below(999) + 1;
    let accuracy = random.pick(&["Address", "City", "Unknown"]);
    let known = random.below(5) != 0;
    let part = |text: String| -> Value { known.then_some(text).into() };
    let mut row = vec![
        (
            "BillingStreet",
            part(format!("{house} Main St.\nSuite {house}")),
        ),
        ("BillingCity", part(city.to_owned())),
        ("BillingState", part(state.to_owned())),
        ("BillingPostalCode", part(format!("{house:05}"))),
        ("BillingCountry", part(country.to_owned())),
        ("BillingGeocodeAccuracy", part(accuracy.to_owned())),
    ];
    row.extend(coordinates(random, "BillingLatitude", "BillingLongitude"));
    row
}

/// A geolocation, or none.
fn coordinates(random: &mut Random, latitude: &'static str, longitude: &'static str) -> Row {
    let place = (
        f64::from(random.below(180_000)) / 1_000.0 - 90.0,
        f64::from(random.below(360_000)) / 1_000.0 - 180.0,
    );
    let place = random.maybe(place);
    vec![
        (latitude, place.map(|(latitude, _)| latitude).into()),
        (longitude, place.map(|(_, longitude)| longitude).into()),
    ]
}

fn text(random: &mut Random, choices: &[&str]) -> Value {
    random.maybe_pick(choices).map(str::to_owned).into()
}

const INSPECTION_SEED: u64 = 20_250_102;

const STATUSES: [&str; 3] = ["Planned", "Passed", "Failed"];
const SENTENCE: &str = "Runway, lights and \"wind sock\" were seen; nothing else.\n";

fn fill_inspections(connection: &Connection, rows: Rows) -> rusqlite::Result<()> {
    let airports = rows.airports.min(MAX_AIRPORTS);
    let count = if airports == 0 { 0 } else { rows.inspections };
    let mut random = Random::new(INSPECTION_SEED);
    let report = report(rows.report_length);
    insert(
        connection,
        "Inspection__c",
        (0..count).map(|number| inspection(number, airports, report.as_deref(), &mut random)),
    )
}

/// A text of `length` characters, at most as many as the field takes.
fn report(length: u32) -> Option<String> {
    let length = length.min(MAX_REPORT) as usize;
    (length > 0).then(|| SENTENCE.chars().cycle().take(length).collect())
}

fn inspection(number: u32, airports: u32, report: Option<&str>, random: &mut Random) -> Row {
    let airport = u64::from(random.below(MAX_AIRPORTS) % airports);
    let day = date(2020, 1, 1).saturating_add(i64::from(random.below(1_800)).days());
    let mut row = system_values(number as usize);
    row.extend([
        ("Id", record_id("a01", u64::from(number)).into()),
        ("Name", format!("INS-{:06}", number + 1).into()),
        ("Airport__c", record_id("a00", airport).into()),
        ("Key__c", format!("I-{number:06}").into()),
        ("Batch__c", format!("B-{:04}", number / 10).into()),
        ("Status__c", random.pick(&STATUSES).to_owned().into()),
        (
            "Score__c",
            random.maybe(f64::from(score(number)) / 100.0).into(),
        ),
        ("InspectedOn__c", random.maybe(day.to_string()).into()),
        (
            "InspectorEmail__c",
            random
                .maybe(format!("inspector{}@example.com", number % 7))
                .into(),
        ),
        (
            "OldCode__c",
            random.maybe(format!("OLD{}", number % 100)).into(),
        ),
        ("Report__c", report.map(str::to_owned).into()),
    ]);
    row
}

/// A score in hundredths, 0 to 100.00.
fn score(number: u32) -> u32 {
    number.wrapping_mul(7_919) % 10_001
}

/// Fills the special objects: 2,500 to 3,000 records where paging matters, 3 elsewhere.
pub(crate) fn fill_special(connection: &Connection) -> rusqlite::Result<()> {
    for (object, prefix, name, count) in [
        ("EntityDefinition", "4ie", "QualifiedApiName", 2_500),
        ("MissingLabel__c", "a02", "Name", 3),
        ("Picklists__c", "a03", "Name", 3),
        ("Unlabelled__c", "a04", "Name", 3),
        ("Unsorted__c", "a05", "Name", 3_000),
    ] {
        let rows = (0..count).map(|number: u32| {
            let mut row = system_values(number as usize);
            row.push(("Id", record_id(prefix, u64::from(number)).into()));
            row.push((name, format!("{object} {number}").into()));
            row
        });
        insert(connection, object, rows)?;
    }
    let visits = (0..3_000_u32).map(|number| {
        let mut row = system_values(number as usize);
        row.extend([
            ("Id", record_id("000", u64::from(number)).into()),
            ("Site__c", format!("Site {:02}", number / 100).into()),
            (
                "VisitedOn__c",
                (NEWEST - i64::from(number % 100) * 24 * HOUR).into(),
            ),
            ("Note__c", format!("Note {number}").into()),
        ]);
        row
    });
    insert(connection, "Visit__b", visits)
}
