//! What a connector says of credentials and settings.

use appflow_connector_model::{
    AuthenticationType, ConnectorConfiguration, ConnectorRuntimeSettingScope, ErrorCode, StringMap,
    ValidateConnectorRuntimeSettingsRequest,
};

use crate::appflow::caller::{self, CallFailure};
use crate::appflow::error;
use crate::functions::Functions;
use crate::wire::error::ServiceError;

/// Checks that a request has the settings of a scope that the connector requires.
pub(crate) fn check_required(
    configuration: &ConnectorConfiguration,
    scopes: &[ConnectorRuntimeSettingScope],
    given: &StringMap,
    member: &str,
) -> Result<(), ServiceError> {
    let settings = configuration.runtime_settings.iter().flatten();
    let missing: Vec<&str> = settings
        .filter(|setting| setting.required && scopes.contains(&setting.scope))
        .filter(|setting| !given.contains_key(&setting.key))
        .map(|setting| setting.key.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(error::validation(format!(
        "{member} lacks settings that the connector requires: {}",
        missing.join(", ")
    )))
}

/// The error of a connection whose credentials the connector does not accept.
pub(crate) fn credentials_refused(failure: &CallFailure) -> ServiceError {
    let failed = failed("ValidateCredentials", failure);
    match failure.code() {
        Some(ErrorCode::InvalidCredentials | ErrorCode::AccessDenied) => {
            error::connector_authentication(format!("Error authenticating to connector: {failed}"))
        }
        _ => error::connector_server(format!("Error while communicating to connector: {failed}")),
    }
}

/// Asks the connector whether the settings of a scope are valid.
pub(crate) async fn validate_settings(
    functions: &Functions,
    function: &str,
    scope: ConnectorRuntimeSettingScope,
    settings: &StringMap,
    authentication: Option<AuthenticationType>,
) -> Result<(), ServiceError> {
    let request = ValidateConnectorRuntimeSettingsRequest::builder()
        .scope(scope)
        .connector_runtime_settings(settings.clone())
        .maybe_authentication_type(authentication)
        .build();
    let response = caller::call(functions, function, request).await;
    let failure = match response {
        // Both official SDKs have connectors that report errors and success together.
        Ok(response) => match response.errors_by_input_field {
            Some(errors) if !errors.is_empty() => {
                let errors: Vec<String> = errors
                    .iter()
                    .map(|(key, problem)| format!("{key}: {problem}"))
                    .collect();
                return Err(error::validation(format!(
                    "The connector's runtime settings are not valid: {}",
                    errors.join("; ")
                )));
            }
            _ => return Ok(()),
        },
        Err(failure) => failure,
    };
    if failure.code() == Some(ErrorCode::InvalidArgument) {
        return Err(error::validation(failure.message()));
    }
    Err(error::connector_server(format!(
        "Error while communicating to connector: {}",
        failed("ValidateConnectorRuntimeSettings", &failure)
    )))
}

fn failed(operation: &str, failure: &CallFailure) -> String {
    match failure {
        CallFailure::Connector(_) => format!(
            "Failed to validate Connection while attempting \"{operation} with CustomConnector\" \
             with connector failure {}",
            failure.message()
        ),
        failure => failure.message(),
    }
}
