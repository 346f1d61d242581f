//! Compares responses with the model, for tests.

use serde_json::Value;

use crate::appflow::operations::MODEL;
use crate::wire::constraint::Rule;
use crate::wire::walker;

/// Returns what the model does not allow in a response, apart from what AWS itself sends: the type
/// `CUSTOMCONNECTOR`, and texts that do not match their patterns.
pub(super) fn problems(operation: &str, response: &Value) -> Vec<String> {
    let output = &MODEL.operations[operation].output;
    let (kept, findings) = walker::check_response(&MODEL, output, response.clone());
    let mut problems: Vec<String> = findings
        .violations
        .iter()
        .filter(|violation| {
            !(matches!(violation.rule, Rule::OneOf(_))
                && violation.member.ends_with("onnectorType")
                && violation.to_string().contains("'CUSTOMCONNECTOR'"))
        })
        .map(ToString::to_string)
        .collect();
    problems.extend(findings.wrong_type);
    if kept != *response {
        problems.push("it has a null, or a member that the model does not have".to_owned());
    }
    problems
}
