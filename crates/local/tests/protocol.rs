//! The endpoint's HTTP: JSON requests and responses, without a socket.

use appflow_local::secrets_manager::{SecretsManager, SecretsManagerError};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};
use tower::ServiceExt;

const TOKEN_1: &str = "00000000-0000-4000-8000-000000000001";
const TOKEN_2: &str = "00000000-0000-4000-8000-000000000002";
const TOKEN_3: &str = "00000000-0000-4000-8000-000000000003";

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

async fn post(service: &SecretsManager, target: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post("/")
        .header("X-Amz-Target", target)
        .header("Content-Type", "application/x-amz-json-1.1")
        .body(body.into())
        .unwrap();
    let response = service.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap(),
    }
}

async fn call(service: &SecretsManager, operation: &str, request: Value) -> Value {
    let target = format!("secretsmanager.{operation}");
    let reply = post(service, &target, request.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    reply.body
}

/// The code and the message of a rejected request.
async fn rejection(service: &SecretsManager, operation: &str, request: Value) -> (String, String) {
    let target = format!("secretsmanager.{operation}");
    let reply = post(service, &target, request.to_string()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.body);
    let text = |member: &str| reply.body[member].as_str().unwrap().to_owned();
    assert_eq!(reply.headers["x-amzn-errortype"], text("__type").as_str());
    (text("__type"), text("Message"))
}

fn pair(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

/// Removes the dates, which differ between runs, and returns them; each must be a number.
fn take_dates(body: &mut Value) -> Vec<f64> {
    let members = body.as_object_mut().unwrap();
    [
        "CreatedDate",
        "LastChangedDate",
        "LastAccessedDate",
        "DeletedDate",
        "DeletionDate",
    ]
    .iter()
    .filter_map(|member| members.remove(*member))
    .map(|date| date.as_f64().unwrap())
    .collect()
}

#[tokio::test]
async fn values_are_stored_and_returned() {
    let service = SecretsManager::new("eu-central-1", "123456789012");
    let created = call(
        &service,
        "CreateSecret",
        json!({
            "Name": "app/airports",
            "ClientRequestToken": TOKEN_1,
            "SecretString": "{\"apiKey\":\"k-1\"}",
            "ForceOverwriteReplicaSecret": false,
        }),
    )
    .await;
    let arn = created["ARN"].as_str().unwrap().to_owned();
    let start = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/airports-";
    assert_eq!(arn.strip_prefix(start).unwrap().len(), 6);
    assert_eq!(
        created,
        json!({"ARN": arn, "Name": "app/airports", "VersionId": TOKEN_1})
    );

    let partial_arn = start.trim_end_matches('-');
    for secret_id in ["app/airports", &arn, partial_arn] {
        let mut value = call(&service, "GetSecretValue", json!({"SecretId": secret_id})).await;
        assert_eq!(take_dates(&mut value).len(), 1);
        assert_eq!(
            value,
            json!({
                "ARN": arn,
                "Name": "app/airports",
                "VersionId": TOKEN_1,
                "SecretString": "{\"apiKey\":\"k-1\"}",
                "VersionStages": ["AWSCURRENT"],
            })
        );
    }

    let put = call(
        &service,
        "PutSecretValue",
        json!({"SecretId": arn, "ClientRequestToken": TOKEN_2, "SecretBinary": "AAECAw=="}),
    )
    .await;
    assert_eq!(
        put,
        json!({
            "ARN": arn,
            "Name": "app/airports",
            "VersionId": TOKEN_2,
            "VersionStages": ["AWSCURRENT"],
        })
    );
    let value = call(&service, "GetSecretValue", json!({"SecretId": arn})).await;
    assert_eq!(value["SecretBinary"], "AAECAw==");
    assert_eq!(value.get("SecretString"), None);
}

#[tokio::test]
async fn describe_and_list_return_a_secrets_details() {
    let service = SecretsManager::default();
    let created = call(
        &service,
        "CreateSecret",
        json!({
            "Name": "app/airports",
            "ClientRequestToken": TOKEN_1,
            "Description": "The airports API",
            "KmsKeyId": "alias/flows",
            "Tags": [{"Key": "team", "Value": "flow"}],
            "SecretString": "one",
        }),
    )
    .await;
    let arn = &created["ARN"];
    let put = json!({"SecretId": arn, "ClientRequestToken": TOKEN_2, "SecretString": "two"});
    call(&service, "PutSecretValue", put).await;
    call(&service, "GetSecretValue", json!({"SecretId": arn})).await;

    let mut described = call(&service, "DescribeSecret", json!({"SecretId": arn})).await;
    assert_eq!(take_dates(&mut described).len(), 3);
    assert_eq!(
        described,
        json!({
            "ARN": arn,
            "Name": "app/airports",
            "Description": "The airports API",
            "KmsKeyId": "alias/flows",
            "Tags": [{"Key": "team", "Value": "flow"}],
            "VersionIdsToStages": {TOKEN_1: ["AWSPREVIOUS"], TOKEN_2: ["AWSCURRENT"]},
        })
    );

    let mut listed = call(&service, "ListSecrets", json!({})).await;
    assert_eq!(listed.get("NextToken"), None);
    let mut entry = listed["SecretList"][0].take();
    take_dates(&mut entry);
    assert_eq!(
        entry,
        json!({
            "ARN": arn,
            "Name": "app/airports",
            "Description": "The airports API",
            "KmsKeyId": "alias/flows",
            "Tags": [{"Key": "team", "Value": "flow"}],
            "SecretVersionsToStages": {TOKEN_1: ["AWSPREVIOUS"], TOKEN_2: ["AWSCURRENT"]},
        })
    );
}

#[tokio::test]
async fn a_secret_is_deleted_with_and_without_recovery() {
    let service = SecretsManager::default();
    let arn = service.create_secret("app/airports", "one").unwrap();
    let mut deleted = call(
        &service,
        "DeleteSecret",
        json!({"SecretId": "app/airports", "RecoveryWindowInDays": 7}),
    )
    .await;
    let deletion_date = take_dates(&mut deleted);
    assert_eq!(deleted, json!({"ARN": arn, "Name": "app/airports"}));
    let described = call(&service, "DescribeSecret", json!({"SecretId": arn})).await;
    assert_eq!(described["DeletedDate"], json!(deletion_date[0]));
    let listed = call(&service, "ListSecrets", json!({})).await;
    assert_eq!(listed, json!({"SecretList": []}));
    let listed = call(
        &service,
        "ListSecrets",
        json!({"IncludePlannedDeletion": true}),
    )
    .await;
    assert_eq!(listed["SecretList"].as_array().unwrap().len(), 1);

    let force = json!({"SecretId": arn, "ForceDeleteWithoutRecovery": true});
    call(&service, "DeleteSecret", force).await;
    assert_eq!(
        rejection(&service, "DescribeSecret", json!({"SecretId": arn})).await,
        pair(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret."
        )
    );
}

#[tokio::test]
async fn every_response_has_the_protocols_headers() {
    let service = SecretsManager::default();
    let good = post(&service, "secretsmanager.ListSecrets", "{}").await;
    let bad = post(&service, "secretsmanager.GetSecretValue", "{}").await;
    for reply in [&good, &bad] {
        assert_eq!(reply.headers["content-type"], "application/x-amz-json-1.1");
        assert_eq!(reply.headers["x-amzn-requestid"].len(), 36);
    }
    assert_ne!(
        good.headers["x-amzn-requestid"],
        bad.headers["x-amzn-requestid"]
    );
    assert_eq!(good.headers.get("x-amzn-errortype"), None);
    assert_eq!(bad.headers["x-amzn-errortype"], "ValidationException");
}

#[tokio::test]
async fn requests_outside_the_protocol_are_rejected() {
    let service = SecretsManager::default();
    let cases: [(&str, &str, &str); 7] = [
        (
            "secretsmanager.RotateSecret",
            "{}",
            "UnknownOperationException",
        ),
        (
            "DynamoDB_20120810.ListTables",
            "{}",
            "UnknownOperationException",
        ),
        ("", "{}", "UnknownOperationException"),
        ("secretsmanager.ListSecrets", "", "SerializationException"),
        (
            "secretsmanager.ListSecrets",
            "{\"MaxResults\":",
            "SerializationException",
        ),
        (
            "secretsmanager.ListSecrets",
            "{\"MaxResults\":\"1\"}",
            "SerializationException",
        ),
        ("secretsmanager.GetSecretValue", "{}", "ValidationException"),
    ];
    for (target, body, code) in cases {
        let reply = post(&service, target, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.body["__type"], code, "{target} {body}");
    }
    let nested = format!("{{\"Tags\":{}", "[".repeat(100_000));
    let reply = post(&service, "secretsmanager.CreateSecret", nested).await;
    assert_eq!(reply.body["__type"], "SerializationException");
}

#[tokio::test]
async fn a_wrong_type_is_reported_by_position_and_not_by_value() {
    let service = SecretsManager::default();
    let body = "{\"Name\":\"a\",\"SecretString\":{\"password\":\"hunter2\"}}";
    let reply = post(&service, "secretsmanager.CreateSecret", body).await;
    assert_eq!(
        reply.body,
        json!({
            "__type": "SerializationException",
            "Message": "A member has the wrong type (line 1, column 27).",
        })
    );
    let body = "{\"MaxResults\":\"hunter2\"}";
    let reply = post(&service, "secretsmanager.ListSecrets", body).await;
    assert!(!reply.body.to_string().contains("hunter2"));
}

#[tokio::test]
async fn the_largest_value_is_accepted_fully_escaped_and_a_larger_body_is_rejected() {
    let service = SecretsManager::default();
    let escaped = format!(
        "{{\"Name\":\"a\",\"ClientRequestToken\":\"{TOKEN_1}\",\"SecretString\":\"{}\"}}",
        "\\u0001".repeat(65_536)
    );
    let reply = post(&service, "secretsmanager.CreateSecret", escaped).await;
    assert_eq!(reply.status, StatusCode::OK);

    let too_large = format!("{{\"SecretString\":\"{}\"}}", "a".repeat(512 * 1024));
    let reply = post(&service, "secretsmanager.CreateSecret", too_large).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.body["__type"], "RequestEntityTooLargeException");
}

#[tokio::test]
async fn a_repeated_creation_succeeds_only_with_the_same_request() {
    let service = SecretsManager::default();
    let request = |token: &str, value: &str| json!({"Name": "db", "ClientRequestToken": token, "SecretString": value});
    let first = call(&service, "CreateSecret", request(TOKEN_1, "one")).await;
    assert_eq!(
        call(&service, "CreateSecret", request(TOKEN_1, "one")).await,
        first,
        "the same request again"
    );
    let arn = first["ARN"].as_str().unwrap();
    assert_eq!(
        rejection(&service, "CreateSecret", request(TOKEN_1, "two")).await,
        pair(
            "ResourceExistsException",
            &format!(
                "You can't use ClientRequestToken {TOKEN_1} because that value is already in use for a version of secret {arn}."
            )
        )
    );
    assert_eq!(
        rejection(&service, "CreateSecret", request(TOKEN_2, "one")).await,
        pair(
            "ResourceExistsException",
            "The operation failed because the secret db already exists."
        )
    );
}

#[tokio::test]
async fn a_repeated_version_succeeds_only_with_the_same_value() {
    let service = SecretsManager::default();
    service.create_secret("db", "zero").unwrap();
    let request = |token: &str, value: &str| json!({"SecretId": "db", "ClientRequestToken": token, "SecretString": value});
    let first = call(&service, "PutSecretValue", request(TOKEN_1, "one")).await;
    assert_eq!(
        call(&service, "PutSecretValue", request(TOKEN_1, "one")).await,
        first
    );
    let (code, _) = rejection(&service, "PutSecretValue", request(TOKEN_1, "other")).await;
    assert_eq!(code, "ResourceExistsException");

    call(&service, "PutSecretValue", request(TOKEN_2, "two")).await;
    let again = call(&service, "PutSecretValue", request(TOKEN_1, "one")).await;
    assert_eq!(
        again["VersionStages"],
        json!(["AWSPREVIOUS"]),
        "no label moves"
    );
}

#[tokio::test]
async fn a_secret_can_be_created_without_a_value() {
    let service = SecretsManager::default();
    let request = json!({"Name": "db", "ClientRequestToken": TOKEN_1});
    let created = call(&service, "CreateSecret", request).await;
    assert_eq!(created, json!({"ARN": created["ARN"], "Name": "db"}));
    assert_eq!(
        rejection(&service, "GetSecretValue", json!({"SecretId": "db"})).await,
        pair(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
        )
    );
    let mut described = call(&service, "DescribeSecret", json!({"SecretId": "db"})).await;
    take_dates(&mut described);
    assert_eq!(described, created);

    let put = call(
        &service,
        "PutSecretValue",
        json!({
            "SecretId": "db",
            "ClientRequestToken": TOKEN_2,
            "SecretString": "one",
            "VersionStages": ["AWSPENDING"],
        }),
    )
    .await;
    assert_eq!(put["VersionStages"], json!(["AWSCURRENT", "AWSPENDING"]));
}

#[tokio::test]
async fn versions_are_selected_by_id_and_stage() {
    let service = SecretsManager::default();
    service.create_secret("db", "zero").unwrap();
    for (token, stages) in [
        (TOKEN_1, json!(["two", "one", "three"])),
        (TOKEN_2, json!(["four", "two", "one"])),
        (TOKEN_3, json!(["AWSCURRENT"])),
    ] {
        let request = json!({
            "SecretId": "db",
            "ClientRequestToken": token,
            "SecretString": token,
            "VersionStages": stages,
        });
        call(&service, "PutSecretValue", request).await;
    }
    let get = |request: Value| {
        let service = service.clone();
        async move { call(&service, "GetSecretValue", request).await }
    };
    let two = get(json!({"SecretId": "db", "VersionStage": "two"})).await;
    assert_eq!(two["VersionId"], TOKEN_2);
    assert_eq!(two["VersionStages"], json!(["four", "one", "two"]));
    let by_id = get(json!({"SecretId": "db", "VersionId": TOKEN_1})).await;
    assert_eq!(by_id["VersionStages"], json!(["three"]));
    let both = get(json!({"SecretId": "db", "VersionId": TOKEN_1, "VersionStage": "three"})).await;
    assert_eq!(both["SecretString"], TOKEN_1);
    let previous = get(json!({"SecretId": "db", "VersionStage": "AWSPREVIOUS"})).await;
    assert_eq!(previous["SecretString"], "zero");

    let absent = "00000000-0000-4000-8000-000000000009";
    for (request, expected) in [
        (
            json!({"SecretId": "db", "VersionId": TOKEN_1, "VersionStage": "two"}),
            pair(
                "InvalidRequestException",
                "You provided a VersionStage that is not associated to the provided VersionId.",
            ),
        ),
        (
            json!({"SecretId": "db", "VersionId": absent}),
            pair(
                "ResourceNotFoundException",
                &format!(
                    "Secrets Manager can't find the specified secret value for VersionId: {absent}"
                ),
            ),
        ),
        (
            json!({"SecretId": "db", "VersionStage": "AWSPENDING"}),
            pair(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
            ),
        ),
    ] {
        assert_eq!(
            rejection(&service, "GetSecretValue", request).await,
            expected
        );
    }
}

#[tokio::test]
async fn a_secret_marked_for_deletion_cannot_be_used() {
    let service = SecretsManager::default();
    service.create_secret("db", "one").unwrap();
    call(&service, "DeleteSecret", json!({"SecretId": "db"})).await;

    let put = json!({"SecretId": "db", "ClientRequestToken": TOKEN_1, "SecretString": "two"});
    let create = json!({"Name": "db", "ClientRequestToken": TOKEN_1, "SecretString": "two"});
    let marked =
        "You can't perform this operation on the secret because it was marked for deletion.";
    for (operation, request, message) in [
        ("GetSecretValue", json!({"SecretId": "db"}), marked),
        ("PutSecretValue", put, marked),
        (
            "CreateSecret",
            create,
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ),
        (
            "DeleteSecret",
            json!({"SecretId": "db"}),
            "You tried to perform the operation on a secret that's currently marked deleted.",
        ),
    ] {
        assert_eq!(
            rejection(&service, operation, request).await,
            pair("InvalidRequestException", message)
        );
    }
    assert_eq!(
        service.put_secret_value("db", "two"),
        Err(SecretsManagerError::MarkedForDeletion)
    );
}

#[tokio::test]
async fn invalid_creations_are_rejected() {
    let service = SecretsManager::default();
    let cases = [
        (
            "CreateSecret",
            json!({"ClientRequestToken": TOKEN_1}),
            "ValidationException",
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "CreateSecret",
            json!({"Name": "two words", "ClientRequestToken": TOKEN_1}),
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "SecretString": "one"}),
            "InvalidRequestException",
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "ClientRequestToken": "short", "SecretString": "one"}),
            "InvalidParameterException",
            "ClientRequestToken must be 32-64 characters long.",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "ClientRequestToken": TOKEN_1, "SecretString": "a", "SecretBinary": "YQ=="}),
            "InvalidParameterException",
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "ClientRequestToken": TOKEN_1, "SecretString": "a".repeat(65_537)}),
            "ValidationException",
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "ClientRequestToken": TOKEN_1, "AddReplicaRegions": [{"Region": "eu-west-1"}]}),
            "InvalidParameterException",
            "AddReplicaRegions and Type aren't available at this endpoint.",
        ),
        (
            "CreateSecret",
            json!({"Name": "new", "ClientRequestToken": TOKEN_1, "Tags": [{"Key": "a"}, {"Key": "a"}]}),
            "InvalidParameterException",
            "The tag key a occurs more than once.",
        ),
    ];
    for (operation, request, code, message) in cases {
        assert_eq!(
            rejection(&service, operation, request).await,
            pair(code, message)
        );
    }
    let listed = call(&service, "ListSecrets", json!({})).await;
    assert_eq!(listed, json!({"SecretList": []}));
}

