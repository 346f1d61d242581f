//! Applications that take or return one record in each request. The clock is tokio's and paused:
//! the times are those of the simulated application.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use appflow_connector_model::{ConnectorError, ErrorCode, WriteRecordResult};
use appflow_connector_runtime::Result;
use appflow_connector_runtime::records::{retrieve_each, write_each};
use tokio::time::sleep;

type Rows = Vec<std::result::Result<usize, String>>;

fn rows(count: usize) -> Rows {
    (0..count).map(Ok).collect()
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn in_30_s() -> Instant {
    now() + Duration::from_secs(30)
}

/// An application that takes 26 ms for a call, more for some, and throttles calls at the same time.
struct Application {
    max_calls: usize,
    calls: Cell<usize>,
    most_calls: Cell<usize>,
    refused: Cell<usize>,
    written: RefCell<Vec<usize>>,
}

impl Application {
    fn throttling_above(max_calls: usize) -> Self {
        Self {
            max_calls,
            calls: Cell::new(0),
            most_calls: Cell::new(0),
            refused: Cell::new(0),
            written: RefCell::default(),
        }
    }

    async fn call(&self, row: usize) -> Result<WriteRecordResult> {
        if self.calls.get() >= self.max_calls {
            self.refused.set(self.refused.get() + 1);
            return Err(ConnectorError::rate_limit_exceeded("too many calls"));
        }
        self.calls.set(self.calls.get() + 1);
        self.most_calls
            .set(self.most_calls.get().max(self.calls.get()));
        // Later rows overtake earlier ones.
        let extra = if row.is_multiple_of(7) { 10 } else { 0 };
        sleep(Duration::from_millis(26 + extra)).await;
        self.calls.set(self.calls.get() - 1);
        self.written.borrow_mut().push(row);
        Ok(WriteRecordResult::written(row.to_string()))
    }
}

fn assert_all_written(results: &[WriteRecordResult]) {
    for (index, result) in results.iter().enumerate() {
        assert_eq!(*result, WriteRecordResult::written(index.to_string()));
    }
}

fn message(result: &WriteRecordResult) -> &str {
    assert!(!result.is_success);
    result.error_message.as_deref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_inserts_of_26_ms_take_less_than_5_s_of_the_applications_time() {
    let application = Application::throttling_above(usize::MAX);
    let (rows, started) = (rows(1_000), now());
    let results = write_each(&rows, 8, in_30_s(), |row| application.call(*row)).await;
    assert_all_written(&results.unwrap());
    assert_eq!(application.most_calls.get(), 8);
    assert!(now() - started < Duration::from_secs(5));
    // They did not end in their order, only their results are.
    assert!(!application.written.borrow().is_sorted());
}

#[tokio::test(start_paused = true)]
async fn throttled_calls_lower_the_concurrency_and_do_not_fail() {
    let application = Application::throttling_above(3);
    let rows = rows(1_000);
    let results = write_each(&rows, 8, in_30_s(), |row| application.call(*row)).await;
    assert_all_written(&results.unwrap());
    assert_eq!(application.written.borrow().len(), 1_000);
    let refused = application.refused.get();
    assert!((5..30).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn no_call_starts_before_the_time_that_the_application_names() {
    let resume = Cell::new(None);
    let refused = Cell::new(0);
    let rows = rows(50);
    let results = write_each(&rows, 8, in_30_s(), async |row: &usize| {
        assert!(resume.get().is_none_or(|resume| now() >= resume));
        sleep(Duration::from_millis(26 + *row as u64 % 8)).await;
        if *row == 20 && refused.get() == 0 {
            refused.set(1);
            let wait = Duration::from_secs(3);
            resume.set(Some(now() + wait));
            return Err(ConnectorError::rate_limit_exceeded("later").with_retry_after(wait));
        }
        Ok(WriteRecordResult::written(row.to_string()))
    });
    assert_all_written(&results.await.unwrap());
    assert_eq!(refused.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_ends_the_write() {
    let wait = Duration::from_mins(1);
    let throttled = || Err(ConnectorError::rate_limit_exceeded("later").with_retry_after(wait));
    let rows = rows(20);
    let error = write_each(&rows, 4, in_30_s(), async |_: &usize| throttled()).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RateLimitExceeded);
    assert_eq!(error.retry_after_seconds(), Some(60));

    let results = write_each(&rows, 1, in_30_s(), async |row: &usize| {
        if *row < 5 {
            return Ok(WriteRecordResult::written(row.to_string()));
        }
        throttled()
    });
    let results = results.await.unwrap();
    assert_all_written(&results[..5]);
    assert_eq!(message(&results[5]), "later");
    for result in &results[6..] {
        assert!(message(result).starts_with("not attempted"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_at_fault_costs_only_itself() {
    let rows: Rows = vec![Ok(0), Err("has no subject".to_owned()), Ok(2), Ok(3), Ok(4)];
    let results = write_each(&rows, 2, in_30_s(), async |row: &usize| match row {
        2 => Err(ConnectorError::from_http_status(422, "subject is empty")),
        3 => Ok(WriteRecordResult::failed("is a duplicate")),
        row => Ok(WriteRecordResult::written(row.to_string())),
    });
    let results = results.await.unwrap();
    assert_eq!(results[0], WriteRecordResult::written("0"));
    assert_eq!(message(&results[1]), "has no subject");
    assert_eq!(message(&results[2]), "subject is empty");
    assert_eq!(message(&results[3]), "is a duplicate");
    assert_eq!(results[4], WriteRecordResult::written("4"));
}

/// Writes 20 rows, two at the same time. Row 6 fails at once with `error`, the others take 26 ms.
async fn with_failure_at_6(
    error: ConnectorError,
    first_result: WriteRecordResult,
) -> Result<Vec<WriteRecordResult>> {
    let rows = rows(20);
    write_each(&rows, 2, in_30_s(), async |row: &usize| {
        if *row == 6 {
            return Err(error.clone());
        }
        sleep(Duration::from_millis(26)).await;
        let result = WriteRecordResult {
            record_id: Some(row.to_string()),
            ..first_result.clone()
        };
        Ok(result)
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn an_error_that_concerns_all_ends_the_write_and_what_is_under_way_counts() {
    let refused = ConnectorError::invalid_credentials("expired");
    let results = with_failure_at_6(refused.clone(), WriteRecordResult::written("")).await;
    let results = results.unwrap();
    assert_all_written(&results[..6]);
    assert_eq!(message(&results[6]), "expired");
    assert!(results[7..].iter().any(|result| !result.is_success));
    for result in results[7..].iter().filter(|result| !result.is_success) {
        assert!(message(result).starts_with("not attempted"));
    }
    // If nothing was written, AppFlow calls again with all records.
    let failed = WriteRecordResult::failed("is a duplicate");
    assert_eq!(
        with_failure_at_6(refused, failed).await,
        Err(refused_again())
    );
}

fn refused_again() -> ConnectorError {
    ConnectorError::invalid_credentials("expired")
}

#[tokio::test(start_paused = true)]
async fn after_an_unknown_effect_a_write_is_not_repeated() {
    let broken = ConnectorError::service_unavailable("the connection broke");
    let failed = WriteRecordResult::failed("is a duplicate");
    let results = with_failure_at_6(broken, failed).await.unwrap();
    assert_eq!(message(&results[0]), "is a duplicate");
    assert_eq!(message(&results[6]), "the connection broke");
    assert!(message(&results[19]).starts_with("not attempted"));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_each_record_has_a_result_that_says_what_is_known() {
    let rows = rows(40);
    let results = write_each(&rows, 4, in_30_s(), async |row: &usize| {
        sleep(Duration::from_secs(4)).await;
        Ok(WriteRecordResult::written(row.to_string()))
    });
    // 29.5 s are seven calls of 4 s, and an eighth that does not end.
    let results = results.await.unwrap();
    assert_all_written(&results[..28]);
    for result in &results[28..32] {
        assert!(message(result).ends_with("it is unknown whether the record was written"));
    }
    for result in &results[32..] {
        assert_eq!(
            message(result),
            "not attempted, because the time of the call ended"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn records_are_read_by_their_ids_in_order_without_those_that_do_not_exist() {
    let ids: Vec<String> = (0..1_500).map(|id: u32| id.to_string()).collect();
    let found = retrieve_each(&ids, 8, in_30_s(), async |id: &str| {
        let id: u32 = id.parse().unwrap();
        sleep(Duration::from_millis(26 + u64::from(id % 5))).await;
        Ok((id % 10 != 3).then_some(id))
    });
    let expected: Vec<u32> = (0..1_500).filter(|id| id % 10 != 3).collect();
    assert_eq!(found.await.unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_retrieval_that_takes_too_long_does_not_blame_the_application() {
    let ids: Vec<String> = (0..1_500).map(|id: u32| id.to_string()).collect();
    let found = retrieve_each(&ids, 1, in_30_s(), async |id: &str| {
        sleep(Duration::from_millis(26)).await;
        Ok(Some(id.to_owned()))
    });
    let error = found.await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestTimeout);
    assert_eq!(
        error.message(),
        "the time of the call ended when 1134 of 1500 ids were read, one in each request, at most \
         1 at the same time, and 1 requests were under way: retrieve fewer ids in a call"
    );
}

#[tokio::test(start_paused = true)]
async fn an_id_that_cannot_be_read_ends_the_retrieval() {
    let ids: Vec<String> = (0..100).map(|id: u32| id.to_string()).collect();
    let calls = Cell::new(0);
    let found = retrieve_each(&ids, 4, in_30_s(), async |id: &str| {
        calls.set(calls.get() + 1);
        sleep(Duration::from_millis(26)).await;
        if id == "9" {
            return Err(ConnectorError::access_denied("no"));
        }
        Ok(Some(()))
    });
    assert_eq!(found.await, Err(ConnectorError::access_denied("no")));
    assert!(calls.get() < 20);
}
