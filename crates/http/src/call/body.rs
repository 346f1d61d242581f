//! Reads and decompresses a body, up to a limit.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;

/// Why a body could not be read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It has more bytes than the limit. These are the first of them.
    TooLarge(Bytes),
    /// It does not match its `Content-Encoding`, or has an encoding that was not requested.
    Malformed,
}

/// Reads the body, of at most `limit` bytes after decompression.
///
/// reqwest can decompress, but through several layers of buffers. Decompressed straight into the
/// buffer that is kept, nothing is copied twice and the limit is exact: a body that would exceed it
/// is not decompressed any further.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Bytes, BodyError> {
    let length = response.content_length().unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let encoding = response.headers().get(CONTENT_ENCODING);
    let encoding = encoding.map_or("", |value| value.to_str().unwrap_or("unreadable"));
    let mut decoder = Decoder::new(encoding, length, limit).ok_or(BodyError::Malformed)?;
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        decoder.write(&chunk)?;
    }
    decoder.finish()
}

enum Decoder {
    Plain(Bounded),
    // The decoder's tables take some kilobytes.
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

impl Decoder {
    /// `None` for an unknown encoding.
    fn new(encoding: &str, length: usize, limit: usize) -> Option<Self> {
        let body = Bounded {
            bytes: Vec::with_capacity(length.min(limit)),
            limit,
            is_exceeded: false,
        };
        match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Plain(body)),
            "gzip" | "x-gzip" => Some(Self::Gzip(Box::new(MultiGzDecoder::new(body)))),
            _ => None,
        }
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        let result = match self {
            Self::Plain(body) => body.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
        };
        result.map_err(|_| self.failure())
    }

    fn finish(mut self) -> Result<Bytes, BodyError> {
        if let Self::Gzip(decoder) = &mut self {
            // Checks length and checksum, which finds a truncated body.
            let result = decoder.try_finish();
            result.map_err(|_| self.failure())?;
        }
        Ok(std::mem::take(&mut self.body().bytes).into())
    }

    fn failure(&mut self) -> BodyError {
        let body = self.body();
        if body.is_exceeded {
            return BodyError::TooLarge(std::mem::take(&mut body.bytes).into());
        }
        BodyError::Malformed
    }

    fn body(&mut self) -> &mut Bounded {
        match self {
            Self::Plain(body) => body,
            Self::Gzip(decoder) => decoder.get_mut(),
        }
    }
}

/// A buffer of at most `limit` bytes.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    is_exceeded: bool,
}

impl Write for Bounded {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let room = self.limit - self.bytes.len();
        if room == 0 && !buffer.is_empty() {
            self.is_exceeded = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = buffer.len().min(room);
        self.bytes.extend_from_slice(&buffer[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(encoding: &str, chunks: &[&[u8]], limit: usize) -> Result<Bytes, BodyError> {
        let mut decoder = Decoder::new(encoding, 0, limit).ok_or(BodyError::Malformed)?;
        for chunk in chunks {
            decoder.write(chunk)?;
        }
        decoder.finish()
    }

    #[test]
    fn plain_and_compressed_bodies_are_read() {
        assert_eq!(decode("", &[b"one ", b"two"], 7).unwrap(), "one two");
        assert_eq!(decode("identity", &[], 7).unwrap(), "");
        let packed = gzip(b"one two");
        assert_eq!(decode("gzip", &[&packed], 7).unwrap(), "one two");
        let bytes: Vec<&[u8]> = packed.chunks(1).collect();
        assert_eq!(decode("GZip", &bytes, 7).unwrap(), "one two");
        let twice = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decode("x-gzip", &[&twice], 7).unwrap(), "one two");
    }

    #[test]
    fn the_limit_is_exact_after_decompression() {
        let first_six = |result| match result {
            Err(BodyError::TooLarge(first)) => first,
            other => panic!("{other:?}"),
        };
        assert_eq!(first_six(decode("", &[b"one two"], 6)), "one tw");
        assert_eq!(first_six(decode("gzip", &[&gzip(b"one two")], 6)), "one tw");
        // A thousand times its size.
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 60_000);
        let mut decoder = Decoder::new("gzip", bomb.len(), 1_000_000).unwrap();
        assert!(
            matches!(decoder.write(&bomb), Err(BodyError::TooLarge(first)) if first.len() == 1_000_000)
        );
        assert!(decoder.body().bytes.capacity() <= 2_000_000);
    }

    #[test]
    fn a_body_that_does_not_match_its_encoding_is_an_error() {
        let packed = gzip(b"one two");
        for cut in 1..packed.len() {
            let result = decode("gzip", &[&packed[..cut]], 100);
            assert!(
                matches!(result, Err(BodyError::Malformed)),
                "{cut}: {result:?}"
            );
        }
        let mut wrong_checksum = packed.clone();
        wrong_checksum[packed.len() - 6] ^= 1;
        for body in [b"plain text".as_slice(), b"\x1f", &wrong_checksum] {
            assert!(matches!(
                decode("gzip", &[body], 100),
                Err(BodyError::Malformed)
            ));
        }
        assert!(matches!(
            decode("br", &[b"x"], 100),
            Err(BodyError::Malformed)
        ));
    }
}
