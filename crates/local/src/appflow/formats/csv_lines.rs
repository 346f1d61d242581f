//! Writes CSV.

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use crate::appflow::tasks::{Column, Row, Value};

/// A header and lines that end in LF, with quotes only where RFC 4180 needs them. A null is empty; a
/// value that is not text is its JSON.
#[derive(Debug)]
pub(crate) struct CsvLines {
    writer: Writer<Vec<u8>>,
}

impl CsvLines {
    /// Begins an object with its header.
    pub(crate) fn new(columns: &[Column]) -> Self {
        let mut lines = Self { writer: writer() };
        lines.write_fields(columns.iter().map(|column| column.name.as_str()));
        lines
    }

    /// Adds a record. Columns that it lacks are null.
    pub(crate) fn write(&mut self, columns: &[Column], row: &Row<'_>) {
        let texts: Vec<_> = (0..columns.len())
            .map(|index| {
                let value = row.get(index).and_then(Option::as_ref);
                value.map(Value::text).unwrap_or_default()
            })
            .collect();
        self.write_fields(texts.iter().map(AsRef::as_ref));
    }

    /// Takes what was written.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let full = std::mem::replace(&mut self.writer, writer());
        full.into_inner().expect("lines can be written to memory")
    }

    fn write_fields<'f>(&mut self, fields: impl Iterator<Item = &'f str>) {
        self.writer
            .write_record(fields)
            .expect("lines can be written to memory");
    }
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(Vec::new())
}
