//! What AppFlow expects of pages, of entities as well as of records.

use appflow_connector_client::PagingError;
use appflow_connector_model::limits::MAX_TOKEN_CHARS;

use crate::finding::{Finding, Findings};
use crate::reading::Page;

/// Finds a reading that does not end.
pub(super) fn ends(pages: &[Page], end: &Result<(), PagingError>) -> Findings {
    let problem = match end {
        Ok(()) | Err(PagingError::Stopped { .. }) => return Findings::default(),
        Err(PagingError::RepeatedToken { .. }) => {
            "a nextToken was returned twice, so paging does not end"
        }
        Err(PagingError::NothingNew { .. }) => "page after page has a nextToken and nothing new",
    };
    let mut finding = Finding::new(problem, "a last page, without a nextToken");
    if let Some(last) = pages.last() {
        finding = finding.with_request(&last.request);
        if let Some(token) = &last.next_token {
            finding = finding.with_response(&format!("\"nextToken\": {token:?}"));
        }
    }
    finding.into()
}

/// Finds tokens that AppFlow does not accept.
pub(super) fn tokens(pages: &[Page]) -> Findings {
    let mut findings = Findings::default();
    for page in pages {
        let Some(token) = &page.next_token else {
            continue;
        };
        let problem = if token.is_empty() {
            "the nextToken is empty".to_owned()
        } else if token.contains(char::is_whitespace) {
            "the nextToken contains white space".to_owned()
        } else if token.chars().count() > MAX_TOKEN_CHARS {
            format!("the nextToken has {} characters", token.chars().count())
        } else {
            continue;
        };
        let expected = "1 to 2,048 characters without white space; no token on the last page";
        findings.add(
            Finding::new(problem, expected)
                .with_request(&page.request)
                .with_response(token),
        );
    }
    findings
}

/// Finds pages with more items than requested.
pub(super) fn sizes(pages: &[Page], asked: u32) -> Findings {
    let mut findings = Findings::default();
    let too_large = |page: &&Page| u32::try_from(page.records).unwrap_or(u32::MAX) > asked;
    for page in pages.iter().filter(too_large) {
        findings.add(
            Finding::new(
                format!("a page has {} items, {asked} were requested", page.records),
                format!("at most {asked}, and a nextToken for the others"),
            )
            .with_request(&page.request),
        );
    }
    findings
}
