//! A request's body: decoded, and compared with what the request says about it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::Frame;
use s3s::crypto::{Checksum as _, Md5, Sha256};
use s3s::{S3Error, s3_error};

use crate::s3::digest::{Algorithm, Hasher, hexadecimal};
use crate::s3::http::chunked::{Decoder, Malformed};
use crate::s3::http::expected::{Expected, bad_checksum, bad_md5, bad_sha256};

/// What is known about a body, for the operation that reads it and for the response. A clone is
/// the same one.
#[derive(Clone, Default)]
pub(in crate::s3) struct BodyReport(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    error: Option<S3Error>,
    checksum: Option<(Algorithm, String)>,
    unread: Option<Body>,
}

impl BodyReport {
    /// Returns the checksum that the client gave, in base64. To be called after the body was read.
    pub(in crate::s3) fn checksum(&self) -> Option<(Algorithm, String)> {
        self.lock().checksum.clone()
    }

    /// Returns why the body cannot be used.
    pub(super) fn take_error(&self) -> Option<S3Error> {
        self.lock().error.take()
    }

    /// Returns what was not read of the body, if reading has begun.
    pub(super) fn take_unread(&self) -> Option<Body> {
        self.lock().unread.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error of a body that cannot be used. The reason is in the report.
#[derive(Debug, thiserror::Error)]
#[error("the request's body cannot be used")]
pub(super) struct Unusable;

/// A body that is checked while it is read. Its last bytes are followed by an error if it is not
/// what the request says.
pub(super) struct CheckedBody {
    body: Body,
    decoder: Option<Decoder>,
    encoded: Bytes,
    expected: Expected,
    length: u64,
    md5: Option<Md5>,
    sha256: Option<Sha256>,
    checksum: Option<Hasher>,
    is_started: bool,
    is_ended: bool,
    report: BodyReport,
}

impl CheckedBody {
    pub(super) fn new(body: Body, expected: Expected, report: BodyReport) -> Self {
        let checksum = expected.checksum.as_ref();
        Self {
            body,
            decoder: expected.is_chunked.then(Decoder::default),
            encoded: Bytes::new(),
            length: 0,
            md5: expected.md5.is_some().then(Md5::new),
            sha256: expected.sha256.is_some().then(Sha256::new),
            checksum: checksum.map(|checksum| Hasher::new(checksum.algorithm)),
            expected,
            is_started: false,
            is_ended: false,
            report,
        }
    }

    fn take(&mut self, data: &Bytes) -> Result<(), S3Error> {
        self.length += data.len() as u64;
        if self
            .expected
            .length
            .is_some_and(|length| self.length > length)
        {
            return Err(incomplete());
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(data);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(data);
        }
        if let Some(hasher) = &mut self.checksum {
            hasher.update(data);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), S3Error> {
        let is_complete = self.decoder.as_ref().is_none_or(Decoder::is_complete);
        if !is_complete
            || self
                .expected
                .length
                .is_some_and(|length| self.length != length)
        {
            return Err(incomplete());
        }
        if let Some(md5) = self.md5.take()
            && self.expected.md5.as_deref() != Some(&md5.finalize())
        {
            return Err(bad_md5());
        }
        if let Some(sha256) = self.sha256.take()
            && self.expected.sha256 != Some(hexadecimal(&sha256.finalize()))
        {
            return Err(bad_sha256());
        }
        if let (Some(hasher), Some(expected)) = (self.checksum.take(), &self.expected.checksum) {
            let trailers = self.decoder.iter().flat_map(|decoder| &decoder.trailers);
            let mut trailing = trailers.filter(|(name, _)| name == expected.algorithm.header());
            let given = match &expected.value {
                Some(value) => Some(value),
                None => trailing.next().map(|(_, value)| value),
            };
            let computed = hasher.finish_base64();
            if given != Some(&computed) {
                return Err(bad_checksum(expected.algorithm));
            }
            self.report.lock().checksum = Some((expected.algorithm, computed));
        }
        Ok(())
    }

    fn fail(&mut self, error: S3Error) -> Poll<Option<Result<Frame<Bytes>, Unusable>>> {
        self.is_ended = true;
        self.report.lock().error = Some(error);
        Poll::Ready(Some(Err(Unusable)))
    }
}

impl HttpBody for CheckedBody {
    type Data = Bytes;
    type Error = Unusable;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unusable>>> {
        self.is_started = true;
        while !self.is_ended {
            let this = &mut *self;
            if let Some(decoder) = &mut this.decoder
                && !this.encoded.is_empty()
            {
                match decoder.decode(&mut this.encoded) {
                    Ok(Some(data)) => {
                        return match this.take(&data) {
                            Ok(()) => Poll::Ready(Some(Ok(Frame::data(data)))),
                            Err(error) => this.fail(error),
                        };
                    }
                    Ok(None) => {}
                    Err(Malformed) => return this.fail(incomplete()),
                }
            }
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if this.decoder.is_some() {
                        this.encoded = data;
                        continue;
                    }
                    return match this.take(&data) {
                        Ok(()) => Poll::Ready(Some(Ok(Frame::data(data)))),
                        Err(error) => this.fail(error),
                    };
                }
                Some(Err(_)) => return this.fail(incomplete()),
                None => match this.end() {
                    Ok(()) => this.is_ended = true,
                    Err(error) => return this.fail(error),
                },
            }
        }
        Poll::Ready(None)
    }
}

impl Drop for CheckedBody {
    fn drop(&mut self) {
        if self.is_started && !self.is_ended {
            self.report.lock().unread = Some(std::mem::take(&mut self.body));
        }
    }
}

fn incomplete() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header."
    )
}
