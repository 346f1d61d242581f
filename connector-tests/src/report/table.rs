use std::fmt;

use appflow_connector_model::truncate;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::{Value, json};

use super::result::{CheckResult, Report, Verdict};
use crate::finding::Finding;
use crate::text::printable;

/// The maximum number of characters of a request in the table; JSON and JUnit have all of it.
const MAX_REQUEST_CHARS: usize = 600;
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
    if let Some(request) = &finding.request {
        let request = without_context(request).to_string();
        let request = indented(&request);
        writeln!(f, "    request:  {}", truncate(&request, MAX_REQUEST_CHARS))?;
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

/// Replaces the context, which is long and the same in every request.
fn without_context(request: &Value) -> Value {
    let mut request = request.clone();
    if let Some(context) = request.get_mut("connectorContext") {
        *context = json!("as configured");
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
        "{}: {} passed, {} failed, {} not applicable, {} skipped; {} calls in {:.1} s",
        indented(&report.target),
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Failed { .. })),
        count(|verdict| matches!(verdict, Verdict::NotApplicable { .. })),
        count(|verdict| matches!(verdict, Verdict::Skipped { .. })),
        report.calls,
        report.duration.as_secs_f64(),
    )
}
