//! A connector as AppFlow sees it: requests go in, typed responses or its error come out.

use appflow_connector_model::{ConnectorRequest, ErrorDetails, RequestType};
use lambda_process_host::Function;
use miette::{Context, IntoDiagnostic, Result, miette};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A connector's process and the number of calls made to it.
pub struct Connector {
    function: Function,
    calls: usize,
}

/// What every response has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    is_success: bool,
    error_details: Option<ErrorDetails>,
}

impl Connector {
    pub const fn new(function: Function) -> Self {
        Self { function, calls: 0 }
    }

    pub const fn calls(&self) -> usize {
        self.calls
    }

    /// Makes one call and reads a good response.
    pub async fn call<T: DeserializeOwned>(&mut self, request: &ConnectorRequest) -> Result<T> {
        let operation = request.request_type();
        let payload = self.payload(request).await?;
        let verdict: Verdict = read(operation, &payload)?;
        if !verdict.is_success {
            return Err(match verdict.error_details {
                Some(details) => miette!(
                    "{operation}: {}: {}",
                    details.error_code.as_str(),
                    details.error_message
                ),
                None => miette!("{operation}: the connector failed and gave no error"),
            });
        }
        read(operation, &payload)
    }

    /// Makes one call and reads the response, good or not.
    pub async fn call_for_any<T: DeserializeOwned>(
        &mut self,
        request: &ConnectorRequest,
    ) -> Result<T> {
        let payload = self.payload(request).await?;
        read(request.request_type(), &payload)
    }

    async fn payload(&mut self, request: &ConnectorRequest) -> Result<Vec<u8>> {
        let operation = request.request_type();
        let payload = serde_json::to_vec(request).into_diagnostic()?;
        self.calls += 1;
        let outcome = self.function.invoke(payload).await.into_diagnostic()?;
        let answer = outcome.result;
        Ok(answer
            .map_err(|error| miette!("{operation}: {error}\n{}", outcome.log_tail))?
            .into())
    }
}

fn read<T: DeserializeOwned>(operation: RequestType, payload: &[u8]) -> Result<T> {
    serde_json::from_slice(payload)
        .into_diagnostic()
        .wrap_err_with(|| format!("{operation}: the answer is not as it should be"))
}
