//! Divides a request's records into an application's batches, and collects one result for each record.

use std::collections::HashSet;
use std::future::Future;

use appflow_connector_model::{ConnectorError, ErrorCode, WriteRecordResult};
use bon::Builder;

use crate::results::Result;

/// Writes records in batches, for applications that take several in one request. The results are in the order of the records.
///
/// - A record that cannot be sent gets a failed result; the others are written.
/// - If a batch fails, its records fail with its error and the rest is not attempted. If the first batch fails, nothing is written
///   yet, so [`write`](Self::write) returns its error and AppFlow may call again with all records. The exception is a write that
///   is not idempotent, such as an insert, and may have taken effect.
/// - With `all_or_none` a batch with a failed record also ends the write.
///
/// ```
/// use appflow_connector_model::WriteRecordResult;
/// use appflow_connector_runtime::records::BatchWriter;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> appflow_connector_runtime::Result<()> {
/// let rows = [Ok("a"), Err("not a valid name".to_owned()), Ok("b"), Ok("a"), Ok("c")];
/// let mut batches = Vec::new();
/// let results = BatchWriter::builder()
///     .max_records(2)
///     .build()
///     .write(rows, |row| Some((*row).to_owned()), |batch| {
///         batches.push(batch.join(" "));
///         let written = |row: &str| WriteRecordResult::written(row);
///         std::future::ready(Ok(batch.into_iter().map(written).collect()))
///     })
///     .await?;
///
/// // A batch contains each key once.
/// assert_eq!(batches, ["a b", "a c"]);
/// assert_eq!(results[1].error_message.as_deref(), Some("not a valid name"));
/// assert_eq!(results[4].record_id.as_deref(), Some("c"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Builder)]
pub struct BatchWriter {
    /// The maximum number of records in a batch. Zero counts as one.
    max_records: usize,
    /// Whether one failed record undoes its batch and stops the rest. Default: no.
    #[builder(default)]
    all_or_none: bool,
    /// Whether writing the same records twice has the effect of writing them once, as with an upsert. Default: no.
    #[builder(default)]
    is_idempotent: bool,
}

impl BatchWriter {
    /// Sends the rows in batches. `key` returns the key of the record that a row writes, if it is known: rows with the same key, in
    /// upper or lower case, are sent in different batches. `send` sends a batch and returns a result for each of its rows, in order.
    ///
    /// # Errors
    /// The error of the first batch, see above.
    pub async fn write<T, F, Fut>(
        &self,
        rows: impl IntoIterator<Item = std::result::Result<T, String>>,
        key: impl Fn(&T) -> Option<String>,
        mut send: F,
    ) -> Result<Vec<WriteRecordResult>>
    where
        F: FnMut(Vec<T>) -> Fut,
        Fut: Future<Output = Result<Vec<WriteRecordResult>>>,
    {
        let mut results = Vec::new();
        let mut sendable = Vec::new();
        for (index, row) in rows.into_iter().enumerate() {
            match row {
                Ok(row) => {
                    results.push(None);
                    sendable.push((index, row));
                }
                Err(problem) => results.push(Some(WriteRecordResult::failed(problem))),
            }
        }
        for (number, batch) in self.batches(sendable, key).into_iter().enumerate() {
            let (indices, rows): (Vec<usize>, Vec<T>) = batch.into_iter().unzip();
            let (batch_results, is_over) = match send(rows)
                .await
                .and_then(|results| check_len(results, indices.len()))
            {
                Ok(batch_results) => {
                    let has_failed = batch_results.iter().any(|result| !result.is_success);
                    (batch_results, self.all_or_none && has_failed)
                }
                Err(error) if number == 0 && self.may_be_repeated_after(&error) => {
                    return Err(error);
                }
                Err(error) => (
                    vec![WriteRecordResult::failed(error.message()); indices.len()],
                    true,
                ),
            };
            for (index, result) in indices.into_iter().zip(batch_results) {
                results[index] = Some(result);
            }
            if is_over {
                break;
            }
        }
        let not_attempted = || {
            WriteRecordResult::failed(
                "not attempted, because records before it could not be written",
            )
        };
        Ok(results
            .into_iter()
            .map(|result| result.unwrap_or_else(not_attempted))
            .collect())
    }

    fn batches<T>(
        &self,
        rows: Vec<(usize, T)>,
        key: impl Fn(&T) -> Option<String>,
    ) -> Vec<Vec<(usize, T)>> {
        let mut batches: Vec<Vec<(usize, T)>> = Vec::new();
        let mut keys = HashSet::new();
        for (index, row) in rows {
            let key = key(&row).map(|key| key.to_lowercase());
            let is_new = key.as_ref().is_none_or(|key| !keys.contains(key));
            match batches.last_mut() {
                Some(batch) if is_new && batch.len() < self.max_records => batch.push((index, row)),
                _ => {
                    keys.clear();
                    batches.push(vec![(index, row)]);
                }
            }
            keys.extend(key);
        }
        batches
    }

