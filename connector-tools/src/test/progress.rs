//! The progress of a test run, shown on a terminal only.

use std::time::Duration;

use appflow_connector_tests::{Check, CheckResult, Progress, Verdict, all_checks};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows the current check and the number of failed ones.
pub struct Spinner {
    bar: ProgressBar,
    failed: usize,
}

impl Spinner {
    pub fn new() -> Self {
        // Hidden if standard error is not a terminal.
        let bar = ProgressBar::new(all_checks().count() as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, failed: 0 }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Spinner {
    fn begin(&mut self, check: &Check) {
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(" ({failed} failed)"),
        };
        self.bar.set_message(format!("{}{failed}", check.id));
    }

    fn end(&mut self, result: &CheckResult) {
        self.failed += usize::from(matches!(result.verdict, Verdict::Failed { .. }));
        self.bar.inc(1);
    }
}
