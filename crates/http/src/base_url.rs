//! Which URLs are called: the check of one that a user gave, and of every one that follows from it.

use std::fmt;
use std::str::FromStr;

use appflow_connector_model::{ConnectorError, StringMap};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::Result;

/// What stands for itself in a part of a path (RFC 3986, "unreserved"); all else is encoded.
const ENCODED_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Which URLs a user may give as the application's own, such as the setting `instanceUrl`. The credentials go wherever it points.
///
/// The check looks at the text alone and opens no socket. It lets `https` pass, and `http` on the loopback addresses, where
/// sandboxes and tests are. With [`hosts_under`](Self::hosts_under) it lets no foreign host pass either.
///
/// ```
/// use appflow_connector_http::UrlPolicy;
///
/// const INSTANCE_URLS: UrlPolicy = UrlPolicy::hosts_under(&["salesforce.com"]).origin_only();
///
/// assert!(INSTANCE_URLS.check("https://example.my.salesforce.com").is_ok());
/// assert!(INSTANCE_URLS.check("http://127.0.0.1:8080").is_ok());
///
/// let refusal = |url| INSTANCE_URLS.check(url).unwrap_err().to_string();
/// assert_eq!(refusal("http://169.254.169.254/"), "must begin with https://");
/// assert_eq!(refusal("https://evilsalesforce.com"), "must be on a host under salesforce.com");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UrlPolicy {
    host_suffixes: &'static [&'static str],
    origin_only: bool,
    no_loopback: bool,
}

impl UrlPolicy {
    /// Any host. For applications that users run on hosts of their own.
    pub const fn any_host() -> Self {
        Self::hosts_under(&[])
    }

