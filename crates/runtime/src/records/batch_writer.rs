//! Divides a request's records into an application's batches, and collects one result for each
//! record.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use appflow_connector_model::{ConnectorError, WriteRecordResult};
use bon::Builder;

use super::write_failures::{MessageBudget, NOT_ATTEMPTED, is_effect_unknown, is_refused};
use crate::refusal;
use crate::results::Result;

/// How many times records are sent again that the application could not write for the moment, and
/// the wait before each time.
const RECORD_RETRIES: usize = 4;
const RECORD_WAIT: Duration = Duration::from_millis(250);

/// How many batches in a row are refused before it is clear that the records are not the cause. To
/// find one invalid record among 1,000, eleven are.
const MAX_REFUSALS: usize = 16;

/// Writes records in batches, for applications that take several in one request. The results are in
/// the order of the records.
///
/// - A record that cannot be sent gets a failed result; the others are written.
/// - A record that the application could not write for the moment
///   ([`RecordResult::retryable`]) is sent again up to four times, 250 ms apart.
/// - A batch that the application refuses as a whole, with InvalidArgument or ClientError, is sent
///   again in halves, so that an invalid record costs only itself.
/// - If a batch fails otherwise, its records fail with its error and the rest is not attempted. If
///   nothing is written yet, [`write`](Self::write) returns the error, so that AppFlow may call
///   again with all records. The exception is a write that is not idempotent, such as an insert,
///   and may have taken effect.
/// - Rows are taken from the iterator batch by batch, and messages are cut where they are read: to
///   800 characters, and to 40 after three megabytes of them.
/// - With `all_or_none` a batch is never divided, and one with a failed record ends the write.
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
///     .write(rows, |row| Some((*row).to_owned()), |batch: &[&&str]| {
///         let names: Vec<&str> = batch.iter().map(|row| **row).collect();
///         batches.push(names.join(" "));
///         async move { Ok(names.into_iter().map(WriteRecordResult::written).collect()) }
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
    /// Whether writing the same records twice has the effect of writing them once, as with an
    /// upsert. Default: no.
    #[builder(default)]
    is_idempotent: bool,
    /// When the call must end: records are sent again only if four waits of 250 ms remain. Default:
    /// no end.
    deadline: Option<Instant>,
}

/// What an application did with a record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordResult {
    result: WriteRecordResult,
    is_retryable: bool,
}

impl RecordResult {
    /// A result of a record that was not written, and that a later attempt may write: it is locked,
    /// for example.
    pub const fn retryable(result: WriteRecordResult) -> Self {
        Self {
            result,
            is_retryable: true,
        }
    }
}

impl From<WriteRecordResult> for RecordResult {
    fn from(result: WriteRecordResult) -> Self {
        Self {
            result,
            is_retryable: false,
        }
    }
}

impl BatchWriter {
    /// Sends the rows in batches. `key` returns the key of the record that a row writes, if it is
    /// known: rows with the same key, in upper or lower case, are sent in different batches. `send`
    /// makes a request of a batch's rows, and its future sends it and returns a result for each
    /// row, in order: [`WriteRecordResult`]s or [`RecordResult`]s.
    ///
    /// # Errors
    /// The error of the first batch, see above.
    pub async fn write<T, R, F>(
        &self,
        rows: impl IntoIterator<Item = std::result::Result<T, String>>,
        key: impl Fn(&T) -> Option<String>,
        mut send: impl FnMut(&[&T]) -> F,
    ) -> Result<Vec<WriteRecordResult>>
    where
        F: Future<Output = Result<Vec<R>>>,
        R: Into<RecordResult>,
    {
        let mut rows = rows.into_iter();
        let mut results = Vec::new();
        let mut messages = MessageBudget::default();
        let mut next = None;
        let mut is_first = true;
        loop {
            let batch = self.take_batch(&mut rows, &mut results, &mut next, &key);
            if batch.is_empty() {
                break;
            }
            let rows: Vec<&T> = batch.iter().map(|(_, row)| row).collect();
            let outcome = self.write_batch(&rows, is_first, &mut send).await?;
            is_first = false;
            for ((index, _), result) in batch.iter().zip(outcome.results) {
                results[*index] = result.map(|result| messages.cut(result));
            }
            if outcome.is_over {
                break;
            }
        }
        let rest = rows.map(|row| row.err().map(WriteRecordResult::failed));
        results.extend(rest);
        let not_attempted = || WriteRecordResult::failed(NOT_ATTEMPTED);
        Ok(results
            .into_iter()
            .map(|result| result.unwrap_or_else(not_attempted))
            .collect())
    }

