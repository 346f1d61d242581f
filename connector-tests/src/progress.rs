use crate::checks::Check;
use crate::report::CheckResult;

/// Hears of a run while it goes on. `()` hears nothing.
pub trait Progress: Send {
    /// A check begins.
    fn begin(&mut self, _check: &Check) {}

    /// The connector is called for the `number`th time in this run.
    fn call(&mut self, _number: usize) {}

    /// A check has ended, or was left out.
    fn end(&mut self, _result: &CheckResult) {}
}

impl Progress for () {}
