//! Starts the runs of scheduled flows when they are due.

use crate::appflow::context::AppFlow;
use crate::appflow::documents::{self, Document as _};
use crate::appflow::executions::lifecycle;
use crate::appflow::flows::flow::{Flow, FlowStatus};
use crate::appflow::schedule::Schedule;
use crate::state::StateError;
use crate::wire::timestamp::Timestamp;

/// Runs until the process ends.
pub(crate) async fn run(appflow: AppFlow) {
    loop {
        let next = match start_due(&appflow).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the schedules of flows cannot be read");
                None
            }
        };
        let wait = async {
            match next {
                Some(next) => appflow.clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = appflow.runs.changed() => {}
        }
    }
}

/// Starts the run of each flow that is due and is not running. Returns when the next one is due.
async fn start_due(appflow: &AppFlow) -> Result<Option<Timestamp>, StateError> {
    let flows = appflow.database.read(documents::all::<Flow>).await?;
    let now = appflow.clock.now();
    let mut next: Option<Timestamp> = None;
    for flow in flows {
        // The end of a run that is in progress makes the schedule look again.
        let Some((schedule, activated)) = schedule_of(&flow) else {
            continue;
        };
        if appflow.runs.has_run_of(flow.name()) {
            continue;
        }
        let mut done = flow.last_scheduled;
        if let Some(due) = schedule.due(activated, done, now) {
            start(appflow, flow, due).await?;
            done = Some(due);
        }
        let following = schedule.next(activated, done, now);
        next = [next, following].into_iter().flatten().min();
    }
    Ok(next)
}

fn schedule_of(flow: &Flow) -> Option<(Schedule, Timestamp)> {
    if flow.status != FlowStatus::Active || !flow.is_scheduled() {
        return None;
    }
    let definition = flow.definition().ok()?;
    let properties = definition.trigger_config.trigger_properties?.scheduled?;
    let schedule = Schedule::of(&properties).ok()?;
    Some((schedule, flow.activated_at?))
}

async fn start(appflow: &AppFlow, flow: Flow, due: Timestamp) -> Result<(), StateError> {
    let shared = appflow.clone();
    let begun = appflow.database.write(move |database| {
        // The flow may have been stopped, changed or deleted since it was read.
        let current = documents::get::<Flow>(database, flow.name())?;
        let Some(mut current) = current.filter(|current| {
            current.status == FlowStatus::Active
                && current.request == flow.request
                && current.activated_at == flow.activated_at
        }) else {
            return Ok(None);
        };
        let begun = lifecycle::begin(database, &shared, &mut current, Some(due))?;
        Ok(Some((current, begun)))
    });
    match begun.await? {
        Some((flow, Ok(record))) => lifecycle::spawn(appflow, flow, record, Some(due)),
        Some((flow, Err(error))) => {
            tracing::warn!(
                flow = flow.name(),
                error = error.message,
                "a scheduled run is not started"
            );
        }
        None => {}
    }
    Ok(())
}
