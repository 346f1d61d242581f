//! From a request's records to an application's batches, and from their results to one for each record.

use std::collections::HashSet;
use std::future::Future;

use appflow_connector_model::{ConnectorError, ErrorCode, WriteRecordResult};
use bon::Builder;

use crate::Result;

/// Writes records in batches, for applications that take several in one call. The results come in the order of the records.
///
/// - A record that cannot be sent has its own failed result; the others are written.
/// - When a call fails, its records fail with its error and the rest is not attempted. The first call is another matter: nothing is
///   written yet, so its error is the answer, and AppFlow may call again with all records. Not so after an insert of which it is
///   unclear whether it was carried out.
/// - With `all_or_none` a batch with a failed record ends the write too.
///
/// ```
/// use appflow_connector_runtime::records::BatchWriter;
/// use appflow_connector_model::WriteRecordResult;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> appflow_connector_runtime::Result<()> {
/// let rows = [Ok("a"), Err("is no name".to_owned()), Ok("b"), Ok("a"), Ok("c")];
/// let mut calls = Vec::new();
/// let results = BatchWriter::builder()
///     .max_records(2)
///     .build()
///     .write(rows, |row| Some((*row).to_owned()), |batch| {
///         calls.push(batch.join(" "));
///         let written = |row: &str| WriteRecordResult::written(row);
///         std::future::ready(Ok(batch.into_iter().map(written).collect()))
///     })
///     .await?;
///
/// // No key comes twice in one call.
/// assert_eq!(calls, ["a b", "a c"]);
/// assert_eq!(results[1].error_message.as_deref(), Some("is no name"));
/// assert_eq!(results[4].record_id.as_deref(), Some("c"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Builder)]
pub struct BatchWriter {
    /// The most records of a call. Zero counts as one.
    max_records: usize,
    /// Whether one failed record undoes or stops the rest. Default: no.
    #[builder(default)]
    all_or_none: bool,
    /// Whether the same records may be written twice, as by an upsert and unlike by an insert. Default: no.
    #[builder(default)]
    is_idempotent: bool,
}

impl BatchWriter {
    /// Sends the rows in batches. `key` names the record that a row writes, if it is known: two rows with one key, whatever the case of
    /// its letters, do not go into the same call. `send` makes a call and gives a result for each of its rows, in their order.
    ///
    /// # Errors
    /// That of the first call, see above.
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
        for (place, row) in rows.into_iter().enumerate() {
            match row {
                Ok(row) => {
                    results.push(None);
                    sendable.push((place, row));
                }
                Err(problem) => results.push(Some(WriteRecordResult::failed(problem))),
            }
        }
        for (index, batch) in self.batches(sendable, key).into_iter().enumerate() {
            let (places, rows): (Vec<usize>, Vec<T>) = batch.into_iter().unzip();
            let (batch_results, is_over) = match send(rows)
                .await
                .and_then(|answer| complete(answer, places.len()))
            {
                Ok(answer) => {
                    let has_failed = answer.iter().any(|result| !result.is_success);
                    (answer, self.all_or_none && has_failed)
                }
                Err(error) if index == 0 && self.may_be_repeated_after(&error) => {
                    return Err(error);
                }
                Err(error) => (
                    vec![WriteRecordResult::failed(error.message()); places.len()],
                    true,
                ),
            };
            for (place, result) in places.into_iter().zip(batch_results) {
                results[place] = Some(result);
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
        for (place, row) in rows {
            let key = key(&row).map(|key| key.to_lowercase());
            let is_new = key.as_ref().is_none_or(|key| !keys.contains(key));
            match batches.last_mut() {
                Some(batch) if is_new && batch.len() < self.max_records => batch.push((place, row)),
                _ => {
                    keys.clear();
                    batches.push(vec![(place, row)]);
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

fn complete(results: Vec<WriteRecordResult>, rows: usize) -> Result<Vec<WriteRecordResult>> {
    if results.len() == rows {
        return Ok(results);
    }
    Err(ConnectorError::server_error(format!(
        "the application answered {} results for {rows} records",
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

    /// Five rows in batches of two, whose second batch ends as given.
    async fn write(
        writer: BatchWriter,
        failing: usize,
        outcome: fn(usize) -> Result<Vec<WriteRecordResult>>,
    ) -> Result<Vec<WriteRecordResult>> {
        let mut call = 0;
        writer
            .write(
                (0..5).map(Ok),
                |_: &usize| None,
                |rows| {
                    call += 1;
                    ready(if call == failing {
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
    async fn after_a_failed_call_the_rest_is_not_attempted() {
        let writer = BatchWriter::builder()
            .max_records(2)
            .is_idempotent(true)
            .build();
        let results = write(writer.clone(), 2, down).await.unwrap();
        assert_eq!(
            messages(&results),
            ["written", "written", "down", "down", REST]
        );
        // Nothing is written yet: the error is the answer.
        assert_eq!(write(writer, 1, down).await.unwrap_err().message(), "down");
    }

    #[tokio::test]
    async fn an_insert_is_not_to_be_repeated_unless_it_was_surely_refused() {
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
    async fn all_or_none_ends_with_a_failed_record() {
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
    async fn an_answer_without_a_result_for_each_record_is_a_failed_call() {
        let writer = BatchWriter::builder()
            .max_records(2)
            .is_idempotent(true)
            .build();
        let results = write(writer, 2, |_| Ok(vec![written()])).await.unwrap();
        let expected = "the application answered 1 results for 2 records";
        assert_eq!(
            messages(&results),
            ["written", "written", expected, expected, REST]
        );
    }

    #[tokio::test]
    async fn a_key_comes_once_in_a_call() {
        let mut calls = Vec::new();
        let rows = ["a", "b", "A", "c", "c"].map(|row| Ok(row.to_owned()));
        let writer = BatchWriter::builder().max_records(9).build();
        let results = writer
            .write(
                rows,
                |row: &String| Some(row.clone()),
                |rows| {
                    let results = vec![written(); rows.len()];
                    calls.push(rows.concat());
                    ready(Ok(results))
                },
            )
            .await;
        assert_eq!(calls, ["ab", "Ac", "c"]);
        assert_eq!(results.unwrap().len(), 5);
    }
}
