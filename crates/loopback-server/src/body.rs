//! Bodies of limited size, and bodies that say when they end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;

use crate::link::{Link, Phase};

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// It has more bytes than allowed.
    TooLarge,
    /// The connection ended before the body, or the server's own limit was reached.
    Incomplete,
}

/// How much of a body that is too large is read and discarded, in bytes beyond its limit.
const MAX_DISCARDED_BYTES: usize = 1024 * 1024;

/// Reads a body of at most `limit` bytes.
///
/// Nothing is kept of a longer one. Up to 1 MiB beyond the limit is read all the same: a client that
/// reads only after it has sent everything would otherwise not get the response. If a longer one is
/// announced, nothing is read. The connection is closed after the response.
///
/// # Errors
/// [`BodyError::TooLarge`], [`BodyError::Incomplete`].
pub async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let most = limit.saturating_add(MAX_DISCARDED_BYTES);
    if body.size_hint().lower() > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut kept = BytesMut::new();
    let mut bytes = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(if bytes > limit {
                BodyError::TooLarge
            } else {
                BodyError::Incomplete
            });
        };
        let data = frame.into_data().unwrap_or_default();
        bytes = bytes.saturating_add(data.len());
        if bytes > most {
            return Err(BodyError::TooLarge);
        }
        if bytes > limit {
            kept = BytesMut::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    if bytes > limit {
        return Err(BodyError::TooLarge);
    }
    Ok(kept.freeze())
}

/// Reads a body of at most `limit` bytes and keeps nothing of it: a client that reads only after it
/// has sent everything gets a response that does not depend on the body. Nothing is read of a longer
/// one if its length is announced.
pub async fn discard_body(mut body: Body, limit: usize) {
    if body.size_hint().lower() > limit as u64 {
        return;
    }
    let mut bytes = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        let data = frame.into_data().unwrap_or_default();
        bytes = bytes.saturating_add(data.len());
        if bytes > limit {
            return;
        }
    }
}

/// A request's body. Its end, and its drop, give the turn to the handler.
pub(crate) struct RequestBody {
    pub(crate) body: Body,
    pub(crate) link: Arc<Link>,
}

/// A response's body. Its drop gives the turn to the client, for the next request.
pub(crate) struct ResponseBody {
    pub(crate) body: Body,
    pub(crate) link: Arc<Link>,
    pub(crate) idle_timeout: Duration,
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.link.end_body();
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.link.enter(Phase::Head, self.idle_timeout);
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.link.end_body();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        let read = |size: usize| read_body(Body::from(vec![b'x'; size]), 1000);
        assert_eq!(read(0).await.unwrap().len(), 0);
        assert_eq!(read(1000).await.unwrap().len(), 1000);
        assert_eq!(read(1001).await.unwrap_err(), BodyError::TooLarge);
    }

    #[tokio::test]
    async fn a_body_of_unknown_size_is_read_up_to_the_limit() {
        // Data and trailers: the size is not known in advance.
        let read = |size: usize| {
            let data = http_body_util::Full::new(Bytes::from(vec![b'x'; size]));
            read_body(Body::new(data.with_trailers(async { None })), 1000)
        };
        assert_eq!(read(1000).await.unwrap().len(), 1000);
        assert_eq!(read(1001).await.unwrap_err(), BodyError::TooLarge);
    }
}
