//! A connector in this process.

use std::time::{Duration, Instant};

use appflow_connector_runtime::{
    Call, ConfigurationHandler, Dispatcher, MetadataHandler, RecordHandler,
};

use super::{InvocationFailure, Reply, Target, TargetError, TargetFuture};

/// A connector as a Rust type, called through its dispatcher: no network, no process.
///
/// The dispatcher says where secrets come from, see
/// [`Dispatcher::with_secrets`](appflow_connector_runtime::Dispatcher::with_secrets).
#[derive(Debug)]
pub struct InProcessTarget<H> {
    dispatcher: Dispatcher<H>,
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> InProcessTarget<H> {
    /// Makes a target of a dispatcher.
    pub const fn new(dispatcher: Dispatcher<H>) -> Self {
        Self { dispatcher }
    }
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> Target for InProcessTarget<H> {
    fn name(&self) -> String {
        "in process".to_owned()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(async move {
            let started = Instant::now();
            let call = Call {
                request_id: uuid::Uuid::new_v4().to_string(),
                deadline: Some(started + time_limit),
            };
            let result = self.dispatcher.dispatch(&payload, &call).await;
            let result = result.map_err(|error| InvocationFailure {
                error_type: "InvalidRequest".to_owned(),
                error_message: error.to_string(),
            });
            Ok(Reply::new(result, started.elapsed()))
        })
    }
}
