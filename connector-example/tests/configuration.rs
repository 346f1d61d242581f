//! The connector's configuration, and its validation of settings and credentials.

mod support;

use serde_json::{Value, json};
use support::{Connection, Salesforce, error};

fn offline() -> Connection {
    Connection::new("http://127.0.0.1:9".to_owned(), "token")
}

#[tokio::test]
async fn the_configuration_is_valid_for_appflow() {
    let response = offline()
        .send(&json!({ "type": "DescribeConnectorConfigurationRequest" }))
        .await;
    assert_eq!(response["isSuccess"], true, "{response}");
    assert_eq!(response["connectorModes"], json!(["SOURCE", "DESTINATION"]));
    assert_eq!(
        response["supportedWriteOperations"],
        json!(["INSERT", "UPDATE", "UPSERT", "DELETE"])
    );
    assert!(
        response["logoURL"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let versions = response["supportedApiVersions"].as_array().unwrap();
    assert!(versions.contains(&"v60.0".into()));

    let authentication = &response["authenticationConfig"];
    assert_eq!(authentication["isOAuth2Supported"], true);
    let oauth2 = &authentication["oAuth2Defaults"];
    assert_eq!(
        oauth2["tokenURL"],
        json!([
            "https://login.salesforce.com/services/oauth2/token",
            "https://test.salesforce.com/services/oauth2/token",
            "https://{{MY_DOMAIN}}.my.salesforce.com/services/oauth2/token",
        ])
    );
    assert_eq!(
        oauth2["authURL"][0],
        "https://login.salesforce.com/services/oauth2/authorize"
    );
    assert_eq!(oauth2["oAuthScopes"], json!(["api", "refresh_token"]));
    assert_eq!(
        oauth2["oAuth2GrantTypesSupported"],
        json!(["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"])
    );

    let settings = response["connectorRuntimeSetting"].as_array().unwrap();
    let brief: Vec<_> = settings
        .iter()
        .map(|setting| {
            json!([
                setting["key"],
                setting["dataType"],
                setting["required"],
                setting["scope"],
            ])
        })
        .collect();
    let expected = [
        ("instanceUrl", "Url", true, "CONNECTOR_PROFILE"),
        ("parentFields", "Boolean", false, "CONNECTOR_PROFILE"),
        ("fileBodies", "Boolean", false, "CONNECTOR_PROFILE"),
        (
            "apiUsageLimitPercent",
            "Integer",
            false,
            "CONNECTOR_PROFILE",
        ),
        ("includeDeletedRecords", "Boolean", false, "SOURCE"),
        ("allowDuplicateRecords", "Boolean", false, "DESTINATION"),
    ];
    assert_eq!(brief, expected.map(|setting| json!(setting)));
}

async fn validate(scope: &str, settings: Value) -> Value {
    let request = json!({ "type": "ValidateConnectorRuntimeSettingsRequest", "scope": scope, "connectorRuntimeSettings": settings });
    offline().send(&request).await
}

#[tokio::test]
async fn each_setting_is_validated() {
    let good = validate(
        "CONNECTOR_PROFILE",
        json!({ "instanceUrl": "https://example.my.salesforce.com" }),
    )
    .await;
    assert_eq!(good["isSuccess"], true, "{good}");
    let flow = validate("SOURCE", json!({})).await;
    assert_eq!(flow["isSuccess"], true, "{flow}");

    let response = validate("CONNECTOR_PROFILE", json!({})).await;
    assert_eq!(error(&response).0, "InvalidArgument");
    assert_eq!(
        response["errorsByInputField"],
        json!({ "instanceUrl": "is required" })
    );

    for (url, problem) in [
        ("", "is required"),
        (
            "example.my.salesforce.com",
            "must be a URL that begins with https:// or http://",
        ),
        ("https://exa mple", "is not a URL"),
        (
            "http://example.my.salesforce.com",
            "must begin with https://",
        ),
        ("http://169.254.169.254/", "must begin with https://"),
        (
            "https://169.254.169.254/",
            "must be on a host under salesforce.com",
        ),
        (
            "file:///etc/passwd",
            "must be a URL that begins with https:// or http://",
        ),
        (
            "https://example.com",
            "must be on a host under salesforce.com",
        ),
        (
            "https://evilsalesforce.com",
            "must be on a host under salesforce.com",
        ),
        (
            "https://user:secret@example.my.salesforce.com",
            "must not contain a user name",
        ),
        (
            "https://..salesforce.com",
            "must have a host name of letters, digits, hyphens and single dots",
        ),
        (
            "https://example.my.salesforce.com.",
            "must have a host name of letters, digits, hyphens and single dots",
        ),
        (
            "https://login.salesforce.com",
            "must be on a host such as *.my.salesforce.com, not on login.salesforce.com",
        ),
        (
            "https://test.salesforce.com",
            "must be on a host such as *.my.salesforce.com, not on test.salesforce.com",
        ),
        (
            "https://example.lightning.force.com",
            "must be on a host such as *.my.salesforce.com, not on lightning.force.com",
        ),
        (
            "https://example.my.salesforce.com/services",
            "must end after the host name",
        ),
        (
            "https://example.my.salesforce.com?token=x",
            "must end after the host name",
        ),
    ] {
        let response = validate("CONNECTOR_PROFILE", json!({ "instanceUrl": url })).await;
        let message = response["errorsByInputField"]["instanceUrl"]
            .as_str()
            .unwrap();
        assert!(message.starts_with(problem), "{url}: {message}");
    }
}

#[tokio::test]
async fn every_request_validates_the_settings_first() {
    for url in [
        "",
        "https://user@example.com",
        "http://example.com",
        "file:///etc/passwd",
        "https://salesforce.com.evil.example",
    ] {
        let connection = Connection::new(url.to_owned(), "token");
        for request in [
            json!({ "type": "ListEntitiesRequest" }),
            json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" }),
            json!({ "type": "QueryDataRequest", "entityIdentifier": "Account" }),
            json!({ "type": "RetrieveDataRequest", "entityIdentifier": "Account", "ids": ["1"] }),
        ] {
            let response = connection.send(&request).await;
            let (code, message) = error(&response);
            assert!(
                code == "InvalidArgument" && message.starts_with("instanceUrl "),
                "{message}"
            );
        }
    }
    let connection = offline();
    let mut context = connection.context();
    context["apiVersion"] = "v60.0/../v1.0".into();
    let response = connection
        .send(&json!({ "type": "ListEntitiesRequest", "connectorContext": context }))
        .await;
    assert_eq!(error(&response).0, "InvalidArgument");
}

#[tokio::test]
async fn credentials_are_valid_until_they_expire_and_again_when_renewed() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let context = connection.context();
    let request = json!({
        "type": "ValidateCredentialsRequest",
        "credentials": context["credentials"],
        "connectorRuntimeSettings": context["connectorRuntimeSettings"],
    });
    assert_eq!(connection.send(&request).await["isSuccess"], true);

    salesforce.sandbox.expire_tokens();
    let response = connection.send(&request).await;
    assert_eq!(error(&response).0, "InvalidCredentials");
    salesforce.renew_token().await;
    assert_eq!(connection.send(&request).await["isSuccess"], true);

    salesforce.sandbox.expire_tokens();
    let query = json!({ "type": "QueryDataRequest", "entityIdentifier": "Account" });
    let response = connection.send(&query).await;
    assert_eq!(
        error(&response),
        (
            "InvalidCredentials",
            "Salesforce returned 401 for GET /services/data/v60.0/sobjects/Account/describe: INVALID_SESSION_ID: Session expired or invalid"
        )
    );
    salesforce.renew_token().await;
    assert_eq!(connection.send(&query).await["isSuccess"], true);
}

#[tokio::test]
async fn a_refusal_of_the_login_service_keeps_its_reason() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let context = connection.context();
    let request = json!({
        "type": "ValidateCredentialsRequest",
        "credentials": context["credentials"],
        "connectorRuntimeSettings": context["connectorRuntimeSettings"],
    });
    for (reason, code) in [
        ("Bad_OAuth_Token", "InvalidCredentials"),
        ("Wrong_Org", "InvalidCredentials"),
        ("Inactive_User", "InvalidCredentials"),
        ("insufficient_scope", "AccessDenied"),
        (r#"{"error":"insufficient_scope"}"#, "AccessDenied"),
    ] {
        let plan = json!({ "next": {
            "count": 1,
            "fault": { "kind": "forbidden", "reason": reason },
            "calls": { "path": "/services/oauth2/userinfo" },
        } });
        let plan = serde_json::from_value(plan).unwrap();
        salesforce.sandbox.add_fault(plan).unwrap();
        let response = connection.send(&request).await;
        let (found, message) = error(&response);
        let reason = reason
            .trim_start_matches(r#"{"error":""#)
            .trim_end_matches(r#""}"#);
        assert_eq!(found, code);
        assert!(
            message.ends_with(&format!("userinfo: {reason}")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_is_refused_and_not_shown() {
    let salesforce = Salesforce::start().await;
    for token in ["canary", "canary\nX-Header: y"] {
        salesforce.sandbox.expire_tokens();
        let connection = Connection::new(salesforce.connection.instance_url.clone(), token);
        let response = connection
            .send(&json!({ "type": "ListEntitiesRequest" }))
            .await;
        let (code, message) = error(&response);
        assert_eq!(code, "InvalidCredentials");
        assert!(!message.contains("canary"), "{message}");
    }
}
