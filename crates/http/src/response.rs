use std::fmt;
use std::sync::Arc;

use appflow_connector_model::{ConnectorError, too_long_array};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use crate::result::Result;
use crate::url::find_link;

/// An application's response with its whole body, decompressed.
#[derive(Clone)]
pub struct Response {
    pub(crate) application: Arc<str>,
    /// The URL of the request, without credentials. None for a response made by hand.
    pub(crate) url: Option<Url>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// Makes a response by hand, to test an [`ErrorReader`](crate::ErrorReader) with.
    ///
    /// # Panics
    /// If `status` is not between 100 and 999.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            application: "the application".into(),
            url: None,
            status: StatusCode::from_u16(status).expect("a status of three digits"),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// Adds a header to a response made by hand.
    ///
    /// # Panics
    /// If `name` or `value` is not valid in a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// The status. [`Session::send`](crate::Session::send) returns responses below 400 and those
    /// with an [accepted](crate::Request::accept) status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header's value, if the header is present and its value is text. The name's case is
    /// ignored.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as base64, as records hold bytes.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.body)
    }

    /// The body as text.
    ///
    /// # Errors
    /// ServerError if it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| {
            ConnectorError::server_error(format!("{}'s response is not UTF-8", self.application))
        })
    }

    /// Reads the body as JSON. The value may borrow from the response: with `&RawValue` for the
    /// records of a page, each is copied once, when it becomes a
    /// [`Record`](appflow_connector_model::Record).
    ///
    /// ```
    /// use appflow_connector_http::Response;
    /// use appflow_connector_model::List;
    /// use serde::Deserialize;
    /// use serde_json::value::RawValue;
    ///
    /// #[derive(Deserialize)]
    /// struct Page<'a> {
    ///     #[serde(borrow)]
    ///     records: List<&'a RawValue>,
    /// }
    ///
    /// let response = Response::new(200, r#"{"records": [{"id": 1}, {"id": 2.50}]}"#);
    /// let page: Page = response.json().unwrap();
    /// assert_eq!(page.records[1].get(), r#"{"id": 2.50}"#);
    /// ```
    ///
    /// # Errors
    /// ServerError with the line and column where the body is not the expected JSON, or a
    /// [`List`](appflow_connector_model::List) in it is too long. The message contains no part of
    /// the body.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(self.text()?).map_err(|error| {
            let (application, line, column) = (&self.application, error.line(), error.column());
            let problem = match too_long_array(&error) {
                Some(limit) => format!("has an array of more than {limit} elements"),
                None => "is not the expected JSON".to_owned(),
            };
            ConnectorError::server_error(format!(
                "{application}'s response {problem} (line {line}, column {column})"
            ))
        })
    }

    /// The URL with this relation, such as `next`, in the header `Link` (RFC 8288). A relative URL
    /// is resolved against the request's.
    pub fn link(&self, relation: &str) -> Option<String> {
        let target = find_link(&self.headers, relation)?;
        let resolved = self.url.as_ref().and_then(|url| url.join(target).ok());
        Some(resolved.map_or_else(|| target.to_owned(), String::from))
    }
}

/// Shows status and length, and nothing of the content.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, bytes) = (self.status(), self.body.len());
        write!(formatter, "Response({status}, {bytes} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorCode;

    use super::*;

    #[test]
    fn an_unreadable_response_is_not_quoted() {
        for body in ["\"canary\"", "{canary", "\u{e9}canary", ""] {
            let error = Response::new(200, body).json::<u32>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::ServerError);
            assert!(!error.message().contains("canary"), "{error}");
        }
        let error = Response::new(200, &b"\xff"[..]).json::<u32>().unwrap_err();
        assert_eq!(error.message(), "the application's response is not UTF-8");
        assert_eq!(
            format!("{:?}", Response::new(200, "canary")),
            "Response(200, 6 bytes)"
        );
    }

    #[test]
    fn a_relative_link_is_resolved() {
        let mut response = Response::new(200, "").with_header("link", "<?page=2>; rel=next");
        assert_eq!(response.link("next").as_deref(), Some("?page=2"));
        response.url = Some("https://example.com/api/contacts?page=1".parse().unwrap());
        let next = response.link("next");
        assert_eq!(
            next.as_deref(),
            Some("https://example.com/api/contacts?page=2")
        );
        assert_eq!(response.link("prev"), None);
        let response = Response::new(200, "[]").with_header("link", r#"</p?2>; rel="next""#);
        assert_eq!(response.link("next").as_deref(), Some("/p?2"));
        assert_eq!(Response::new(200, "[]").link("next"), None);
    }
}
