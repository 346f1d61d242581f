//! What the demo prints: a spinner while a step runs, one table at the end.

use std::time::{Duration, Instant};

use appflow_connector_tests::printable;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use indicatif::{HumanCount, ProgressBar};

/// The table of the steps.
pub struct Report {
    table: Table,
}

/// A step that is running.
pub struct Step {
    name: &'static str,
    spinner: ProgressBar,
    started: Instant,
}

impl Report {
    pub fn new() -> Self {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_header(["step", "calls", "records", "ms", "result"]);
        for column in table.column_iter_mut().skip(1).take(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        Self { table }
    }

    pub fn add(&mut self, step: &Step, calls: usize, records: Option<usize>, result: &str) {
        step.spinner.finish_and_clear();
        let milliseconds = step.started.elapsed().as_secs_f64() * 1_000.0;
        let records = records.map_or_else(String::new, |records| {
            HumanCount(records as u64).to_string()
        });
        self.table.add_row([
            step.name.to_owned(),
            calls.to_string(),
            records,
            format!("{milliseconds:.1}"),
            printable(result).into_owned(),
        ]);
    }

    pub fn table(&self) -> &Table {
        &self.table
    }
}

impl Step {
    pub fn begin(name: &'static str) -> Self {
        let spinner = ProgressBar::new_spinner().with_message(name);
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self {
            name,
            spinner,
            started: Instant::now(),
        }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub fn progress(&self, records: usize) {
        self.spinner.set_message(format!(
            "{}: {} records",
            self.name,
            HumanCount(records as u64)
        ));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}
