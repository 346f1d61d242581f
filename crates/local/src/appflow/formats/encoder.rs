//! One object in the format of a flow's destination.

use super::csv_lines::CsvLines;
use super::error::EncodeError;
use super::json_lines::JsonLines;
use super::parquet_file::ParquetFile;
use crate::appflow::flows::definition::S3Destination;
use crate::appflow::tasks::{Column, Row};

/// The format of a destination's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    JsonLines,
    Csv,
    Parquet {
        /// Whether columns have the types of the source's fields; if not, all are strings.
        is_typed: bool,
    },
}

impl Format {
    /// Returns the format of a destination: JSON lines if it names none.
    pub(crate) fn of(destination: &S3Destination) -> Self {
        let config = destination.s3_output_format_config.as_ref();
        match config.and_then(|config| config.file_type.as_deref()) {
            Some("CSV") => Self::Csv,
            Some("PARQUET") => Self::Parquet {
                is_typed: config.and_then(|config| config.preserve_source_data_typing)
                    == Some(true),
            },
            _ => Self::JsonLines,
        }
    }

    /// Returns the media type of the objects.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/json",
            Self::Csv | Self::Parquet { .. } => "application/octet-stream",
        }
    }
}

/// Turns records into the bytes of one object. Bytes are taken from time to time, so that an object
/// does not have to fit into memory.
pub(crate) struct Encoder {
    encoding: Encoding,
    /// How many columns the object has.
    width: usize,
}

enum Encoding {
    JsonLines(JsonLines),
    Csv(Box<CsvLines>),
    Parquet(Box<ParquetFile>),
}

impl Encoder {
    /// Begins an object with these columns.
    ///
    /// # Errors
    ///
    /// If the columns cannot be columns of a Parquet file.
    pub(crate) fn new(format: Format, columns: &[Column]) -> Result<Self, EncodeError> {
        Ok(Self {
            encoding: match format {
                Format::JsonLines => Encoding::JsonLines(JsonLines::default()),
                Format::Csv => Encoding::Csv(Box::new(CsvLines::new(columns))),
                Format::Parquet { is_typed } => {
                    Encoding::Parquet(Box::new(ParquetFile::new(columns, is_typed)?))
                }
            },
            width: columns.len(),
        })
    }

    /// Returns whether the object can take a record with these columns. Columns are only ever added
    /// to, and an object with a header or a schema then needs another one.
    pub(crate) fn accepts(&self, columns: &[Column]) -> bool {
        matches!(self.encoding, Encoding::JsonLines(_)) || columns.len() == self.width
    }

    /// Adds a record.
    ///
    /// # Errors
    ///
    /// If a value is not of its column's type.
    pub(crate) fn write(&mut self, columns: &[Column], row: &Row<'_>) -> Result<(), EncodeError> {
        match &mut self.encoding {
            Encoding::JsonLines(lines) => lines.write(columns, row),
            Encoding::Csv(lines) => lines.write(columns, row),
            Encoding::Parquet(file) => file.write(row)?,
        }
        Ok(())
    }

    /// Takes the bytes that can be appended to the object. A Parquet object has some only after each
    /// group of rows.
    ///
    /// # Errors
    ///
    /// None but those of writing to memory.
    pub(crate) fn take(&mut self) -> Result<Vec<u8>, EncodeError> {
        match &mut self.encoding {
            Encoding::JsonLines(lines) => Ok(lines.take()),
            Encoding::Csv(lines) => Ok(lines.take()),
            Encoding::Parquet(file) => file.take(),
        }
    }

    /// Ends the object and returns its last bytes.
    ///
    /// # Errors
    ///
    /// If the last rows of a Parquet object cannot be written.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        match self.encoding {
            Encoding::Parquet(file) => file.finish(),
            _ => self.take(),
        }
    }
}
