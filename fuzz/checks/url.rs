//! A URL from a user is refused, or leads only to hosts that its policy allows. A reference of the
//! application never leaves its origin.

use std::str;

use appflow_connector_http::{BaseUrl, Url, UrlPolicy, path_segment};

const SALESFORCE: UrlPolicy = UrlPolicy::hosts_under(&["salesforce.com"])
    .except(&["login.salesforce.com"], "*.my.salesforce.com")
    .origin_only();

/// The first line is the URL, the second a reference.
pub fn check(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let (url, reference) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(segment) = path_segment(reference) {
        assert!(!segment.contains(['/', '?', '#', '\\']), "{segment}");
    }
    if let Ok(base) = UrlPolicy::any_host().without_loopback().check(url) {
        check_base(&base, reference);
        assert!(base.as_str().starts_with("https://"));
        assert!(!is_local(&host(&base)), "{base}");
    }
    if let Ok(base) = UrlPolicy::any_host().with_private_networks().check(url) {
        check_base(&base, reference);
        let metadata = [
            "169.254.169.254",
            "[fd00:ec2::254]",
            "[::ffff:a9fe:a9fe]",
            "0.0.0.0",
        ];
        assert!(!metadata.contains(&host(&base).as_str()), "{base}");
    }
    if let Ok(base) = SALESFORCE.check(url) {
        check_base(&base, reference);
        let host = host(&base);
        let is_salesforce = host == "salesforce.com" || host.ends_with(".salesforce.com");
        assert!(is_salesforce || is_local(&host), "{base}");
        assert_ne!(host, "login.salesforce.com");
    }
}

fn host(base: &BaseUrl) -> String {
    let url: Url = base.as_str().parse().unwrap();
    url.host_str().unwrap().to_owned()
}

/// Whether the host's text leads to this machine.
fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.") && host.parse::<std::net::Ipv4Addr>().is_ok()
        || host == "[::1]"
        || host.starts_with("[::ffff:7f")
}

fn check_base(base: &BaseUrl, reference: &str) {
    let url: Url = base.as_str().parse().unwrap();
    assert!(url.path().ends_with('/') && url.query().is_none() && url.fragment().is_none());
    let host = url.host_str().unwrap();
    assert!(!host.ends_with('.') && !host.contains(".."), "{host}");
    if let Ok(next) = base.join(reference) {
        assert_eq!(next.origin(), url.origin());
        assert!(next.username().is_empty() && next.password().is_none());
    }
}
