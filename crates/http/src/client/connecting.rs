//! Whether an attempt is still connecting. An attempt ends at its own time, not at the
//! connection's, so that the deadline holds; the error then says which of the two was slow.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower::{Layer, Service};

tokio::task_local! {
    static CONNECTING: Cell<bool>;
}

/// Runs an attempt until `end`.
///
/// # Errors
/// Whether the attempt was still waiting for a connection (TCP and TLS) when it was ended.
pub(crate) async fn until<T>(
    end: tokio::time::Instant,
    attempt: impl Future<Output = T>,
) -> Result<T, bool> {
    CONNECTING
        .scope(Cell::new(false), async {
            let result = tokio::time::timeout_at(end, attempt).await;
            result.map_err(|_| CONNECTING.with(Cell::get))
        })
        .await
}

fn set(is_connecting: bool) {
    // Fails on a task that hyper spawned to finish a connection for later requests.
    let _ = CONNECTING.try_with(|connecting| connecting.set(is_connecting));
}

/// Notes when a connection is begun and when it is there.
#[derive(Clone)]
pub(super) struct NoteConnecting;

impl<S> Layer<S> for NoteConnecting {
    type Service = Noted<S>;

    fn layer(&self, connector: S) -> Noted<S> {
        Noted(connector)
    }
}

#[derive(Clone)]
pub(super) struct Noted<S>(S);

impl<S, R> Service<R> for Noted<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connection = self.0.call(request);
        Box::pin(async move {
            set(true);
            let result = connection.await;
            set(false);
            result
        })
    }
}
