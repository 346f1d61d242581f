//! Converts the rows of an application's page within the time of a call.

use std::time::Instant;

use appflow_connector_model::ConnectorError;
use serde_json::value::RawValue;

use super::source_page::Row;
use crate::results::Result;

/// Converts an application's rows one by one with `read`, such as a
/// [`RowReader`](super::RowReader)'s, until the deadline. A filter with many conditions can take
/// milliseconds for a row, and a page can have thousands of rows.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use appflow_connector_model::List;
/// use appflow_connector_runtime::records::{RowReader, read_rows};
/// use serde_json::value::RawValue;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let page: List<&RawValue> = serde_json::from_str(r#"[{"id": 1}, {"id": 2}]"#)?;
/// let reader = RowReader::new().key("id");
/// let deadline = Instant::now() + Duration::from_secs(10);
/// let rows = read_rows(page, deadline, |row| reader.read(row))?;
/// assert_eq!(rows[1].key.as_deref(), Some("2"));
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of `read`, and RequestTimeout at the deadline.
pub fn read_rows<'r>(
    rows: impl IntoIterator<Item = &'r RawValue>,
    deadline: Instant,
    mut read: impl FnMut(&'r RawValue) -> Result<Row>,
) -> Result<Vec<Row>> {
    let mut converted = Vec::new();
    for row in rows {
        check_time(deadline, converted.len())?;
        converted.push(read(row)?);
    }
    Ok(converted)
}

/// Checks that time remains before a row of a page, counted from 0.
pub(crate) fn check_time(deadline: Instant, row: usize) -> Result<()> {
    if Instant::now() < deadline {
        return Ok(());
    }
    Err(ConnectorError::request_timeout(format!(
        "the time of the call ended at row {} of a page: request fewer records or shorten the \
         filter",
        row + 1
    )))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use appflow_connector_model::ErrorCode;

    use super::*;

    #[test]
    fn the_deadline_is_checked_at_each_row() {
        let row: &RawValue = serde_json::from_str("{}").unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        let mut reads = 0;
        let read = read_rows(std::iter::repeat_n(row, 1_000), deadline, |_| {
            reads += 1;
            std::thread::sleep(Duration::from_millis(20));
            Ok(Row {
                key: None,
                record: None,
            })
        });
        assert_eq!(read.unwrap_err().code(), ErrorCode::RequestTimeout);
        assert_eq!(reads, 1);
    }
}
