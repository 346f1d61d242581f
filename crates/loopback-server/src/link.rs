//! Whose turn it is on a connection, and since when.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// What a connection waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The client has not sent the head of the next request yet.
    Head,
    /// The client has not sent the whole body yet.
    Body,
    /// The handler has the whole request.
    Handler,
    /// The client has not taken the whole response yet.
    Response,
}

/// One connection as the accepting task sees it.
pub(crate) struct Link {
    state: Mutex<State>,
    /// Tells the connection to end.
    pub(crate) evicted: Notify,
}

#[derive(Clone, Copy)]
struct State {
    phase: Phase,
    since: Instant,
    /// How long the phase may last.
    limit: Duration,
}

impl Link {
    pub(crate) fn new(head_timeout: Duration) -> Self {
        let state = State {
            phase: Phase::Head,
            since: Instant::now(),
            limit: head_timeout,
        };
        Self {
            state: Mutex::new(state),
            evicted: Notify::new(),
        }
    }

    pub(crate) fn enter(&self, phase: Phase, limit: Duration) {
        *self.lock() = State {
            phase,
            since: Instant::now(),
            limit,
        };
    }

    /// Enters the handler's phase if the body was awaited.
    pub(crate) fn end_body(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Body {
            state.phase = Phase::Handler;
        }
    }

    /// Since when the server has been waiting for the client. `None` if it is not.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        let state = *self.lock();
        (state.phase != Phase::Handler).then_some(state.since)
    }

    pub(crate) fn is_overdue(&self) -> bool {
        let state = *self.lock();
        state.phase != Phase::Handler && state.since.elapsed() > state.limit
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
