//! A Lambda function with children that outlive it: `stubborn_function FILE`.
//!
//! It writes the id of each call into the file with the extension `id`, and responds once FILE
//! exists. At its start it starts a child, a child in a session of its own, and one in a session of
//! its own whose parent has ended.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const CHILDREN: &str = "sleep 1000 & setsid sleep 1000 & (setsid sleep 1000 &) & wait $!";

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("the file is missing")?;
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    Command::new("sh").args(["-c", CHILDREN]).status()?;
    loop {
        let next = exchange(&api, "GET", "invocation/next", "")?;
        let id = next
            .lines()
            .find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "))
            .ok_or("the invocation has no id")?;
        std::fs::write(Path::new(&file).with_extension("id"), id)?;
        while !Path::new(&file).exists() {
            sleep(Duration::from_millis(10));
        }
        exchange(
            &api,
            "POST",
            &format!("invocation/{id}/response"),
            r#"{"isSuccess": true}"#,
        )?;
    }
}

fn exchange(api: &str, method: &str, path: &str, body: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(api)?;
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}
