use std::fmt;

use appflow_connector_model::ConnectorError;
use url::Url;

use crate::result::Result;

/// An application's checked URL, which also fixes the origin (scheme, host and port) of every
/// request.
///
/// Its path ends with a slash, and references are resolved as in a browser: `contacts` is below it,
/// `/contacts` is at the root of the host. `str::parse` makes a `BaseUrl` under
/// [`UrlPolicy::any_host`](crate::UrlPolicy::any_host).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    allows_private: bool,
}

impl BaseUrl {
    /// A URL that a policy has checked, and whether its host may resolve to an address of a private
    /// network.
    pub(super) const fn from_checked(url: Url, allows_private: bool) -> Self {
        Self {
            url,
            allows_private,
        }
    }

    pub(crate) const fn allows_private(&self) -> bool {
        self.allows_private
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Scheme, host and port, as text.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Returns the base URL below a path, such as an API's version.
    ///
    /// ```
    /// use appflow_connector_http::BaseUrl;
    ///
    /// let base: BaseUrl = "https://example.com".parse().unwrap();
    /// let api = base.below("api/v2").unwrap();
    /// assert_eq!(
    ///     api.join("contacts?page=2").unwrap().as_str(),
    ///     "https://example.com/api/v2/contacts?page=2"
    /// );
    /// assert_eq!(
    ///     api.join("/login").unwrap().as_str(),
    ///     "https://example.com/login"
    /// );
    /// ```
    ///
    /// # Errors
    /// As [`join`](Self::join).
    pub fn below(&self, path: &str) -> Result<Self> {
        let mut url = self.join(path)?;
        url.set_query(None);
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self::from_checked(url, self.allows_private))
    }

    /// Resolves `reference`: a path, a path with a query, or an absolute URL. A fragment is
    /// dropped.
    ///
    /// # Errors
    /// InvalidArgument if the result is not a valid URL, contains a user name, or has another
    /// origin.
    pub fn join(&self, reference: &str) -> Result<Url> {
        self.join_from(&self.url, reference)
    }

    /// As [`join`](Self::join), for a reference in the response to a request to `from`.
    pub(crate) fn join_from(&self, from: &Url, reference: &str) -> Result<Url> {
        let mut url = from.join(reference).map_err(|problem| {
            ConnectorError::invalid_argument(format!(
                "a URL from the application is not valid: {problem}"
            ))
        })?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    pub(crate) fn check(&self, url: &Url) -> Result<()> {
        if self.url.origin() == url.origin() && !has_user_info(url) {
            return Ok(());
        }
        Err(ConnectorError::invalid_argument(format!(
            "a URL leads to {}, but requests go only to {}",
            url.origin().ascii_serialization(),
            self.url.origin().ascii_serialization()
        )))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

pub(super) fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_base_urls_origin_is_called() {
        let base: BaseUrl = "https://example.com/api/v2".parse().unwrap();
        for (reference, url) in [
            (
                "contacts?page=2#top",
                "https://example.com/api/v2/contacts?page=2",
            ),
            ("/other", "https://example.com/other"),
            (
                "https://example.com:443/api/v2/next",
                "https://example.com/api/v2/next",
            ),
            ("?page=2", "https://example.com/api/v2/?page=2"),
        ] {
            assert_eq!(base.join(reference).unwrap().as_str(), url);
        }
        for reference in [
            "https://evil.example/api",
            "//evil.example/api",
            "\\\\evil.example\\api",
            "http://example.com/api",
            "https://example.com:8443/api",
            "https://user:pw@example.com/api",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(base.join(reference).is_err(), "{reference}");
        }
    }
}
