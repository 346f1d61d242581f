//! Whether the application refused a call's credentials, although the call does not fail with that
//! error: records that were read or written before it are returned.

use std::cell::Cell;

use appflow_connector_model::{ConnectorError, ErrorCode};

tokio::task_local! {
    static IS_REFUSED: Cell<bool>;
}

/// Runs a handler. Returns its result, and whether an InvalidCredentials was noted during it.
pub(crate) async fn watch<T>(handler: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let result = handler.await;
        (result, IS_REFUSED.with(Cell::get))
    };
    IS_REFUSED.scope(Cell::new(false), watched).await
}

/// Notes an error that does not become the response's. Outside [`watch`] it has no effect.
pub(crate) fn note(error: &ConnectorError) {
    if error.code() == ErrorCode::InvalidCredentials {
        // Fails outside `watch`.
        let _ = IS_REFUSED.try_with(|is_refused| is_refused.set(true));
    }
}
