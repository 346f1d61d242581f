//! Bodies that come slowly, or not to their end.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::response::Parts;
use axum::response::Response;
use futures_util::stream::{self, StreamExt as _};

/// In how many pieces a slow body comes.
const PIECES: usize = 10;

/// Replaces the body of an answer by what `change` makes of it. The headers stay as they are, its length among them.
pub(super) async fn spoil(answer: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (parts, bytes) = whole(answer).await;
    Response::from_parts(parts, change(bytes))
}

/// The first half of the body, as if it were the whole.
pub(super) async fn halve(answer: Response) -> Response {
    let (mut parts, bytes) = whole(answer).await;
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// The answer with its body in pieces, the last one after `duration`. Without a body, the answer itself comes then.
pub(super) async fn slow(answer: Response, duration: Duration) -> Response {
    let (parts, bytes) = read(answer).await;
    if bytes.is_empty() {
        tokio::time::sleep(duration).await;
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, in_pieces(&bytes, duration))
}

fn in_pieces(bytes: &Bytes, duration: Duration) -> Body {
    let size = bytes.len().div_ceil(PIECES);
    let pieces: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
    let pause = duration / u32::try_from(pieces.len()).unwrap_or(u32::MAX);
    let pieces = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces)
}

/// The first half, then `silence`, then the end of the connection.
pub(super) fn stalled(bytes: &Bytes, silence: Duration) -> Body {
    first_half_then(bytes, async move {
        tokio::time::sleep(silence).await;
    })
}

/// The first half, then the end of the connection.
pub(super) fn cut(bytes: &Bytes) -> Body {
    // Only while the server waits for more does it send what it has.
    first_half_then(bytes, tokio::task::yield_now())
}

/// Nothing but the end of the connection.
pub(super) fn cut_at_once() -> Body {
    Body::from_stream(stream::once(async { broken() }))
}

fn first_half_then(bytes: &Bytes, pause: impl Future<Output = ()> + Send + 'static) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    let end = stream::once(async move {
        pause.await;
        broken()
    });
    Body::from_stream(stream::once(async move { Ok(half) }).chain(end))
}

/// The server closes a connection whose body fails.
fn broken() -> io::Result<Bytes> {
    Err(io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "a fault on demand",
    ))
}

/// An answer with its bytes. One without a body gets `null` for one, so that there is something to spoil.
async fn whole(answer: Response) -> (Parts, Bytes) {
    let (mut parts, bytes) = read(answer).await;
    if !bytes.is_empty() {
        return (parts, bytes);
    }
    parts.status = StatusCode::OK;
    (parts, Bytes::from_static(b"null"))
}

async fn read(answer: Response) -> (Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    // The bodies of this server are whole in memory already, so reading one never fails.
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    (parts, bytes.unwrap_or_default())
}
