//! A connector as AppFlow sees it: requests go in, typed responses or its error come out.

use appflow_connector_model::{ConnectorRequest, ErrorDetails};
use appflow_function_host::Function;
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
        let payload = serde_json::to_vec(request).into_diagnostic()?;
        self.calls += 1;
        let outcome = self.function.invoke(payload).await.into_diagnostic()?;
        let payload = outcome
            .result
            .map_err(|error| miette!("{operation}: {error}\n{}", outcome.log_tail))?;

        let verdict: Verdict = serde_json::from_slice(&payload)
            .into_diagnostic()
            .wrap_err_with(|| format!("{operation}: the answer is no response"))?;
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
        serde_json::from_slice(&payload)
            .into_diagnostic()
            .wrap_err_with(|| format!("{operation}: the answer is not as it should be"))
    }
}
