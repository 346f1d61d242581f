use appflow_connector_model::{ErrorCode, truncate};
use serde::Serialize;
use serde_json::Value;

/// The maximum number of characters of a response that a finding shows.
const MAX_RESPONSE_CHARS: usize = 1_000;
/// The maximum number of findings of one check that are kept; further ones are counted.
const MAX_FINDINGS: usize = 5;

/// A difference from what AppFlow expects, with what an author needs to reproduce it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub problem: String,
    /// What was expected instead.
    pub expected: String,
    /// The request that shows the problem, as it was sent.
    pub request: Option<Value>,
    /// The part of the response or log that shows the problem, at most 1,000 characters.
    pub response: Option<String>,
    /// How often the same was found, this time included: the others differ in the record, the
    /// filter or the entity.
    pub times: usize,
    /// What the harness itself knows of it. In a box, because findings are returned as errors.
    #[serde(skip)]
    pub(crate) origin: Box<Origin>,
}

/// Where a finding comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origin {
    /// What findings of one cause have in common. Default: the problem.
    pub(crate) cause: Option<String>,
    /// The code of the error that the finding is about.
    pub(crate) code: Option<ErrorCode>,
}

impl Finding {
    pub(crate) fn new(problem: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            expected: expected.into(),
            request: None,
            response: None,
            times: 1,
            origin: Box::default(),
        }
    }

    /// Findings of a check with the same cause are told once.
    #[must_use]
    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.origin.cause = Some(cause.into());
        self
    }

    fn cause(&self) -> &str {
        self.origin.cause.as_deref().unwrap_or(&self.problem)
    }

    fn has_cause_of(&self, other: &Self) -> bool {
        self.cause() == other.cause()
    }

    #[must_use]
    pub(crate) fn with_request(mut self, request: &Value) -> Self {
        self.request = Some(request.clone());
        self
    }

    #[must_use]
    pub(crate) fn with_response(mut self, part: &str) -> Self {
        self.response = Some(truncate(part, MAX_RESPONSE_CHARS).into_owned());
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
        let mut kept = self.kept.iter_mut();
        if let Some(same) = kept.find(|kept| kept.has_cause_of(&finding)) {
            same.times += finding.times;
        } else if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn add_all(&mut self, others: Self) {
        self.more += others.more;
        others
            .kept
            .into_iter()
            .for_each(|finding| self.add(finding));
    }

    /// The findings with the entity that they are about.
    #[must_use]
    pub(crate) fn about_entity(mut self, identifier: &str) -> Self {
        for finding in &mut self.kept {
            let problem = &finding.problem;
            finding.origin.cause.get_or_insert_with(|| problem.clone());
            finding.problem = format!("{identifier}: {}", finding.problem);
        }
        self
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
