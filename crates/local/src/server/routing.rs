//! Which service a request is for.

use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use url::form_urlencoded;

use crate::appflow::endpoint;
use crate::server::admin;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Admin,
    AppFlow,
    SecretsManager,
    Lambda,
    Sts,
    S3,
}

/// The first of these that names a service: the scope of the signature, the target header, a path of
/// Lambda, an operation of AppFlow. Everything else is for S3.
pub(super) fn service_of<B>(request: &Request<B>) -> Service {
    let path = request.uri().path();
    if path.starts_with(admin::PREFIX) {
        return Service::Admin;
    }
    if let Some(service) = scope(request).and_then(|scope| service_of_scope(&scope)) {
        return service;
    }
    let target = request.headers().get("x-amz-target");
    if target.is_some_and(|target| target.as_bytes().starts_with(b"secretsmanager.")) {
        return Service::SecretsManager;
    }
    if path.starts_with("/2015-03-31/functions/") {
        return Service::Lambda;
    }
    if endpoint::serves(request.method(), path) {
        return Service::AppFlow;
    }
    Service::S3
}

fn service_of_scope(service: &str) -> Option<Service> {
    match service {
        "appflow" => Some(Service::AppFlow),
        "secretsmanager" => Some(Service::SecretsManager),
        "lambda" => Some(Service::Lambda),
        "sts" => Some(Service::Sts),
        "s3" => Some(Service::S3),
        _ => None,
    }
}

/// The service in a signature's scope: `<key>/<date>/<region>/<service>/aws4_request`, without the
/// region in a signature of version 4A. A key has no slash.
fn scope<B>(request: &Request<B>) -> Option<String> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|header| header.to_str().ok())
        .and_then(|header| header.strip_prefix("AWS4-"))
        .and_then(|header| header.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned());
    let credential = header.or_else(|| {
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .find(|(name, _)| name == "X-Amz-Credential")
            .map(|(_, value)| value.into_owned())
    })?;
    let service = credential.rsplit('/').nth(1)?;
    Some(service.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, uri: &str, headers: &[(&str, &str)]) -> Service {
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        service_of(&builder.body(()).unwrap())
    }

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        )
    }

    #[test]
    fn a_signatures_scope_comes_first() {
        let of =
            |service: &str, path: &str| found("POST", path, &[("authorization", &signed(service))]);
        assert_eq!(of("appflow", "/no-operation"), Service::AppFlow);
        assert_eq!(of("s3", "/create-flow"), Service::S3);
        assert_eq!(of("s3", "/2015-03-31/functions/f"), Service::S3);
        assert_eq!(of("secretsmanager", "/"), Service::SecretsManager);
        assert_eq!(of("lambda", "/"), Service::Lambda);
        assert_eq!(of("sts", "/"), Service::Sts);
        assert_eq!(of("iam", "/bucket"), Service::S3);
        let v4a = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/sts/aws4_request, Signature=0";
        assert_eq!(found("POST", "/", &[("authorization", v4a)]), Service::Sts);
        let presigned = "/k?X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fs3%2Faws4_request";
        assert_eq!(found("GET", presigned, &[]), Service::S3);
    }

    #[test]
    fn unsigned_requests_are_told_apart_by_target_and_path() {
        let target = [("x-amz-target", "secretsmanager.GetSecretValue")];
        assert_eq!(found("POST", "/", &target), Service::SecretsManager);
        let invoke = "/2015-03-31/functions/f/invocations";
        assert_eq!(found("POST", invoke, &[]), Service::Lambda);
        assert_eq!(found("GET", "/create-flow", &[]), Service::S3);
        assert_eq!(found("PUT", "/bucket/key", &[]), Service::S3);
        assert_eq!(found("GET", "/_appflow-local/health", &[]), Service::Admin);
    }
}
