//! Requests that a connector does not expect.

use appflow_connector_client::InvocationFailure;
use appflow_connector_model::{DescribeConnectorConfigurationResponse, ErrorCode};
use serde_json::json;

use crate::checks::configuration::facts::context;
use crate::finding::Findings;
use crate::run::{Exchange, Outcome, Run};

pub(super) async fn unknown_type_refused(run: &mut Run<'_>) -> Outcome {
    let request = json!({"type": "NoSuchRequest", "connectorContext": {}});
    must_be_refused(&run.send(request).await?)
}

pub(super) async fn malformed_request_refused(run: &mut Run<'_>) -> Outcome {
    let mut findings = Findings::default();
    for request in [json!([]), json!({}), json!({"type": 7})] {
        let exchange = run.send(request).await?;
        findings.absorb(must_be_refused(&exchange))?;
    }
    findings.outcome()
}

/// Passes for an error of the invocation as well as for a response that refuses, but not for the
/// end of the process.
fn must_be_refused(exchange: &Exchange) -> Outcome {
    let expected = "an error of the invocation, or `isSuccess: false` with the reason";
    let problem = match &exchange.reply.result {
        Err(failure) if failure.error_type == InvocationFailure::EXITED => {
            "the connector's process ended"
        }
        Err(failure) if failure.error_type == InvocationFailure::TIMED_OUT => {
            "the connector did not respond"
        }
        Err(_) => return Ok(()),
        Ok(_) if exchange.envelope()?.is_success == Some(false) => return Ok(()),
        Ok(_) => "the connector accepted the request",
    };
    Err(exchange.finding(problem, expected).into())
}

pub(super) async fn missing_field_refused(run: &mut Run<'_>) -> Outcome {
    let context = serde_json::to_value(context(run, None).await?).unwrap_or_default();
    let request = json!({"type": "DescribeEntityRequest", "connectorContext": context});
    let refusal = run.send(request).await?.refusal()?;
    if refusal.code == Some(ErrorCode::InvalidArgument) {
        return Ok(());
    }
    let problem = format!(
        "a request without `entityIdentifier` is refused with {}",
        refusal.code_name()
    );
    Err(refusal.exchange.finding(problem, "InvalidArgument").into())
}

pub(super) async fn unknown_key_ignored(run: &mut Run<'_>) -> Outcome {
    let request = json!({
        "type": "DescribeConnectorConfigurationRequest",
        "locale": "en-US",
        "aKeyOfTomorrow": {"list": [1, 2, 3]},
    });
    let exchange = run.send(request).await?;
    exchange.success::<DescribeConnectorConfigurationResponse>()?;
    Ok(())
}
