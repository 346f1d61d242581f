//! What the connector declares about itself.

use appflow_connector_model::limits::MAX_SETTING_KEY_CHARS;
use appflow_connector_model::{
    AuthParameter, AuthenticationConfig, AuthenticationType, ConnectorConfiguration, ConnectorMode,
};

use super::facts::{configuration, describe_configuration, settings};
use crate::finding::{Finding, Findings};
use crate::run::{Outcome, Run, Stop};
use crate::text::repeated;

/// Names that start with these words belong to AWS.
const RESERVED: [&str; 3] = ["aws", "amazon", "appflow"];

pub(super) async fn describes_itself(run: &mut Run<'_>) -> Outcome {
    let configuration = describe_configuration(run).await?;
    run.note(format!(
        "{} {} of {}",
        configuration.connector_name,
        configuration.connector_version,
        configuration.connector_owner
    ));
    Ok(())
}

/// The three names, by key.
fn names(configuration: &ConnectorConfiguration) -> [(&'static str, &str); 3] {
    [
        ("connectorOwner", &configuration.connector_owner),
        ("connectorName", &configuration.connector_name),
        ("connectorVersion", &configuration.connector_version),
    ]
}

pub(super) async fn names_given(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let mut findings = Findings::default();
    for (key, name) in names(&configuration) {
        if name.trim().is_empty() {
            findings.add(Finding::new(format!("`{key}` is empty"), "a name"));
        }
    }
    findings.outcome()
}

pub(super) async fn names_not_reserved(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let mut findings = Findings::default();
    for (key, name) in &names(&configuration)[..2] {
        let lower = name.to_lowercase();
        if let Some(word) = RESERVED.iter().find(|word| lower.starts_with(**word)) {
            findings.add(
                Finding::new(
                    format!("`{key}` starts with `{word}`"),
                    "a name that starts with another word",
                )
                .with_response(name),
            );
        }
    }
    findings.outcome()
}

pub(super) async fn modes_declared(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    if configuration.connector_modes.is_empty() {
        let finding = Finding::new("`connectorModes` is empty", "SOURCE, DESTINATION or both");
        return Err(finding.into());
    }
    run.note(format!("{:?}", configuration.connector_modes));
    Ok(())
}

pub(super) async fn capabilities_declared(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let mut findings = Findings::default();
    let is_destination = configuration
        .connector_modes
        .contains(&ConnectorMode::Destination);
    for (key, is_empty) in [
        (
            "operatorsSupported",
            configuration.operators_supported.is_empty(),
        ),
        (
            "triggerFrequenciesSupported",
            configuration.trigger_frequencies_supported.is_empty(),
        ),
        (
            "supportedTriggerTypes",
            configuration.supported_trigger_types.is_empty(),
        ),
        (
            "supportedDataTransferTypes",
            configuration.supported_data_transfer_types.is_empty(),
        ),
        (
            "supportedWriteOperations",
            is_destination && configuration.supported_write_operations.is_empty(),
        ),
    ] {
        if is_empty {
            let expected = "at least one value, or no such key, which means AppFlow's default";
            findings.add(Finding::new(format!("`{key}` is empty"), expected));
        }
    }
    findings.outcome()
}

pub(super) async fn api_versions_declared(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let versions = &configuration.supported_api_versions;
    let mut findings = Findings::default();
    if versions.is_empty() {
        findings.add(Finding::new(
            "`supportedApiVersions` is empty",
            "at least one version",
        ));
    }
    for version in repeated(versions.iter().map(String::as_str)) {
        let problem = format!("`supportedApiVersions` contains `{version}` twice");
        findings.add(Finding::new(problem, "each version once"));
    }
    if let Some(wanted) = run.config.api_version()
        && !versions.iter().any(|version| version == wanted)
    {
        findings.add(Finding::new(
            format!("the config's apiVersion `{wanted}` is not supported"),
            format!("one of {}", versions.join(", ")),
        ));
    }
    findings.outcome()
}

pub(super) async fn authentication_declared(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let authentication = configuration
        .authentication_config
        .clone()
        .unwrap_or_default();
    let mut findings = Findings::default();
    let yes = |flag: Option<bool>| flag == Some(true);
    let supported = [
        (
            AuthenticationType::BasicAuth,
            yes(authentication.is_basic_auth_supported),
        ),
        (
            AuthenticationType::ApiKey,
            yes(authentication.is_api_key_auth_supported),
        ),
        (
            AuthenticationType::OAuth2,
            yes(authentication.is_oauth2_supported),
        ),
        (
            AuthenticationType::CustomAuth,
            yes(authentication.is_custom_auth_supported),
        ),
    ];
    if !supported.iter().any(|(_, is_supported)| *is_supported) {
        run.note("without authentication");
        if run.config.has_secret() {
            findings.add(Finding::new(
                "the config has a secret, but `authenticationConfig` does not support any kind of authentication",
                "at least one of Basic, API key, OAuth 2.0 and custom, or a config without a secret",
            ));
        }
    }
    if let Some(wanted) = run.config.credentials.authentication_type
        && supported.contains(&(wanted, false))
    {
        findings.add(Finding::new(
            format!("the config's authenticationType {wanted:?} is not supported"),
            "a kind of authentication that `authenticationConfig` supports",
        ));
    }
    check_parts(&authentication, &mut findings);
    findings.outcome()
}

/// OAuth 2.0 and custom authentication need further keys, which must be absent without them.
fn check_parts(authentication: &AuthenticationConfig, findings: &mut Findings) {
    let custom = authentication
        .custom_auth_config
        .as_deref()
        .unwrap_or_default();
    for (flag, part, is_supported, is_given) in [
        (
            "isOAuth2Supported",
            "oAuth2Defaults",
            authentication.is_oauth2_supported == Some(true),
            authentication.oauth2_defaults.is_some(),
        ),
        (
            "isCustomAuthSupported",
            "customAuthConfig",
            authentication.is_custom_auth_supported == Some(true),
            !custom.is_empty(),
        ),
    ] {
        let problem = match (is_supported, is_given) {
            (true, false) => format!("`{flag}` is true and `{part}` is missing"),
            (false, true) => format!("`{part}` is present and `{flag}` is not true"),
            _ => continue,
        };
        findings.add(Finding::new(
            problem,
            format!("`{part}` if `{flag}` is true, and only then"),
        ));
    }
    if let Some(defaults) = &authentication.oauth2_defaults {
        if defaults.token_url.is_empty() {
            findings.add(Finding::new(
                "`oAuth2Defaults.tokenURL` is empty",
                "at least one URL",
            ));
        }
        if defaults.oauth2_grant_types_supported.is_empty() {
            let problem = "`oAuth2Defaults.oAuth2GrantTypesSupported` is empty";
            findings.add(Finding::new(problem, "at least one grant type"));
        }
    }
    for way in custom {
        check_parameters(&way.authentication_type, &way.auth_parameters, findings);
    }
}

fn check_parameters(way: &str, parameters: &[AuthParameter], findings: &mut Findings) {
    for key in repeated(parameters.iter().map(|parameter| parameter.key.as_str())) {
        let problem = format!("the custom authentication `{way}` has the key `{key}` twice");
        findings.add(Finding::new(
            problem,
            "each key once: these are the keys of the secret",
        ));
    }
    for parameter in parameters {
        if !is_key(&parameter.key) {
            findings.add(Finding::new(
                format!(
                    "`{}` is not a valid key of the custom authentication `{way}`",
                    parameter.key
                ),
                "letters, digits and `_`, at most 128",
            ));
        }
    }
}

pub(super) async fn urls_are_https(run: &mut Run<'_>) -> Outcome {
    let configuration = configuration(run).await?;
    let defaults = configuration
        .authentication_config
        .as_ref()
        .and_then(|authentication| authentication.oauth2_defaults.as_ref());
    let token_urls = defaults.map(|defaults| defaults.token_url.as_slice());
    let auth_urls = defaults.and_then(|defaults| defaults.auth_url.as_deref());
    let urls = [
        ("tokenURL", token_urls.unwrap_or_default()),
        ("authURL", auth_urls.unwrap_or_default()),
        ("logoURL", configuration.logo_url.as_slice()),
    ];
    let mut findings = Findings::default();
    let mut count = 0;
    for (key, url) in urls
        .iter()
        .flat_map(|(key, urls)| urls.iter().map(move |url| (key, url)))
    {
        count += 1;
        // AppFlow asks its user for the value of a `{{PLACEHOLDER}}`.
        let filled = url.replace("{{", "x").replace("}}", "x");
        let host = filled
            .strip_prefix("https://")
            .and_then(|rest| rest.split(['/', '?', '#']).next());
        if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
            findings.add(
                Finding::new(
                    format!("a `{key}` is not a valid https URL"),
                    "https://, followed by a host",
                )
                .with_response(url),
            );
        }
    }
    if count == 0 {
        return Err(Stop::not_applicable("the configuration has no URL"));
    }
    findings.outcome()
}

