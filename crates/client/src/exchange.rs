//! One call: what was sent and what came back.

use std::time::Duration;

use appflow_connector_model::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CallError;
use crate::target::Reply;

/// One call: what was sent and what came back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The request as it was sent.
    pub request: Value,
    /// How long AppFlow waits for the response to this request.
    pub time_limit: Duration,
    /// The response or the failure, with duration, log and memory.
    pub reply: Reply,
}

/// The fields that all eight responses have. Read leniently, so that a wrong response can be
/// examined.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// `isSuccess`; `None` if it is absent.
    pub is_success: Option<bool>,
    /// `errorDetails` as it came; `None` if it is absent or null.
    pub error_details: Option<Value>,
}

impl Exchange {
    /// Returns the payload that came back as text; empty if the invocation failed.
    pub fn response_text(&self) -> String {
        match &self.reply.result {
            Ok(payload) => String::from_utf8_lossy(payload).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// Reads the fields that every response has.
    ///
    /// # Errors
    /// [`CallError::Invocation`] or [`CallError::InvalidResponse`].
    pub fn envelope(&self) -> Result<Envelope, CallError> {
        self.read()
    }

    /// Reads the response of an operation, whatever its `isSuccess` says.
    ///
    /// # Errors
    /// [`CallError::Invocation`] or [`CallError::InvalidResponse`].
    pub fn response<R: Response>(&self) -> Result<R, CallError> {
        self.read()
    }

    /// Reads the response of an operation that succeeded. A write that failed for some records is
    /// returned as well, with the result of each record; see [`Response::into_result`].
    ///
    /// # Errors
    /// [`CallError::Invocation`], [`CallError::InvalidResponse`] or [`CallError::Connector`].
    pub fn success<R: Response>(&self) -> Result<R, CallError> {
        let response: R = self.read()?;
        response.into_result().map_err(CallError::Connector)
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        let payload = match &self.reply.result {
            Ok(payload) => payload,
            Err(failure) => {
                return Err(CallError::Invocation {
                    source: failure.clone(),
                    log: self.reply.log.clone(),
                });
            }
        };
        let invalid = |path: String, source| CallError::InvalidResponse { path, source };
        let mut reader = serde_json::Deserializer::from_slice(payload);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| invalid(error.path().to_string(), error.into_inner()))?;
        reader
            .end()
            .map_err(|error| invalid(".".to_owned(), error))?;
        Ok(value)
    }
}
