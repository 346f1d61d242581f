//! Whether the connector accepts settings and credentials, and refuses wrong ones.

use appflow_connector_client::to_json;
use appflow_connector_model::{
    ConnectorRequest, ConnectorRuntimeSettingScope as Scope, Credentials, ErrorCode, StringMap,
    ValidateConnectorRuntimeSettingsRequest, ValidateConnectorRuntimeSettingsResponse,
    ValidateCredentialsRequest, ValidateCredentialsResponse,
};

use super::facts::settings;
use crate::finding::Findings;
use crate::run::{Outcome, Run, Stop};

pub(super) async fn settings_accepted(run: &mut Run<'_>) -> Outcome {
    let mut findings = Findings::default();
    let given = given_settings(run);
    if given.is_empty() {
        return Err(Stop::not_applicable("the config has no settings"));
    }
    for (scope, settings) in given {
        let request = validate_settings(run, scope, settings);
        let accepted = run
            .ask_once::<ValidateConnectorRuntimeSettingsResponse>(&request)
            .await;
        findings.absorb(accepted)?;
    }
    findings.outcome()
}

pub(super) async fn missing_setting_refused(run: &mut Run<'_>) -> Outcome {
    let declared = settings(run).await?;
    let mut findings = Findings::default();
    let mut count = 0;
    for (scope, given) in given_settings(run) {
        let required = declared
            .iter()
            .filter(|setting| setting.required && is_in_scope(setting.scope, scope));
        for setting in required {
            let mut settings = given.clone();
            settings.remove(&setting.key);
            count += 1;
            let request = validate_settings(run, scope, settings);
            findings.absorb(refuses_by_name(run, &request, &setting.key).await)?;
        }
    }
    if count == 0 {
        return Err(Stop::not_applicable(
            "the scopes of the config have no required setting",
        ));
    }
    findings.outcome()
}

async fn refuses_by_name(run: &mut Run<'_>, request: &ConnectorRequest, key: &str) -> Outcome {
    let exchange = run.send_once(to_json(request)).await?;
    let response: ValidateConnectorRuntimeSettingsResponse = exchange.read()?;
    let is_named = response
        .errors_by_input_field
        .is_some_and(|errors| errors.contains_key(key))
        || response
            .error_details
            .is_some_and(|details| details.error_message.contains(key));
    let problem = match (response.is_success, is_named) {
        (true, _) => format!("settings without the required `{key}` are accepted"),
        (false, false) => {
            format!("settings without `{key}` are refused, but the response does not name it")
        }
        (false, true) => return Ok(()),
    };
    let expected = "`isSuccess: false`, and the key in `errorsByInputField` or in the message";
    Err(exchange.finding(problem, expected).into())
}

pub(super) async fn credentials_accepted(run: &mut Run<'_>) -> Outcome {
    let credentials = run.secrets.credentials(run.config);
    let request = validate_credentials(run, credentials);
    run.ask_once::<ValidateCredentialsResponse>(&request)
        .await?;
    Ok(())
}

pub(super) async fn wrong_credentials_refused(run: &mut Run<'_>) -> Outcome {
    let Some(credentials) = run.secrets.wrong_credentials(run.config) else {
        return Err(Stop::not_applicable(
            "the config has no `harness.wrongSecret`",
        ));
    };
    let request = validate_credentials(run, credentials);
    let refusal = run.refusal(&request).await?;
    if refusal.code == Some(ErrorCode::InvalidCredentials) {
        return Ok(());
    }
    let problem = format!("wrong credentials are refused with {}", refusal.code_name());
    Err(refusal
        .exchange
        .finding(problem, "InvalidCredentials")
        .into())
}

pub(super) async fn baseline_kept(run: &mut Run<'_>) -> Outcome {
    let Some(baseline) = run.baseline else {
        return Err(Stop::not_applicable("the run has no --baseline"));
    };
    let settings = settings(run).await?;
    let compared = baseline
        .compare_settings(&settings)
        .map_err(|error| run.breaks(error))?;
    run.note(compared.note);
    compared.findings.outcome()
}

/// The config's settings, by scope.
fn given_settings(run: &Run<'_>) -> Vec<(Scope, StringMap)> {
    let given = &run.config.runtime_settings;
    [
        (Scope::ConnectorProfile, &given.connector_profile),
        (Scope::Source, &given.source),
        (Scope::Destination, &given.destination),
    ]
    .into_iter()
    .filter_map(|(scope, settings)| Some((scope, settings.clone()?)))
    .collect()
}

fn is_in_scope(declared: Scope, scope: Scope) -> bool {
    declared == scope
        || (declared == Scope::SourceAndDestination && scope != Scope::ConnectorProfile)
}

fn validate_settings(run: &Run<'_>, scope: Scope, settings: StringMap) -> ConnectorRequest {
    ConnectorRequest::ValidateConnectorRuntimeSettings(
        ValidateConnectorRuntimeSettingsRequest::builder()
            .scope(scope)
            .connector_runtime_settings(settings)
            .maybe_authentication_type(run.config.credentials.authentication_type)
            .build(),
    )
}

fn validate_credentials(run: &Run<'_>, credentials: Credentials) -> ConnectorRequest {
    ConnectorRequest::ValidateCredentials(
        ValidateCredentialsRequest::builder()
            .credentials(credentials)
            .connector_runtime_settings(run.config.merged_settings())
            .build(),
    )
}
