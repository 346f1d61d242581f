//! An HTTP server whose responses a test chooses: an application, Secrets Manager, or a Runtime
//! API.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Starts a server that responds to every request, of which it gets the head and the body, with a
/// status and a JSON text. Returns its URL.
pub async fn serve(
    respond: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let respond: Arc<Respond> = Arc::new(respond);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&respond)));
        }
    });
    url
}

type Respond = dyn Fn(&str, &str) -> (u16, String) + Send + Sync;

/// Serves the requests of one connection; `None` at its end.
async fn converse(stream: TcpStream, respond: Arc<Respond>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.ok()? == 0 {
                return None;
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse().ok())?
        });
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.ok()?;
        let (status, text) = respond(&head, &String::from_utf8_lossy(&body));
        let response = format!(
            "HTTP/1.1 {status} .\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(response.as_bytes()).await.ok()?;
    }
}
