//! The time for parsing one filter after a warm-up: the mean of the eight typical filters.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use appflow_connector_queryfilter::parse;
use tokio::process::Command;

use crate::program::{Result, output, script};

/// The filters, one per line. The parser's bench uses them too.
const FILE: &str = "../../../queryfilter/benches/typical.txt";
const PASSES: u32 = 1_000;

/// Measures this project's parser, from text to syntax tree.
pub(crate) fn ours() -> Result<Duration> {
    let text = std::fs::read_to_string(script(FILE))?;
    let filters: Vec<&str> = text.lines().collect();
    let pass = || -> Result<()> {
        for filter in &filters {
            black_box(parse(black_box(filter))?);
        }
        Ok(())
    };
    for _ in 0..PASSES / 10 {
        pass()?;
    }
    let started = Instant::now();
    for _ in 0..PASSES {
        pass()?;
    }
    Ok(started.elapsed() / PASSES / u32::try_from(filters.len())?)
}

/// Measures the official Python parser, from text to parse tree.
pub(crate) async fn official(python: &Path) -> Result<Duration> {
    let mut command = Command::new(python);
    let microseconds: f64 = output(command.arg(script("filter_parse.py")).arg(script(FILE)))
        .await?
        .parse()?;
    Ok(Duration::try_from_secs_f64(microseconds / 1e6)?)
}
