use std::str::FromStr;

use appflow_connector_model::{ConnectorError, StringMap};
use url::{Host, Url};

use super::base::{BaseUrl, has_user_info};
use super::network::Network;
use crate::result::Result;

/// Which URLs a user may give as the application's, such as the setting `instanceUrl`. The
/// credentials are sent to that URL.
///
/// [`check`](Self::check) reads the text and opens no socket. It accepts `https` on hosts of the
/// internet, and `http` and `https` on this machine (`localhost`, names below it, loopback
/// addresses), which sandboxes and tests use. With [`hosts_under`](Self::hosts_under) it accepts
/// only the named hosts and their subdomains.
///
/// What the text cannot show is checked for every connection: a host name that resolves to an
/// address of this machine or of a private network is not connected to, and a name below
/// `localhost` only if it resolves to this machine. Addresses that are never an application's, such
/// as the metadata service 169.254.169.254, are refused under every policy, also inside of IPv6.
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
    excepted: &'static [&'static str],
    instead: &'static str,
    origin_only: bool,
    no_loopback: bool,
    private_networks: bool,
}

impl UrlPolicy {
    /// Any host of the internet. For applications that users run on their own hosts.
    pub const fn any_host() -> Self {
        Self::hosts_under(&[])
    }

    /// These hosts and their subdomains: `salesforce.com` allows itself and `eu1.salesforce.com`,
    /// not `evilsalesforce.com`. IP addresses other than loopback addresses are refused.
    pub const fn hosts_under(host_suffixes: &'static [&'static str]) -> Self {
        Self {
            host_suffixes,
            excepted: &[],
            instead: "",
            origin_only: false,
            no_loopback: false,
            private_networks: false,
        }
    }

    /// Refuses these hosts and their subdomains, which users confuse with the application's. The
    /// error names the right kind of host, `instead`.
    ///
    /// ```
    /// use appflow_connector_http::UrlPolicy;
    ///
    /// let policy = UrlPolicy::hosts_under(&["salesforce.com"])
    ///     .except(&["login.salesforce.com"], "*.my.salesforce.com");
    /// assert_eq!(
    ///     policy.check("https://login.salesforce.com").unwrap_err().to_string(),
    ///     "must be on a host such as *.my.salesforce.com, not on login.salesforce.com"
    /// );
    /// ```
    #[must_use]
    pub const fn except(mut self, hosts: &'static [&'static str], instead: &'static str) -> Self {
        self.excepted = hosts;
        self.instead = instead;
        self
    }

    /// Refuses a URL with a path, query or fragment.
    #[must_use]
    pub const fn origin_only(mut self) -> Self {
        self.origin_only = true;
        self
    }

    /// Also refuses this machine: `localhost`, names below it, `127.0.0.0/8` and `[::1]`. In a
    /// Lambda function they lead only to Lambda's own API.
    #[must_use]
    pub const fn without_loopback(mut self) -> Self {
        self.no_loopback = true;
        self
    }

    /// Also accepts, over `https`, hosts of private networks, by address or by a name that resolves
    /// to one: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15 and
    /// fc00::/7. For functions in a VPC whose application is in that VPC or behind it.
    #[must_use]
    pub const fn with_private_networks(mut self) -> Self {
        self.private_networks = true;
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
        let network = url.host().map(|host| Network::of_host(&host));
        match (url.scheme(), network) {
            ("https", Some(_)) => {}
            ("http", Some(Network::Loopback)) if !self.no_loopback => {}
            _ => return Err(UrlError::NotHttps),
        }
        if has_user_info(&url) {
            return Err(UrlError::UserInfo);
        }
        self.check_host(&url)?;
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
        Ok(BaseUrl::from_checked(url, self.private_networks))
    }

    /// Checks the URL in a user's setting.
    ///
    /// # Errors
    /// InvalidArgument with the setting's name and what is wrong with its value.
    pub fn check_setting(&self, key: &str, settings: &StringMap) -> Result<BaseUrl> {
        self.check(settings.get(key).map_or("", String::as_str))
            .map_err(|problem| ConnectorError::invalid_argument(format!("{key} {problem}")))
    }

    fn check_host(&self, url: &Url) -> std::result::Result<(), UrlError> {
        let host = url.host().ok_or(UrlError::HostName)?;
        if let Host::Domain(name) = host
            && !is_host_name(name)
        {
            return Err(UrlError::HostName);
        }
        let network = Network::of_host(&host);
        if network == Network::Loopback {
            return if self.no_loopback {
                Err(UrlError::Loopback)
            } else {
                Ok(())
            };
        }
        let is_allowed = self.host_suffixes.is_empty() || find(self.host_suffixes, &host).is_some();
        if !is_allowed {
            return Err(UrlError::Host(self.host_suffixes.join(" or ")));
        }
        if let Some(excepted) = find(self.excepted, &host) {
            return Err(UrlError::Excepted {
                host: excepted,
                instead: self.instead,
            });
        }
        match network {
            Network::Reserved => Err(UrlError::ReservedAddress),
            Network::Private if !self.private_networks => Err(UrlError::PrivateNetwork),
            _ => Ok(()),
        }
    }
}

