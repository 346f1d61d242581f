//! The guide's tutorial: its page has the connector of this package, and the connector does what
//! AppFlow expects.

use appflow_connector_tests::{Config, verify_command};
use lambda_process_host::{CommandLine, FunctionConfig};

const PAGE: &str = include_str!("../../src/tutorial.md");
const CONNECTOR: &str = include_str!("../connector/src/main.rs");

/// The page's blocks of a language, one after the other.
fn blocks(language: &str) -> String {
    let fence = format!("```{language}");
    let mut blocks: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in PAGE.lines() {
        if line.starts_with(&fence) && !is_inside {
            is_inside = true;
            blocks.push(String::new());
        } else if line.starts_with("```") {
            is_inside = false;
        } else if is_inside && let Some(block) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks.join("\n")
}

#[test]
fn the_page_has_the_connectors_code() {
    assert_eq!(blocks("rust"), CONNECTOR);
}

#[test]
fn the_connector_has_at_most_150_lines_of_code() {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = CONNECTOR.lines().filter(is_code).count();
    assert!(lines <= 150, "{lines}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connector_does_what_appflow_expects() {
    let address = "127.0.0.1:0".parse().unwrap();
    let server = help_desk::start(address, std::time::Duration::ZERO).await;
    let url = format!("http://{}", server.as_ref().unwrap().address());
    let config = blocks("json").replace("http://127.0.0.1:8090", &url);
    let config = Config::from_json(&config).unwrap();
    let program = CommandLine::new(env!("CARGO_BIN_EXE_help-desk-connector"));
    let connector = FunctionConfig::new("help-desk-connector", program);
    let report = verify_command(connector, &config).await.unwrap();
    assert!(report.passed(), "{report}");
}
