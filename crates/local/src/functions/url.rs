//! Functions behind a URL.

use std::sync::Arc;
use std::time::Duration;

use appflow_connector_client::{Target as _, TargetError, UrlTarget};
use bytes::Bytes;
use lambda_process_host::{
    Error, FunctionError, Invoke, InvokeFuture, MAX_REQUEST_BYTES, Outcome, PoolLimits,
    function_name,
};
use tokio::sync::Semaphore;

/// A function behind a URL that accepts calls as AWS's Runtime Interface Emulator does: a POST with
/// the payload as its body. At most ten calls run at a time.
///
/// A call continues if its future is dropped, for at most the time limit.
pub struct UrlFunction {
    arn: String,
    target: Arc<UrlTarget>,
    time_limit: Duration,
    calls: Arc<Semaphore>,
    limit: usize,
}

impl UrlFunction {
    /// Makes a function of the emulator's address, such as `http://localhost:9000`, or of the whole
    /// URL of the function. Nothing is called yet.
    ///
    /// # Errors
    /// If it is not an http or https URL.
    pub fn new(arn: String, url: &str, time_limit: Duration) -> Result<Self, TargetError> {
        let limit = PoolLimits::default().concurrency;
        Ok(Self {
            arn,
            target: Arc::new(UrlTarget::new(url)?),
            time_limit,
            calls: Arc::new(Semaphore::new(limit)),
            limit,
        })
    }

    async fn call(&self, request_id: String, payload: Bytes) -> Result<Outcome, Error> {
        let function = || function_name(&self.arn).to_owned();
        if payload.len() > MAX_REQUEST_BYTES {
            return Err(Error::PayloadTooLarge {
                bytes: payload.len(),
                limit: MAX_REQUEST_BYTES,
            });
        }
        let permit = Arc::clone(&self.calls).try_acquire_owned();
        let permit = permit.map_err(|_| Error::TooManyRequests {
            function: function(),
            limit: self.limit,
        })?;
        let (target, time_limit) = (Arc::clone(&self.target), self.time_limit);
        // A task of its own, so that the call continues without its caller.
        let call = tokio::spawn(async move {
            let reply = target.invoke(payload.to_vec(), time_limit).await;
            drop(permit);
            reply
        });
        let unreachable = |problem: String| Error::Unreachable {
            function: function(),
            problem,
        };
        let reply = call
            .await
            .map_err(|ended| unreachable(ended.to_string()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let result = match reply.result {
            Ok(response) => Ok(response.into()),
            Err(failure) => Err(FunctionError::new(
                &failure.error_type,
                failure.error_message,
            )),
        };
        Ok(Outcome::new(request_id, result, reply.duration))
    }
}

impl Invoke for UrlFunction {
    fn arn(&self) -> String {
        self.arn.clone()
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        Box::pin(self.call(request_id, payload))
    }
}
