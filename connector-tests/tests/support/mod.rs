//! A connector in memory that does everything right, and the same with one deliberate defect.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod defect;
mod entities;
mod memory;
mod tampering;

use appflow_connector_tests::{Config, Report, Selection, Verification};

pub use defect::Defect;
pub use memory::Memory;
use tampering::Tampering;

pub const CONFIG: &str = include_str!("config.json");

/// Runs all checks on the connector, with a defect or without.
pub async fn verify(defect: Option<Defect>) -> Report {
    verify_some(defect, Selection::default()).await
}

pub async fn verify_some(defect: Option<Defect>, selection: Selection) -> Report {
    let text = match defect {
        Some(Defect::SleepsPastDeadline) => {
            CONFIG.replace(r#""metadataSeconds": 10"#, r#""metadataSeconds": 1"#)
        }
        _ => CONFIG.to_owned(),
    };
    let config = Config::from_json(&text).unwrap();
    let verification = Verification::new(config)
        .await
        .unwrap()
        .with_selection(selection);
    let target = Tampering::new(verification.in_process(Memory::new(defect)), defect);
    verification.run(&target, &mut ()).await.unwrap()
}

/// The ids of the checks that failed.
pub fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().map(|result| result.id).collect()
}
