use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;

const KEPT_BYTES: usize = 1024 * 1024;
const READ_BYTES: usize = 16 * 1024;
/// The number of reads of one pull is limited, so that a process that writes all the time cannot
/// block the caller.
const READS_PER_PULL: usize = 64;

/// The last 1 MiB that a function's processes wrote to stdout and stderr, in the order of writing.
#[derive(Default)]
pub(crate) struct Log {
    state: Mutex<LogState>,
}

#[derive(Default)]
struct LogState {
    kept: VecDeque<u8>,
    /// The number of bytes written in total, including those that are no longer kept.
    written: u64,
    file: Option<File>,
}

impl Log {
    pub(crate) fn new(file: Option<&Path>) -> Result<Self, Error> {
        let open = |path: &Path| {
            open(path).map_err(|source| Error::LogFile {
                path: path.to_owned(),
                source,
            })
        };
        let file = file.map(open).transpose()?;
        Ok(Self {
            state: Mutex::new(LogState {
                file,
                ..LogState::default()
            }),
        })
    }

    /// Reads what is available now. `read` must not block. Returns false at the end of the source.
    pub(crate) fn pull(&self, mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> bool {
        // Locked over read and append, so that two readers of one pipe append in the order of their
        // reads.
        let mut state = self.lock();
        let mut buffer = [0; READ_BYTES];
        for _ in 0..READS_PER_PULL {
            match read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => state.append(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    /// Returns the current end, for [`Log::since`].
    pub(crate) fn position(&self) -> u64 {
        self.lock().written
    }

    /// Returns the last `limit` bytes of what was written since `position`.
    pub(crate) fn since(&self, position: u64, limit: usize) -> String {
        let state = self.lock();
        let written_since = usize::try_from(state.written - position).unwrap_or(usize::MAX);
        let count = written_since.min(limit).min(state.kept.len());
        let mut bytes: Vec<u8> = state
            .kept
            .range(state.kept.len() - count..)
            .copied()
            .collect();
        drop(state);
        if count < written_since {
            // The cut can be inside a character.
            let rest_of_character = bytes
                .iter()
                .take(3)
                .take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000)
                .count();
            bytes.drain(..rest_of_character);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn lock(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogState {
    fn append(&mut self, bytes: &[u8]) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            tracing::warn!(%error, "cannot write to the log file; nothing more is written to it");
            self.file = None;
        }
        self.written += bytes.len() as u64;
        self.kept.extend(bytes);
        let excess = self.kept.len().saturating_sub(KEPT_BYTES);
        self.kept.drain(..excess);
    }
}

/// Opens a log file. A new one can be read by its owner alone: a function's log may have records.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn write(log: &Log, text: &str) {
        let mut source = text.as_bytes();
        while log.pull(|buffer| source.read(buffer)) {}
    }

    #[test]
    fn the_oldest_bytes_are_dropped_first() {
        let log = Log::default();
        write(&log, "dropped");
        write(&log, &"x".repeat(KEPT_BYTES));
        assert_eq!(log.since(0, usize::MAX), "x".repeat(KEPT_BYTES));
        assert_eq!(log.position(), KEPT_BYTES as u64 + 7);
    }

    #[test]
    fn since_returns_what_follows_the_position_up_to_the_limit() {
        let log = Log::default();
        write(&log, "before ");
        let position = log.position();
        assert_eq!(log.since(position, 10), "");
        write(&log, "after");
        assert_eq!(log.since(position, 10), "after");
        assert_eq!(log.since(position, 2), "er");
    }

    #[test]
    fn a_cut_character_is_omitted() {
        let log = Log::default();
        write(&log, "€uro");
        assert_eq!(log.since(0, 5), "uro");
        assert_eq!(log.since(0, 6), "€uro");
    }

    #[test]
    fn a_pull_from_an_endless_source_ends() {
        let log = Log::default();
        assert!(log.pull(|buffer| Ok(buffer.len())));
        assert!(log.pull(|_| Err(io::ErrorKind::WouldBlock.into())));
        assert!(!log.pull(|_| Err(io::ErrorKind::BrokenPipe.into())));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_log_file_can_be_read_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        Log::new(Some(&path)).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_log_file_that_cannot_be_opened_is_named() {
        let error = Log::new(Some(Path::new("/no/such/folder/log")))
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "cannot open the log file /no/such/folder/log"
        );
    }
}