pub(super) async fn settings_well_formed(run: &mut Run<'_>) -> Outcome {
    let settings = settings(run).await?;
    let mut findings = Findings::default();
    for key in repeated(settings.iter().map(|setting| setting.key.as_str())) {
        findings.add(Finding::new(
            format!("the setting `{key}` is declared twice"),
            "each key once",
        ));
    }
    for setting in &settings {
        let key = &setting.key;
        if !is_key(key) {
            let expected = "letters, digits and `_`, at most 128";
            findings.add(Finding::new(
                format!("`{key}` is not a valid key of a setting"),
                expected,
            ));
        }
        for (part, text) in [
            ("label", &setting.label),
            ("description", &setting.description),
        ] {
            if text.trim().is_empty() {
                let problem = format!("the setting `{key}` has an empty {part}");
                findings.add(Finding::new(problem, "a text for the user"));
            }
        }
        if setting
            .connector_supplied_value_options
            .as_ref()
            .is_some_and(Vec::is_empty)
        {
            let problem = format!("the setting `{key}` has an empty list of options");
            findings.add(Finding::new(problem, "values to choose from, or no list"));
        }
    }
    run.note(format!("{} settings", settings.len()));
    findings.outcome()
}

fn is_key(key: &str) -> bool {
    (1..=MAX_SETTING_KEY_CHARS).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
