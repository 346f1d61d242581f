//! Whether the application can be reached: without it, nothing that needs it can be checked.

use std::time::Duration;

use appflow_connector_model::{
    ConnectorRequest, ErrorCode, ListEntitiesRequest, ListEntitiesResponse, QueryDataResponse,
    StringMap, ValidateCredentialsRequest, ValidateCredentialsResponse,
};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::configuration::facts::context;
use super::data::facts::source;
use crate::catalog::configuration::{APPLICATION_REACHED, DESCRIBES_ITSELF};
use crate::finding::{Finding, Findings};
use crate::reading::Query;
use crate::run::{Outcome, Run, Stop};

/// How long a connection to the application may take.
const CONNECTION_TIME: Duration = Duration::from_secs(2);

/// The checks whose requests are answered without the application.
const WITHOUT_APPLICATION: [&str; 13] = [
    APPLICATION_REACHED,
    DESCRIBES_ITSELF,
    "configuration.names-",
    "configuration.modes-",
    "configuration.capabilities-",
    "configuration.api-versions-",
    "configuration.authentication-",
    "configuration.urls-",
    "configuration.settings-well-formed",
    "configuration.baseline-kept",
    "behaviour.unknown-",
    "behaviour.malformed-",
    "behaviour.secrets-kept",
];

/// Blocked if the application cannot be reached and the check needs it.
pub(crate) fn must_be_reached(run: &Run<'_>, check: &str) -> Outcome {
    let needs_it = !WITHOUT_APPLICATION
        .iter()
        .any(|start| check.starts_with(start));
    match run.facts.get::<Findings>(APPLICATION_REACHED) {
        Some(findings) if needs_it => Err(Stop::Failed(findings).blocked_by(APPLICATION_REACHED)),
        _ => Ok(()),
    }
}

/// Fails if the calls that need the application end as they do without one.
pub(super) async fn application_reached(run: &mut Run<'_>) -> Outcome {
    let credentials = ValidateCredentialsRequest::builder()
        .credentials(run.secrets.credentials(run.config))
        .connector_runtime_settings(run.config.merged_settings())
        .build();
    let credentials = ConnectorRequest::ValidateCredentials(credentials);
    let validated = run
        .ask_once::<ValidateCredentialsResponse>(&credentials)
        .await;
    let of_credentials = unavailable(validated.map(|_| ()))?;
    let of_data = match probe(run).await {
        Err(Stop::NotApplicable(_)) => of_credentials.clone(),
        outcome => unavailable(outcome)?,
    };
    let Some(mut finding) = of_data else {
        return Ok(());
    };
    let settings = run.config.merged_settings();
    if of_credentials.is_none() && !all_refuse_connections(&settings).await {
        return Ok(());
    }
    finding.problem = format!("the application cannot be reached: {}", finding.problem);
    "an application that responds; the other checks need it".clone_into(&mut finding.expected);
    let findings = Findings::from(finding);
    run.facts.keep(APPLICATION_REACHED, findings.clone());
    Err(Stop::Failed(findings))
}

/// Reads one record of the test entity, or lists entities.
async fn probe(run: &mut Run<'_>) -> Outcome {
    let source = match source(run).await {
        Ok(source) => source,
        Err(Stop::Blocked { findings, .. }) => return Err(Stop::Failed(findings)),
        Err(Stop::NotApplicable(_)) => {
            let context = context(run, None).await?;
            let request = ListEntitiesRequest::builder()
                .connector_context(context)
                .build();
            let request = ConnectorRequest::ListEntities(request);
            return run
                .ask_once::<ListEntitiesResponse>(&request)
                .await
                .map(|_| ());
        }
        Err(stop) => return Err(stop),
    };
    let query = Query {
        fields: source.selection(&[]),
        page_size: Some(1),
        ..Query::default()
    };
    let request = source.request(&query, None);
    run.ask_once::<QueryDataResponse>(&request)
        .await
        .map(|_| ())
}

/// The finding about a call that ended as it does without an application.
fn unavailable(outcome: Outcome) -> Outcome<Option<Finding>> {
    match outcome {
        Err(Stop::Broken) => Err(Stop::Broken),
        Err(Stop::Failed(findings)) => {
            let mut findings = findings.kept.into_iter();
            Ok(findings.find(|finding| match finding.origin.code {
                Some(code) => says_unavailable(code),
                // A failed invocation, for example by an exception.
                None => finding.problem.starts_with("the invocation failed"),
            }))
        }
        _ => Ok(None),
    }
}

const fn says_unavailable(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RequestTimeout
            | ErrorCode::ServiceUnavailable
            | ErrorCode::ServerError
            | ErrorCode::UnknownError
    )
}

/// Whether no URL in the settings accepts a connection. False without such a URL.
async fn all_refuse_connections(settings: &StringMap) -> bool {
    let mut addresses: Vec<(String, u16)> = Vec::new();
    for value in settings.values() {
        addresses.extend(address(value));
    }
    if addresses.is_empty() {
        return false;
    }
    for (host, port) in addresses {
        let connection = TcpStream::connect((host.as_str(), port));
        if timeout(CONNECTION_TIME, connection)
            .await
            .is_ok_and(|it| it.is_ok())
        {
            return false;
        }
    }
    true
}

/// The host and port of an http URL.
fn address(url: &str) -> Option<(String, u16)> {
    let (rest, default) = match url.strip_prefix("https://") {
        Some(rest) => (rest, 443),
        None => (url.strip_prefix("http://")?, 80),
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?))
        }
        _ => Some((authority.trim_matches(['[', ']']).to_owned(), default)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_url_is_read() {
        for (url, host, port) in [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("https://example.com/api?x=1:2", "example.com", 443),
            ("http://[::1]:99/", "::1", 99),
            ("http://[::1]", "::1", 80),
        ] {
            assert_eq!(address(url), Some((host.to_owned(), port)), "{url}");
        }
        assert_eq!(address("v60.0"), None);
    }
}
