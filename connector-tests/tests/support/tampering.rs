//! Defects that a connector on our own runtime cannot have: its responses are changed.

use std::time::{Duration, Instant};

use appflow_connector_tests::{
    InProcessTarget, InvocationFailure, Reply, Target, TargetError, TargetFuture,
};
use serde_json::{Value, json};

use super::{Defect, Memory};

pub struct Tampering {
    inner: InProcessTarget<Memory>,
    defect: Option<Defect>,
}

impl Tampering {
    pub fn new(inner: InProcessTarget<Memory>, defect: Option<Defect>) -> Self {
        Self { inner, defect }
    }

    fn tamper(&self, request: &Value, reply: &mut Reply) {
        let failure = |error_type: &str| {
            Err(InvocationFailure {
                error_type: error_type.to_owned(),
                error_message: "RuntimeError".to_owned(),
            })
        };
        let request_type = request["type"].as_str().unwrap_or_default();
        match (self.defect, request_type) {
            (Some(Defect::EndsOnMalformedRequest), "") => {
                reply.result = failure("Runtime.ExitError");
            }
            (Some(Defect::UnknownTypeAccepted), "NoSuchRequest") => {
                reply.result = Ok(br#"{"isSuccess": true}"#.to_vec());
            }
            (Some(Defect::MissingFieldFails), "DescribeEntityRequest")
                if request.get("entityIdentifier").is_none() =>
            {
                reply.result = failure("Unhandled");
            }
            (Some(Defect::UnknownKeyFails), _) if request.get("aKeyOfTomorrow").is_some() => {
                reply.result = failure("Unhandled");
            }
            _ => self.change_response(request_type, request, reply),
        }
    }

    fn change_response(&self, request_type: &str, request: &Value, reply: &mut Reply) {
        let Ok(bytes) = &reply.result else { return };
        let mut response: Value = serde_json::from_slice(bytes).unwrap();
        match (self.defect, request_type) {
            (Some(Defect::SuccessWithError), "ValidateCredentialsRequest") => {
                if response["isSuccess"] == true {
                    response["errorDetails"] =
                        json!({"errorCode": "UnknownError", "errorMessage": "none"});
                }
            }
            // In process, the dispatcher would take the secret out of the message.
            (Some(Defect::SecretInError), "ValidateCredentialsRequest") => {
                if response["isSuccess"] == false {
                    response["errorDetails"]["errorMessage"] =
                        json!("the key is not correct-horse-battery");
                }
            }
            (Some(Defect::ErrorWithoutMessage), "DescribeEntityRequest") => {
                if response["isSuccess"] == false {
                    response["errorDetails"]["errorMessage"] = json!("");
                }
            }
            (Some(Defect::SevenMegabytes), "ListEntitiesRequest") => {
                response["padding"] = json!("x".repeat(7_000_000));
            }
            (Some(Defect::PartialWriteAsSuccess), "WriteDataRequest") => {
                response["isSuccess"] = json!(true);
                response["errorDetails"] = Value::Null;
            }
            (Some(Defect::ResultsReversed), "WriteDataRequest")
                if request["operation"] == "INSERT" =>
            {
                response["writeRecordResults"]
                    .as_array_mut()
                    .unwrap()
                    .reverse();
            }
            _ => return,
        }
        reply.result = Ok(response.to_string().into_bytes());
    }
}

impl Target for Tampering {
    fn name(&self) -> String {
        match self.defect {
            Some(defect) => format!("{defect:?}"),
            None => "a good connector".to_owned(),
        }
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(async move {
            let started = Instant::now();
            let request: Value = serde_json::from_slice(&payload).unwrap();
            let mut reply = self.inner.invoke(payload, time_limit).await?;
            if self.defect == Some(Defect::SleepsPastDeadline)
                && request["type"] == "ValidateCredentialsRequest"
            {
                // The runtime's own guard would end a handler that sleeps.
                tokio::time::sleep(time_limit + Duration::from_millis(100)).await;
                reply.duration = started.elapsed();
            }
            self.tamper(&request, &mut reply);
            Ok(reply)
        })
    }
}
