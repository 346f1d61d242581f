use appflow_connector_model::truncate;
use serde::Serialize;
use serde_json::Value;

/// The most characters of an answer that a finding shows.
const MAX_ANSWER_CHARS: usize = 1_000;
/// The most findings of one check that are kept; further ones are counted.
const MAX_FINDINGS: usize = 5;

/// Something that is not as AppFlow expects it, and what an author needs to see it happen again.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub problem: String,
    /// What was expected instead.
    pub expected: String,
    /// The request that shows it, as it was sent.
    pub request: Option<Value>,
    /// The part of the answer that shows it, at most 1,000 characters.
    pub answer: Option<String>,
}

impl Finding {
    pub(crate) fn new(problem: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            expected: expected.into(),
            request: None,
            answer: None,
        }
    }

    #[must_use]
    pub(crate) fn with_request(mut self, request: &Value) -> Self {
        self.request = Some(request.clone());
        self
    }

    #[must_use]
    pub(crate) fn with_answer(mut self, part: &str) -> Self {
        self.answer = Some(truncate(part, MAX_ANSWER_CHARS).into_owned());
        self
    }
}

/// The findings of one check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) kept: Vec<Finding>,
    pub(crate) more: usize,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self {
            kept: vec![finding],
            more: 0,
        }
    }
}
