//! Reads CSV files: a header, commas, quotes as in RFC 4180, lines that end in LF or CRLF.

use std::io::Read;
use std::sync::Arc;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::error::FileError;
use crate::appflow::tasks::SourceRecord;

/// A CSV file. Lines can be shorter or longer than its header.
pub(crate) struct CsvFile<R> {
    lines: Reader<R>,
    header: Option<Arc<StringRecord>>,
}

impl<R: Read> CsvFile<R> {
    pub(crate) fn new(file: R) -> Self {
        let mut builder = ReaderBuilder::new();
        Self {
            lines: builder.has_headers(false).flexible(true).from_reader(file),
            header: None,
        }
    }

    /// Returns the next line after the header; `None` at the end. Empty lines are skipped.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not UTF-8.
    pub(crate) fn next(&mut self) -> Result<Option<SourceRecord>, FileError> {
        let header = if let Some(header) = &self.header {
            Arc::clone(header)
        } else {
            let Some(header) = self.next_line()? else {
                return Ok(None);
            };
            Arc::clone(self.header.insert(Arc::new(header)))
        };
        let line = self.next_line()?;
        Ok(line.map(|line| SourceRecord::Csv { header, line }))
    }

    fn next_line(&mut self) -> Result<Option<StringRecord>, FileError> {
        let mut line = StringRecord::new();
        match self.lines.read_record(&mut line) {
            Ok(true) => Ok(Some(line)),
            Ok(false) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    fn error(&self, error: csv::Error) -> FileError {
        let place = error.position().unwrap_or(self.lines.position());
        let line = place.line();
        match error.into_kind() {
            ErrorKind::Io(error) => FileError::Io(error),
            ErrorKind::Utf8 { .. } => FileError::Content(format!("line {line} is not UTF-8")),
            _ => FileError::Content(format!("line {line} cannot be read")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = Vec<(String, Option<String>)>;

    fn read(file: &[u8]) -> Result<Vec<Line>, FileError> {
        let mut file = CsvFile::new(file);
        let mut lines = Vec::new();
        while let Some(record) = file.next()? {
            let mut fields = Vec::new();
            record
                .read(|name, value| {
                    let value = value.map(|value| value.text().into_owned());
                    fields.push((name.into_owned(), value));
                })
                .unwrap();
            lines.push(fields);
        }
        Ok(lines)
    }

    fn line(fields: &[(&str, Option<&str>)]) -> Line {
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
            .collect()
    }

    #[test]
    fn quotes_line_ends_and_a_byte_order_mark_are_read() {
        let file = "\u{feff}id,\"the name\"\r\n1,\"a \"\"b\"\", c\r\nd\"\r\n\n2,é\n3,x";
        assert_eq!(
            read(file.as_bytes()).unwrap(),
            [
                line(&[("id", Some("1")), ("the name", Some("a \"b\", c\r\nd"))]),
                line(&[("id", Some("2")), ("the name", Some("é"))]),
                line(&[("id", Some("3")), ("the name", Some("x"))]),
            ]
        );
    }

    #[test]
    fn short_lines_and_empty_fields_are_null() {
        assert_eq!(
            read(b"a,b\n1\n\"\",2\n3,4,5\n").unwrap(),
            [
                line(&[("a", Some("1")), ("b", None)]),
                line(&[("a", None), ("b", Some("2"))]),
                line(&[("a", Some("3")), ("b", Some("4"))]),
            ]
        );
    }

    #[test]
    fn a_file_without_lines_has_no_records() {
        assert!(read(b"").unwrap().is_empty());
        assert!(read(b"a,b").unwrap().is_empty());
        assert!(read(b"a,b\n").unwrap().is_empty());
    }

    #[test]
    fn other_encodings_are_refused() {
        let error = read(b"a\nok\n\xe9\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3 is not UTF-8");
    }
}
