use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Crates whose detailed logs contain requests and responses, and so secrets.
const QUIET: [&str; 6] = [
    "aws_runtime",
    "aws_sdk_secretsmanager",
    "aws_smithy_runtime",
    "h2",
    "hyper",
    "hyper_util",
];

/// Initialises logging to standard error: readable lines on a terminal, otherwise JSON objects, as
/// CloudWatch expects them.
///
/// `RUST_LOG` or `AWS_LAMBDA_LOG_LEVEL` sets the level, as in `debug` or `info,my_connector=trace`;
/// default `info`. The AWS and HTTP clients always stay at `warn`, so that their secrets are not
/// logged. Does nothing if a subscriber is already set.
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
    let levels = levels.with_targets(QUIET.map(|target| (target, LevelFilter::WARN)));

    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() {
        lines.boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    // Fails if the program has set its own subscriber, which is then kept.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .try_init();
}
