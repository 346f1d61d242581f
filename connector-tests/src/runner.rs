//! Makes the checks one after the other and collects their verdicts.

use std::time::{Duration, Instant};

use crate::catalog::Check;
use crate::checks::{Body, checks, clean_up, must_be_reached};
use crate::error::Error;
use crate::finding::Findings;
use crate::report::{CheckResult, Report, Verdict, map_findings};
use crate::run::{Outcome, Run, Stop};

/// Makes all selected checks, then deletes what they wrote.
///
/// # Errors
/// If the connector cannot be called, or the baseline cannot be used.
pub(crate) async fn make_checks(run: Run<'_>) -> Result<Report, Error> {
    let mut runner = Runner {
        run,
        results: Vec::new(),
    };
    for (check, body) in checks() {
        if runner.make(check, body).await.is_err() {
            break;
        }
    }
    clean_up(&mut runner.run).await;
    runner.finish()
}

struct Runner<'a> {
    run: Run<'a>,
    results: Vec<CheckResult>,
}

impl Runner<'_> {
    /// Makes one check and keeps its result. A check that is not selected has no result.
    async fn make(&mut self, check: &'static Check, body: Body) -> Outcome {
        if !self.run.selection.includes(check.id) {
            return Ok(());
        }
        if let Some(reason) = self.run.skip_reason(check.id) {
            let reason = reason.to_owned();
            self.keep(check, Verdict::Skipped { reason }, 0, Duration::ZERO);
            return Ok(());
        }

        self.run.progress.begin(check);
        let (started, calls) = (Instant::now(), self.run.client.calls());
        let has_time = self.run.must_have_time();
        let can_be_made = has_time.and_then(|()| must_be_reached(&self.run, check.id));
        let outcome = match can_be_made {
            Ok(()) => body(&mut self.run).await,
            stop => stop,
        };
        let verdict = self.verdict(outcome)?;
        self.keep(
            check,
            verdict,
            self.run.client.calls() - calls,
            started.elapsed(),
        );
        Ok(())
    }

    fn verdict(&self, outcome: Outcome) -> Outcome<Verdict> {
        let failed = |findings: Findings| Verdict::Failed {
            findings: findings.kept,
            more: findings.more,
        };
        Ok(match outcome {
            Ok(()) => Verdict::Passed,
            Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable { reason },
            // What blocks several checks is reported once, by the check that is about it.
            Err(Stop::Blocked { by, .. }) if self.is_made(by) => Verdict::NotApplicable {
                reason: format!("blocked by a failure, see {by}"),
            },
            Err(Stop::Failed(findings) | Stop::Blocked { findings, .. }) => failed(findings),
            Err(Stop::Broken) => return Err(Stop::Broken),
        })
    }

    fn is_made(&self, id: &str) -> bool {
        self.run.selection.includes(id) && self.run.skip_reason(id).is_none()
    }

    fn keep(&mut self, check: &'static Check, verdict: Verdict, calls: usize, duration: Duration) {
        let note = self.run.take_note();
        let warnings = self.run.take_warnings();
        let redact = |text: &str| self.run.secrets.redact(text);
        let result = CheckResult {
            id: check.id,
            why: check.why,
            verdict: verdict.map_text(&redact),
            note: note.map(|note| redact(&note)),
            warnings: map_findings(warnings, &redact),
            calls,
            duration,
        };
        self.run.progress.end(&result);
        self.results.push(result);
    }

    /// Returns the report, or the reason why nothing more could be checked.
    fn finish(mut self) -> Result<Report, Error> {
        match self.run.take_broken() {
            Some(error) => Err(error),
            None => Ok(Report {
                target: self.run.client.target().name(),
                results: self.results,
                calls: self.run.client.calls(),
                duration: self.run.started.elapsed(),
            }),
        }
    }
}
