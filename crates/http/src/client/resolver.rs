//! Checks the addresses of a host before each connection: the text of a URL does not show where its
//! name leads, and that may change from one connection to the next.

use std::env;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::url::Network;

/// Looks up the addresses of a host name; may block.
pub(crate) type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Asks the system's resolver.
pub(super) fn system_lookup(host: &str) -> io::Result<Vec<IpAddr>> {
    let addresses = (host, 0).to_socket_addrs()?;
    Ok(addresses.map(|address| address.ip()).collect())
}

/// A host that has addresses, of which none may be called.
#[derive(Debug, thiserror::Error)]
#[error("{host} resolves to {address}, {what}")]
pub(crate) struct ForbiddenAddress {
    host: String,
    address: IpAddr,
    what: &'static str,
}

/// The resolver of an HTTP client.
pub(super) struct CheckedResolver {
    lookup: Arc<Lookup>,
    allows_private: bool,
    /// The proxies in the function's environment, which its owner chose. They resolve the
    /// application's name themselves.
    proxies: Vec<String>,
}

impl CheckedResolver {
    pub(super) fn new(lookup: Arc<Lookup>, allows_private: bool) -> Self {
        Self {
            lookup,
            allows_private,
            proxies: proxies(),
        }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allows_private) = (Arc::clone(&self.lookup), self.allows_private);
        let host = name.as_str().to_owned();
        let is_proxy = self.proxies.contains(&host);
        Box::pin(async move {
            let (host, found) = tokio::task::spawn_blocking(move || {
                let found = lookup(&host);
                (host, found)
            })
            .await?;
            let mut addresses = found?;
            if !is_proxy {
                addresses = allowed(&host, addresses, allows_private)?;
            }
            // reqwest replaces the port 0.
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Returns those of a host's addresses that may be called: this machine for `localhost` and names
/// below it, other networks for all other names.
fn allowed(
    host: &str,
    addresses: Vec<IpAddr>,
    allows_private: bool,
) -> Result<Vec<IpAddr>, ForbiddenAddress> {
    let is_local_name = Network::of_host(&Host::Domain(host)) == Network::Loopback;
    let problem = |address: &IpAddr| match Network::of(*address) {
        Network::Loopback if is_local_name => None,
        Network::Loopback => Some("a loopback address"),
        _ if is_local_name => Some("which is not a loopback address"),
        Network::Reserved => Some("a link-local, metadata or reserved address"),
        Network::Private if !allows_private => Some("an address of a private network"),
        Network::Private | Network::Public => None,
    };
    let first = addresses.first().copied();
    let refused = first.and_then(|first| problem(&first).map(|what| (first, what)));
    let allowed: Vec<_> = addresses
        .into_iter()
        .filter(|address| problem(address).is_none())
        .collect();
    match refused {
        Some((address, what)) if allowed.is_empty() => Err(ForbiddenAddress {
            host: host.to_owned(),
            address,
            what,
        }),
        _ => Ok(allowed),
    }
}

/// The hosts of the proxies that reqwest takes from the environment.
fn proxies() -> Vec<String> {
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        .into_iter()
        .flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()])
        .filter_map(|name| env::var(name).ok())
        .filter_map(|proxy| host_of(&proxy))
        .collect()
}

fn host_of(proxy: &str) -> Option<String> {
    let has_scheme = proxy.contains("://");
    let url = if has_scheme {
        Url::parse(proxy)
    } else {
        Url::parse(&format!("http://{proxy}"))
    };
    url.ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, addresses: &[&str], allows_private: bool) -> Result<usize, String> {
        let addresses = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        allowed(host, addresses, allows_private)
            .map(|allowed| allowed.len())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_leads_only_to_networks_that_may_be_called() {
        assert_eq!(
            check("a.example", &["1.1.1.1", "2606:4700::1111"], false),
            Ok(2)
        );
        for (address, what) in [
            ("127.0.0.1", "a loopback address"),
            ("::ffff:127.0.0.1", "a loopback address"),
            ("10.0.0.7", "an address of a private network"),
            ("fd12::1", "an address of a private network"),
            (
                "169.254.169.254",
                "a link-local, metadata or reserved address",
            ),
            ("0.0.0.0", "a link-local, metadata or reserved address"),
        ] {
            let expected = format!("a.example resolves to {address}, {what}");
            assert_eq!(check("a.example", &[address], false), Err(expected));
            // Of several addresses the others are called.
            assert_eq!(check("a.example", &[address, "1.1.1.1"], false), Ok(1));
        }
        assert_eq!(check("a.example", &["10.0.0.7", "fd12::1"], true), Ok(2));
        assert!(check("a.example", &["127.0.0.1", "::1"], true).is_err());
        assert!(check("a.example", &["169.254.169.254"], true).is_err());
        assert_eq!(check("a.example", &[], false), Ok(0));
    }

    #[test]
    fn localhost_is_this_machine() {
        assert_eq!(check("localhost", &["127.0.0.1", "::1"], false), Ok(2));
        assert_eq!(check("a.localhost", &["127.0.0.1"], false), Ok(1));
        assert_eq!(
            check("a.localhost", &["1.1.1.1"], true),
            Err("a.localhost resolves to 1.1.1.1, which is not a loopback address".to_owned())
        );
    }

    #[test]
    fn the_host_of_a_proxy_is_read_as_reqwest_reads_it() {
        let host = |proxy| host_of(proxy);
        assert_eq!(host("proxy.corp:3128").as_deref(), Some("proxy.corp"));
        assert_eq!(
            host("http://user:pw@proxy.corp").as_deref(),
            Some("proxy.corp")
        );
        assert_eq!(host(""), None);
    }
}
