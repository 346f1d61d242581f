//! One file of a source in Amazon S3.

use std::io::Read;

use super::csv_file::CsvFile;
use super::error::FileError;
use super::json_file::JsonFile;
use crate::appflow::flows::definition::S3Source;
use crate::appflow::tasks::SourceRecord;

/// A file whose records are read one by one.
pub(crate) enum SourceFile<R> {
    Csv(CsvFile<R>),
    Json(JsonFile<R>),
}

impl<R: Read> SourceFile<R> {
    /// Reads a file in the source's format: CSV if it names none.
    pub(crate) fn new(source: &S3Source, file: R) -> Self {
        let config = source.s3_input_format_config.as_ref();
        match config.and_then(|config| config.s3_input_file_type.as_deref()) {
            Some("JSON") => Self::Json(JsonFile::new(file)),
            _ => Self::Csv(CsvFile::new(file)),
        }
    }

    /// Returns the next record; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not in the format.
    pub(crate) fn next(&mut self) -> Result<Option<SourceRecord>, FileError> {
        match self {
            Self::Csv(file) => file.next(),
            Self::Json(file) => file.next(),
        }
    }
}
