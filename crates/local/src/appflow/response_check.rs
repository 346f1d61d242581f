//! Compares every response with the model, in debug builds: what a test provokes is checked.

use serde_json::Value;

use crate::appflow::operations::MODEL;
use crate::wire::constraint::Rule;
use crate::wire::walker;

/// Returns what the model does not allow in a response, apart from what AWS itself sends: the type
/// `CUSTOMCONNECTOR`, and messages and descriptions with characters beyond their patterns.
pub(super) fn problems(operation: &str, response: &Value) -> Vec<String> {
    let output = &MODEL.operations[operation].output;
    let (kept, findings) = walker::check(&MODEL, output, response.clone());
    let mut problems: Vec<String> = findings
        .violations
        .iter()
        .filter(|violation| match &violation.rule {
            Rule::OneOf(_) => !violation.member.ends_with("onnectorType"),
            Rule::Pattern(_) => {
                let member = violation.member.to_ascii_lowercase();
                !member.ends_with("message") && !member.ends_with("description")
            }
            _ => true,
        })
        .map(ToString::to_string)
        .collect();
    problems.extend(findings.wrong_type);
    if kept != *response {
        problems.push("it has a null, or a member that the model does not have".to_owned());
    }
    problems
}
