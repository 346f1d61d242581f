//! What a run comes to, and its three forms: a table for people, JSON, JUnit XML.

mod json;
mod junit;
mod table;

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::finding::Finding;

/// The result of a run. `Display` is a table with the findings below it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was tested.
    pub target: String,
    /// One result per check that was asked for, in the order of the checks.
    pub results: Vec<CheckResult>,
    /// How often the connector was called.
    pub calls: usize,
    /// How long all took.
    pub duration: Duration,
}

/// What became of one check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckResult {
    /// The check's id, such as `data.paging-ends`.
    pub id: &'static str,
    /// Why it is made, in a sentence.
    pub why: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What there is to know besides, such as how much was looked at.
    pub note: Option<String>,
    /// How often the connector was called for it. What several checks need is called for by the first of them.
    pub calls: usize,
    /// How long it took.
    pub duration: Duration,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Verdict {
    /// The connector does as it should.
    Passed,
    /// It does not.
    Failed {
        /// What was found; at most five.
        findings: Vec<Finding>,
        /// How many more there were.
        more: usize,
    },
    /// There was nothing to look at.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// It was left out.
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

    /// The result of one check, by its id.
    pub fn result(&self, id: &str) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.id == id)
    }

    /// The report as JSON: `passed`, `target`, `calls`, `seconds`, and `checks` with `id`, `why`, `verdict` (`passed`, `failed`,
    /// `notApplicable`, `skipped`), `findings`, `reason`, `note`, `calls` and `seconds`.
    pub fn to_json(&self) -> Value {
        json::write(self)
    }

    /// The report as JUnit XML, with one test suite per group of checks.
    ///
    /// # Errors
    /// When the XML cannot be written, which is not known to happen.
    pub fn to_junit(&self) -> Result<String, JunitError> {
        junit::write(self).map_err(JunitError)
    }
}

/// A report that cannot be written as XML.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written as XML")]
pub struct JunitError(#[source] quick_junit::SerializeError);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(self, f)
    }
}

impl CheckResult {
    /// The part of the id before the point.
    pub fn group(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(group, _)| group)
    }
}

impl Verdict {
    /// The same with every text put through `change`.
    pub(crate) fn map_text(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Passed => Self::Passed,
            Self::Failed { findings, more } => Self::Failed {
                findings: findings
                    .into_iter()
                    .map(|finding| map_finding(finding, change))
                    .collect(),
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

fn map_finding(finding: Finding, change: &dyn Fn(&str) -> String) -> Finding {
    Finding {
        problem: change(&finding.problem),
        expected: change(&finding.expected),
        request: finding.request.map(|request| map_value(request, change)),
        answer: finding.answer.map(|answer| change(&answer)),
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
