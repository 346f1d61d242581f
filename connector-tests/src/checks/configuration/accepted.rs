//! How the connector takes settings and credentials.

use appflow_connector_client::to_json;
use appflow_connector_model::{
    ConnectorRequest, ConnectorRuntimeSetting, ConnectorRuntimeSettingScope as Scope, Credentials,
    ErrorCode, StringMap, ValidateConnectorRuntimeSettingsRequest,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsRequest,
    ValidateCredentialsResponse,
};

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
        let answer = run
            .ask::<ValidateConnectorRuntimeSettingsResponse>(&request)
            .await;
        findings.absorb(answer)?;
    }
    findings.outcome()
}

pub(super) async fn missing_setting_refused(run: &mut Run<'_>) -> Outcome {
    let declared = settings(run).await?;
    let mut findings = Findings::default();
    let mut tried = 0;
    for (scope, given) in given_settings(run) {
        let required = declared
            .iter()
            .filter(|setting| setting.required && is_asked_in(setting.scope, scope));
        for setting in required {
            let mut settings = given.clone();
            settings.remove(&setting.key);
            tried += 1;
            let request = validate_settings(run, scope, settings);
            findings.absorb(refuses_by_name(run, &request, &setting.key).await)?;
        }
    }
    if tried == 0 {
        return Err(Stop::not_applicable(
            "no required setting is among the config's scopes",
        ));
    }
    findings.outcome()
}

async fn refuses_by_name(run: &mut Run<'_>, request: &ConnectorRequest, key: &str) -> Outcome {
    let exchange = run.send(to_json(request)).await?;
    let answer: ValidateConnectorRuntimeSettingsResponse = exchange.read()?;
    let is_named = answer
        .errors_by_input_field
        .is_some_and(|errors| errors.contains_key(key))
        || answer
            .error_details
            .is_some_and(|details| details.error_message.contains(key));
    let problem = match (answer.is_success, is_named) {
        (true, _) => format!("settings without the required `{key}` are accepted"),
        (false, false) => format!("settings without `{key}` are refused, but it is not named"),
        (false, true) => return Ok(()),
    };
    let expected = "`isSuccess: false`, and the key in `errorsByInputField` or in the message";
    Err(exchange.finding(problem, expected).into())
}

pub(super) async fn credentials_accepted(run: &mut Run<'_>) -> Outcome {
    let credentials = run.secrets.credentials(run.config);
    let request = validate_credentials(run, credentials);
    run.ask::<ValidateCredentialsResponse>(&request).await?;
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
        return Err(Stop::not_applicable("no --baseline is given"));
    };
    let settings = settings(run).await?;
    let compared = baseline
        .compare_settings(&settings)
        .map_err(|error| run.breaks(error))?;
    run.note(compared.note);
    compared.findings.outcome()
}

/// The settings that the connector declares.
pub(super) async fn settings(run: &mut Run<'_>) -> Outcome<Vec<ConnectorRuntimeSetting>> {
    let configuration = run.configuration().await?;
    Ok(configuration.runtime_settings.clone().unwrap_or_default())
}

/// The config's settings by the scopes that it has.
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

fn is_asked_in(declared: Scope, asked: Scope) -> bool {
    declared == asked
        || (declared == Scope::SourceAndDestination && asked != Scope::ConnectorProfile)
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
