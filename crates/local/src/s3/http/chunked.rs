//! The encoding `aws-chunked`: chunks with their sizes, and headers behind the last one.

use bytes::{Buf as _, Bytes};

/// The longest line: a size with a signature, or a trailing header.
const MAX_LINE: usize = 4096;
const MAX_TRAILERS: usize = 32;

/// Decodes a body piece by piece. Signatures of chunks are skipped.
#[derive(Default)]
pub(super) struct Decoder {
    state: State,
    line: Vec<u8>,
    /// Names in lower case.
    pub(super) trailers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    /// Bytes of the chunk that are still to come.
    Data(u64),
    /// The line break after a chunk.
    DataEnd,
    Trailer,
    End,
}

/// The body is not `aws-chunked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Decoder {
    /// Returns the next data of `input`, and takes it out of there. Returns `None` when nothing is
    /// left in it.
    pub(super) fn decode(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Malformed> {
        while !input.is_empty() {
            if let State::Data(left) = self.state {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let data = input.split_to(length);
                let left = left - length as u64;
                self.state = if left == 0 {
                    State::DataEnd
                } else {
                    State::Data(left)
                };
                return Ok(Some(data));
            }
            if self.read_line(input)? {
                let line = std::mem::take(&mut self.line);
                self.take_line(&line)?;
            }
        }
        Ok(None)
    }

    /// Whether the last chunk has come.
    pub(super) fn is_complete(&self) -> bool {
        // Some clients omit the empty line at the end.
        self.state == State::End || (self.state == State::Trailer && self.line.is_empty())
    }

    /// Returns true when the line is complete, without its line break.
    fn read_line(&mut self, input: &mut Bytes) -> Result<bool, Malformed> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let length = end.unwrap_or(input.len());
        if self.line.len() + length > MAX_LINE {
            return Err(Malformed);
        }
        self.line.extend_from_slice(&input[..length]);
        input.advance(end.map_or(length, |end| end + 1));
        if end.is_some() && self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(end.is_some())
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let line = str::from_utf8(line).map_err(|_| Malformed)?;
        self.state = match self.state {
            State::Size => {
                let size = line.split(';').next().unwrap_or_default().trim();
                match u64::from_str_radix(size, 16).map_err(|_| Malformed)? {
                    0 => State::Trailer,
                    size => State::Data(size),
                }
            }
            State::DataEnd if line.is_empty() => State::Size,
            State::Trailer if line.is_empty() => State::End,
            State::Trailer => {
                let (name, value) = line.split_once(':').ok_or(Malformed)?;
                if self.trailers.len() == MAX_TRAILERS {
                    return Err(Malformed);
                }
                let name = name.trim().to_ascii_lowercase();
                self.trailers.push((name, value.trim().to_owned()));
                State::Trailer
            }
            State::DataEnd | State::End | State::Data(_) => return Err(Malformed),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<(Vec<u8>, Decoder), Malformed> {
        let mut decoder = Decoder::default();
        let mut data = Vec::new();
        for piece in pieces {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some(part) = decoder.decode(&mut input)? {
                data.extend_from_slice(&part);
            }
        }
        Ok((data, decoder))
    }

    #[test]
    fn chunks_and_trailers_are_read_however_the_body_is_divided() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0;chunk-signature=cd\r\n\
            x-amz-checksum-crc32: y/Q5Jg==\r\nX-Amz-Trailer-Signature:ef\r\n\r\n";
        for size in 1..=body.len() {
            let pieces: Vec<&[u8]> = body.chunks(size).collect();
            let (data, decoder) = decode(&pieces).unwrap();
            assert_eq!(data, b"hello world", "{size}");
            assert!(decoder.is_complete());
            assert_eq!(
                decoder.trailers,
                [
                    ("x-amz-checksum-crc32".to_owned(), "y/Q5Jg==".to_owned()),
                    ("x-amz-trailer-signature".to_owned(), "ef".to_owned()),
                ]
            );
        }
    }

    #[test]
    fn the_empty_line_at_the_end_may_be_missing() {
        assert!(decode(&[b"1\r\na\r\n0\r\n"]).unwrap().1.is_complete());
    }

    #[test]
    fn a_body_that_ends_early_is_not_complete() {
        for body in [
            "",
            "5",
            "5\r\n",
            "5\r\nhel",
            "5\r\nhello",
            "5\r\nhello\r\n",
            "0",
        ] {
            let (_, decoder) = decode(&[body.as_bytes()]).unwrap();
            assert!(!decoder.is_complete(), "{body:?}");
        }
    }

    #[test]
    fn other_bodies_are_refused() {
        let long = format!("5;{}", "x".repeat(MAX_LINE));
        for body in [
            "hello\r\n",
            "\r\n",
            "-1\r\n",
            "5\r\nhelloXX\r\n",
            "0\r\nno colon\r\n",
            "0\r\n\r\nmore\r\n",
            "fffffffffffffffff\r\n",
            &long,
        ] {
            assert!(decode(&[body.as_bytes()]).is_err(), "{body:?}");
        }
    }
}