    /// Takes the rows of a batch, and the first row of the next one. A row that cannot be sent gets
    /// its result. The rows of one batch at a time are in memory.
    fn take_batch<T>(
        &self,
        rows: &mut impl Iterator<Item = std::result::Result<T, String>>,
        results: &mut Vec<Option<WriteRecordResult>>,
        next: &mut Option<(usize, T)>,
        key: impl Fn(&T) -> Option<String>,
    ) -> Vec<(usize, T)> {
        let mut batch = Vec::new();
        let mut keys = HashSet::new();
        loop {
            let (index, row) = match next.take() {
                Some(first) => first,
                None => match rows.next() {
                    Some(Ok(row)) => {
                        results.push(None);
                        (results.len() - 1, row)
                    }
                    Some(Err(problem)) => {
                        results.push(Some(WriteRecordResult::failed(problem)));
                        continue;
                    }
                    None => return batch,
                },
            };
            let key = key(&row).map(|key| key.to_lowercase());
            let is_repeated = key.as_ref().is_some_and(|key| keys.contains(key));
            if is_repeated || batch.len() >= self.max_records.max(1) {
                *next = Some((index, row));
                return batch;
            }
            keys.extend(key);
            batch.push((index, row));
        }
    }

    /// Writes a batch, in halves if the application refuses it as a whole.
    async fn write_batch<T, R, F>(
        &self,
        rows: &[&T],
        is_first: bool,
        send: &mut impl FnMut(&[&T]) -> F,
    ) -> Result<BatchOutcome>
    where
        F: Future<Output = Result<Vec<R>>>,
        R: Into<RecordResult>,
    {
        let mut results = vec![None; rows.len()];
        let mut has_results = false;
        let mut is_over = false;
        let mut refusals = 0;
        let mut first_error = None;
        let mut unsent = vec![(0, rows.len())];
        while let Some((start, end)) = unsent.pop() {
            match self.send_with_retries(&rows[start..end], send).await {
                Ok((new_results, is_unclear)) => {
                    has_results = true;
                    refusals = 0;
                    is_over = is_unclear;
                    for (place, result) in results[start..end].iter_mut().zip(new_results) {
                        *place = Some(result);
                    }
                }
                Err(error) => {
                    refusals += 1;
                    is_over = !is_refused(&error) || self.all_or_none || refusals == MAX_REFUSALS;
                    if is_over && !has_results && is_first && self.may_be_repeated_after(&error) {
                        return Err(first_error.unwrap_or(error));
                    }
                    if is_over || end - start == 1 {
                        results[start..end].fill(Some(WriteRecordResult::failed(error.message())));
                    } else {
                        let middle = usize::midpoint(start, end);
                        unsent.extend([(middle, end), (start, middle)]);
                    }
                    first_error.get_or_insert(error);
                }
            }
            if is_over {
                break;
            }
        }
        // Where every record is refused, the records are hardly the cause.
        if let Some(error) = first_error
            && !has_results
        {
            is_over = true;
            if is_first && self.may_be_repeated_after(&error) {
                return Err(error);
            }
        }
        let mut found = results.iter().flatten();
        is_over |= self.all_or_none && found.any(|result| !result.is_success);
        Ok(BatchOutcome { results, is_over })
    }

