use crate::finding::{Finding, Findings};

/// The result of a check, or of a step of one.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// Why a check does not pass.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// There is nothing to check. The reason is for people.
    NotApplicable(String),
    /// The connector does not do what AppFlow expects.
    Failed(Findings),
    /// It needs what the check `by` is about, and that failed.
    Blocked {
        by: &'static str,
        findings: Findings,
    },
    /// Nothing more can be checked; the run keeps the reason.
    Broken,
}

impl Stop {
    pub(crate) fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// The same for a check that needs the result of the check `by`.
    pub(crate) fn blocked_by(self, by: &'static str) -> Self {
        match self {
            Self::Failed(findings) => Self::Blocked { by, findings },
            other => other,
        }
    }
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Failed(finding.into())
    }
}

impl Findings {
    /// Passes without findings, fails with some.
    pub(crate) fn outcome(self) -> Outcome {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Stop::Failed(self))
        }
    }

    /// Keeps the findings of a failed step, so that the check can go on. Returns any other reason
    /// to stop.
    pub(crate) fn absorb<T>(&mut self, outcome: Outcome<T>) -> Outcome<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Failed(findings)) => {
                self.add_all(findings);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}
