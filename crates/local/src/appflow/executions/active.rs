//! The runs of this process, and how to end them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// The runs that have not ended, and the tasks that they are. A clone has the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActiveRuns(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// A flow was changed, or a run has ended: the schedule looks at the flows again.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    runs: HashMap<String, ActiveRun>,
    tasks: JoinSet<()>,
    is_closed: bool,
}

#[derive(Debug)]
struct ActiveRun {
    flow: String,
    cancel: watch::Sender<bool>,
}

/// Ends when its run is to be cancelled.
#[derive(Debug)]
pub(crate) struct Cancellation(watch::Receiver<bool>);

impl Cancellation {
    /// Waits until the run is to be cancelled.
    pub(crate) async fn requested(&mut self) {
        if self.0.wait_for(|is_cancelled| *is_cancelled).await.is_err() {
            // The run is not listed any more, so no one can cancel it.
            std::future::pending::<()>().await;
        }
    }
}

impl ActiveRuns {
    /// Lists a run.
    pub(crate) fn add(&self, flow: &str, id: &str) -> Cancellation {
        let (cancel, cancelled) = watch::channel(false);
        let run = ActiveRun {
            flow: flow.to_owned(),
            cancel,
        };
        self.state().runs.insert(id.to_owned(), run);
        Cancellation(cancelled)
    }

    /// Takes a run off the list.
    pub(crate) fn remove(&self, id: &str) {
        self.state().runs.remove(id);
        self.0.changed.notify_one();
    }

    /// Returns whether a run of the flow has not ended.
    pub(crate) fn has_run_of(&self, flow: &str) -> bool {
        self.state().runs.values().any(|run| run.flow == flow)
    }

    /// Asks a run to end.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(run) = self.state().runs.get(id) {
            let _ = run.cancel.send(true);
        }
    }

    /// Asks all runs of a flow to end.
    pub(crate) fn cancel_all_of(&self, flow: &str) {
        let state = self.state();
        for run in state.runs.values().filter(|run| run.flow == flow) {
            let _ = run.cancel.send(true);
        }
    }

    /// Asks all runs to end.
    pub(crate) fn cancel_all(&self) {
        for run in self.state().runs.values() {
            let _ = run.cancel.send(true);
        }
    }

    /// Says that a flow was started, stopped or changed.
    pub(crate) fn flow_changed(&self) {
        self.0.changed.notify_one();
    }

    /// Waits until a flow was changed or a run has ended, since the last call.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Runs a task until it ends, or [`close`](Self::close) is called.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        while state.tasks.try_join_next().is_some() {}
        state.tasks.spawn(task);
    }

    /// Ends all tasks at once. Their runs are Error, "interrupted", at the next start.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.runs.clear();
        state.tasks.abort_all();
    }

    /// Ends all tasks, and waits until they have let go of what they use.
    pub(crate) async fn shutdown(&self) {
        self.close();
        let mut tasks = std::mem::take(&mut self.state().tasks);
        while tasks.join_next().await.is_some() {}
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
