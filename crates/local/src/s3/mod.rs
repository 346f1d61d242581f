//! S3.

mod blob_sink;
mod blobs;
mod digest;
mod error;
mod http;
mod listing;
mod messages;
mod object;
mod objects;
mod operations;
mod parts;
mod reader;
mod schema;
mod store;
mod uploads;
mod writer;

pub(crate) use blobs::BlobFolder;
pub(crate) use error::StoreError;
pub(crate) use http::router;
pub(crate) use reader::ObjectReader;
pub(crate) use schema::SCHEMA;
pub(crate) use store::Store;
pub(crate) use writer::ObjectWriter;