    /// Sends rows, and those again that could not be written for the moment. Returns their results,
    /// and whether it is unknown what the last attempt wrote.
    async fn send_with_retries<T, R, F>(
        &self,
        rows: &[&T],
        send: &mut impl FnMut(&[&T]) -> F,
    ) -> Result<(Vec<WriteRecordResult>, bool)>
    where
        F: Future<Output = Result<Vec<R>>>,
        R: Into<RecordResult>,
    {
        let mut results = results_of(rows, send).await?;
        let mut is_unclear = false;
        for _ in 0..RECORD_RETRIES {
            let any_retryable = results.iter().any(|result| result.is_retryable);
            if !any_retryable || !self.has_time() {
                break;
            }
            tokio::time::sleep(RECORD_WAIT).await;
            // With all_or_none the application has undone the others, so they are sent again too.
            let is_sent_again = |result: &RecordResult| self.all_or_none || result.is_retryable;
            let again: Vec<usize> = (0..rows.len())
                .filter(|index| is_sent_again(&results[*index]))
                .collect();
            let rows_again: Vec<&T> = again.iter().map(|index| rows[*index]).collect();
            match results_of(&rows_again, send).await {
                Ok(new_results) => {
                    for (index, result) in again.into_iter().zip(new_results) {
                        results[index] = result;
                    }
                }
                Err(error) => {
                    is_unclear = true;
                    for index in again {
                        results[index] = WriteRecordResult::failed(error.message()).into();
                    }
                    break;
                }
            }
        }
        let results = results.into_iter().map(|result| result.result);
        Ok((results.collect(), is_unclear))
    }

    fn has_time(&self) -> bool {
        let now = tokio::time::Instant::now().into_std();
        self.deadline
            .is_none_or(|deadline| deadline.saturating_duration_since(now) >= 4 * RECORD_WAIT)
    }

    fn may_be_repeated_after(&self, error: &ConnectorError) -> bool {
        self.is_idempotent || !is_effect_unknown(error)
    }
}

/// The results of a batch's rows, `None` for those that were not sent.
struct BatchOutcome {
    results: Vec<Option<WriteRecordResult>>,
    /// Whether the rest is not attempted.
    is_over: bool,
}

