//! A small HTTP client: one connection for each request.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Ends a test that hangs.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A response, with its headers by their names in lower case.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Response {
    #[allow(dead_code, reason = "not every test program reads text")]
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Returns the contents of all elements of this name, in their order.
    #[allow(dead_code, reason = "not every test program reads XML")]
    pub fn elements(&self, name: &str) -> Vec<String> {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        let after = text.split(&start).skip(1);
        after
            .map(|rest| rest.split(&end).next().unwrap().to_owned())
            .collect()
    }
}

/// Sends a request, and reads the response to the end of the connection.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        write!(head, "host: {address}\r\n").unwrap();
    }
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        write!(head, "content-length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    parse(&received).ok_or_else(|| io::Error::other("the response is incomplete"))
}

fn parse(received: &[u8]) -> Option<Response> {
    let end = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")?;
    let head = str::from_utf8(&received[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = received[end + 4..].to_vec();
    if headers
        .get("transfer-encoding")
        .is_some_and(|name| name == "chunked")
    {
        body = unchunk(&body)?;
    }
    Some(Response {
        status,
        headers,
        body,
    })
}

fn unchunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(data);
        }
        data.extend_from_slice(body.get(end + 2..end + 2 + size)?);
        body = body.get(end + 2 + size + 2..)?;
    }
}
