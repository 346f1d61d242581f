use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Crates that log requests and responses below `warn`, and so secrets and records.
const QUIET: [&str; 12] = [
    "aws_config",
    "aws_credential_types",
    "aws_runtime",
    "aws_sigv4",
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "lambda_runtime",
    "lambda_runtime_api_client",
    "reqwest",
    "rustls",
];
/// The same for all crates whose names begin like this.
const QUIET_FAMILIES: [&str; 2] = ["aws_sdk_", "aws_smithy_"];

/// The variable that selects the form of the lines: `text` or `json`.
const FORMAT: &str = "APPFLOW_LOG_FORMAT";

/// Initialises logging to standard error: readable lines on a terminal, otherwise JSON objects, as
/// CloudWatch expects them. `APPFLOW_LOG_FORMAT=text` or `json` selects one of them, whatever reads
/// the log; `cargo appflow invoke` sets it for its user's terminal.
///
/// `RUST_LOG` or `AWS_LAMBDA_LOG_LEVEL` sets the level, as in `debug` or `info,my_connector=trace`;
/// default `info`. The Lambda, AWS and HTTP clients stay at `warn` whatever the variables say, as
/// they would log whole requests, with secrets and records. Does nothing if a subscriber is already
/// set.
pub fn init_logging() {
    let levels = ["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"]
        .into_iter()
        .find_map(|name| {
            std::env::var(name)
                .ok()?
                .to_lowercase()
                .parse::<Targets>()
                .ok()
        })
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let levels = levels.and(filter_fn(is_allowed));

    let is_terminal = std::io::stderr().is_terminal();
    let is_text = match std::env::var(FORMAT).as_deref() {
        Ok("text") => true,
        Ok("json") => false,
        _ => is_terminal,
    };
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal);
    let lines = if is_text {
        lines.boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    // Fails if the program has set its own subscriber, which is then kept.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .try_init();
}

/// Whether an event or span may be logged. A crate may give its events any target, so where they
/// are written counts as well.
fn is_allowed(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::WARN
        || !(is_quiet(metadata.target()) || metadata.module_path().is_some_and(is_quiet))
}

fn is_quiet(path: &str) -> bool {
    let name = path.split("::").next().unwrap_or_default();
    let mut families = QUIET_FAMILIES.iter();
    QUIET.contains(&name) || families.any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_quiet_by_the_name_of_their_crate() {
        for path in [
            "lambda_runtime",
            "lambda_runtime::runtime",
            "hyper_util::client::legacy::pool",
            "aws_smithy_http_client::client",
            "aws_sdk_secretsmanager::operation",
        ] {
            assert!(is_quiet(path), "{path}");
        }
        for path in ["my_connector", "hyperspace", "h2o::client", "aws_sdk", ""] {
            assert!(!is_quiet(path), "{path}");
        }
    }
}
