use crate::catalog::Check;
use crate::report::CheckResult;

/// Is told about a run while it goes on. `()` ignores it.
pub trait Progress: Send {
    /// A check starts.
    fn begin(&mut self, _check: &Check) {}

    /// The connector is called, for the `number`th time in this run.
    fn call(&mut self, _number: usize) {}

    /// A check has ended, or is skipped.
    fn end(&mut self, _result: &CheckResult) {}
}

impl Progress for () {}