/// Returns the entry that is the host or a parent of it.
fn find(entries: &'static [&'static str], host: &Host<&str>) -> Option<&'static str> {
    let Host::Domain(name) = host else {
        return None;
    };
    entries.iter().copied().find(|entry| {
        let entry = entry.trim_start_matches('.').to_ascii_lowercase();
        let above = name.strip_suffix(entry.as_str());
        !entry.is_empty() && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// Whether each label has 1 to 63 letters, digits, `-` and `_`, does not begin or end with `-`, and
/// the name has at most 253 characters. A dot at the end would make an equal host look like
/// another.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= 253 && name.split('.').all(is_label)
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
    /// The host name has an empty or too long label, another character, or a dot at the end.
    #[error(
        "must have a host name of letters, digits, hyphens and single dots, at most 63 characters between dots, without a dot at the end"
    )]
    HostName,
    /// A loopback address, which the policy does not allow.
    #[error("must not be a loopback address")]
    Loopback,
    /// An address of a private network, which the policy does not allow.
    #[error("must not be an address of a private network")]
    PrivateNetwork,
    /// A link-local, metadata, multicast, documentation or unassigned address.
    #[error("must not be a link-local, metadata or reserved address")]
    ReservedAddress,
    /// The host is not one of the allowed hosts, which this lists, or a subdomain of one.
    #[error("must be on a host under {0}")]
    Host(String),
    /// The host is one that users confuse with the application's, or a subdomain of one.
    #[error("must be on a host such as {instead}, not on {host}")]
    Excepted {
        /// The host that is not the application's.
        host: &'static str,
        /// The right kind of host.
        instead: &'static str,
    },
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

/// Returns InvalidArgument: the URL is a setting's. [`UrlPolicy::check_setting`] also names the
/// setting.
impl From<UrlError> for ConnectorError {
    fn from(error: UrlError) -> Self {
        Self::invalid_argument(format!("the application's URL {error}"))
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
        for url in [
            "http://localhost.",
            "https://localhost.",
            "https://foo.localhost",
            "https://foo.localhost.",
            "https://LOCALHOST",
            "https://0.0.0.0",
            "https://0",
            "https://127.1",
            "https://0x7f000001",
            "https://2130706433",
            "https://017700000001",
            "https://[::]",
            "https://[::1]",
            "https://[::127.0.0.1]",
            "https://[::ffff:127.0.0.1]",
            "https://[::ffff:0:127.0.0.1]",
            "https://[64:ff9b::7f00:1]",
            "https://[2002:7f00:1::]",
        ] {
            assert!(policy.check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn private_networks_are_allowed_by_the_author_alone() {
        let anywhere = UrlPolicy::any_host();
        for url in [
            "https://10.0.0.1",
            "https://172.16.0.1",
            "https://192.168.1.1:8443",
            "https://100.64.0.1",
            "https://[fd12:3456::1]",
            "https://[::ffff:10.0.0.1]",
            "https://[64:ff9b::10.0.0.1]",
            "https://[2002:c0a8:101::1]",
        ] {
            assert_eq!(anywhere.check(url), Err(UrlError::PrivateNetwork), "{url}");
            assert!(anywhere.with_private_networks().check(url).is_ok(), "{url}");
            let http = url.replace("https", "http");
            let result = anywhere.with_private_networks().check(&http);
            assert_eq!(result, Err(UrlError::NotHttps), "{http}");
        }
    }

    #[test]
    fn reserved_addresses_are_refused_under_every_policy() {
        for url in [
            "https://169.254.169.254/latest/meta-data",
            "https://2852039166",
            "https://[::ffff:169.254.169.254]",
            "https://[fd00:ec2::254]",
            "https://[fe80::1]",
            "https://0.0.0.0",
            "https://[::]",
            "https://224.0.0.1",
            "https://255.255.255.255",
        ] {
            for policy in [
                UrlPolicy::any_host(),
                UrlPolicy::any_host().with_private_networks(),
            ] {
                assert_eq!(policy.check(url), Err(UrlError::ReservedAddress), "{url}");
            }
        }
    }

    #[test]
    fn host_names_are_well_formed() {
        let long_label = format!("https://{}.salesforce.com", "a".repeat(64));
        let long_name = format!("https://{}salesforce.com", "abcdefg.".repeat(31));
        for url in [
            "https://..salesforce.com",
            "https://.salesforce.com",
            "https://a..salesforce.com",
            "https://a.salesforce.com.",
            "https://salesforce.com.",
            "https://salesforce.com..",
            "https://*.salesforce.com",
            "https://a,b.salesforce.com",
            "https://a{b}.salesforce.com",
            "https://-a.salesforce.com",
            "https://a-.salesforce.com",
            &long_label,
            &long_name,
        ] {
            assert_eq!(SALESFORCE.check(url), Err(UrlError::HostName), "{url}");
            let result = UrlPolicy::any_host().check(url);
            assert_eq!(result, Err(UrlError::HostName), "{url}");
        }
        let label = format!("https://{}.salesforce.com", "a".repeat(63));
        assert!(SALESFORCE.check(&label).is_ok());
        let name = format!("https://{}asalesforce.com", "abcdefg.".repeat(29));
        assert!(UrlPolicy::any_host().check(&name).is_ok());
    }

    #[test]
    fn hosts_that_are_confused_with_the_right_one_are_named() {
        let policy = SALESFORCE.except(
            &["login.salesforce.com", "lightning.force.com"],
            "*.my.salesforce.com",
        );
        for (url, host) in [
            ("https://login.salesforce.com", "login.salesforce.com"),
            ("https://LOGIN.salesforce.com:443", "login.salesforce.com"),
            ("https://a.lightning.force.com", "lightning.force.com"),
            (
                "https://a--b.sandbox.lightning.force.com",
                "lightning.force.com",
            ),
        ] {
            let error = policy.check(url).unwrap_err().to_string();
            let expected = format!("must be on a host such as *.my.salesforce.com, not on {host}");
            assert_eq!(error, expected, "{url}");
        }
        for url in [
            "https://a.my.salesforce.com",
            "https://notlogin.salesforce.com",
            "https://a.my.force.com",
            "http://127.0.0.1:8080",
        ] {
            assert!(policy.check(url).is_ok(), "{url}");
        }
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
