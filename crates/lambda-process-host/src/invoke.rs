use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::Error;
use crate::function::{Function, Outcome};

/// The future that [`Invoke::invoke_as`] returns.
pub type InvokeFuture<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send + 'a>>;

/// A function that can be called, however it is run.
///
/// Implement it to call functions that are not processes of this machine, or to see the calls of
/// those that are.
pub trait Invoke: Send + Sync {
    /// Returns the function's ARN, without a qualifier.
    fn arn(&self) -> String;

    /// Calls the function. `request_id` is a UUID, new for each call.
    ///
    /// # Errors
    /// If the call could not be made. A call that was made and failed returns `Ok`, with the error
    /// in [`Outcome::result`].
    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_>;
}

impl Invoke for Function {
    fn arn(&self) -> String {
        self.config().arn()
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        Box::pin(self.call(request_id, payload))
    }
}

impl<T: Invoke + ?Sized> Invoke for Arc<T> {
    fn arn(&self) -> String {
        (**self).arn()
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        (**self).invoke_as(request_id, payload)
    }
}
