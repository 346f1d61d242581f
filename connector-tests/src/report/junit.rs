use std::fmt::Write as _;

use quick_junit::{
    NonSuccessKind, Report as JunitReport, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::result::{CheckResult, Report, Verdict};
use crate::finding::Finding;
use crate::text::printable;

/// A report that cannot be written as XML.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written as XML")]
pub struct JunitError(#[source] SerializeError);

impl Report {
    /// The report as JUnit XML, with one test suite per group of checks.
    ///
    /// # Errors
    /// If the XML cannot be written, which is not known to happen.
    pub fn to_junit(&self) -> Result<String, JunitError> {
        write(self).map_err(JunitError)
    }
}

fn write(report: &Report) -> Result<String, SerializeError> {
    let mut junit = JunitReport::new(format!("AppFlow connector {}", printable(&report.target)));
    junit.set_time(report.duration);
    for (group, results) in report.groups() {
        let mut suite = TestSuite::new(group);
        suite.add_test_cases(results.iter().map(|result| test_case(result)));
        suite.set_time(results.iter().map(|result| result.duration).sum());
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

fn test_case(result: &CheckResult) -> TestCase {
    let mut case = TestCase::new(result.id, status(result));
    case.set_classname(format!("appflow.{}", result.group()));
    case.set_time(result.duration);
    if !result.warnings.is_empty() {
        let warnings = describe("Warnings", &result.warnings, 0);
        case.set_system_out(printable(&warnings));
    }
    case
}

fn status(result: &CheckResult) -> TestCaseStatus {
    match &result.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed { findings, more } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = findings.first() {
                status.set_message(printable(&first.problem));
            }
            status.set_description(printable(&describe(result.why, findings, *more)));
            status
        }
        Verdict::NotApplicable { reason } | Verdict::Skipped { reason } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(printable(reason));
            status
        }
    }
}

fn describe(why: &str, findings: &[Finding], more: usize) -> String {
    let mut text = format!("{why}\n");
    for finding in findings {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{}\nexpected: {}\n",
            finding.problem, finding.expected
        );
        if finding.times > 1 {
            let _ = writeln!(text, "the same {} times", finding.times);
        }
        if let Some(request) = &finding.request {
            let _ = writeln!(text, "request: {request}");
        }
        if let Some(response) = &finding.response {
            let _ = writeln!(text, "response: {response}");
        }
    }
    if more > 0 {
        let _ = write!(text, "\nand {more} more\n");
    }
    text
}
