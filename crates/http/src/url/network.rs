//! Which network an address belongs to: the one place that decides which addresses are called,
//! before DNS ([`UrlPolicy`](super::UrlPolicy)) and after it (the client's resolver).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ::url::Host;

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// A host of the internet.
    Public,
    /// A network of the function's owner or of a provider: RFC 1918, carrier-grade NAT, unique
    /// local, benchmarks.
    Private,
    /// This machine.
    Loopback,
    /// An address that is never an application's: link-local, the metadata services of clouds,
    /// multicast, unspecified, documentation, retired transitions to IPv6, not yet assigned.
    Reserved,
}

impl Network {
    /// Returns what the text of a host says. A name says nothing until it is resolved, and counts
    /// as public, except for `localhost` and names below it (RFC 6761).
    pub(crate) fn of_host(host: &Host<&str>) -> Self {
        match host {
            Host::Domain(name) if is_localhost(name) => Self::Loopback,
            Host::Domain(_) => Self::Public,
            Host::Ipv4(address) => Self::of_v4(*address),
            Host::Ipv6(address) => Self::of_v6(*address),
        }
    }

    /// Returns the network of an address.
    pub(crate) const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    /// By IANA's registry of special-purpose addresses, with the metadata addresses of Alibaba
    /// Cloud and Azure.
    #[expect(clippy::match_same_arms, reason = "a line for each kind of address")]
    const fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [127, ..] => Self::Loopback,
            [100, 100, 100, 200] | [168, 63, 129, 16] => Self::Reserved,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Private,
            [100, 64..=127, ..] | [198, 18..=19, ..] => Self::Private,
            [0 | 224..=255, ..] | [169, 254, ..] => Self::Reserved,
            [192, 0, 0 | 2, _] | [192, 88, 99, _] => Self::Reserved,
            [198, 51, 100, _] | [203, 0, 113, _] => Self::Reserved,
            _ => Self::Public,
        }
    }

    #[expect(clippy::match_same_arms, reason = "a line for each kind of address")]
    const fn of_v6(address: Ipv6Addr) -> Self {
        if let Some(address) = address.to_ipv4_mapped() {
            return Self::of_v4(address);
        }
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address in them.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
                Self::through_a_gateway(high, low)
            }
            // The metadata services of AWS and of Google Cloud.
            [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] => Self::Reserved,
            [0xfc00..=0xfdff, ..] => Self::Private,
            // Teredo, benchmarks, ORCHID; documentation.
            [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Reserved,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Reserved,
        }
    }

    const fn through_a_gateway(high: u16, low: u16) -> Self {
        match Self::of_v4(Ipv4Addr::from_bits((high as u32) << 16 | low as u32)) {
            Self::Public => Self::Public,
            Self::Private => Self::Private,
            // The gateway's own.
            Self::Loopback | Self::Reserved => Self::Reserved,
        }
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_all(network: Network, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(Network::of(address.parse().unwrap()), network, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        assert_all(
            Network::Public,
            &[
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "::ffff:1.1.1.1",
                "64:ff9b::1.1.1.1",
                "2002:101:101::1",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2606:4700::1111",
                "2a00:1450::1",
            ],
        );
    }

    #[test]
    fn addresses_of_private_networks_are_private() {
        assert_all(
            Network::Private,
            &[
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.168.0.0",
                "192.168.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "::ffff:10.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::192.168.0.1",
                "2002:a00:1::1",
                "fc00::1",
                "fd12:3456:789a::1",
                "fdff:ffff::1",
            ],
        );
    }

    #[test]
    fn this_machine_is_loopback() {
        assert_all(
            Network::Loopback,
            &["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"],
        );
        let of_name = |name| Network::of_host(&Host::Domain(name));
        assert_eq!(of_name("localhost"), Network::Loopback);
        assert_eq!(of_name("foo.localhost"), Network::Loopback);
        assert_eq!(of_name("foolocalhost"), Network::Public);
        assert_eq!(of_name("localhost.example.com"), Network::Public);
    }

    #[test]
    fn what_is_no_applications_address_is_reserved() {
        assert_all(
            Network::Reserved,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "169.254.0.1",
                "169.254.169.254",
                "169.254.170.2",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::127.0.0.1",
                "::10.0.0.1",
                "::ffff:0.0.0.0",
                "::ffff:169.254.169.254",
                "::ffff:0:127.0.0.1",
                "64:ff9b::127.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::10.0.0.1",
                "100::1",
                "2001::1",
                "2001:0:7f00:1::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:a9fe:a9fe::1",
                "3fff::1",
                "4000::1",
                "fd00:ec2::254",
                "fd20:ce::254",
                "fe80::1",
                "fe80::a9fe:a9fe",
                "fec0::1",
                "ff02::1",
            ],
        );
    }
}
