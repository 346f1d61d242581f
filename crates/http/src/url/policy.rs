use std::str::FromStr;

use appflow_connector_model::{ConnectorError, StringMap};
use url::{Host, Url};

use super::base::{BaseUrl, has_user_info};
use crate::result::Result;

/// Which URLs a user may give as the application's, such as the setting `instanceUrl`. The
/// credentials are sent to that URL.
///
/// The check reads the text and opens no socket. It accepts `https`, and `http` on loopback
/// addresses, which sandboxes and tests use. With [`hosts_under`](Self::hosts_under) it accepts
/// only the named hosts and their subdomains.
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
    /// Any host. For applications that users run on their own hosts.
    pub const fn any_host() -> Self {
        Self::hosts_under(&[])
    }

    /// These hosts and their subdomains: `salesforce.com` allows itself and `eu1.salesforce.com`,
    /// not `evilsalesforce.com`. IP addresses other than loopback addresses are refused.
    pub const fn hosts_under(host_suffixes: &'static [&'static str]) -> Self {
        Self {
            host_suffixes,
            origin_only: false,
            no_loopback: false,
        }
    }

    /// Refuses a URL with a path, query or fragment.
    #[must_use]
    pub const fn origin_only(mut self) -> Self {
        self.origin_only = true;
        self
    }

    /// Also refuses `localhost`, `127.0.0.0/8` and `[::1]`. In a Lambda function they lead only to
    /// Lambda's own API.
    #[must_use]
    pub const fn without_loopback(mut self) -> Self {
        self.no_loopback = true;
        self
    }

    /// Checks a URL.
    ///
    /// # Errors
    /// [`UrlError`], whose text continues the setting's name ("instanceUrl must begin with
    /// https://"), as the runtime's `SettingErrors::add` expects it.
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
        Ok(BaseUrl::from_checked(url))
    }

    /// Checks the URL in a user's setting.
    ///
    /// # Errors
    /// InvalidArgument with the setting's name and what is wrong with its value.
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

/// Why a URL is refused. The texts continue the name of the setting that holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The text is empty or the setting is absent.
    #[error("is required")]
    Empty,
    /// The text is not an absolute URL.
    #[error("is not a URL: {0}")]
    NotAUrl(url::ParseError),
    /// The scheme is neither `https`, nor `http` on a loopback address.
    #[error("must begin with https://")]
    NotHttps,
    /// The URL contains a user name or password.
    #[error("must not contain a user name or a password")]
    UserInfo,
    /// A loopback address, which the policy does not allow.
    #[error("must not be a loopback address")]
    Loopback,
    /// The host is not one of the allowed hosts, which this lists, or a subdomain of one.
    #[error("must be on a host under {0}")]
    Host(String),
    /// The URL has a path, query or fragment. This is the URL without it.
    #[error("must end after the host name, as in {0}")]
    NotOnlyOrigin(String),
    /// The URL has a query or a fragment.
    #[error("must not contain a query (`?`) or a fragment (`#`)")]
    QueryOrFragment,
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> std::result::Result<Self, UrlError> {
        UrlPolicy::any_host().check(text)
    }
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
    fn other_urls_are_refused_with_the_reason() {
        for (url, problem) in [
            ("", "is required"),
            (
                "example.my.salesforce.com",
                "is not a URL: relative URL without a base",
            ),
            ("https://", "is not a URL: empty host"),
            // A cloud machine's metadata service with its credentials, and a file.
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
            // User info, which can make one host look like another.
            (
                "https://user@salesforce.com",
                "must not contain a user name or a password",
            ),
            (
                "https://:secret@salesforce.com",
                "must not contain a user name or a password",
            ),
            (
                "https://salesforce.com@evil.example/",
                "must not contain a user name or a password",
            ),
            // Hosts that are not subdomains of an allowed one.
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
}
