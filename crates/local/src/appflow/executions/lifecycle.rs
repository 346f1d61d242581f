//! How a run begins, ends, and is cancelled.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::{MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::executions::active::Cancellation;
use crate::appflow::executions::error::RunError;
use crate::appflow::executions::progress::Progress;
use crate::appflow::executions::record::{ExecutionRecord, ExecutionStatus};
use crate::appflow::executions::records;
use crate::appflow::executions::run::Run;
use crate::appflow::flows::definition::ScheduledTriggerProperties;
use crate::appflow::flows::flow::{Flow, FlowStatus};
use crate::appflow::quotas;
use crate::appflow::schedule::Window;
use crate::appflow::tasks;
use crate::state::StateError;
use crate::wire::error::ServiceError;
use crate::wire::timestamp::Timestamp;

/// The longest run.
const MAX_TIME: Duration = Duration::from_hours(48);

/// How often the counters of a run in progress are written to its record.
const PROGRESS: Duration = Duration::from_secs(1);

/// The message of a run whose process has ended.
const INTERRUPTED: &str = "The run was interrupted: appflow-local ended while it was in progress";

/// Writes the record of a run that begins, in the transaction of its cause. `scheduled` is the
/// scheduled time of the run; a run on demand has none.
///
/// # Errors
///
/// ServiceQuotaExceededException if as many runs as allowed are active.
pub(crate) fn begin(
    database: &Connection,
    appflow: &AppFlow,
    flow: &mut Flow,
    scheduled: Option<Timestamp>,
) -> rusqlite::Result<Result<ExecutionRecord, ServiceError>> {
    if appflow.has_quotas && records::active(database, None)?.len() >= quotas::MAX_RUNS {
        return Ok(Err(error::quota_exceeded(format!(
            "An account can have {} runs of flows at a time in a region.",
            quotas::MAX_RUNS
        ))));
    }
    let definition = match flow.definition() {
        Ok(definition) => definition,
        Err(error) => return Ok(Err(error)),
    };
    let id = Uuid::new_v4().to_string();
    let mut record = ExecutionRecord::new(id, definition.flow_name.clone(), appflow.clock.now());
    if let Some(scheduled) = scheduled {
        flow.last_scheduled = Some(scheduled);
        documents::put(database, flow)?;
        let trigger = definition.trigger_config.trigger_properties.as_ref();
        let properties = trigger.and_then(|trigger| trigger.scheduled.as_ref());
        if let Some(properties) = properties.filter(|_| tasks::is_incremental(&definition)) {
            let window = window(properties, flow, scheduled);
            record.pull_start = Some(window.start);
            record.pull_end = Some(window.end);
        }
    }
    records::insert(database, &record)?;
    Ok(Ok(record))
}

fn window(properties: &ScheduledTriggerProperties, flow: &Flow, scheduled: Timestamp) -> Window {
    Window::new(
        scheduled,
        flow.read_until,
        properties.first_execution_from,
        Duration::from_secs(properties.schedule_offset.unwrap_or_default()),
    )
}

/// Runs a flow whose record was written. It returns at once.
pub(crate) fn spawn(
    appflow: &AppFlow,
    flow: Flow,
    record: ExecutionRecord,
    scheduled: Option<Timestamp>,
) {
    let cancellation = appflow.runs.add(&record.flow_name, &record.execution_id);
    let runs = appflow.runs.clone();
    let run = Run {
        appflow: appflow.clone(),
        flow,
        record,
        progress: Arc::new(Progress::default()),
    };
    runs.spawn(async move {
        let reads_until = scheduled.unwrap_or(run.record.started_at);
        let result = watch(&run, cancellation).await;
        if let Err(error) = end(&run, result, reads_until).await {
            tracing::error!(%error, flow = run.record.flow_name, "the end of a run is not recorded");
        }
        run.appflow.runs.remove(&run.record.execution_id);
    });
}

enum End {
    Done,
    Failed(String),
    Canceled,
}