    fn may_be_repeated_after(&self, error: &ConnectorError) -> bool {
        let is_unclear = matches!(
            error.code(),
            ErrorCode::RequestTimeout | ErrorCode::ServiceUnavailable | ErrorCode::ServerError
        );
        self.is_idempotent || !is_unclear
    }
}

fn check_len(results: Vec<WriteRecordResult>, rows: usize) -> Result<Vec<WriteRecordResult>> {
    if results.len() == rows {
        return Ok(results);
    }
    Err(ConnectorError::server_error(format!(
        "the application returned {} results for {rows} records",
        results.len()
    )))
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    fn written() -> WriteRecordResult {
        WriteRecordResult {
            is_success: true,
            record_id: None,
            error_message: None,
        }
    }

    fn messages(results: &[WriteRecordResult]) -> Vec<&str> {
        results
            .iter()
            .map(|result| result.error_message.as_deref().unwrap_or("written"))
            .collect()
    }

    /// Writes five rows in batches of two; the batch with the number `failing` has the given outcome.
    async fn write(
        writer: BatchWriter,
        failing: usize,
        outcome: fn(usize) -> Result<Vec<WriteRecordResult>>,
    ) -> Result<Vec<WriteRecordResult>> {
        let mut batch = 0;
        writer
            .write(
                (0..5).map(Ok),
                |_: &usize| None,
                |rows| {
                    batch += 1;
                    ready(if batch == failing {
                        outcome(rows.len())
                    } else {
                        Ok(vec![written(); rows.len()])
                    })
                },
            )
            .await
    }

    fn down(_: usize) -> Result<Vec<WriteRecordResult>> {
        Err(ConnectorError::service_unavailable("down"))
    }

    const REST: &str = "not attempted, because records before it could not be written";

    #[tokio::test]
    async fn after_a_failed_batch_the_rest_is_not_attempted() {
        let writer = BatchWriter::builder()
            .max_records(2)
            .is_idempotent(true)
            .build();
        let results = write(writer.clone(), 2, down).await.unwrap();
        assert_eq!(
            messages(&results),
            ["written", "written", "down", "down", REST]
        );
        // Nothing is written yet: the error is returned.
        assert_eq!(write(writer, 1, down).await.unwrap_err().message(), "down");
    }

    #[tokio::test]
    async fn an_insert_may_be_repeated_only_if_it_was_certainly_refused() {
        let writer = BatchWriter::builder().max_records(2).build();
        let results = write(writer.clone(), 1, down).await.unwrap();
        assert_eq!(messages(&results), ["down", "down", REST, REST, REST]);
        let refused = |_| Err(ConnectorError::invalid_credentials("expired"));
        assert_eq!(
            write(writer, 1, refused).await.unwrap_err().message(),
            "expired"
        );
    }

    #[tokio::test]
    async fn all_or_none_ends_at_a_failed_record() {
        let one_failed = |rows| {
            let mut results = vec![written(); rows];
            results[0] = WriteRecordResult::failed("too long");
            Ok(results)
        };
        let writer = BatchWriter::builder()
            .max_records(2)
            .all_or_none(true)
            .build();
        let results = write(writer, 1, one_failed).await.unwrap();
        assert_eq!(
            messages(&results),
            ["too long", "written", REST, REST, REST]
        );
        let writer = BatchWriter::builder().max_records(2).build();
        let results = write(writer, 1, one_failed).await.unwrap();
        assert_eq!(messages(&results)[1..], ["written"; 4]);
    }

    #[tokio::test]
    async fn a_batch_without_a_result_for_each_record_has_failed() {
        let writer = BatchWriter::builder()
            .max_records(2)
            .is_idempotent(true)
            .build();
        let results = write(writer, 2, |_| Ok(vec![written()])).await.unwrap();
        let expected = "the application returned 1 results for 2 records";
        assert_eq!(
            messages(&results),
            ["written", "written", expected, expected, REST]
        );
    }

    #[tokio::test]
    async fn a_batch_contains_each_key_once() {
        let mut batches = Vec::new();
        let rows = ["a", "b", "A", "c", "c"].map(|row| Ok(row.to_owned()));
        let writer = BatchWriter::builder().max_records(9).build();
        let results = writer
            .write(
                rows,
                |row: &String| Some(row.clone()),
                |rows| {
                    let results = vec![written(); rows.len()];
                    batches.push(rows.concat());
                    ready(Ok(results))
                },
            )
            .await;
        assert_eq!(batches, ["ab", "Ac", "c"]);
        assert_eq!(results.unwrap().len(), 5);
    }
}
