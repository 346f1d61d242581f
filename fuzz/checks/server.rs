//! An application on this machine that responds as a text says.

use std::cell::Cell;
use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

thread_local! {
    static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    /// The last bytes of the next address. With one address for all runs, closed connections would
    /// use up its ports.
    static NEXT_ADDRESS: Cell<u16> = const { Cell::new(0) };
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// A server that is stopped when it is dropped, with its connections.
pub struct Server {
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Gives the n-th request the n-th response, all further ones the last. If `closes`, a connection
/// ends after one response.
pub async fn serve(responses: Vec<Vec<u8>>, closes: bool) -> Server {
    let [high, low] = NEXT_ADDRESS.get().to_be_bytes();
    NEXT_ADDRESS.set(NEXT_ADDRESS.get().wrapping_add(1));
    let address = Ipv4Addr::new(127, 1, high, low);
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (responses, count) = (Arc::new(responses), Arc::new(AtomicUsize::new(0)));
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (responses, count) = (Arc::clone(&responses), Arc::clone(&count));
            connections.spawn(converse(stream, responses, count, closes));
        }
    });
    Server { url, task }
}

async fn converse(
    mut stream: TcpStream,
    responses: Arc<Vec<Vec<u8>>>,
    count: Arc<AtomicUsize>,
    closes: bool,
) -> Option<()> {
    loop {
        read_request(&mut stream).await?;
        let index = count.fetch_add(1, Ordering::Relaxed);
        let response = responses.get(index).or(responses.last())?;
        stream.write_all(response).await.ok()?;
        if closes {
            return stream.shutdown().await.ok();
        }
    }
}

/// Reads a request, head and body; `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    loop {
        let end = request.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let mut lines = head.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if request.len() >= end + 4 + length.unwrap_or(0) {
                return Some(());
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}