/// Works until the end or the cancellation of the run, and records its progress meanwhile.
async fn watch(run: &Run, mut cancellation: Cancellation) -> End {
    let save = async {
        let mut ticks = interval(PROGRESS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            save_progress(run).await;
        }
    };
    tokio::select! {
        result = timeout(MAX_TIME, run.work()) => match result {
            Ok(Ok(())) => End::Done,
            Ok(Err(RunError::Failed(message))) => End::Failed(message),
            Ok(Err(RunError::Stopped)) => End::Failed("The run was stopped".to_owned()),
            Err(_) => End::Failed("The run took longer than 48 hours".to_owned()),
        },
        () = cancellation.requested() => End::Canceled,
        () = save => End::Canceled,
    }
}

async fn save_progress(run: &Run) {
    let (id, clock) = (run.record.execution_id.clone(), run.appflow.clock.clone());
    let progress = Arc::clone(&run.progress);
    let saved = run.appflow.database.write(move |database| {
        if let Some(mut record) = records::get(database, &id)? {
            progress.write_to(&mut record);
            record.updated_at = clock.now().max(record.started_at);
            records::update(database, &record)?;
        }
        Ok(())
    });
    if let Err(error) = saved.await {
        tracing::warn!(%error, "the progress of a run is not recorded");
    }
}

/// Records the end of a run, and what it means for its flow.
async fn end(run: &Run, end: End, reads_until: Timestamp) -> Result<(), StateError> {
    let mut record = run.record.clone();
    run.progress.write_to(&mut record);
    record.updated_at = run.appflow.clock.now().max(record.started_at);
    match end {
        End::Done => record.status = ExecutionStatus::Successful,
        End::Canceled => record.status = ExecutionStatus::Canceled,
        End::Failed(message) => {
            record.status = ExecutionStatus::Error;
            record.message = Some(message);
        }
    }
    tracing::info!(
        flow = record.flow_name,
        execution_id = record.execution_id,
        status = record.status.name(),
        records = record.records_processed,
        bytes_written = record.bytes_written,
        failures = record.put_failures,
        "run ended"
    );
    run.appflow
        .database
        .write(move |database| {
            // The flow of a record that is gone was deleted, and one of its name may be another.
            if records::update(database, &record)? {
                record_in_flow(database, &record, reads_until)?;
            }
            Ok(())
        })
        .await
}

fn record_in_flow(
    database: &Connection,
    record: &ExecutionRecord,
    reads_until: Timestamp,
) -> rusqlite::Result<()> {
    let Some(mut flow) = documents::get::<Flow>(database, &record.flow_name)? else {
        return Ok(());
    };
    match record.status {
        ExecutionStatus::Successful => {
            flow.consecutive_failures = 0;
            flow.read_until = Some(reads_until.max(flow.read_until.unwrap_or(reads_until)));
        }
        ExecutionStatus::Error => count_failure(&mut flow),
        _ => return Ok(()),
    }
    documents::put(database, &flow)
}

/// Suspends a scheduled flow when as many runs in a row have failed as it allows.
fn count_failure(flow: &mut Flow) {
    flow.consecutive_failures = flow.consecutive_failures.saturating_add(1);
    let definition = flow.definition().ok();
    let threshold = definition
        .as_ref()
        .and_then(|flow| {
            flow.trigger_config
                .trigger_properties
                .as_ref()?
                .scheduled
                .as_ref()
        })
        .and_then(|properties| properties.flow_error_deactivation_threshold);
    let is_reached = threshold.is_some_and(|threshold| flow.consecutive_failures >= threshold);
    if is_reached && flow.is_scheduled() && flow.status == FlowStatus::Active {
        flow.status = FlowStatus::Suspended;
        flow.status_message = Some(format!(
            "The flow was deactivated because {} runs in a row have failed",
            flow.consecutive_failures
        ));
    }
}

/// Marks the runs that were in progress when the process ended as failed. To be called before any
/// run begins.
pub(crate) async fn end_interrupted(appflow: &AppFlow) -> Result<(), StateError> {
    let clock = appflow.clock.clone();
    appflow
        .database
        .write(move |database| {
            for mut record in records::active(database, None)? {
                record.status = ExecutionStatus::Error;
                record.message = Some(INTERRUPTED.to_owned());
                record.updated_at = clock.now().max(record.started_at);
                records::update(database, &record)?;
                let reads_until = record.started_at;
                record_in_flow(database, &record, reads_until)?;
            }
            Ok(())
        })
        .await
}
