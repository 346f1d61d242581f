//! Made-up inspections of the airports, with reports as long as the configuration asks for.

use jiff::ToSpan as _;
use jiff::civil::date;
use rusqlite::Connection;

use super::Row;
use super::airports;
use super::insert;
use super::system_values;
use crate::random::Random;
use crate::record_id::record_id;
use crate::schema::catalog::MAX_REPORT;

const SEED: u64 = 20_250_102;

const STATUSES: [&str; 3] = ["Planned", "Passed", "Failed"];
const SENTENCE: &str = "Runway, lights and \"wind sock\" were seen; nothing else.\n";

pub(super) fn fill(
    connection: &Connection,
    count: u32,
    report_length: u32,
) -> rusqlite::Result<()> {
    let mut random = Random::new(SEED);
    let report = report(report_length);
    insert(
        connection,
        "Inspection__c",
        (0..count).map(|number| inspection(number, report.as_deref(), &mut random)),
    )
}

/// So many characters of text. No report has more than the field takes.
fn report(length: u32) -> Option<String> {
    let length = length.min(MAX_REPORT) as usize;
    (length > 0).then(|| SENTENCE.chars().cycle().take(length).collect())
}

fn inspection(number: u32, report: Option<&str>, random: &mut Random) -> Row {
    let airport = u64::from(random.below(airports::COUNT));
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
