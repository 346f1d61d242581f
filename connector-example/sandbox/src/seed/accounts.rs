//! Made-up accounts, with the values in them that connectors trip over.

use jiff::ToSpan as _;
use jiff::civil::date;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::NEWEST;
use super::Row;
use super::insert;
use super::system_values;
use crate::random::Random;
use crate::record_id::record_id;

const SEED: u64 = 20_250_101;

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
/// A PNG image's first bytes and some that are no text.
const LOGO: [u8; 12] = [
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff, 0xfe, 0x80,
];

pub(super) fn fill(connection: &Connection, count: u32) -> rusqlite::Result<()> {
    let mut random = Random::new(SEED);
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

/// All parts of an address, or none.
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

/// A place on the globe, or none.
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
