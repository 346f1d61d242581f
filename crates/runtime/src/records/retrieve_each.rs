//! Reads records one by one by their ids, for applications that return one in each response.

use std::time::Instant;

use appflow_connector_model::ConnectorError;

use super::parallel::{Calls, Outcome};
use crate::results::Result;

/// Calls `fetch` for each id, with at most `concurrency` calls at the same time, and returns what
/// it found, in the order of the ids. `fetch` returns `None` for an id that does not exist.
///
/// If the application throttles (RateLimitExceeded), the call is made again as in
/// [`write_each`](super::write_each). Any other error is returned, because a response without some
/// of the records would say that they do not exist: a request to retrieve records has no token with
/// which it could be continued.
///
/// Calls end half a second before `deadline`, the invocation's deadline.
/// [`Retrieval::each`](super::Retrieval::each) also reads the request and makes the records.
///
/// # Errors
/// - The first error of `fetch`.
/// - RequestTimeout if the time ended before all ids were read. The message says how many were: the
///   application is not at fault if it responded to every call.
pub async fn retrieve_each<'r, T, F>(
    ids: &'r [String],
    concurrency: usize,
    deadline: Instant,
    mut fetch: impl FnMut(&'r str) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    let calls = Calls {
        concurrency,
        deadline,
        ends_all: |_| true,
    };
    let mut outcomes = calls.make(ids, |_| None, |id| fetch(id)).await;
    if let Some(failed) = outcomes
        .iter()
        .position(|outcome| outcome.error().is_some())
        && let Outcome::Made(Err(error)) = outcomes.swap_remove(failed)
    {
        return Err(error);
    }
    let read = |outcome: &&Outcome<Option<T>>| matches!(outcome, Outcome::Made(_));
    let read = outcomes.iter().filter(read).count();
    let waiting = |outcome: &&Outcome<Option<T>>| matches!(outcome, Outcome::Unfinished);
    let waiting = outcomes.iter().filter(waiting).count();
    if read < ids.len() {
        return Err(ConnectorError::request_timeout(format!(
            "the time of the call ended when {read} of {} ids were read, one in each request, at \
             most {concurrency} at the same time, and {waiting} requests were under way: retrieve \
             fewer ids in a call",
            ids.len()
        )));
    }
    let found = |outcome| match outcome {
        Outcome::Made(Ok(found)) => found,
        _ => None,
    };
    Ok(outcomes.into_iter().filter_map(found).collect())
}