    /// The hosts with these names and those below them: `salesforce.com` stands for itself and `eu1.salesforce.com`, not for
    /// `evilsalesforce.com`. IP addresses other than the loopback ones are refused.
    pub const fn hosts_under(host_suffixes: &'static [&'static str]) -> Self {
        Self {
            host_suffixes,
            origin_only: false,
            no_loopback: false,
        }
    }

    /// Refuses a URL that goes on after the host and port.
    #[must_use]
    pub const fn origin_only(mut self) -> Self {
        self.origin_only = true;
        self
    }

    /// Refuses `localhost`, `127.0.0.0/8` and `[::1]` too. In a Lambda function they lead to nothing but Lambda's own API.
    #[must_use]
    pub const fn without_loopback(mut self) -> Self {
        self.no_loopback = true;
        self
    }

    /// Checks a URL.
    ///
    /// # Errors
    /// Says what is wrong; the text goes on from the setting's name ("instanceUrl must begin with https://"), as
    /// the runtime's `SettingErrors::add` wants it.
    pub fn check(&self, url: &str) -> std::result::Result<BaseUrl, UrlError> {
        if url.is_empty() {
            return Err(UrlError::Empty);
        }
        let mut url: Url = url.parse().map_err(UrlError::NotAUrl)?;
        let is_loopback = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if is_loopback && !self.no_loopback => {}
            _ => return Err(UrlError::NotHttps),
        }
        if has_user_info(&url) {
            return Err(UrlError::UserInfo);
        }
        if is_loopback {
            if self.no_loopback {
                return Err(UrlError::Loopback);
            }
        } else if !self.allows_host_of(&url) {
            return Err(UrlError::Host(self.host_suffixes.join(" or ")));
        }
        if self.origin_only
            && (url.path() != "/" || url.query().is_some() || url.fragment().is_some())
        {
            return Err(UrlError::NotOnlyOrigin(url.origin().ascii_serialization()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::QueryOrFragment);
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(BaseUrl(url))
    }

    /// Checks the URL in a user's setting.
    ///
    /// # Errors
    /// InvalidArgument that names the setting.
    pub fn check_setting(&self, key: &str, settings: &StringMap) -> Result<BaseUrl> {
        self.check(settings.get(key).map_or("", String::as_str))
            .map_err(|problem| ConnectorError::invalid_argument(format!("{key} {problem}")))
    }

    fn allows_host_of(&self, url: &Url) -> bool {
        if self.host_suffixes.is_empty() {
            return true;
        }
        let Some(Host::Domain(host)) = url.host() else {
            return false;
        };
        self.host_suffixes.iter().any(|suffix| {
            let suffix = suffix.trim_start_matches('.').to_ascii_lowercase();
            let above = host.strip_suffix(suffix.as_str());
            !suffix.is_empty()
                && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
    }
}

/// Why a URL is refused. The texts go on from the name of the setting that holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// There is none.
    #[error("is required")]
    Empty,
    /// The text is no absolute URL.
    #[error("is not a URL: {0}")]
    NotAUrl(url::ParseError),
    /// Neither `https`, nor `http` on this machine.
    #[error("must begin with https://")]
    NotHttps,
    /// A user name or password stands before the host.
    #[error("must not hold a user name or a password")]
    UserInfo,
    /// An address of this machine, and those are not allowed.
    #[error("must not be an address of this machine")]
    Loopback,
    /// A host that is not below one of the allowed ones, which this lists.
    #[error("must be on a host under {0}")]
    Host(String),
    /// Something comes after the host. This is the URL without it.
    #[error("must end after the host name, as in {0}")]
    NotOnlyOrigin(String),
    /// Something comes after the path.
    #[error("must not hold a query (`?`) or a fragment (`#`)")]
    QueryOrFragment,
}

/// A checked URL: where an application is, and the origin (scheme, host and port) that every call must have.
///
/// Its path ends in a slash; what is called is found as a browser finds a link: `contacts` is below it, `/contacts` is at the root
/// of the host. A text parses into a `BaseUrl` under [`UrlPolicy::any_host`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The base URL of what is below a path, such as an API's version: what is called is found from there.
    ///
    /// ```
    /// use appflow_connector_http::BaseUrl;
    ///
    /// let base: BaseUrl = "https://example.com".parse().unwrap();
    /// let api = base.below("api/v2").unwrap();
    /// assert_eq!(api.join("contacts?page=2").unwrap().as_str(), "https://example.com/api/v2/contacts?page=2");
    /// assert_eq!(api.join("/login").unwrap().as_str(), "https://example.com/login");
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
        Ok(Self(url))
    }

    /// The URL that `reference` (a path, a path and a query, or a whole URL) stands for. No fragment is kept.
    ///
    /// # Errors
    /// InvalidArgument when it is no URL, holds a user name, or has another origin.
    pub fn join(&self, reference: &str) -> Result<Url> {
        self.join_from(&self.0, reference)
    }

    /// As [`join`](Self::join), for a reference in the answer to a call of `from`.
    pub(crate) fn join_from(&self, from: &Url, reference: &str) -> Result<Url> {
        let mut url = from.join(reference).map_err(|problem| {
            ConnectorError::invalid_argument(format!("a URL of the application is none: {problem}"))
        })?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    pub(crate) fn check(&self, url: &Url) -> Result<()> {
        if self.0.origin() == url.origin() && !has_user_info(url) {
            return Ok(());
        }
        Err(ConnectorError::invalid_argument(format!(
            "a URL points to {}, but only {} is called",
            url.origin().ascii_serialization(),
            self.0.origin().ascii_serialization()
        )))
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> std::result::Result<Self, UrlError> {
        UrlPolicy::any_host().check(text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text as one part of a path, encoded: what a user named cannot lead elsewhere.
///
/// ```
/// use appflow_connector_http::path_segment;
///
/// assert_eq!(path_segment("a/b?c").unwrap(), "a%2Fb%3Fc");
/// assert!(path_segment("..").is_err());
/// ```
///
/// # Errors
/// InvalidArgument for an empty text, `.` and `..`, which no encoding makes harmless.
pub fn path_segment(text: &str) -> Result<String> {
    if matches!(text, "" | "." | "..") {
        return Err(ConnectorError::invalid_argument(format!(
            "`{text}` cannot be part of a URL's path"
        )));
    }
    Ok(utf8_percent_encode(text, ENCODED_IN_SEGMENT).to_string())
}

fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALESFORCE: UrlPolicy =
        UrlPolicy::hosts_under(&["salesforce.com", ".Force.com"]).origin_only();

    #[test]
    fn good_urls_pass() {
        for url in [
            "https://example.my.salesforce.com",
            "https://example.my.salesforce.com/",
            "https://EXAMPLE--dev.sandbox.my.Salesforce.com:443",
            "https://salesforce.com",
            "https://eu1.force.com",
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
        ] {
            assert!(SALESFORCE.check(url).is_ok(), "{url}");
        }
        let anywhere = UrlPolicy::any_host();
        let base = anywhere.check("https://jira.example.com/jira").unwrap();
        assert_eq!(base.as_str(), "https://jira.example.com/jira/");
    }

    #[test]
    fn what_is_no_https_url_of_an_allowed_host_is_refused_with_the_reason() {
        for (url, problem) in [
            ("", "is required"),
            (
                "example.my.salesforce.com",
                "is not a URL: relative URL without a base",
            ),
            ("https://", "is not a URL: empty host"),
            // Where the credentials of a machine in the cloud are, and a file.
            ("http://169.254.169.254/", "must begin with https://"),
            ("http://[fd00:ec2::254]/", "must begin with https://"),
            ("file:///etc/passwd", "must begin with https://"),
            (
                "http://example.my.salesforce.com",
                "must begin with https://",
            ),
            ("http://localhost.example.com", "must begin with https://"),
            ("http://127.0.0.1.example.com", "must begin with https://"),
            (
                "http://localhost@169.254.169.254/",
                "must begin with https://",
            ),
            ("ftp://localhost", "must begin with https://"),
            ("javascript:alert(1)", "must begin with https://"),
            // User info, which can make a host look like another.
            (
                "https://user@salesforce.com",
                "must not hold a user name or a password",
            ),
            (
                "https://:secret@salesforce.com",
                "must not hold a user name or a password",
            ),
            (
                "https://salesforce.com@evil.example/",
                "must not hold a user name or a password",
            ),
            // Hosts that are not below an allowed one.
            (
                "https://evilsalesforce.com",
                "must be on a host under salesforce.com or .Force.com",
            ),
            (
                "https://salesforce.com.evil.example",
                "must be on a host under salesforce.com or .Force.com",
            ),
            (
                "https://evil.example\\salesforce.com",
                "must be on a host under salesforce.com or .Force.com",
            ),
            (
                "https://evil.example#.salesforce.com",
                "must be on a host under salesforce.com or .Force.com",
            ),
            (
                "https://169.254.169.254",
                "must be on a host under salesforce.com or .Force.com",
            ),
            (
                "https://2852039166/",
                "must be on a host under salesforce.com or .Force.com",
            ),
            // More than an origin.
            (
                "https://salesforce.com/services",
                "must end after the host name, as in https://salesforce.com",
            ),
            (
                "https://salesforce.com?a=b",
                "must end after the host name, as in https://salesforce.com",
            ),
            (
                "https://salesforce.com:8443/#top",
                "must end after the host name, as in https://salesforce.com:8443",
            ),
        ] {
            assert_eq!(
                SALESFORCE.check(url).unwrap_err().to_string(),
                problem,
                "{url}"
            );
        }
        let query = UrlPolicy::any_host().check("https://example.com/api?key=1");
        assert_eq!(query.unwrap_err(), UrlError::QueryOrFragment);
    }

    #[test]
    fn an_empty_suffix_allows_no_host() {
        for suffixes in [&[""] as &'static [&'static str], &["."]] {
            let policy = UrlPolicy::hosts_under(suffixes);
            assert!(policy.check("https://example.com").is_err());
        }
    }

    #[test]
    fn loopback_can_be_forbidden() {
        let policy = UrlPolicy::any_host().without_loopback();
        assert_eq!(
            policy.check("http://127.0.0.1:9001"),
            Err(UrlError::NotHttps)
        );
        assert_eq!(policy.check("https://localhost"), Err(UrlError::Loopback));
        assert_eq!(policy.check("https://127.9.9.9"), Err(UrlError::Loopback));
        assert!(policy.check("https://example.com").is_ok());
    }

    #[test]
    fn a_bad_setting_is_named() {
        let settings = [("instanceUrl".to_owned(), "http://evil.example".to_owned())].into();
        let error = SALESFORCE
            .check_setting("instanceUrl", &settings)
            .unwrap_err();
        assert_eq!(error.message(), "instanceUrl must begin with https://");
        let error = SALESFORCE
            .check_setting("instanceUrl", &StringMap::new())
            .unwrap_err();
        assert_eq!(error.message(), "instanceUrl is required");
    }

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

    #[test]
    fn a_segment_stays_one_part_of_the_path() {
        let base: BaseUrl = "https://example.com/objects".parse().unwrap();
        for name in ["a/../../b", "a%2F..", "ä b", "?x#y", "...", "a;b=c"] {
            let url = base
                .join(&format!("{}/describe", path_segment(name).unwrap()))
                .unwrap();
            let parts: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(
                (parts.len(), parts[0], parts[2]),
                (3, "objects", "describe"),
                "{url}"
            );
        }
    }
}
