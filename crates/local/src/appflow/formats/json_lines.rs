//! Writes JSON lines.

use crate::appflow::tasks::{Column, Row, write_json_string};

/// Objects, one on each line, with the fields in the order of their columns. A null field is left
/// out.
#[derive(Debug, Default)]
pub(crate) struct JsonLines {
    /// The names of the columns in JSON, with a colon.
    names: Vec<Vec<u8>>,
    out: Vec<u8>,
}

impl JsonLines {
    /// Adds a record.
    pub(crate) fn write(&mut self, columns: &[Column], row: &Row<'_>) {
        for column in &columns[self.names.len()..] {
            let mut name = Vec::new();
            write_json_string(&column.name, &mut name);
            name.push(b':');
            self.names.push(name);
        }
        self.out.push(b'{');
        let mut is_first = true;
        for (name, value) in self.names.iter().zip(row) {
            let Some(value) = value else { continue };
            if !is_first {
                self.out.push(b',');
            }
            is_first = false;
            self.out.extend_from_slice(name);
            value.write_json(&mut self.out);
        }
        self.out.extend_from_slice(b"}\n");
    }

    /// Takes what was written.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}
