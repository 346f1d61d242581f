//! Writes records one by one, for applications that take one in each request.

use std::time::Instant;

use appflow_connector_model::{ConnectorError, WriteRecordResult};

use super::parallel::{Calls, Outcome};
use super::write_failures::{MessageBudget, NOT_ATTEMPTED, is_effect_unknown, is_refused};
use crate::results::Result;

/// The message of a record that was sent, and whose call had not ended.
const UNFINISHED: &str = "the time of the call ended before the application responded: it is \
                          unknown whether the record was written";

/// The message of a record that was not sent, because those before it took all the time.
const NO_TIME: &str = "not attempted, because the time of the call ended";

/// Writes rows one by one, with at most `concurrency` calls at the same time, for applications that
/// take one record in each request. The results are in the order of the rows. A row that is an
/// error cannot be sent: its record fails with this reason.
///
/// `send` writes one row. What its error means depends on the code:
///
/// | code | meaning | what follows |
/// |---|---|---|
/// | InvalidArgument, ClientError | this record is at fault | it fails with the message, the others are written |
/// | RateLimitExceeded | the application throttles | it is sent again after `retryAfterSeconds`, or else after 250 ms, doubled up to 4 s; half as many calls are made at the same time, and more again after many that succeed |
/// | any other, such as InvalidCredentials or ServiceUnavailable | it concerns all records | its record fails with the message; no other is started, those under way are awaited, the rest is "not attempted" |
///
/// If nothing was written and it is known that nothing took effect, the error that concerns all is
/// returned, so that AppFlow may call again with all records. After RequestTimeout,
/// ServiceUnavailable and ServerError it is unknown whether the record was written.
///
/// Calls end half a second before `deadline`, the invocation's deadline: records whose call has not
/// ended fail with a message that says that the effect is unknown.
///
/// [`Write::each`](super::Write::each) also reads the records of a request and checks it against
/// the entity.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use appflow_connector_model::{ConnectorError, WriteRecordResult};
/// use appflow_connector_runtime::records::write_each;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> appflow_connector_runtime::Result<()> {
/// let rows = [Ok("Ada"), Ok(""), Err("has no name".to_owned()), Ok("Grace")];
/// let deadline = Instant::now() + Duration::from_secs(30);
/// let results = write_each(&rows, 8, deadline, async |name: &&str| {
///     if name.is_empty() {
///         return Err(ConnectorError::from_http_status(422, "the name is empty"));
///     }
///     Ok(WriteRecordResult::written(name.to_lowercase()))
/// })
/// .await?;
///
/// assert_eq!(results[0], WriteRecordResult::written("ada"));
/// assert_eq!(results[1], WriteRecordResult::failed("the name is empty"));
/// assert_eq!(results[2], WriteRecordResult::failed("has no name"));
/// assert_eq!(results[3], WriteRecordResult::written("grace"));
/// # Ok(()) }
/// ```
///
/// # Errors
/// The error that concerns all records, see above.
pub async fn write_each<'r, T, F>(
    rows: &'r [std::result::Result<T, String>],
    concurrency: usize,
    deadline: Instant,
    send: impl FnMut(&'r T) -> F,
) -> Result<Vec<WriteRecordResult>>
where
    F: Future<Output = Result<WriteRecordResult>>,
{
    write_all(rows, concurrency, deadline, false, |_| None, send).await
}

/// As [`write_each`]. Rows with the same key, in upper or lower case, are sent one after the other.
/// If writing a record twice has the effect of writing it once, an error that concerns all is
/// returned whenever nothing is known to be written.
pub(crate) async fn write_all<'r, T, F>(
    rows: &'r [std::result::Result<T, String>],
    concurrency: usize,
    deadline: Instant,
    is_idempotent: bool,
    key: impl Fn(&'r T) -> Option<&'r str>,
    mut send: impl FnMut(&'r T) -> F,
) -> Result<Vec<WriteRecordResult>>
where
    F: Future<Output = Result<WriteRecordResult>>,
{
    let valid: Vec<&T> = rows.iter().filter_map(|row| row.as_ref().ok()).collect();
    let calls = Calls {
        concurrency,
        deadline,
        ends_all: concerns_all,
    };
    let key = |row: &&'r T| key(row).map(str::to_lowercase);
    let outcomes = calls.make(&valid, key, |row| send(row)).await;

    let errors = outcomes.iter().filter_map(Outcome::error);
    let is_unclear = outcomes.iter().any(|outcome| match outcome {
        Outcome::Unfinished => true,
        outcome => outcome.error().is_some_and(is_effect_unknown),
    });
    let error_of_all = errors
        .into_iter()
        .find(|error| concerns_all(error))
        .cloned();
    let nothing_is_written = !outcomes.iter().any(is_written);
    if let Some(error) = &error_of_all
        && nothing_is_written
        && (is_idempotent || !is_unclear)
    {
        return Err(error.clone());
    }

    let mut messages = MessageBudget::default();
    let mut outcomes = outcomes.into_iter();
    let mut results = Vec::with_capacity(rows.len());
    for row in rows {
        let result = match row {
            Err(problem) => WriteRecordResult::failed(problem),
            Ok(_) => match outcomes.next().unwrap_or(Outcome::NotMade) {
                Outcome::Made(Ok(result)) => result,
                Outcome::Made(Err(error)) => WriteRecordResult::failed(error.message()),
                Outcome::Unfinished => WriteRecordResult::failed(UNFINISHED),
                Outcome::NotMade if error_of_all.is_some() => {
                    WriteRecordResult::failed(NOT_ATTEMPTED)
                }
                Outcome::NotMade => WriteRecordResult::failed(NO_TIME),
            },
        };
        results.push(messages.cut(result));
    }
    Ok(results)
}

/// Whether an error is not the fault of one record.
fn concerns_all(error: &ConnectorError) -> bool {
    !is_refused(error)
}

fn is_written(outcome: &Outcome<WriteRecordResult>) -> bool {
    matches!(outcome, Outcome::Made(Ok(result)) if result.is_success)
}
