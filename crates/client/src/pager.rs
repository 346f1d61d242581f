//! Paging: the requests for one page after another, with an end in every case.

use std::collections::HashSet;

use appflow_connector_model::{ListEntitiesRequest, QueryDataRequest};

use crate::operation::Request;

/// Makes the requests for one page after another.
///
/// It makes no calls: send what [`next_request`](Self::next_request) returns, and report each page
/// with [`add_page`](Self::add_page). The crate's page has an example.
#[derive(Debug)]
pub struct Pager<R> {
    request: R,
    limits: PageLimits,
    next_token: Option<String>,
    tokens: HashSet<String>,
    pages: usize,
    items: usize,
    idle_pages: usize,
    end: Option<Result<(), PagingError>>,
}

/// Where a [`Pager`] stops although there is a next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// The number of pages. Default: 100,000.
    pub pages: usize,
    /// The number of items (entities or records) after which no further page is requested.
    /// Default: no limit.
    pub items: usize,
    /// The number of consecutive pages without a new item. Default: 5.
    pub idle_pages: usize,
}

/// Why paging stopped before the last page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagingError {
    /// A `nextToken` came a second time, so that paging would never end.
    #[error("page {page} has the same nextToken as an earlier page")]
    RepeatedToken {
        /// The number of the page, from 1.
        page: usize,
    },
    /// Several pages in a row had a `nextToken` but no new item.
    #[error("{pages} consecutive pages have a nextToken and no new item")]
    NothingNew {
        /// The number of pages.
        pages: usize,
    },
    /// A limit was reached, or the caller stopped. There may be more pages.
    #[error("paging stopped after {pages} pages, before the last page")]
    Stopped {
        /// The number of pages that were read.
        pages: usize,
    },
}

/// A request whose response is one page of several.
pub trait PagedRequest: Request + Clone {
    /// Returns this request for the page that a `nextToken` names; `None` names the first.
    #[must_use]
    fn with_next_token(self, next_token: Option<String>) -> Self;
}

impl PagedRequest for ListEntitiesRequest {
    fn with_next_token(self, next_token: Option<String>) -> Self {
        Self { next_token, ..self }
    }
}

impl PagedRequest for QueryDataRequest {
    fn with_next_token(self, next_token: Option<String>) -> Self {
        Self { next_token, ..self }
    }
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            pages: 100_000,
            items: usize::MAX,
            idle_pages: 5,
        }
    }
}

impl<R: PagedRequest> Pager<R> {
    /// Makes a pager with the default limits that starts at the page of `request`.
    pub fn new(request: R) -> Self {
        Self {
            request,
            limits: PageLimits::default(),
            next_token: None,
            tokens: HashSet::new(),
            pages: 0,
            items: 0,
            idle_pages: 0,
            end: None,
        }
    }

    /// Replaces the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: PageLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the request for the next page, or `None` at the end.
    ///
    /// Until the page is added, it is the same request again: a call may be retried.
    pub fn next_request(&self) -> Option<R> {
        if self.end.is_some() {
            return None;
        }
        let request = self.request.clone();
        Some(match &self.next_token {
            Some(token) => request.with_next_token(Some(token.clone())),
            None => request,
        })
    }

    /// Takes note of the page that came: the number of its items, how many of them are new (on no
    /// page before), and its `nextToken`. A caller that cannot tell passes the same number twice.
    pub fn add_page(&mut self, items: usize, new_items: usize, next_token: Option<String>) {
        self.pages += 1;
        self.items = self.items.saturating_add(items);
        self.idle_pages = if new_items == 0 {
            self.idle_pages + 1
        } else {
            0
        };
        self.end = self.end_after(next_token.as_deref());
        self.next_token = next_token;
    }

    fn end_after(&mut self, next_token: Option<&str>) -> Option<Result<(), PagingError>> {
        let Some(token) = next_token else {
            return Some(Ok(()));
        };
        if !self.tokens.insert(token.to_owned()) {
            return Some(Err(PagingError::RepeatedToken { page: self.pages }));
        }
        if self.idle_pages >= self.limits.idle_pages {
            return Some(Err(PagingError::NothingNew {
                pages: self.idle_pages,
            }));
        }
        if self.items >= self.limits.items || self.pages >= self.limits.pages {
            return Some(Err(PagingError::Stopped { pages: self.pages }));
        }
        None
    }

    /// Returns the number of pages that were added.
    pub const fn pages(&self) -> usize {
        self.pages
    }

    /// Says whether the last page was reached.
    ///
    /// # Errors
    /// The reason why it was not.
    pub fn finish(self) -> Result<(), PagingError> {
        let pages = self.pages;
        self.end.unwrap_or(Err(PagingError::Stopped { pages }))
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ConnectorContext;

    use super::*;

    fn pager(limits: PageLimits) -> Pager<QueryDataRequest> {
        let request = QueryDataRequest::builder()
            .entity_identifier("Airport")
            .connector_context(ConnectorContext::builder().build())
            .build();
        Pager::new(request).with_limits(limits)
    }

    /// Feeds pages (items, new items, token) until the pager ends; returns the tokens asked with.
    fn feed(
        pager: &mut Pager<QueryDataRequest>,
        came: &[(usize, usize, Option<&str>)],
    ) -> Vec<Option<String>> {
        let mut asked = Vec::new();
        for (items, new_items, token) in came {
            let Some(request) = pager.next_request() else {
                break;
            };
            asked.push(request.next_token);
            pager.add_page(*items, *new_items, token.map(str::to_owned));
        }
        asked
    }

    #[test]
    fn each_request_has_the_token_of_the_page_before_and_the_last_page_ends() {
        let mut pager = pager(PageLimits::default());
        let asked = feed(
            &mut pager,
            &[(2, 2, Some("a")), (0, 0, Some("b")), (1, 1, None)],
        );
        assert_eq!(asked, [None, Some("a".to_owned()), Some("b".to_owned())]);
        assert!(pager.next_request().is_none());
        assert_eq!(pager.finish(), Ok(()));
    }

    #[test]
    fn paging_starts_at_the_page_of_the_request_and_repeats_it_until_it_came() {
        let mut pager = pager(PageLimits::default());
        pager.request.next_token = Some("start".to_owned());
        for _ in 0..2 {
            let token = pager.next_request().and_then(|request| request.next_token);
            assert_eq!(token.as_deref(), Some("start"));
        }
        assert_eq!(pager.finish(), Err(PagingError::Stopped { pages: 0 }));
    }

    #[test]
    fn paging_that_would_not_end_is_stopped() {
        let few = PageLimits {
            pages: 3,
            items: 10,
            idle_pages: 2,
        };
        for (came, expected) in [
            (
                &[(1, 1, Some("a")), (1, 1, Some("a"))][..],
                PagingError::RepeatedToken { page: 2 },
            ),
            (
                &[(1, 0, Some("a")), (0, 0, Some("b"))],
                PagingError::NothingNew { pages: 2 },
            ),
            (
                &[(1, 1, Some("a")), (1, 1, Some("b")), (1, 1, Some("c"))],
                PagingError::Stopped { pages: 3 },
            ),
            (&[(10, 1, Some("a"))], PagingError::Stopped { pages: 1 }),
        ] {
            let mut pager = pager(few);
            let asked = feed(&mut pager, came);
            assert_eq!(asked.len(), came.len());
            assert!(pager.next_request().is_none(), "{expected:?}");
            assert_eq!(pager.finish(), Err(expected));
        }
    }
}
