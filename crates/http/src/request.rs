use std::fmt::{self, Display};
use std::time::Duration;

use appflow_connector_model::ConnectorError;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use url::{Url, form_urlencoded};

use crate::result::Result;
use crate::retry::Repeat;
use crate::url::BaseUrl;

/// A request to an application, as a value: [`Session::send`](crate::Session::send),
/// [`fetch`](crate::Session::fetch) and [`read`](crate::Session::read) send it.
///
/// ```
/// use appflow_connector_http::{BaseUrl, Repeat, Request};
///
/// let request = Request::post("contacts/upsert")
///     .query("by", "email")
///     .json(&["a@example.com"])
///     // Two identical upserts have the effect of one.
///     .repeat(Repeat::Always);
///
/// let base: BaseUrl = "https://example.com/api".parse().unwrap();
/// assert_eq!(request.url(&base)?.as_str(), "https://example.com/api/contacts/upsert?by=email");
/// # Ok::<(), appflow_connector_model::ConnectorError>(())
/// ```
///
/// The session reports what is wrong with a request (a URL of another origin, a body that cannot be
/// serialized) instead of sending it.
#[derive(Clone)]
#[must_use = "a request has no effect until a session sends it"]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) repeat: Repeat,
    pub(crate) max_attempt_time: Option<Duration>,
    pub(crate) accepted: Vec<u16>,
    reference: String,
    /// Encoded pairs for the URL's query.
    query: String,
    /// The first error of a builder method.
    error: Option<ConnectorError>,
}

impl Request {
    /// A GET of a path below the base URL, or of a URL with its origin: `contacts`,
    /// `/api/contacts?page=2`, `https://example.com/api/contacts`. An application's next-page URL
    /// is used as it is; a name from a user goes through [`path_segment`](crate::path_segment).
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// As [`get`](Self::get), with POST.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// As [`get`](Self::get), with PUT.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    /// As [`get`](Self::get), with PATCH.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(Method::PATCH, url)
    }

    /// As [`get`](Self::get), with DELETE.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// As [`get`](Self::get), with any method.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let repeat = if method.is_idempotent() {
            Repeat::Always
        } else {
            Repeat::Never
        };
        Self {
            method,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeat,
            max_attempt_time: None,
            accepted: Vec::new(),
            reference: url.into(),
            query: String::new(),
            error: None,
        }
    }

    /// Adds a pair to the URL's query.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let mut query = form_urlencoded::Serializer::new(self.query);
        self.query = query.append_pair(name, &value.to_string()).finish();
        self
    }

    /// Adds several pairs to the URL's query, such as those of a map or an `Option`.
    pub fn queries<N: AsRef<str>, V: Display>(
        self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let add = |request: Self, (name, value): (N, V)| request.query(name.as_ref(), value);
        pairs.into_iter().fold(self, add)
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: impl Display) -> Self {
        match (
            name.parse::<HeaderName>(),
            HeaderValue::from_str(&value.to_string()),
        ) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
                self
            }
            _ => self.fail(format!(
                "the name or value of the header `{name}` is not valid"
            )),
        }
    }

    /// Sends a value as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body("application/json", body),
            Err(error) => self.fail(format!("the request cannot be written as JSON: {error}")),
        }
    }

    /// Sends pairs as a form.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Sends bytes.
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let content_type = HeaderValue::from_static(content_type);
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = body.into();
        self
    }

    /// Sets whether the request may be sent again. Default: by its method, see [`Repeat`].
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sets the maximum time of an attempt, in place of the [`RetryPolicy`](crate::RetryPolicy)'s.
    pub const fn max_attempt_time(mut self, time: Duration) -> Self {
        self.max_attempt_time = Some(time);
        self
    }

    /// Treats a status of 400 or more as success, such as 404 where a missing record is a valid
    /// result.
    pub fn accept(mut self, status: u16) -> Self {
        self.accepted.push(status);
        self
    }

    /// Returns the URL that a session with this base URL calls. Credentials in the query
    /// ([`Auth::query`](crate::Auth::query)) are not part of it. For an application that limits the
    /// length of URLs: `request.url(session.base())?.as_str().len()`.
    ///
    /// # Errors
    /// InvalidArgument if the URL is not valid or has another origin.
    pub fn url(&self, base: &BaseUrl) -> Result<Url> {
        let mut url = base.join(&self.reference)?;
        if !self.query.is_empty() {
            let query = match url.query() {
                None | Some("") => self.query.clone(),
                Some(query) => format!("{query}&{}", self.query),
            };
            url.set_query(Some(&query));
        }
        Ok(url)
    }

    /// Returns the first error of a builder method, if there was one.
    pub(crate) fn check(&self) -> Result<()> {
        self.error.clone().map_or(Ok(()), Err)
    }

    fn fail(mut self, message: String) -> Self {
        let error = ConnectorError::invalid_argument(message);
        self.error.get_or_insert(error);
        self
    }
}

/// Shows method and path, and nothing that may be secret: no query, no header, no body.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.reference.split('?').next().unwrap_or_default();
        write!(formatter, "Request({} {path})", self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(request: &Request) -> String {
        let base: BaseUrl = "https://example.com/api".parse().unwrap();
        request.url(&base).unwrap().into()
    }

    #[test]
    fn pairs_are_added_to_the_query_of_the_url() {
        let request = Request::get("a").query("q", "x = 'é&y'").query("n", 1);
        assert_eq!(
            url(&request),
            "https://example.com/api/a?q=x+%3D+%27%C3%A9%26y%27&n=1"
        );
        let request = Request::get("/a?b=%41%2F#top").query("q", "+");
        assert_eq!(url(&request), "https://example.com/a?b=%41%2F&q=%2B");
        assert_eq!(
            url(&Request::get("a?").query("q", "")),
            "https://example.com/api/a?q="
        );
        assert_eq!(url(&Request::get("a?b")), "https://example.com/api/a?b");
        let request = Request::get("a").queries([("q", 1), ("n", 2)]);
        let request = request
            .queries(Some(("m", "x")))
            .queries(None::<(&str, u8)>);
        assert_eq!(url(&request), "https://example.com/api/a?q=1&n=2&m=x");
    }

    #[test]
    fn debug_shows_no_query_header_or_body() {
        let request = Request::post("a?key=canary")
            .query("key", "canary")
            .header("x-key", "canary")
            .json("canary");
        assert_eq!(format!("{request:?}"), "Request(POST a)");
    }

    #[test]
    fn the_first_error_is_reported() {
        let request = Request::get("a").header("no name", 1).header("x-a", "b\nc");
        let error = request.check().unwrap_err();
        assert_eq!(
            error.message(),
            "the name or value of the header `no name` is not valid"
        );
    }
}
