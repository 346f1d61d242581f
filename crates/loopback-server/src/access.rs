//! Which requests are served: those that no other web site can have made.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, header};

const ALLOWED: &str = "localhost, *.localhost, 127.0.0.0/8 and [::1]";

/// Returns why the request is refused, for the client.
pub(crate) fn check<B>(
    request: &Request<B>,
    allowed_hosts: &[String],
    local: IpAddr,
) -> Result<(), String> {
    let host = single(request.headers(), &header::HOST)?.unwrap_or_default();
    let authorities = request.uri().authority().map(Authority::as_str);
    for authority in authorities.into_iter().chain([host]) {
        if !is_allowed(host_of(authority), allowed_hosts, local) {
            let others = match allowed_hosts {
                [] => String::new(),
                hosts => format!(", {}", hosts.join(", ")),
            };
            return Err(format!(
                "the Host {authority:?} is not allowed; allowed: {ALLOWED}{others}"
            ));
        }
    }
    if let Some(origin) = single(request.headers(), &header::ORIGIN)?
        && !is_own(origin, host)
    {
        return Err(format!(
            "the Origin {origin:?} is not allowed; allowed: http://{host}, or no Origin"
        ));
    }
    let site = request.headers().get("sec-fetch-site");
    match site.map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(other) => Err(format!(
            "Sec-Fetch-Site {:?} is not allowed; allowed: same-origin and none",
            String::from_utf8_lossy(other)
        )),
    }
}

fn single<'a>(
    headers: &'a HeaderMap,
    name: &header::HeaderName,
) -> Result<Option<&'a str>, String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    match (value.map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(format!(
            "the header {name} must occur once, with visible ASCII characters"
        )),
    }
}

/// The host of `host`, `host:port`, `[address]` or `[address]:port`.
fn host_of(authority: &str) -> &str {
    match authority.find(']') {
        Some(end) if authority.starts_with('[') => &authority[..=end],
        _ => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_allowed(host: &str, allowed_hosts: &[String], local: IpAddr) -> bool {
    let address = address_of(host);
    let is_local = |address: IpAddr| {
        address == IpAddr::V6(Ipv6Addr::LOCALHOST)
            || address == local
            || matches!(address, IpAddr::V4(address) if address.is_loopback())
    };
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    address.is_some_and(is_local)
        || name == "localhost"
        || name.ends_with(".localhost")
        || allowed_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(host))
}

fn address_of(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

fn is_own(origin: &str, host: &str) -> bool {
    ["http://", "https://"]
        .into_iter()
        .filter_map(|scheme| origin.strip_prefix(scheme))
        .any(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn result(uri: &str, headers: &[(&str, &str)], allowed: &[&str]) -> Result<(), String> {
        let builder = Request::get(uri);
        let request = headers
            .iter()
            .fold(builder, |builder, (name, value)| {
                builder.header(*name, *value)
            })
            .body(())
            .unwrap();
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        check(&request, &allowed, LOOPBACK)
    }

    #[test]
    fn loopback_names_are_allowed() {
        for host in [
            "localhost",
            "LocalHost:4566",
            "localhost.",
            "secrets.localhost:80",
            "127.0.0.1:4566",
            "127.8.9.10",
            "[::1]",
            "[::1]:4566",
        ] {
            assert_eq!(result("/", &[("host", host)], &[]), Ok(()), "{host}");
        }
    }

    #[test]
    fn other_hosts_are_refused_with_what_is_allowed() {
        for host in [
            "",
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "127.1",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
            "[::ffff:127.0.0.1]",
            "localhost@evil.example",
        ] {
            let refused = result("/", &[("host", host)], &["tools"]).unwrap_err();
            assert!(
                refused.contains("127.0.0.0/8 and [::1], tools"),
                "{refused}"
            );
        }
        assert!(result("/", &[], &[]).is_err());
        assert!(result("/", &[("host", "localhost"), ("host", "localhost")], &[]).is_err());
        assert!(result("http://evil.example/", &[("host", "localhost")], &[]).is_err());
    }

    #[test]
    fn hosts_of_the_list_and_the_connections_own_address_are_allowed() {
        let allowed = ["host.docker.internal"];
        assert_eq!(
            result("/", &[("host", "Host.docker.internal:9")], &allowed),
            Ok(())
        );
        assert!(result("/", &[("host", "x.host.docker.internal")], &allowed).is_err());
        let request = Request::get("/")
            .header("host", "10.1.2.3:80")
            .body(())
            .unwrap();
        assert!(check(&request, &[], [10, 1, 2, 3].into()).is_ok());
        assert!(check(&request, &[], [10, 1, 2, 4].into()).is_err());
    }

    #[test]
    fn only_the_servers_own_origin_is_allowed() {
        let of = |origin: &str| result("/", &[("host", "localhost:4566"), ("origin", origin)], &[]);
        assert_eq!(of("http://localhost:4566"), Ok(()));
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost:3000",
            "http://localhost",
        ] {
            assert!(
                of(origin).unwrap_err().contains("http://localhost:4566"),
                "{origin}"
            );
        }
    }

    #[test]
    fn a_browser_must_have_been_on_the_same_origin() {
        let from =
            |site: &str| result("/", &[("host", "localhost"), ("sec-fetch-site", site)], &[]);
        assert_eq!(from("same-origin"), Ok(()));
        assert_eq!(from("none"), Ok(()));
        assert!(from("cross-site").is_err());
        assert!(from("same-site").is_err());
    }
}
