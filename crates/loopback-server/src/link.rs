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

/// What a client must send, or take, on average after the time limit of a body or a response: in
/// bytes per second.
const MIN_RATE: u32 = 64 * 1024;

#[derive(Clone, Copy)]
struct State {
    phase: Phase,
    since: Instant,
    /// The last time that the client sent or took something.
    progress: Instant,
    /// What it has sent or taken in this phase.
    bytes: u32,
    /// How long the phase may last without progress, and how long at all if the client is slow.
    limit: Duration,
}

impl State {
    fn new(phase: Phase, limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            phase,
            since: now,
            progress: now,
            bytes: 0,
            limit,
        }
    }
}

impl Link {
    pub(crate) fn new(head_timeout: Duration) -> Self {
        Self {
            state: Mutex::new(State::new(Phase::Head, head_timeout)),
            evicted: Notify::new(),
        }
    }

    pub(crate) fn enter(&self, phase: Phase, limit: Duration) {
        *self.lock() = State::new(phase, limit);
    }

    /// The client has sent or taken bytes. Those of a head do not extend its time.
    pub(crate) fn progress(&self, bytes: usize) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Body | Phase::Response) {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            state.bytes = state.bytes.saturating_add(bytes);
            state.progress = Instant::now();
        }
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
        (state.phase != Phase::Handler).then_some(state.progress)
    }

    pub(crate) fn is_overdue(&self) -> bool {
        let state = *self.lock();
        let at_rate = Duration::from_secs_f64(f64::from(state.bytes) / f64::from(MIN_RATE));
        let is_stalled = state.progress.elapsed() > state.limit;
        let is_slow = state.since.elapsed() > state.limit + at_rate;
        state.phase != Phase::Handler && (is_stalled || is_slow)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
