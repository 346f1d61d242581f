//! The files of a flow in Amazon S3: what they are called, how they are read and written.
//!
//! Nothing here reads or writes an object itself.

mod csv_file;
mod csv_lines;
mod encoder;
mod error;
mod json_file;
mod json_lines;
mod names;
mod parquet_file;
mod source_file;
#[cfg(test)]
mod tests;

pub(crate) use encoder::{Encoder, Format};
pub(crate) use error::{EncodeError, FileError};
pub(crate) use names::{ObjectNames, error_key, partition_folders};
pub(crate) use source_file::SourceFile;
