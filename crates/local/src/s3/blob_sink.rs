//! Writing blobs from asynchronous code, with little memory.

use std::io;
use std::mem;

use bytes::{Bytes, BytesMut};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::s3::blobs::{BlobWriter, Blobs, NewBlob};
use crate::s3::digest::Digests;

/// What is collected before it is passed to the thread that writes.
const CHUNK: usize = 256 * 1024;

/// A blob that is being written. Dropping it removes what was written.
pub(super) struct BlobSink {
    state: State,
    buffer: BytesMut,
}

enum State {
    New { blobs: Blobs, digests: Box<Digests> },
    Writing(JoinHandle<io::Result<BlobWriter>>),
    Failed,
}

impl BlobSink {
    pub(super) fn new(blobs: Blobs, digests: Digests) -> Self {
        Self {
            state: State::New {
                blobs,
                digests: Box::new(digests),
            },
            buffer: BytesMut::new(),
        }
    }

    /// Adds bytes. Waits if the thread that writes is slower.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(CHUNK) {
            self.buffer.extend_from_slice(part);
            if self.buffer.len() >= CHUNK {
                let chunk = self.buffer.split().freeze();
                self.pass_on(chunk).await?;
            }
        }
        Ok(())
    }

    async fn pass_on(&mut self, chunk: Bytes) -> io::Result<()> {
        let write = move |mut writer: BlobWriter| {
            writer.write(&chunk)?;
            Ok(writer)
        };
        let task = match mem::replace(&mut self.state, State::Failed) {
            State::New { blobs, digests } => spawn_blocking(move || write(blobs.create(*digests)?)),
            State::Writing(task) => {
                let writer = task.await??;
                spawn_blocking(move || write(writer))
            }
            State::Failed => return Err(io::Error::other("an earlier write failed")),
        };
        self.state = State::Writing(task);
        Ok(())
    }

    /// Makes the blob durable.
    pub(super) async fn finish(mut self) -> io::Result<NewBlob> {
        let chunk = self.buffer.split().freeze();
        self.pass_on(chunk).await?;
        match self.state {
            State::Writing(task) => {
                let writer = task.await??;
                spawn_blocking(move || writer.finish()).await?
            }
            State::New { .. } | State::Failed => Err(io::Error::other("an earlier write failed")),
        }
    }
}
