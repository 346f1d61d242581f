use std::fmt;
use std::sync::Arc;

use appflow_connector_model::ConnectorError;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use crate::{Result, link};

/// What an application answered, with its whole body, decompressed.
#[derive(Clone)]
pub struct Answer {
    pub(crate) application: Arc<str>,
    /// What was called, without credentials. None for an answer made by hand.
    pub(crate) url: Option<Url>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// An answer that no application gave, to test an [`ErrorReader`](crate::ErrorReader) with.
    ///
    /// # Panics
    /// When `status` is not one of 100 to 999.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            application: "the application".into(),
            url: None,
            status: StatusCode::from_u16(status).expect("a status of three digits"),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// Adds a header to an answer made by hand.
    ///
    /// # Panics
    /// When name or value are none of a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// The status. [`Request::send`](crate::Request::send) gives answers below 400, and those that it was told to
    /// [accept](crate::Request::accept).
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header's value, if it is there and text. The name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// # Errors
    /// ServerError when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| {
            ConnectorError::server_error(format!("{}'s answer is not UTF-8", self.application))
        })
    }

    /// Reads the body as JSON. The value may borrow from the answer: with `&RawValue` for the records of a page, each is copied
    /// once, when it becomes a [`Record`](appflow_connector_model::Record).
    ///
    /// ```
    /// use appflow_connector_http::Answer;
    /// use serde::Deserialize;
    /// use serde_json::value::RawValue;
    ///
    /// #[derive(Deserialize)]
    /// struct Page<'a> {
    ///     #[serde(borrow)]
    ///     records: Vec<&'a RawValue>,
    /// }
    ///
    /// let answer = Answer::new(200, r#"{"records": [{"id": 1}, {"id": 2.50}]}"#);
    /// let page: Page = answer.json().unwrap();
    /// assert_eq!(page.records[1].get(), r#"{"id": 2.50}"#);
    /// ```
    ///
    /// # Errors
    /// ServerError that says where the body is not as expected. No part of the body gets into it.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(self.text()?).map_err(|error| {
            ConnectorError::server_error(format!(
                "{}'s answer is not the expected JSON (line {}, column {})",
                self.application,
                error.line(),
                error.column()
            ))
        })
    }

    /// The URL in the header `Link` (RFC 8288) with this relation, such as `next`. A relative one is made whole, from the URL that
    /// was called.
    pub fn link(&self, relation: &str) -> Option<String> {
        let target = link::find(&self.headers, relation)?;
        let whole = self.url.as_ref().and_then(|url| url.join(target).ok());
        Some(whole.map_or_else(|| target.to_owned(), String::from))
    }
}

/// Shows status and length, and nothing of what was answered.
impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, bytes) = (self.status(), self.body.len());
        write!(formatter, "Answer({status}, {bytes} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorCode;

    use super::*;

    #[test]
    fn an_unreadable_answer_is_not_quoted() {
        for body in ["\"canary\"", "{canary", "\u{e9}canary", ""] {
            let error = Answer::new(200, body).json::<u32>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::ServerError);
            assert!(!error.message().contains("canary"), "{error}");
        }
        let error = Answer::new(200, &b"\xff"[..]).json::<u32>().unwrap_err();
        assert_eq!(error.message(), "the application's answer is not UTF-8");
        assert_eq!(
            format!("{:?}", Answer::new(200, "canary")),
            "Answer(200, 6 bytes)"
        );
    }

    #[test]
    fn a_relative_link_is_made_whole() {
        let mut answer = Answer::new(200, "").with_header("link", "<?page=2>; rel=next");
        assert_eq!(answer.link("next").as_deref(), Some("?page=2"));
        answer.url = Some("https://example.com/api/contacts?page=1".parse().unwrap());
        let next = answer.link("next");
        assert_eq!(
            next.as_deref(),
            Some("https://example.com/api/contacts?page=2")
        );
        assert_eq!(answer.link("prev"), None);
        let answer = Answer::new(200, "[]").with_header("link", r#"</p?2>; rel="next""#);
        assert_eq!(answer.link("next").as_deref(), Some("/p?2"));
        assert_eq!(Answer::new(200, "[]").link("next"), None);
    }
}
