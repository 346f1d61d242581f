//! The AWS SDK for Rust, the client that connectors use, against the endpoint over a socket.

use appflow_local::secrets_manager::SecretsManager;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::operation::RequestId;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::list_secrets::{ListSecretsError, ListSecretsOutput};
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType::Name, SortOrderType::Desc, Tag};
use tokio::net::TcpListener;

async fn client() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = SecretsManager::default().router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_sdk_uses_the_six_operations() {
    let client = client().await;
    let created = client
        .create_secret()
        .name("airports")
        .description("The airports API")
        .kms_key_id("alias/flows")
        .tags(Tag::builder().key("team").value("flow").build())
        .secret_string("one")
        .send()
        .await
        .unwrap();
    assert!(created.request_id().is_some());
    let arn = created.arn().unwrap();
    let first_version = created.version_id().unwrap();

    let put = client
        .put_secret_value()
        .secret_id(arn)
        .secret_binary(Blob::new([0, 1, 255]))
        .send()
        .await
        .unwrap();
    assert_eq!(put.version_stages(), ["AWSCURRENT"]);

    let current = client
        .get_secret_value()
        .secret_id("airports")
        .send()
        .await
        .unwrap();
    assert_eq!(current.secret_binary().unwrap().as_ref(), [0, 1, 255]);
    assert_eq!(current.secret_string(), None);
    let previous = client
        .get_secret_value()
        .secret_id("airports")
        .version_stage("AWSPREVIOUS")
        .send()
        .await
        .unwrap();
    assert_eq!(previous.secret_string(), Some("one"));
    assert_eq!(previous.version_id(), Some(first_version));
    assert!(current.created_date() >= previous.created_date());

    let described = client
        .describe_secret()
        .secret_id(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(described.description(), Some("The airports API"));
    assert_eq!(described.kms_key_id(), Some("alias/flows"));
    assert_eq!(described.tags()[0].value(), Some("flow"));
    let stages = described.version_ids_to_stages().unwrap();
    assert_eq!(stages[first_version], ["AWSPREVIOUS"]);
    assert!(described.last_accessed_date() <= described.last_changed_date());
    assert_eq!(described.deleted_date(), None);

    let deleted = client
        .delete_secret()
        .secret_id(arn)
        .recovery_window_in_days(7)
        .send()
        .await
        .unwrap();
    let listed = client
        .list_secrets()
        .include_planned_deletion(true)
        .send()
        .await
        .unwrap();
    let entry = &listed.secret_list()[0];
    assert_eq!(entry.arn(), Some(arn));
    assert_eq!(entry.deleted_date(), deleted.deletion_date());
}

#[tokio::test]
async fn the_paginator_returns_every_secret_once() {
    let client = client().await;
    for number in 0..7 {
        client
            .create_secret()
            .name(format!("app/{number}"))
            .send()
            .await
            .unwrap();
    }
    client.create_secret().name("other").send().await.unwrap();
    let filter = Filter::builder().key(Name).values("app/").values("!app/3");
    let pages: Vec<_> = client
        .list_secrets()
        .filters(filter.build())
        .sort_order(Desc)
        .into_paginator()
        .page_size(2)
        .send()
        .collect::<Result<_, _>>()
        .await
        .unwrap();
    assert_eq!(pages.len(), 3);
    let names: Vec<_> = pages
        .iter()
        .flat_map(ListSecretsOutput::secret_list)
        .filter_map(|entry| entry.name())
        .collect();
    assert_eq!(
        names,
        ["app/6", "app/5", "app/4", "app/2", "app/1", "app/0"]
    );
}

#[tokio::test]
async fn errors_are_the_sdks_typed_errors() {
    let client = client().await;
    let get = || client.get_secret_value().secret_id("airports");

    let error = get().send().await.unwrap_err().into_service_error();
    assert!(matches!(
        &error,
        GetSecretValueError::ResourceNotFoundException(_)
    ));
    assert_eq!(
        error.message(),
        Some("Secrets Manager can't find the specified secret.")
    );
    assert!(error.request_id().is_some());

    let create = || client.create_secret().name("airports").secret_string("one");
    create().send().await.unwrap();
    let error = create().send().await.unwrap_err().into_service_error();
    assert!(matches!(
        error,
        CreateSecretError::ResourceExistsException(_)
    ));

    let both = client
        .put_secret_value()
        .secret_id("airports")
        .secret_string("two")
        .secret_binary(Blob::new("two"));
    let error = both.send().await.unwrap_err().into_service_error();
    assert!(matches!(
        error,
        PutSecretValueError::InvalidParameterException(_)
    ));

    let error = client
        .list_secrets()
        .next_token("nonsense")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(matches!(
        error,
        ListSecretsError::InvalidNextTokenException(_)
    ));

    let delete = || client.delete_secret().secret_id("airports");
    delete().send().await.unwrap();
    let error = delete().send().await.unwrap_err().into_service_error();
    assert!(matches!(
        error,
        DeleteSecretError::InvalidRequestException(_)
    ));
    let error = get().send().await.unwrap_err().into_service_error();
    assert!(matches!(
        error,
        GetSecretValueError::InvalidRequestException(_)
    ));

    let error = client
        .restore_secret()
        .secret_id("airports")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(error.code(), Some("UnknownOperationException"));
}
