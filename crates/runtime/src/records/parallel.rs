//! Makes one call for each row, several at the same time.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use appflow_connector_model::{ConnectorError, ErrorCode};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant as Now, sleep_until};

use super::pace::Pace;
use crate::refusal;
use crate::results::Result;

/// How long before the deadline the calls end, to leave time for the response. It is more than the
/// HTTP crate's sessions keep, so that the end is noticed here and the application is not blamed.
const RESERVED: Duration = Duration::from_millis(500);

/// What became of a row's call.
#[derive(Debug)]
pub(crate) enum Outcome<R> {
    /// It was not made, or the application refused it for the moment.
    NotMade,
    /// The time ended before the application responded.
    Unfinished,
    Made(Result<R>),
}

impl<R> Outcome<R> {
    pub(crate) const fn error(&self) -> Option<&ConnectorError> {
        match self {
            Self::Made(Err(error)) => Some(error),
            _ => None,
        }
    }
}

/// How calls are made.
#[derive(Clone, Copy)]
pub(crate) struct Calls {
    pub(crate) concurrency: usize,
    pub(crate) deadline: Instant,
    /// Whether no further call is made after a call with this error.
    pub(crate) ends_all: fn(&ConnectorError) -> bool,
}

impl Calls {
    /// Makes a call for each row and returns what became of them, in the order of the rows.
    ///
    /// Rows with the same key wait for each other, so that they take effect in their order. A call
    /// that fails with RateLimitExceeded is made again after the time that its error names, while
    /// time remains; meanwhile no call starts, and afterwards fewer at the same time.
    pub(crate) async fn make<'r, T, R, F>(
        self,
        rows: &'r [T],
        key: impl Fn(&'r T) -> Option<String>,
        mut call: impl FnMut(&'r T) -> F,
    ) -> Vec<Outcome<R>>
    where
        F: Future<Output = Result<R>>,
    {
        let end = self.deadline.checked_sub(RESERVED);
        let end = Now::from_std(end.unwrap_or(self.deadline));
        let mut outcomes: Vec<Outcome<R>> = rows.iter().map(|_| Outcome::NotMade).collect();
        let mut queue = Queue::new(rows.len());
        let mut pace = Pace::new(self.concurrency);
        let mut calls = FuturesUnordered::new();
        let mut is_over = false;
        loop {
            let now = Now::now();
            let pause = pace.pause(now);
            while !is_over && now < end && pause.is_none() && pace.has_room(calls.len()) {
                let Some(index) = queue.next(|index| key(&rows[index])) else {
                    break;
                };
                let (mark, call) = (pace.mark(), call(&rows[index]));
                calls.push(async move { (index, mark, call.await) });
            }
            if now >= end || calls.is_empty() && (is_over || queue.is_empty()) {
                break;
            }
            tokio::select! {
                Some((index, mark, result)) = calls.next() => {
                    let now = Now::now();
                    let wait = match &result {
                        Err(error) if error.code() == ErrorCode::RateLimitExceeded => {
                            let wait = error.retry_after_seconds().map(|seconds| Duration::from_secs(seconds.into()));
                            Some(wait.unwrap_or_else(|| pace.wait()))
                        }
                        _ => None,
                    };
                    if let Some(wait) = wait.filter(|wait| now + *wait < end) {
                        pace.refused(mark, wait, now);
                        queue.put_back(index);
                        continue;
                    }
                    pace.succeeded();
                    queue.finish(index);
                    if let Err(error) = &result {
                        refusal::note(error);
                        is_over |= (self.ends_all)(error);
                    }
                    outcomes[index] = Outcome::Made(result);
                }
                () = sleep_until(pause.unwrap_or(end).min(end)) => {}
            }
        }
        for index in queue.started {
            outcomes[index] = Outcome::Unfinished;
        }
        outcomes
    }
}

/// The rows whose calls are still to be made.
struct Queue {
    next: usize,
    len: usize,
    started: BTreeSet<usize>,
    /// The rows that the application refused for the moment. They come first.
    refused: BTreeSet<usize>,
    /// The keys of rows that are started or refused.
    keys: BTreeMap<usize, String>,
    busy: HashSet<String>,
}

impl Queue {
    fn new(len: usize) -> Self {
        Self {
            next: 0,
            len,
            started: BTreeSet::new(),
            refused: BTreeSet::new(),
            keys: BTreeMap::new(),
            busy: HashSet::new(),
        }
    }

    /// Whether no call is to be started.
    fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.next == self.len
    }

    /// Starts the next row. `None` if no row is left, or it waits for one with its key.
    fn next(&mut self, key: impl Fn(usize) -> Option<String>) -> Option<usize> {
        if let Some(index) = self.refused.pop_first() {
            self.started.insert(index);
            return Some(index);
        }
        if self.next == self.len {
            return None;
        }
        let index = self.next;
        if let Some(key) = key(index) {
            if !self.busy.insert(key.clone()) {
                return None;
            }
            self.keys.insert(index, key);
        }
        self.next += 1;
        self.started.insert(index);
        Some(index)
    }

    fn put_back(&mut self, index: usize) {
        self.started.remove(&index);
        self.refused.insert(index);
    }

    fn finish(&mut self, index: usize) {
        self.started.remove(&index);
        if let Some(key) = self.keys.remove(&index) {
            self.busy.remove(&key);
        }
    }
}
