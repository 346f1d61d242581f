use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::finding::Finding;

/// The result of a run. `Display` writes a table with the findings below it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was tested.
    pub target: String,
    /// One result per selected check, in the order of the checks.
    pub results: Vec<CheckResult>,
    /// The number of calls.
    pub calls: usize,
    /// The duration of the run.
    pub duration: Duration,
}

/// The result of one check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckResult {
    /// The check's id, such as `data.paging-ends`.
    pub id: &'static str,
    /// Why it is made, in a sentence.
    pub why: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// Further information, such as how much was checked.
    pub note: Option<String>,
    /// What may be wrong. It does not make the check fail.
    pub warnings: Vec<Finding>,
    /// The number of calls for this check. Calls that several checks need are counted for the first
    /// of them.
    pub calls: usize,
    /// The duration of the check.
    pub duration: Duration,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Verdict {
    /// The connector does what AppFlow expects.
    Passed,
    /// It does not.
    Failed {
        /// The findings, at most five.
        findings: Vec<Finding>,
        /// The number of further findings.
        more: usize,
    },
    /// There was nothing to check.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// The check was skipped.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Report {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &CheckResult> {
        let has_failed = |result: &&CheckResult| matches!(result.verdict, Verdict::Failed { .. });
        self.results.iter().filter(has_failed)
    }

    /// The checks with warnings.
    pub fn with_warnings(&self) -> impl Iterator<Item = &CheckResult> {
        self.results
            .iter()
            .filter(|result| !result.warnings.is_empty())
    }

    /// The result of one check, by its id.
    pub fn result(&self, id: &str) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.id == id)
    }

    /// The results by group, in the order of the checks.
    pub(super) fn groups(&self) -> Vec<(&'static str, Vec<&CheckResult>)> {
        let mut groups: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
        for result in &self.results {
            match groups.last_mut() {
                Some((group, results)) if *group == result.group() => results.push(result),
                _ => groups.push((result.group(), vec![result])),
            }
        }
        groups
    }
}

impl CheckResult {
    /// The part of the id before the point.
    pub fn group(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(group, _)| group)
    }
}

impl Verdict {
    /// Returns the verdict with every text changed by `change`.
    pub(crate) fn map_text(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Passed => Self::Passed,
            Self::Failed { findings, more } => Self::Failed {
                findings: map_findings(findings, change),
                more,
            },
            Self::NotApplicable { reason } => Self::NotApplicable {
                reason: change(&reason),
            },
            Self::Skipped { reason } => Self::Skipped {
                reason: change(&reason),
            },
        }
    }
}

/// Returns the findings with every text changed by `change`.
pub(crate) fn map_findings(
    findings: Vec<Finding>,
    change: &dyn Fn(&str) -> String,
) -> Vec<Finding> {
    let mapped = findings.into_iter();
    mapped.map(|finding| map_finding(finding, change)).collect()
}

fn map_finding(finding: Finding, change: &dyn Fn(&str) -> String) -> Finding {
    Finding {
        problem: change(&finding.problem),
        expected: change(&finding.expected),
        request: finding.request.map(|request| map_value(request, change)),
        response: finding.response.map(|response| change(&response)),
        times: finding.times,
        origin: finding.origin,
    }
}

fn map_value(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| map_value(item, change))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, map_value(value, change)))
            .collect(),
        other => other,
    }
}
