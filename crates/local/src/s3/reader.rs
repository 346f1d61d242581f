//! Reading objects from asynchronous code, with little memory.

use std::collections::VecDeque;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::s3::blobs::{Blobs, Hold};
use crate::s3::object::Segment;

const CHUNK: u64 = 256 * 1024;

/// The bytes of an object, or of a range of it.
pub(crate) struct ObjectReader {
    blobs: Blobs,
    segments: VecDeque<Segment>,
    file: Option<Arc<File>>,
    /// Where to read next in the first segment.
    offset: u64,
    /// How much is to be read.
    left: u64,
    task: Option<JoinHandle<io::Result<Bytes>>>,
    /// Read, and not taken yet.
    buffered: Bytes,
    _hold: Hold,
}

impl ObjectReader {
    pub(super) fn new(blobs: Blobs, segments: Vec<Segment>, hold: Hold) -> Self {
        Self {
            left: segments.iter().map(|segment| segment.size).sum(),
            blobs,
            segments: segments.into(),
            file: None,
            offset: 0,
            task: None,
            buffered: Bytes::new(),
            _hold: hold,
        }
    }

    /// Limits what is read to `length` bytes from `first`. To be called before anything is read.
    #[must_use]
    pub(super) fn range(mut self, first: u64, length: u64) -> Self {
        self.offset = first;
        while let Some(segment) = self.segments.front()
            && segment.size <= self.offset
        {
            self.offset -= segment.size;
            self.segments.pop_front();
        }
        self.left = length;
        self
    }

    /// Returns the parts that the object was uploaded in: their numbers and sizes.
    pub(super) fn parts(&self) -> Vec<(u32, u64)> {
        let segments = self.segments.iter();
        segments
            .map(|segment| (segment.number, segment.size))
            .collect()
    }

    /// Returns the next bytes, at most 256 KiB; `None` at the end.
    ///
    /// # Errors
    /// If the disk fails.
    pub(crate) async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    pub(super) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Bytes>>> {
        if !self.buffered.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.buffered))));
        }
        if self.task.is_none() {
            match self.start()? {
                Some(task) => self.task = Some(task),
                None => return Poll::Ready(Ok(None)),
            }
        }
        let Some(task) = &mut self.task else {
            return Poll::Ready(Ok(None));
        };
        let read = ready!(Pin::new(task).poll(context));
        self.task = None;
        let chunk = read??;
        self.offset += chunk.len() as u64;
        self.left -= chunk.len() as u64;
        Poll::Ready(Ok(Some(chunk)))
    }

    /// Starts to read the next bytes, unless the end is reached.
    fn start(&mut self) -> io::Result<Option<JoinHandle<io::Result<Bytes>>>> {
        while let Some(segment) = self.segments.front()
            && self.offset >= segment.size
        {
            self.offset -= segment.size;
            self.segments.pop_front();
            self.file = None;
        }
        let Some(segment) = self.segments.front() else {
            return Ok(None);
        };
        let length = CHUNK.min(self.left).min(segment.size - self.offset);
        if length == 0 {
            return Ok(None);
        }
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(self.blobs.open_file(&segment.blob)?),
        };
        self.file = Some(Arc::clone(&file));
        let offset = self.offset;
        Ok(Some(spawn_blocking(move || {
            let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
            file.read_exact_at(&mut bytes, offset)?;
            Ok(bytes.into())
        })))
    }
}

impl AsyncRead for ObjectReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut chunk) = ready!(self.poll_chunk(context))? {
            let length = chunk.len().min(buffer.remaining());
            buffer.put_slice(&chunk[..length]);
            chunk.advance(length);
            self.buffered = chunk;
        }
        Poll::Ready(Ok(()))
    }
}
