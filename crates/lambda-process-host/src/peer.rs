//! Whose socket is at the other end of a connection on this machine. Linux only.

use std::fs;
use std::io::{self, Read as _};
use std::mem::size_of;
use std::net::SocketAddrV4;

use rustix::io::retry_on_intr;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};

use crate::process_tree::relatives;

/// The numbers of linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const INET: u8 = 2;
const TCP: u8 = 6;
const HEADER_BYTES: u32 = 16;
const REQUEST_BYTES: u32 = 56;
const TYPE_AT: usize = 4;
const INODE_AT: usize = 84;

/// Whether the client's end of a connection belongs to a process, to its process group, or to a
/// child of it. `client` and `server` are the addresses of the two ends.
pub(crate) fn belongs_to(process: u32, client: SocketAddrV4, server: SocketAddrV4) -> bool {
    let inode = inode_by_netlink(client, server).or_else(|_| inode_by_table(client, server));
    let Ok(inode) = inode else {
        return false;
    };
    let socket = format!("socket:[{inode}]");
    has_open(process, &socket)
        || relatives(process)
            .into_iter()
            .any(|relative| has_open(relative, &socket))
}

/// Asks the kernel for one socket, which takes microseconds however many there are.
fn inode_by_netlink(client: SocketAddrV4, server: SocketAddrV4) -> io::Result<u32> {
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    connect(&kernel, &SocketAddrNetlink::new(0, 0))?;
    let mut request = Vec::with_capacity((HEADER_BYTES + REQUEST_BYTES) as usize);
    // The header: length, type, flags, sequence number, port.
    request.extend((HEADER_BYTES + REQUEST_BYTES).to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(REQUEST.to_ne_bytes());
    request.extend([0; 8]);
    // The socket: family, protocol, no extensions, padding, every state.
    request.extend([INET, TCP, 0, 0]);
    request.extend(u32::MAX.to_ne_bytes());
    request.extend(client.port().to_be_bytes());
    request.extend(server.port().to_be_bytes());
    for address in [client.ip(), server.ip()] {
        request.extend(address.octets());
        request.extend([0; 12]);
    }
    // Any interface, no cookie.
    request.extend([0; 4]);
    request.extend([0xff; 8]);
    retry_on_intr(|| send(&kernel, &request, SendFlags::empty()))?;

    let mut response = [0; 1024];
    let (_, size) = retry_on_intr(|| recv(&kernel, &mut response[..], RecvFlags::empty()))?;
    let number = response.get(TYPE_AT..TYPE_AT + size_of::<u16>());
    let inode = response.get(INODE_AT..INODE_AT + size_of::<u32>());
    match (number, inode) {
        (Some(number), Some(inode))
            if number == SOCK_DIAG_BY_FAMILY.to_ne_bytes() && size >= INODE_AT + inode.len() =>
        {
            Ok(u32::from_ne_bytes(inode.try_into().unwrap_or_default()))
        }
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Searches the table of all sockets, for kernels without the interface above. Takes milliseconds.
fn inode_by_table(client: SocketAddrV4, server: SocketAddrV4) -> io::Result<u32> {
    let mut table = String::new();
    fs::File::open("/proc/net/tcp")?.read_to_string(&mut table)?;
    // Has the IPv4 connections of IPv6 sockets, which Java opens.
    table.push_str(&fs::read_to_string("/proc/net/tcp6").unwrap_or_default());
    inode_in(&table, client, server).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// A line is `NUMBER: LOCAL REMOTE STATE QUEUES TIMER RETRANSMITS UID TIMEOUT INODE …`.
fn inode_in(table: &str, client: SocketAddrV4, server: SocketAddrV4) -> Option<u32> {
    let written = |address: SocketAddrV4| {
        let number = u32::from_ne_bytes(address.ip().octets());
        format!("{number:08X}:{:04X}", address.port())
    };
    let (client, server) = (written(client), written(server));
    table.lines().find_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let is_it = columns.next()?.ends_with(&client) && columns.next()?.ends_with(&server);
        is_it.then(|| columns.nth(6)?.parse().ok())?
    })
}

fn has_open(process: u32, socket: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{process}/fd"));
    files.into_iter().flatten().any(|file| {
        file.and_then(|file| fs::read_link(file.path()))
            .is_ok_and(|target| target.as_os_str() == socket)
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
    use std::os::fd::OwnedFd;
    use std::process::Command;

    use super::*;

    fn v4(address: io::Result<SocketAddr>) -> SocketAddrV4 {
        match address.unwrap() {
            SocketAddr::V4(address) => address,
            SocketAddr::V6(address) => panic!("{address}"),
        }
    }

    fn connection() -> (TcpStream, SocketAddrV4, SocketAddrV4) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = v4(listener.local_addr());
        let stream = TcpStream::connect(server).unwrap();
        let client = v4(stream.local_addr());
        // The connection stays in the listener's queue, and so would end with it.
        std::mem::forget(listener);
        (stream, client, server)
    }

    #[test]
    fn a_connection_belongs_to_its_process_and_to_no_other() {
        let (_stream, client, server) = connection();
        assert!(belongs_to(std::process::id(), client, server));
        assert!(!belongs_to(std::process::id(), server, client));
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!belongs_to(other.id(), client, server));
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_connection_of_a_child_belongs_to_its_parent() {
        let (stream, client, server) = connection();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdin(OwnedFd::from(stream))
            .spawn()
            .unwrap();
        assert!(!has_open(std::process::id(), "socket:[0]"));
        assert!(belongs_to(std::process::id(), client, server));
        assert!(belongs_to(child.id(), client, server));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn the_table_has_the_same_number() {
        let (_stream, client, server) = connection();
        assert_eq!(
            inode_by_table(client, server).unwrap(),
            inode_by_netlink(client, server).unwrap()
        );
    }

    #[test]
    fn ipv6_sockets_with_ipv4_connections_are_found_in_the_table() {
        let table = "  sl  local_address remote_address\n   \
            0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:0050 \
            01 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 20 4 30 10 -1\n";
        let at = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        assert_eq!(inode_in(table, at(8080), at(80)), Some(4242));
        assert_eq!(inode_in(table, at(80), at(8080)), None);
    }
}
