//! A correct connector in memory, and the same with one deliberate defect.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod cases;
mod defect;
mod entities;
mod memory;
mod pushdown;
mod tampering;

use appflow_connector_tests::{Baseline, Config, Report, Selection, Verification};

pub use defect::Defect;
pub use memory::Memory;
use tampering::Tampering;

pub const CONFIG: &str = include_str!("config.json");

/// Makes all checks on the connector, with or without a defect.
pub async fn verify(defect: Option<Defect>) -> Report {
    verify_some(defect, Selection::default()).await
}

pub async fn verify_some(defect: Option<Defect>, selection: Selection) -> Report {
    let text = match defect {
        Some(Defect::SleepsPastDeadline) => {
            CONFIG.replace(r#""metadataSeconds": 10"#, r#""metadataSeconds": 1"#)
        }
        Some(Defect::FirstPageOnly) => {
            CONFIG.replace(r#""entities""#, r#""records": {"Item": 60}, "entities""#)
        }
        _ => CONFIG.to_owned(),
    };
    let verification = Verification::new(Config::from_json(&text).unwrap())
        .await
        .unwrap()
        .with_selection(selection);
    // A change since the last run needs a last run.
    let folder = tempfile::tempdir().unwrap();
    let verification = match defect {
        Some(Defect::SettingGone | Defect::FieldRetyped) => {
            let verification = verification.with_baseline(Baseline::new(folder.path()));
            run(&verification, None).await;
            verification
        }
        _ => verification,
    };
    run(&verification, defect).await
}

async fn run(verification: &Verification, defect: Option<Defect>) -> Report {
    let target = Tampering::new(verification.in_process(Memory::new(defect)), defect);
    verification.run(&target, &mut ()).await.unwrap()
}

/// The ids of the checks that failed.
pub fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().map(|result| result.id).collect()
}
