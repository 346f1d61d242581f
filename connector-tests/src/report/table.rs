use std::fmt;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::Value;

use super::result::{CheckResult, Report, Verdict};
use crate::finding::Finding;
use crate::text::printable;

const WIDTH: u16 = 120;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f)
    }
}

fn write(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (group, results) in report.groups() {
        writeln!(f, "{group}\n{}\n", table(&results))?;
    }
    for result in report.with_warnings() {
        writeln!(f, "WARNING {}\n  {}", result.id, result.why)?;
        for warning in &result.warnings {
            write_finding(warning, f)?;
        }
        writeln!(f)?;
    }
    for result in report.failed() {
        write_failure(result, f)?;
    }
    write_summary(report, f)
}

fn table(results: &[&CheckResult]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["check", "verdict", "calls", "ms", "note"]);
    for column in table.column_iter_mut().skip(2).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for result in results {
        let (verdict, reason) = match &result.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed { .. } => ("FAILED", None),
            Verdict::NotApplicable { reason } => ("n/a", Some(reason)),
            Verdict::Skipped { reason } => ("skipped", Some(reason)),
        };
        let name = result
            .id
            .split_once('.')
            .map_or(result.id, |(_, name)| name);
        let milliseconds = result.duration.as_secs_f64() * 1_000.0;
        let note = reason.or(result.note.as_ref());
        table.add_row([
            name.to_owned(),
            verdict.to_owned(),
            result.calls.to_string(),
            format!("{milliseconds:.1}"),
            note.map(|note| printable(note).into_owned())
                .unwrap_or_default(),
        ]);
    }
    table
}

fn write_failure(result: &CheckResult, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Verdict::Failed { findings, more } = &result.verdict else {
        return Ok(());
    };
    writeln!(f, "FAILED {}\n  {}", result.id, result.why)?;
    for finding in findings {
        write_finding(finding, f)?;
    }
    if *more > 0 {
        writeln!(f, "  and {more} more")?;
    }
    writeln!(f)
}

fn write_finding(finding: &Finding, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "  - {}", indented(&finding.problem))?;
    writeln!(f, "    expected: {}", indented(&finding.expected))?;
    if finding.times > 1 {
        writeln!(
            f,
            "    the same {} times, the first one is shown",
            finding.times
        )?;
    }
    if let Some(request) = &finding.request {
        let request = with_named_fields(request).to_string();
        writeln!(f, "    request:  {}", indented(&request))?;
    }
    if let Some(response) = &finding.response {
        writeln!(f, "    response: {}", indented(response))?;
    }
    Ok(())
}

/// Returns text from outside that looks like no other part of the report.
fn indented(text: &str) -> String {
    printable(text).replace('\n', "\n              ")
}

/// The request with those fields of the entity's definition that it names: the definition can be
/// longer than all the rest. The key stays.
fn with_named_fields(request: &Value) -> Value {
    let mut request = request.clone();
    let named = [
        request["selectedFieldNames"].to_string(),
        request["filterExpression"].to_string(),
        request["idFieldName"].to_string(),
        request["idFieldNames"].to_string(),
        request["records"].to_string(),
    ]
    .concat();
    let path = "/connectorContext/entityDefinition/fields";
    if let Some(Value::Array(fields)) = request.pointer_mut(path) {
        fields.retain(|field| {
            let name = field["fieldName"].as_str().unwrap_or_default();
            field["isPrimaryKey"] == true || named.contains(name)
        });
    }
    request
}

fn write_summary(report: &Report, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let count = |wanted: fn(&Verdict) -> bool| {
        let results = report.results.iter();
        results.filter(|result| wanted(&result.verdict)).count()
    };
    write!(
        f,
        "{}: {} passed, {} failed, {} not applicable, {} skipped{}; {} calls in {:.1} s",
        indented(&report.target),
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Failed { .. })),
        count(|verdict| matches!(verdict, Verdict::NotApplicable { .. })),
        count(|verdict| matches!(verdict, Verdict::Skipped { .. })),
        match report.with_warnings().count() {
            0 => String::new(),
            warned => format!(", {warned} with warnings"),
        },
        report.calls,
        report.duration.as_secs_f64(),
    )
}