/// Sends rows and checks that each has a result. Otherwise it is unknown which were written.
async fn results_of<T, R, F>(
    rows: &[&T],
    send: &mut impl FnMut(&[&T]) -> F,
) -> Result<Vec<RecordResult>>
where
    F: Future<Output = Result<Vec<R>>>,
    R: Into<RecordResult>,
{
    let results = send(rows).await.inspect_err(refusal::note)?;
    if results.len() == rows.len() {
        return Ok(results.into_iter().map(Into::into).collect());
    }
    Err(ConnectorError::server_error(format!(
        "the application returned {} results for {} records",
        results.len(),
        rows.len()
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

    /// Writes five rows in batches of two; the batch with the number `failing` has the given
    /// outcome.
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
                |rows: &[&usize]| {
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
                |rows: &[&String]| {
                    batches.push(rows.iter().map(|row| row.as_str()).collect::<String>());
                    ready(Ok(vec![written(); rows.len()]))
                },
            )
            .await;
        assert_eq!(batches, ["ab", "Ac", "c"]);
        assert_eq!(results.unwrap().len(), 5);
    }

    /// Writes the rows in one batch. The application refuses a batch with a row that is negative.
    async fn write_refusing(
        writer: BatchWriter,
        rows: &[i32],
    ) -> (Result<Vec<WriteRecordResult>>, Vec<usize>) {
        let mut sent = Vec::new();
        let results = writer
            .write(
                rows.iter().copied().map(Ok),
                |_| None,
                |rows: &[&i32]| {
                    sent.push(rows.len());
                    ready(if rows.iter().any(|row| **row < 0) {
                        Err(ConnectorError::invalid_argument("negative"))
                    } else {
                        Ok(vec![written(); rows.len()])
                    })
                },
            )
            .await;
        (results, sent)
    }

    #[tokio::test]
    async fn an_invalid_record_costs_only_itself() {
        let writer = BatchWriter::builder().max_records(8).build();
        let rows = [1, 2, 3, 4, 5, -6, 7, 8, 9];
        let (results, sent) = write_refusing(writer.clone(), &rows).await;
        let results = results.unwrap();
        let failed = results.iter().map(|result| !result.is_success);
        let expected = rows.map(|row| row < 0);
        assert_eq!(failed.collect::<Vec<_>>(), expected);
        assert_eq!(results[5].error_message.as_deref(), Some("negative"));
        assert_eq!(sent, [8, 4, 4, 2, 1, 1, 2, 1]);

        // With all_or_none nothing is divided.
        let all_or_none = BatchWriter::builder()
            .max_records(8)
            .all_or_none(true)
            .build();
        let (results, sent) = write_refusing(all_or_none, &rows).await;
        assert_eq!(results.unwrap_err().message(), "negative");
        assert_eq!(sent, [8]);
    }

    #[tokio::test]
    async fn an_error_of_all_records_is_the_error_of_the_call() {
        for count in [1, 3, 200] {
            let writer = BatchWriter::builder().max_records(200).build();
            let (results, sent) = write_refusing(writer, &vec![-1; count]).await;
            assert_eq!(results.unwrap_err().message(), "negative");
            assert!(sent.len() <= MAX_REFUSALS, "{sent:?}");
        }
        // Others were written before: theirs remain.
        let rows = [1, 1, -1, -1, 1];
        let writer = BatchWriter::builder().max_records(2).build();
        let results = write_refusing(writer, &rows).await.0.unwrap();
        assert_eq!(
            messages(&results),
            ["written", "written", "negative", "negative", REST]
        );
    }

    /// Writes three rows; the results of each attempt are `R` for a locked record and `W` for a
    /// written one.
    async fn write_locked(
        writer: BatchWriter,
        attempts: &[&str],
    ) -> (Vec<WriteRecordResult>, Vec<Vec<usize>>) {
        let mut sent: Vec<Vec<usize>> = Vec::new();
        let results = writer
            .write(
                (0..3).map(Ok),
                |_| None,
                |rows: &[&usize]| {
                    let results = attempts[sent.len()].chars().map(|result| match result {
                        'R' => RecordResult::retryable(WriteRecordResult::failed("locked")),
                        _ => written().into(),
                    });
                    sent.push(rows.iter().map(|row| **row).collect());
                    ready(Ok(results.collect::<Vec<RecordResult>>()))
                },
            )
            .await;
        (results.unwrap(), sent)
    }

    #[tokio::test(start_paused = true)]
    async fn locked_records_are_sent_again() {
        let writer = BatchWriter::builder().max_records(3).build();
        let (results, sent) = write_locked(writer.clone(), &["WRR", "RW", "W"]).await;
        assert_eq!(messages(&results), ["written"; 3]);
        assert_eq!(sent, [vec![0, 1, 2], vec![1, 2], vec![1]]);
        let (results, sent) = write_locked(writer, &["WWR", "R", "R", "R", "R"]).await;
        assert_eq!(messages(&results), ["written", "written", "locked"]);
        assert_eq!(sent.len(), 1 + RECORD_RETRIES);
        let all = BatchWriter::builder().max_records(3).all_or_none(true);
        let (_, sent) = write_locked(all.build(), &["WWR", "WWW"]).await;
        assert_eq!(sent, [vec![0, 1, 2], vec![0, 1, 2]]);
        let soon = tokio::time::Instant::now().into_std() + 3 * RECORD_WAIT;
        let hurried = BatchWriter::builder().max_records(3).deadline(soon);
        let (results, sent) = write_locked(hurried.build(), &["WWR"]).await;
        assert_eq!(messages(&results), ["written", "written", "locked"]);
        assert_eq!(sent.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_without_a_result_for_each_record_ends_the_write() {
        // Nothing is sent after it either, such as the next batch.
        let writer = BatchWriter::builder().max_records(2).build();
        let (results, sent) = write_locked(writer, &["RR", "W"]).await;
        let unclear = "the application returned 1 results for 2 records";
        assert_eq!(messages(&results), [unclear, unclear, REST]);
        assert_eq!(sent.len(), 2);
    }
}
