//! From an application's records to AppFlow's, whatever API they are read or written through.
//!
//! | the application | use |
//! |---|---|
//! | returns records page by page | [`SourcePage`] for each of its pages, [`PageFiller`] for AppFlow's |
//! | returns records as JSON | [`from_raw`] or [`keyed_from_raw`], which copy each once and lose no digit |
//! | returns rows in another form than records | [`RowReader`], which removes, flattens and converts members, and [`read_rows`], which checks the deadline at each row |
//! | takes records in batches | [`BatchWriter`], which makes the batches and a result for each record |
//! | lists its entities page by page, or needs page tokens of its own | [`TokenSealer`] |

mod batch_writer;
mod byte_budget;
mod page_filler;
mod place;
mod raw_rows;
mod row_reader;
mod rows;
mod source_page;
mod token_sealer;

pub use batch_writer::{BatchWriter, BatchWriterBuilder, RecordResult};
pub use page_filler::PageFiller;
pub use place::Place;
pub use raw_rows::{from_raw, keyed_from_raw};
pub use row_reader::RowReader;
pub use rows::read_rows;
pub use source_page::{Row, SourcePage};
pub use token_sealer::TokenSealer;
