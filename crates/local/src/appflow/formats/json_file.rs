//! Reads JSON files: a sequence of objects, and of arrays of objects, with or without line ends.

use std::io::Read;

use super::error::FileError;
use crate::appflow::tasks::SourceRecord;

const CHUNK: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A JSON file. It is cut into objects without reading what is in them, so that only one of them is
/// in memory, and their text stays as it is.
pub(crate) struct JsonFile<R> {
    file: R,
    /// What was read; what comes before `start` was returned.
    buffer: Vec<u8>,
    start: usize,
    /// How much of the buffer was looked at.
    position: usize,
    /// Where the buffer is in the file.
    offset: usize,
    place: Place,
    is_at_end: bool,
}

/// Where the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    Outside,
    /// In an array: before its first object, after a comma, after an object.
    ArrayBegin,
    ArrayNext,
    ArrayAfter,
}

impl<R: Read> JsonFile<R> {
    pub(crate) fn new(file: R) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            start: 0,
            position: 0,
            offset: 0,
            place: Place::Begin,
            is_at_end: false,
        }
    }

    /// Returns the next object; `None` at the end. What is within it is not checked.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not UTF-8, or has something other than objects and arrays of
    /// them.
    pub(crate) fn next(&mut self) -> Result<Option<SourceRecord>, FileError> {
        if !self.find_object()? {
            return Ok(None);
        }
        self.find_end()?;
        let text = self.buffer[self.start..self.position].to_vec();
        let text = String::from_utf8(text).map_err(|_| {
            let begin = self.offset + self.start;
            FileError::Content(format!("the object at byte {begin} is not UTF-8"))
        })?;
        self.start = self.position;
        Ok(Some(SourceRecord::json(text)))
    }

    /// Moves to the first byte of an object.
    fn find_object(&mut self) -> Result<bool, FileError> {
        loop {
            while let Some(&byte) = self.buffer.get(self.position) {
                let is_outside = matches!(self.place, Place::Begin | Place::Outside);
                self.start = self.position;
                self.place = match (self.place, byte) {
                    (Place::Begin, b'\xef') if self.skips_byte_order_mark()? => Place::Outside,
                    (place, b' ' | b'\t' | b'\n' | b'\r') => place,
                    (Place::ArrayBegin | Place::ArrayNext, b'{') => return Ok(true),
                    (_, b'{') if is_outside => return Ok(true),
                    (_, b'[') if is_outside => Place::ArrayBegin,
                    (Place::ArrayBegin | Place::ArrayAfter, b']') => Place::Outside,
                    (Place::ArrayAfter, b',') => Place::ArrayNext,
                    _ => return Err(self.unexpected()),
                };
                self.position += 1;
            }
            self.start = self.position;
            if !self.read_more()? {
                return match self.place {
                    Place::Begin | Place::Outside => Ok(false),
                    _ => Err(FileError::Content(
                        "the file ends within an array".to_owned(),
                    )),
                };
            }
        }
    }

    /// Moves to the last byte of a byte order mark, if there is one.
    fn skips_byte_order_mark(&mut self) -> Result<bool, FileError> {
        while self.buffer.len() < self.position + BYTE_ORDER_MARK.len() && self.read_more()? {}
        let has_mark = self.buffer[self.position..].starts_with(BYTE_ORDER_MARK);
        if has_mark {
            self.position += BYTE_ORDER_MARK.len() - 1;
        }
        Ok(has_mark)
    }

    /// Moves behind the last byte of the object that begins here.
    fn find_end(&mut self) -> Result<(), FileError> {
        let mut depth = 0_usize;
        let mut is_in_string = false;
        let mut is_escaped = false;
        loop {
            while let Some(&byte) = self.buffer.get(self.position) {
                self.position += 1;
                if is_in_string {
                    match byte {
                        _ if is_escaped => is_escaped = false,
                        b'\\' => is_escaped = true,
                        b'"' => is_in_string = false,
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => is_in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            self.place = match self.place {
                                Place::Begin | Place::Outside => Place::Outside,
                                _ => Place::ArrayAfter,
                            };
                            return Ok(());
                        }
                    }
                    _ => {}
                }
            }
            if !self.read_more()? {
                return Err(FileError::Content(
                    "the file ends within an object".to_owned(),
                ));
            }
        }
    }

    /// Reads a chunk, and forgets what was returned. Returns `false` at the end.
    fn read_more(&mut self) -> Result<bool, FileError> {
        if self.is_at_end {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.offset += self.start;
        self.position -= self.start;
        self.start = 0;
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let read = self.file.read(&mut self.buffer[length..]);
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        self.is_at_end = read.map_err(FileError::Io)? == 0;
        Ok(!self.is_at_end)
    }

    fn unexpected(&self) -> FileError {
        let place = self.offset + self.position;
        FileError::Content(format!(
            "byte {place} does not begin a JSON object or an array of objects"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, so that each object is cut everywhere.
    struct Slow<'t>(&'t [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn read_all(file: impl Read) -> Result<Vec<String>, String> {
        let mut file = JsonFile::new(file);
        let mut objects = Vec::new();
        while let Some(record) = file.next().map_err(|error| error.to_string())? {
            let SourceRecord::Json(text) = record else {
                panic!("it is JSON");
            };
            objects.push(text.as_str().to_owned());
        }
        Ok(objects)
    }

    #[track_caller]
    fn assert_objects(file: &str, expected: &[&str]) {
        let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(read_all(file.as_bytes()), Ok(expected.clone()));
        assert_eq!(read_all(Slow(file.as_bytes())), Ok(expected), "{file}");
    }

    #[track_caller]
    fn assert_refused(file: &str, message: &str) {
        assert_eq!(read_all(file.as_bytes()), Err(message.to_owned()));
        assert_eq!(read_all(Slow(file.as_bytes())), Err(message.to_owned()));
    }

    #[test]
    fn lines_sequences_and_arrays_of_objects_are_read() {
        assert_objects("", &[]);
        assert_objects(" \n", &[]);
        assert_objects("{\"a\":1}\n{\"a\":2}\r\n", &["{\"a\":1}", "{\"a\":2}"]);
        assert_objects("\u{feff}{}{ }", &["{}", "{ }"]);
        assert_objects(
            "[]\n[ {\"a\":[1,{}]} , {} ] {}",
            &["{\"a\":[1,{}]}", "{}", "{}"],
        );
        assert_objects(
            "{\n  \"}\\\"]\": \"\\\\\"\n}[{\"é\":1}]",
            &["{\n  \"}\\\"]\": \"\\\\\"\n}", "{\"é\":1}"],
        );
    }

    #[test]
    fn a_long_file_is_read_in_chunks() {
        let line = format!("{{\"text\":\"{}\"}}\n", "x".repeat(1_000));
        let lines = read_all(line.repeat(500).as_bytes()).unwrap();
        assert_eq!(lines.len(), 500);
        assert!(lines.iter().all(|object| *object == line.trim_end()));
    }

    #[test]
    fn other_files_are_refused() {
        let at = |byte: usize| {
            format!("byte {byte} does not begin a JSON object or an array of objects")
        };
        assert_refused("1", &at(0));
        assert_refused("{},{}", &at(2));
        assert_refused("[{}{}]", &at(3));
        assert_refused("[{},]", &at(4));
        assert_refused("[,{}]", &at(1));
        assert_refused("[[{}]]", &at(1));
        assert_refused("{}]", &at(2));
        assert_refused("id,name\n", &at(0));
        assert_refused("ï{}", &at(0));
        assert_refused("[{}", "the file ends within an array");
        assert_refused("{\"a\": \"}", "the file ends within an object");
    }

    #[test]
    fn other_encodings_are_refused() {
        let error = read_all(&b"{} {\"a\":\"\xe9\"}"[..]).unwrap_err();
        assert_eq!(error, "the object at byte 3 is not UTF-8");
    }
}
