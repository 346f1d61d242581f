//! The variables that Lambda sets in a function's environment. `lambda_runtime` panics if one is
//! missing or malformed, so they are checked before.

use std::env::{self, VarError};

use http::Uri;

pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Checks the variables.
///
/// # Errors
/// The first that is not as Lambda sets it, and what is wrong with it.
pub(crate) fn check() -> Result<(), (&'static str, String)> {
    let api = read(RUNTIME_API)?;
    if !is_address(&api) {
        return Err((
            RUNTIME_API,
            format!("is `{api}`, expected a host and a port such as 127.0.0.1:9001"),
        ));
    }
    read("AWS_LAMBDA_FUNCTION_NAME")?;
    read("AWS_LAMBDA_FUNCTION_VERSION")?;
    let memory_size = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    let megabytes = read(memory_size)?;
    if megabytes.parse::<i32>().is_err() {
        return Err((
            memory_size,
            format!("is `{megabytes}`, expected a number of megabytes"),
        ));
    }
    Ok(())
}

fn read(name: &'static str) -> Result<String, (&'static str, String)> {
    env::var(name).map_err(|error| {
        let problem = match error {
            VarError::NotPresent => "is not set",
            VarError::NotUnicode(_) => "is not UTF-8 text",
        };
        (name, problem.to_owned())
    })
}

fn is_address(api: &str) -> bool {
    let uri: Option<Uri> = api.parse().ok();
    uri.is_some_and(|uri| {
        let has_host = uri.authority().is_some_and(|host| !host.host().is_empty());
        has_host && uri.query().is_none() && matches!(uri.scheme_str(), None | Some("http"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_one_that_requests_can_be_sent_to() {
        for api in [
            "127.0.0.1:9001",
            "localhost:80",
            "[::1]:9001",
            "http://host:1/path",
        ] {
            assert!(is_address(api), "{api}");
        }
        for api in [
            "",
            "/path",
            "a b",
            "http://",
            ":9001",
            "https://host",
            "host:1?a",
            "\0",
        ] {
            assert!(!is_address(api), "{api:?}");
        }
    }
}
