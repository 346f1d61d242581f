//! The crate can be used without the Lambda runtime and the AWS SDK.

use std::process::Command;

#[test]
fn of_the_workspace_only_model_is_needed_and_nothing_of_lambda_or_aws() {
    let tree = ["tree", "--offline", "-p", "appflow-connector-http"];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .args(["--edges", "normal", "--prefix", "none", "--format", "{lib}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let crates = String::from_utf8(output.stdout).unwrap();
    let is_unwanted = |name: &&str| name.starts_with("aws") || name.starts_with("lambda");
    assert_eq!(crates.lines().find(is_unwanted), None);
    let mut ours: Vec<_> = crates
        .lines()
        .filter(|name| name.starts_with("appflow"))
        .collect();
    ours.dedup();
    assert_eq!(ours, ["appflow_connector_http", "appflow_connector_model"]);
}
