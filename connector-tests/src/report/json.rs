use serde_json::{Value, json};

use super::result::{CheckResult, Report};

impl Report {
    /// The report as JSON: `passed`, `target`, `calls`, `seconds`, and `checks` with `id`, `why`,
    /// `verdict` (`passed`, `failed`, `notApplicable`, `skipped`), `findings`, `warnings`, `reason`,
    /// `note`, `calls` and `seconds`.
    pub fn to_json(&self) -> Value {
        write(self)
    }
}

fn write(report: &Report) -> Value {
    json!({
        "passed": report.passed(),
        "target": report.target,
        "calls": report.calls,
        "seconds": report.duration.as_secs_f64(),
        "checks": report.results.iter().map(write_check).collect::<Vec<_>>(),
    })
}

fn write_check(result: &CheckResult) -> Value {
    let mut check = json!({
        "id": result.id,
        "why": result.why,
        "note": result.note,
        "warnings": result.warnings,
        "calls": result.calls,
        "seconds": result.duration.as_secs_f64(),
    });
    if let (Some(check), Value::Object(verdict)) = (check.as_object_mut(), json!(result.verdict)) {
        check.extend(verdict);
    }
    check
}
