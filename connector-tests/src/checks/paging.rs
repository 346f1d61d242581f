//! What holds for pages of entities and of records alike.

use appflow_connector_client::PagingError;
use appflow_connector_model::limits::MAX_TOKEN_CHARS;

use crate::finding::{Finding, Findings};
use crate::reading::Page;

/// A reading must come to an end.
pub(super) fn ends(pages: &[Page], end: &Result<(), PagingError>) -> Findings {
    let problem = match end {
        Ok(()) | Err(PagingError::Stopped { .. }) => return Findings::default(),
        Err(PagingError::RepeatedToken { .. }) => {
            "a nextToken came twice, so that paging has no end"
        }
        Err(PagingError::NothingNew { .. }) => {
            "page after page came with a nextToken and with nothing new"
        }
    };
    let mut finding = Finding::new(problem, "a last page, without a nextToken");
    if let Some(last) = pages.last() {
        finding = finding.with_request(&last.request);
        if let Some(token) = &last.next_token {
            finding = finding.with_answer(&format!("\"nextToken\": {token:?}"));
        }
    }
    finding.into()
}

/// Tokens have a form that AppFlow can carry.
pub(super) fn tokens(pages: &[Page]) -> Findings {
    let mut findings = Findings::default();
    for page in pages {
        let Some(token) = &page.next_token else {
            continue;
        };
        let problem = if token.is_empty() {
            "the nextToken is empty".to_owned()
        } else if token.contains(char::is_whitespace) {
            "the nextToken holds white space".to_owned()
        } else if token.chars().count() > MAX_TOKEN_CHARS {
            format!("the nextToken has {} characters", token.chars().count())
        } else {
            continue;
        };
        let expected = "1 to 2,048 characters without white space; no token on the last page";
        findings.add(
            Finding::new(problem, expected)
                .with_request(&page.request)
                .with_answer(token),
        );
    }
    findings
}

/// No page holds more than was asked for.
pub(super) fn sizes(pages: &[Page], asked: u32) -> Findings {
    let mut findings = Findings::default();
    let too_large = |page: &&Page| u32::try_from(page.records).unwrap_or(u32::MAX) > asked;
    for page in pages.iter().filter(too_large) {
        findings.add(
            Finding::new(
                format!(
                    "a page of {} came where {asked} were asked for",
                    page.records
                ),
                format!("at most {asked}, and a nextToken for the rest"),
            )
            .with_request(&page.request),
        );
    }
    findings
}
