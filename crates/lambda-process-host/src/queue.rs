use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls that are running or waiting, of all functions together.
pub(crate) const MAX_CALLS: usize = 1000;
/// Payloads of these calls, in bytes.
pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The calls that a service has accepted and not finished yet.
pub(crate) struct Queue {
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// One call's place in the queue, until it is dropped.
pub(crate) struct Place {
    _call: OwnedSemaphorePermit,
    bytes: OwnedSemaphorePermit,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            calls: Arc::new(Semaphore::new(MAX_CALLS)),
            bytes: Arc::new(Semaphore::new(MAX_BYTES)),
        }
    }

    /// Reserves a place for a call with this payload, of which at most `limit` bytes will be kept.
    /// Returns `None` if the queue is full.
    pub(crate) fn enter(&self, payload: &Body, limit: usize) -> Option<Place> {
        let announced = payload.size_hint().upper();
        let bytes = announced.map_or(limit, |bytes| {
            usize::try_from(bytes).unwrap_or(limit).min(limit)
        });
        Some(Place {
            _call: Arc::clone(&self.calls).try_acquire_owned().ok()?,
            bytes: Arc::clone(&self.bytes)
                .try_acquire_many_owned(u32::try_from(bytes).ok()?)
                .ok()?,
        })
    }
}

impl Place {
    /// Keeps only as many bytes reserved as the payload has.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        let unused = self.bytes.num_permits().saturating_sub(bytes);
        drop(self.bytes.split(unused));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[test]
    fn calls_are_limited() {
        let queue = Queue::new();
        let mut places: Vec<Place> = (0..MAX_CALLS)
            .map(|_| queue.enter(&Body::empty(), 100).unwrap())
            .collect();
        assert!(queue.enter(&Body::empty(), 100).is_none());
        places.pop();
        assert!(queue.enter(&Body::empty(), 100).is_some());
    }

    #[test]
    fn bytes_are_limited() {
        let queue = Queue::new();
        let quarter = Body::from(vec![0; MAX_BYTES / 4]);
        let places: Vec<Place> = (0..4)
            .map(|_| queue.enter(&quarter, MAX_BYTES).unwrap())
            .collect();
        assert!(queue.enter(&Body::from("1"), MAX_BYTES).is_none());
        assert!(queue.enter(&Body::empty(), MAX_BYTES).is_some());
        drop(places);
        assert!(queue.enter(&Body::from("1"), MAX_BYTES).is_some());
    }

    #[test]
    fn a_payload_of_unknown_size_reserves_the_limit_until_it_is_known() {
        let queue = Queue::new();
        let unknown = Body::from_stream(stream::iter([Ok::<_, std::io::Error>("12")]));
        let mut place = queue.enter(&unknown, MAX_BYTES).unwrap();
        assert!(queue.enter(&Body::from("1"), MAX_BYTES).is_none());
        place.shrink_to(2);
        assert!(queue.enter(&Body::from("1"), MAX_BYTES).is_some());
    }
}
