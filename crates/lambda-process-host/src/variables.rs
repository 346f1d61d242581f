use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use jiff::Timestamp;
use uuid::Uuid;

use crate::config::FunctionConfig;

/// The host's variables that are passed to the process. No others are, above all no real AWS
/// credentials.
const KEPT_FROM_HOST: [&str; 4] = ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"];

/// Returns the environment of a function's process.
pub(crate) fn process_variables(
    config: &FunctionConfig,
    task_root: &Path,
    runtime_api: SocketAddr,
    host: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<OsString, OsString> {
    let mut variables: BTreeMap<OsString, OsString> = host
        .into_iter()
        .filter(|(name, _)| KEPT_FROM_HOST.iter().any(|kept| name == kept))
        .collect();
    let log_stream = format!(
        "{}/[$LATEST]{}",
        Timestamp::now().strftime("%Y/%m/%d"),
        Uuid::new_v4().simple()
    );
    let lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", config.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            config.memory_size_mb.to_string(),
        ),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", config.name),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_REGION", config.region.clone()),
        ("AWS_DEFAULT_REGION", config.region.clone()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_SESSION_TOKEN", "test".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
    ];
    variables.extend(lambda.map(|(name, value)| (name.into(), value.into())));
    variables.insert("LAMBDA_TASK_ROOT".into(), task_root.into());
    variables.extend(config.environment.clone());
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CommandLine;

    fn variables(config: &FunctionConfig, host: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        let host = host
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        process_variables(
            config,
            Path::new("/task"),
            ([127, 0, 0, 1], 4321).into(),
            host,
        )
    }

    #[test]
    fn only_a_few_of_the_hosts_variables_are_passed_on() {
        let config = FunctionConfig::new("f", CommandLine::new("x"));
        let host = [
            ("PATH", "/bin"),
            ("AWS_PROFILE", "prod"),
            ("AWS_SECRET_ACCESS_KEY", "real"),
            ("PYTHONPATH", "/p"),
        ];
        let variables = variables(&config, &host);
        assert_eq!(variables[&OsString::from("PATH")], "/bin");
        assert_eq!(variables[&OsString::from("AWS_SECRET_ACCESS_KEY")], "test");
        assert!(!variables.contains_key(&OsString::from("AWS_PROFILE")));
        assert!(!variables.contains_key(&OsString::from("PYTHONPATH")));
    }

    #[test]
    fn the_callers_variables_override_the_others() {
        let mut config = FunctionConfig::new("f", CommandLine::new("x"));
        for (name, value) in [
            ("PATH", "/mine"),
            ("AWS_REGION", "eu-west-1"),
            ("_HANDLER", "app.main"),
        ] {
            config.environment.insert(name.into(), value.into());
        }
        let variables = variables(&config, &[("PATH", "/bin")]);
        assert_eq!(variables[&OsString::from("PATH")], "/mine");
        assert_eq!(variables[&OsString::from("AWS_REGION")], "eu-west-1");
        assert_eq!(
            variables[&OsString::from("AWS_DEFAULT_REGION")],
            "us-east-1"
        );
        assert_eq!(variables[&OsString::from("_HANDLER")], "app.main");
    }

    #[test]
    fn the_variables_name_the_runtime_api_and_the_code() {
        let variables = variables(&FunctionConfig::new("f", CommandLine::new("x")), &[]);
        assert_eq!(
            variables[&OsString::from("AWS_LAMBDA_RUNTIME_API")],
            "127.0.0.1:4321"
        );
        assert_eq!(variables[&OsString::from("LAMBDA_TASK_ROOT")], "/task");
        assert_eq!(
            variables[&OsString::from("AWS_LAMBDA_LOG_GROUP_NAME")],
            "/aws/lambda/f"
        );
        let stream = variables[&OsString::from("AWS_LAMBDA_LOG_STREAM_NAME")]
            .to_str()
            .unwrap();
        assert!(
            stream.as_bytes()[4] == b'/' && stream.contains("/[$LATEST]"),
            "{stream}"
        );
    }
}
