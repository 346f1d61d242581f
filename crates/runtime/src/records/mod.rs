//! From an application's records to AppFlow's, whatever API they are read or written through.
//!
//! | the application | use |
//! |---|---|
//! | returns JSON rows page by page | [`Query`], from the request to the response |
//! | returns one row for an id | [`Retrieval`] |
//! | takes one record in each request | [`Write`] |
//!
//! These three do the usual case, and are made of what serves all others:
//!
//! | the application | use |
//! |---|---|
//! | returns records page by page | [`SourcePage`] for each of its pages, [`PageFiller`] for AppFlow's |
//! | returns records as JSON | [`from_raw`] or [`keyed_from_raw`], which copy each once and lose no digit |
//! | returns rows in another form than records | [`RowReader`], which removes, flattens and converts members, and [`read_rows`], which checks the deadline at each row |
//! | takes or returns one record at a time | [`write_each`] and [`retrieve_each`], several calls at the same time |
//! | takes records in batches | [`BatchWriter`], which makes the batches and a result for each record |
//! | lists its entities page by page, or needs page tokens of its own | [`TokenSealer`] |

mod batch_writer;
mod byte_budget;
mod conversion;
mod pace;
mod page_filler;
mod parallel;
mod place;
mod query;
mod raw_rows;
mod retrieval;
mod retrieve_each;
mod row_reader;
mod rows;
mod source_page;
mod token_sealer;
mod write;
mod write_each;
mod write_failures;

pub use batch_writer::{BatchWriter, BatchWriterBuilder, RecordResult};
pub use page_filler::PageFiller;
pub use place::Place;
pub use query::{Query, QueryPage};
pub use raw_rows::{from_raw, keyed_from_raw};
pub use retrieval::Retrieval;
pub use retrieve_each::retrieve_each;
pub use row_reader::RowReader;
pub use rows::read_rows;
pub use source_page::{Row, SourcePage};
pub use token_sealer::TokenSealer;
pub use write::{Write, WriteRow};
pub use write_each::write_each;