#[tokio::test]
async fn invalid_requests_on_a_secret_are_rejected() {
    let service = SecretsManager::default();
    service.create_secret("db", "one").unwrap();
    let range = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
    let cases = [
        (
            "PutSecretValue",
            json!({"SecretId": "db", "ClientRequestToken": TOKEN_1}),
            "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
        ),
        (
            "PutSecretValue",
            json!({"SecretId": "db", "ClientRequestToken": TOKEN_1, "SecretString": ""}),
            "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
        ),
        (
            "DeleteSecret",
            json!({"SecretId": "db", "RecoveryWindowInDays": 6}),
            "InvalidParameterException",
            range,
        ),
        (
            "DeleteSecret",
            json!({"SecretId": "db", "RecoveryWindowInDays": 31}),
            "InvalidParameterException",
            range,
        ),
        (
            "DeleteSecret",
            json!({"SecretId": "db", "RecoveryWindowInDays": 0, "ForceDeleteWithoutRecovery": true}),
            "InvalidParameterException",
            range,
        ),
        (
            "DeleteSecret",
            json!({"SecretId": "db", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true}),
            "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ),
        (
            "ListSecrets",
            json!({"MaxResults": 0}),
            "ValidationException",
            "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "ListSecrets",
            json!({"NextToken": "nonsense"}),
            "InvalidNextTokenException",
            "The NextToken value is invalid.",
        ),
    ];
    for (operation, request, code, message) in cases {
        assert_eq!(
            rejection(&service, operation, request).await,
            pair(code, message)
        );
    }
    assert_eq!(
        call(&service, "GetSecretValue", json!({"SecretId": "db"})).await["SecretString"],
        "one"
    );
}

#[tokio::test]
async fn deleting_a_missing_secret_by_force_succeeds() {
    let service = SecretsManager::default();
    let request = json!({"SecretId": "never", "ForceDeleteWithoutRecovery": true});
    let deleted = call(&service, "DeleteSecret", request).await;
    assert_eq!(deleted["Name"], "never");
    let (code, _) = rejection(&service, "DeleteSecret", json!({"SecretId": "never"})).await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn secrets_are_the_same_in_process_and_over_http() {
    let service = SecretsManager::default();
    let arn = service.create_secret("appflow!1-airports", "one").unwrap();
    let version = service.clone().put_secret_value(&arn, "two").unwrap();
    let value = call(&service, "GetSecretValue", json!({"SecretId": arn})).await;
    assert_eq!(value["SecretString"], "two");
    assert_eq!(value["VersionId"], version.as_str());
    assert_eq!(
        service.create_secret("appflow!1-airports", "one"),
        Err(SecretsManagerError::SecretExists {
            name: "appflow!1-airports".to_owned()
        })
    );
    assert_eq!(
        service.put_secret_value("hotels", "one"),
        Err(SecretsManagerError::SecretNotFound)
    );
}

#[tokio::test]
async fn it_serves_post_on_the_root_and_nothing_else() {
    let router: Router = Router::new()
        .route("/", get(|| async { "buckets" }))
        .route("/create-flow", axum::routing::post(|| async { "flow" }))
        .merge(SecretsManager::default().router());
    for (request, status) in [
        (Request::get("/"), StatusCode::OK),
        (Request::post("/create-flow"), StatusCode::OK),
        (Request::post("/"), StatusCode::BAD_REQUEST),
        (Request::post("/other"), StatusCode::NOT_FOUND),
    ] {
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
    }
}
