//! Connectors and connections through AppFlow's API.

#![allow(
    clippy::needless_pass_by_value,
    reason = "json! makes a value for each call"
)]

mod connector;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use appflow_local::AppFlowLocal;
use appflow_local::functions::Functions;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::routing::any;
use connector::{
    Api, Connector, FUNCTION_ARN, LABEL, configuration, registration, start, start_with,
};
use serde_json::{Value, json};

fn plain() -> Connector {
    Connector::new("airports", |_| None)
}

#[tokio::test]
async fn a_connector_is_registered_described_listed_and_removed() {
    let connector = plain();
    let api = start_with(&connector).await;
    let arn = "arn:aws:appflow:us-east-1:123456789012:connector/airports";
    assert_eq!(api.register().await, json!({"connectorArn": arn}));
    let asked = connector.requests_of("DescribeConnectorConfiguration");
    assert_eq!(
        (&asked[0]["locale"], &asked[0]["connectorLabel"]),
        (&json!("en-US"), &json!(LABEL))
    );

    let described = api
        .post(
            "/describe-connector",
            json!({"connectorType": "CustomConnector", "connectorLabel": LABEL}),
        )
        .await
        .ok();
    let found = &described["connectorConfiguration"];
    assert_eq!(found["connectorType"], "CUSTOMCONNECTOR");
    assert_eq!(found["connectorArn"], arn);
    assert_eq!(found["connectorDescription"], "Airports");
    assert_eq!(
        found["supportedTriggerTypes"],
        json!(["OnDemand", "Scheduled"])
    );
    assert_eq!(
        found["connectorProvisioningConfig"]["lambda"]["lambdaArn"],
        FUNCTION_ARN
    );
    assert_eq!(found["connectorRuntimeSettings"][0]["isRequired"], true);
    assert_eq!(found["isPrivateLinkEnabled"], false);
    assert_eq!(
        found["authenticationConfig"]["customAuthConfigs"][0]["authParameters"][0]["isSensitiveField"],
        true
    );
    let listed = api.post("/list-connectors", json!({})).await.ok();
    assert_eq!(listed["connectors"][0]["connectorLabel"], LABEL);
    assert_eq!(listed["connectors"][0]["applicationType"], "Airports");
    assert!(listed.get("nextToken").is_none());
    let all = api.post("/describe-connectors", json!({})).await.ok();
    assert_eq!(all["connectorConfigurations"]["S3"]["connectorType"], "S3");

    api.post("/register-connector", registration(LABEL, FUNCTION_ARN))
        .await
        .refused(409, "ConflictException");
    let update = json!({"connectorLabel": LABEL, "description": "Of the world"});
    api.post("/update-connector-registration", update)
        .await
        .ok();
    let listed = api.post("/list-connectors", json!({})).await.ok();
    assert_eq!(
        listed["connectors"][0]["connectorDescription"],
        "Of the world"
    );

    api.connect("prod").await;
    let remove = |force: bool| json!({"connectorLabel": LABEL, "forceDelete": force});
    api.post("/unregister-connector", remove(false))
        .await
        .refused(409, "ConflictException");
    api.post("/unregister-connector", remove(true)).await.ok();
    let message = api
        .post(
            "/describe-connector",
            json!({"connectorType": "CustomConnector", "connectorLabel": LABEL}),
        )
        .await
        .refused(404, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Connector:airports is not registered. Please register it first before creating ConnectorProfile."
    );
    let entities = api.post(
        "/list-connector-entities",
        json!({"connectorProfileName": "prod"}),
    );
    entities.await.refused(404, "ResourceNotFoundException");
    let delete = json!({"connectorProfileName": "prod"});
    api.post("/delete-connector-profile", delete).await.ok();
    assert!(api.secret_names().await.is_empty());
}

#[tokio::test]
async fn a_registration_needs_a_connector_that_responds() {
    let silent = Connector::new("airports", |_| Some(json!({"nothing": "here"})));
    let api = start_with(&silent).await;
    let message = api
        .post("/register-connector", registration(LABEL, FUNCTION_ARN))
        .await
        .refused(400, "ConnectorServerException");
    assert_eq!(
        message,
        "Error while communicating to connector: Got error from connector. No valid response and \
         error details found in the connector response."
    );
    let nameless = Connector::new("airports", |_| Some(json!({"isSuccess": true})));
    start_with(&nameless)
        .await
        .post("/register-connector", registration(LABEL, FUNCTION_ARN))
        .await
        .refused(400, "ConnectorServerException");
    let elsewhere = FUNCTION_ARN.replace("airports", "nowhere");
    api.post("/register-connector", registration(LABEL, &elsewhere))
        .await
        .refused(404, "ResourceNotFoundException");
    let message = api
        .post("/register-connector", json!({}))
        .await
        .refused(400, "ValidationException");
    assert!(
        message.starts_with("3 validation errors detected: Value null at 'connectorLabel'"),
        "{message}"
    );
}

#[tokio::test]
async fn every_kind_of_credentials_becomes_a_secret_of_the_connectors_form() {
    let connector = plain();
    let api = start_with(&connector).await;
    api.register().await;
    let cases = [
        (
            json!({"authenticationType": "BASIC", "basic": {"username": "ada", "password": "two words"}}),
            "BasicAuth",
            json!({"username": "ada", "password": "two words"}),
        ),
        (
            json!({"authenticationType": "APIKEY", "apiKey": {"apiKey": "k-1"}}),
            "ApiKey",
            json!({"apiKey": "k-1"}),
        ),
        (
            json!({"authenticationType": "CUSTOM",
                   "custom": {"customAuthenticationType": "Seal", "credentialsMap": {"seal": "wax"}}}),
            "CustomAuth",
            json!({"seal": "wax", "customAuthenticationType": "Seal"}),
        ),
        (
            json!({"authenticationType": "OAUTH2", "oauth2": {"accessToken": "t-1", "clientId": "c"}}),
            "OAuth2",
            json!({"accessToken": "t-1"}),
        ),
    ];
    for (index, (credentials, kind, value)) in cases.into_iter().enumerate() {
        let name = format!("p/{index}");
        let request = connector::profile(&name, connector::url_property(), credentials);
        let arn = format!("arn:aws:appflow:us-east-1:123456789012:connectorprofile/{name}");
        let created = api.post("/create-connector-profile", request).await.ok();
        assert_eq!(created["connectorProfileArn"], arn);
        let asked = connector.requests_of("ValidateCredentials").pop().unwrap();
        assert_eq!(asked["credentials"]["authenticationType"], kind);
        assert_eq!(
            asked["connectorRuntimeSettings"]["url"],
            "https://airports.example"
        );
        let secret = asked["credentials"]["secretArn"].as_str().unwrap();
        let start = format!(
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:appflow!123456789012-airports-{name}-"
        );
        assert!(secret.starts_with(&start), "{secret}");
        let stored = api
            .secrets("GetSecretValue", json!({"SecretId": secret}))
            .await;
        let stored: Value = serde_json::from_str(stored["SecretString"].as_str().unwrap()).unwrap();
        assert_eq!(stored, value);
    }
    let settings = connector.requests_of("ValidateConnectorRuntimeSettings");
    assert_eq!(settings[0]["scope"], "CONNECTOR_PROFILE");
    let described = api
        .post(
            "/describe-connector-profiles",
            json!({"connectorProfileNames": ["p/0", "unknown"]}),
        )
        .await
        .ok();
    let details = described["connectorProfileDetails"].as_array().unwrap();
    assert_eq!(details.len(), 1);
    assert_eq!(details[0]["connectorType"], "CustomConnector");
    assert!(details[0]["credentialsArn"].is_string());
}

#[tokio::test]
async fn a_connector_without_authentication_is_connected_without_a_secret() {
    let connector = Connector::new("airports", |request| {
        let mut configuration = configuration();
        configuration["authenticationConfig"] = json!({});
        (request["type"] == "DescribeConnectorConfigurationRequest").then_some(configuration)
    });
    let api = start_with(&connector).await;
    api.register().await;
    let mut request = connector::basic_profile("open");
    let config = request["connectorProfileConfig"].as_object_mut().unwrap();
    config.remove("connectorProfileCredentials");
    api.post("/create-connector-profile", request).await.ok();
    let asked = connector.requests_of("ValidateCredentials").pop().unwrap();
    assert_eq!(asked["credentials"], json!({}));
    assert!(api.secret_names().await.is_empty());
}

#[tokio::test]
async fn a_connection_that_is_not_accepted_leaves_nothing() {
    let refuse = |code: &'static str| {
        Connector::new("airports", move |request| {
            (request["type"] == "ValidateCredentialsRequest").then(|| {
                json!({"isSuccess": false,
                       "errorDetails": {"errorCode": code, "errorMessage": "wrong password"}})
            })
        })
    };
    let start = "Failed to validate Connection while attempting \"ValidateCredentials with CustomConnector\" with connector failure wrong password";
    for (code, status, error, words) in [
        (
            "InvalidCredentials",
            401,
            "ConnectorAuthenticationException",
            "authenticating",
        ),
        (
            "AccessDenied",
            401,
            "ConnectorAuthenticationException",
            "authenticating",
        ),
        (
            "ServerError",
            400,
            "ConnectorServerException",
            "while communicating",
        ),
    ] {
        let api = start_with(&refuse(code)).await;
        api.register().await;
        let message = api
            .post(
                "/create-connector-profile",
                connector::basic_profile("prod"),
            )
            .await
            .refused(status, error);
        assert_eq!(message, format!("Error {words} to connector: {start}"));
        assert!(api.secret_names().await.is_empty());
        let listed = api
            .post("/describe-connector-profiles", json!({}))
            .await
            .ok();
        assert_eq!(listed["connectorProfileDetails"], json!([]));
    }
    let settings = Connector::new("airports", |request| {
        (request["type"] == "ValidateConnectorRuntimeSettingsRequest").then(|| {
            json!({"isSuccess": false, "errorsByInputField": {"url": "is not a URL", "a": "is odd"}})
        })
    });
    let api = start_with(&settings).await;
    api.register().await;
    let message = api
        .post(
            "/create-connector-profile",
            connector::basic_profile("prod"),
        )
        .await
        .refused(400, "ValidationException");
    assert!(
        message.contains("a: is odd; url: is not a URL"),
        "{message}"
    );
    assert!(api.secret_names().await.is_empty());
}

#[tokio::test]
async fn requests_that_do_not_fit_the_connector_are_refused() {
    let api = start_with(&plain()).await;
    let post = |request: Value| api.post("/create-connector-profile", request);
    let message = post(connector::basic_profile("prod"))
        .await
        .refused(404, "ResourceNotFoundException");
    assert!(
        message.starts_with("Connector:airports is not registered."),
        "{message}"
    );
    api.register().await;
    let with =
        |credentials: Value| connector::profile("prod", connector::url_property(), credentials);
    for (request, part) in [
        (
            with(json!({"authenticationType": "BASIC"})),
            "CustomConnector.basic",
        ),
        (
            with(json!({"authenticationType": "CUSTOM",
                     "custom": {"customAuthenticationType": "Ring"}})),
            "It declares: Seal",
        ),
        (
            with(json!({"authenticationType": "CUSTOM",
                     "custom": {"customAuthenticationType": "Seal"}})),
            "Seal: seal",
        ),
        (
            connector::profile(
                "prod",
                json!({}),
                json!({"authenticationType": "BASIC",
            "basic": {"username": "a", "password": "b"}}),
            ),
            "profileProperties lacks settings that the connector requires: url",
        ),
        (
            connector::profile(
                "prod",
                json!({"profileProperties": {"url": "u"}, "oAuth2Properties":
            {"tokenUrl": "https://t.example", "oAuth2GrantType": "AUTHORIZATION_CODE"}}),
                json!({"authenticationType": "OAUTH2", "oauth2": {"clientId": "c", "clientSecret": "s"}}),
            ),
            "Validation exception: AuthCode cannot be blank for connector: CUSTOMCONNECTOR",
        ),
        (
            connector::profile(
                "prod",
                json!({"profileProperties": {"url": "u"}, "oAuth2Properties":
            {"tokenUrl": "https://t.example", "oAuth2GrantType": "JWT_BEARER"}}),
                json!({"authenticationType": "OAUTH2", "oauth2": {"accessToken": "t"}}),
            ),
            "JWT_BEARER is not emulated",
        ),
    ] {
        let message = post(request).await.refused(400, "ValidationException");
        assert!(message.contains(part), "{message}");
    }
    let mut private = connector::basic_profile("prod");
    private["connectionMode"] = "Private".into();
    let message = post(private).await.refused(400, "ValidationException");
    assert!(message.contains("Private is not emulated"), "{message}");
    let mut salesforce = connector::basic_profile("prod");
    salesforce["connectorType"] = "Salesforce".into();
    let message = post(salesforce).await.refused(400, "ValidationException");
    assert!(message.contains("Salesforce is not emulated"), "{message}");
    api.connect("prod").await;
    post(connector::basic_profile("prod"))
        .await
        .refused(409, "ConflictException");
}

/// What a token endpoint was sent.
#[derive(Clone, Default)]
struct TokenEndpoint {
    seen: Arc<Mutex<Vec<(String, String, String)>>>,
    refuses: bool,
}

async fn token(
    State(endpoint): State<TokenEndpoint>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (axum::http::StatusCode, String) {
    let header = |name: &str| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    let request = format!("{method} {} {body}", uri.query().unwrap_or_default());
    let mut seen = endpoint.seen.lock().unwrap();
    seen.push((
        request,
        header("content-type").to_owned(),
        header("authorization").to_owned(),
    ));
    if endpoint.refuses {
        let body =
            json!({"error": "invalid_client", "error_description": "the secret s3cret is wrong"});
        return (axum::http::StatusCode::UNAUTHORIZED, body.to_string());
    }
    let body =
        json!({"access_token": format!("token-{}", seen.len()), "refresh_token": "refresh-1"});
    (axum::http::StatusCode::OK, body.to_string())
}

impl TokenEndpoint {
    async fn start(&self) -> String {
        let router = Router::new()
            .route("/token", any(token))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/token")
    }

    fn last(&self) -> (String, String, String) {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

fn declaring(defaults: Value) -> Connector {
    Connector::new("airports", move |request| {
        let mut configuration = configuration();
        let declared = configuration["authenticationConfig"]["oAuth2Defaults"]
            .as_object_mut()
            .unwrap();
        declared.extend(defaults.as_object().unwrap().clone());
        (request["type"] == "DescribeConnectorConfigurationRequest").then_some(configuration)
    })
}

fn oauth2(name: &str, url: &str, grant: &str, oauth2: Value) -> Value {
    let properties = json!({
        "profileProperties": {"url": "u"},
        "oAuth2Properties": {
            "tokenUrl": url,
            "oAuth2GrantType": grant,
            "tokenUrlCustomProperties": {"audience": "airports"},
        },
    });
    connector::profile(
        name,
        properties,
        json!({"authenticationType": "OAUTH2", "oauth2": oauth2}),
    )
}

async fn secret_of(api: &Api, profile: &str) -> Value {
    let names = json!({"connectorProfileNames": [profile]});
    let described = api.post("/describe-connector-profiles", names).await.ok();
    let arn = described["connectorProfileDetails"][0]["credentialsArn"].clone();
    let secret = api
        .secrets("GetSecretValue", json!({"SecretId": arn}))
        .await;
    serde_json::from_str(secret["SecretString"].as_str().unwrap()).unwrap()
}

async fn url_of(api: &Api, profile: &str) -> Value {
    let names = json!({"connectorProfileNames": [profile]});
    let described = api.post("/describe-connector-profiles", names).await.ok();
    let properties = &described["connectorProfileDetails"][0]["connectorProfileProperties"];
    properties["CustomConnector"]["profileProperties"]["url"].clone()
}

#[tokio::test]
async fn a_token_is_requested_as_the_connector_declares() {
    let endpoint = TokenEndpoint::default();
    let url = endpoint.start().await;
    let client = json!({"clientId": "c-1", "clientSecret": "s3cret"});
    let form = "application/x-www-form-urlencoded";
    let all = "grant_type=client_credentials&scope=api+refresh&client_id=c-1&client_secret=s3cret&audience=airports";
    for (defaults, request, content_type, authorization) in [
        (json!({}), format!("POST  {all}"), form, ""),
        (json!({"oAuth2MethodType": "HTTP_GET"}), format!("GET {all} "), "", ""),
        (
            json!({"oAuth2ContentType": "APPLICATION_JSON"}),
            "POST  {\"audience\":\"airports\",\"client_id\":\"c-1\",\"client_secret\":\"s3cret\",\"grant_type\":\"client_credentials\",\"scope\":\"api refresh\"}".to_owned(),
            "application/json",
            "",
        ),
        (
            json!({"addBasicAuthHeader": true}),
            "POST  grant_type=client_credentials&scope=api+refresh&audience=airports".to_owned(),
            form,
            "Basic Yy0xOnMzY3JldA==",
        ),
    ] {
        let api = start_with(&declaring(defaults)).await;
        api.register().await;
        let profile = oauth2("prod", &url, "CLIENT_CREDENTIALS", client.clone());
        api.post("/create-connector-profile", profile).await.ok();
        let expected = (request, content_type.to_owned(), authorization.to_owned());
        assert_eq!(endpoint.last(), expected);
        assert_eq!(secret_of(&api, "prod").await["refreshToken"], "refresh-1");
    }
    let api = start_with(&plain()).await;
    api.register().await;
    let mut code = client.clone();
    code["oAuthRequest"] = json!({"authCode": "code-1", "redirectUri": "https://me.example", "codeVerifier": "v".repeat(43)});
    let profile = oauth2("code", &url, "AUTHORIZATION_CODE", code);
    api.post("/create-connector-profile", profile).await.ok();
    assert_eq!(
        endpoint.last().0,
        "POST  grant_type=authorization_code&code=code-1&redirect_uri=https%3A%2F%2Fme.example&code_verifier=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv&client_id=c-1&client_secret=s3cret&audience=airports"
    );
    let before = endpoint.seen.lock().unwrap().len();
    let mut given = client.clone();
    given["accessToken"] = "given".into();
    let profile = oauth2("given", &url, "CLIENT_CREDENTIALS", given);
    api.post("/create-connector-profile", profile).await.ok();
    assert_eq!(endpoint.seen.lock().unwrap().len(), before);
    assert_eq!(
        secret_of(&api, "given").await,
        json!({"accessToken": "given"})
    );
}

#[tokio::test]
async fn a_refused_token_says_why_and_shows_no_secret() {
    let endpoint = TokenEndpoint {
        refuses: true,
        ..TokenEndpoint::default()
    };
    let url = endpoint.start().await;
    let api = start_with(&plain()).await;
    api.register().await;
    let client = json!({"clientId": "c-1", "clientSecret": "s3cret"});
    let message = api
        .post(
            "/create-connector-profile",
            oauth2("prod", &url, "CLIENT_CREDENTIALS", client),
        )
        .await
        .refused(401, "ConnectorAuthenticationException");
    assert!(
        message.contains("401 Unauthorized: invalid_client, the secret *** is wrong"),
        "{message}"
    );
    assert!(api.secret_names().await.is_empty());
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let endpoint = TokenEndpoint::default();
    let url = endpoint.start().await;
    // The connector accepts what the test says is valid, by the number of its call.
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let connector = Connector::new("airports", move |request| {
        if request["type"] != "ListEntitiesRequest" {
            return None;
        }
        let mut calls = counted.lock().unwrap();
        *calls += 1;
        (*calls == 1 || *calls > 2).then(|| {
            json!({"isSuccess": false,
                   "errorDetails": {"errorCode": "InvalidCredentials", "errorMessage": "expired"}})
        })
    });
    let api = start_with(&connector).await;
    api.register().await;
    let client = json!({"clientId": "c-1", "clientSecret": "s3cret", "accessToken": "old"});
    let profile = oauth2("prod", &url, "CLIENT_CREDENTIALS", client);
    api.post("/create-connector-profile", profile).await.ok();
    let list = |path: &str| json!({"connectorProfileName": "prod", "apiVersion": "v1", "entitiesPath": path});
    api.post("/list-connector-entities", list("a")).await.ok();
    assert!(endpoint.last().0.contains("grant_type=client_credentials"));
    let renewed = secret_of(&api, "prod").await;
    assert_eq!(
        renewed,
        json!({"accessToken": "token-1", "refreshToken": "refresh-1"})
    );

    api.post("/list-connector-entities", list("b"))
        .await
        .refused(401, "ConnectorAuthenticationException");
    assert!(
        endpoint
            .last()
            .0
            .contains("grant_type=refresh_token&refresh_token=refresh-1")
    );
    assert_eq!(*calls.lock().unwrap(), 4);
    assert_eq!(endpoint.seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_update_keeps_the_secrets_arn_and_is_undone_if_it_is_not_accepted() {
    let connector = Connector::new("airports", |request| {
        let is_bad = request["connectorRuntimeSettings"]["url"] == "bad";
        (request["type"] == "ValidateCredentialsRequest" && is_bad).then(|| {
            json!({"isSuccess": false,
                   "errorDetails": {"errorCode": "InvalidCredentials", "errorMessage": "no"}})
        })
    });
    let api = start_with(&connector).await;
    api.register().await;
    api.connect("prod").await;
    let arn = |described: &Value| described["connectorProfileDetails"][0]["credentialsArn"].clone();
    let describe = || api.post("/describe-connector-profiles", json!({}));
    let before = arn(&describe().await.ok());
    let update = |url: &str, password: &str| {
        connector::profile(
            "prod",
            json!({"profileProperties": {"url": url}}),
            json!({
            "authenticationType": "BASIC", "basic": {"username": "ada", "password": password}}),
        )
    };
    api.post("/update-connector-profile", update("bad", "other"))
        .await
        .refused(401, "ConnectorAuthenticationException");
    assert_eq!(secret_of(&api, "prod").await["password"], "hunter2 is long");
    assert_eq!(api.secret_names().await.len(), 1);
    api.post("/update-connector-profile", update("good", "other"))
        .await
        .ok();
    assert_eq!(secret_of(&api, "prod").await["password"], "other");
    let after = describe().await.ok();
    assert_eq!(arn(&after), before);
    let custom =
        &after["connectorProfileDetails"][0]["connectorProfileProperties"]["CustomConnector"];
    assert_eq!(custom["profileProperties"]["url"], "good");

    let mut kept = update("better", "never");
    kept["connectorProfileConfig"]
        .as_object_mut()
        .unwrap()
        .remove("connectorProfileCredentials");
    api.post("/update-connector-profile", kept).await.ok();
    assert_eq!(secret_of(&api, "prod").await["password"], "other");
    assert_eq!(api.secret_names().await.len(), 1);
}

#[tokio::test]
async fn metadata_is_cached_until_it_is_reset() {
    let connector = Connector::new("airports", |request| {
        (request["type"] == "ListEntitiesRequest" && request["maxResult"] == 1).then(|| {
            json!({"isSuccess": true, "nextToken": "2", "entities": [
                {"entityIdentifier": "Airport", "hasNestedEntities": false}]})
        })
    });
    let api = start_with(&connector).await;
    api.register().await;
    api.connect("prod").await;
    let list = json!({"connectorProfileName": "prod", "connectorType": "CustomConnector", "apiVersion": "v1"});
    let first = api
        .post("/list-connector-entities", list.clone())
        .await
        .ok();
    assert_eq!(
        first,
        json!({"connectorEntityMap": {"Objects": [
            {"name": "Airport", "label": "Airports", "hasNestedEntities": false},
            {"name": "World", "label": "World", "hasNestedEntities": true},
        ]}})
    );
    assert_eq!(
        api.post("/list-connector-entities", list.clone())
            .await
            .ok(),
        first
    );
    let asked = connector.requests_of("ListEntities");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["maxResult"], 1000);
    let context = &asked[0]["connectorContext"];
    assert_eq!(context["connectorProfileLabel"], "prod");
    assert_eq!(context["apiVersion"], "v1");
    assert_eq!(context["credentials"]["authenticationType"], "BasicAuth");

    let mut page = list.clone();
    page["maxResults"] = 1.into();
    let page = api.post("/list-connector-entities", page).await.ok();
    assert_eq!(page["nextToken"], "2");

    let describe = json!({"connectorProfileName": "prod", "connectorEntityName": "Airport", "apiVersion": "v1"});
    let fields = api
        .post("/describe-connector-entity", describe.clone())
        .await
        .ok();
    assert_eq!(
        fields["connectorEntityFields"][0],
        json!({
            "identifier": "id", "isPrimaryKey": true, "isDeprecated": false,
            "supportedFieldTypeDetails": {"v1": {"fieldType": "String", "supportedValues": [],
                "filterOperators": ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"]}},
            "sourceProperties": {"isRetrievable": true, "isQueryable": true,
                "isTimestampFieldForIncrementalQueries": false},
            "destinationProperties": {"isCreatable": true, "isNullable": false, "isUpsertable": false,
                "isUpdatable": false, "isDefaultedOnCreate": false, "supportedWriteOperations": []},
        })
    );
    let reset = json!({"connectorProfileName": "prod", "apiVersion": "v1"});
    api.post("/reset-connector-metadata-cache", reset)
        .await
        .ok();
    api.post("/list-connector-entities", list).await.ok();
    api.post("/describe-connector-entity", describe.clone())
        .await
        .ok();
    assert_eq!(connector.requests_of("ListEntities").len(), 3);
    assert_eq!(connector.requests_of("DescribeEntity").len(), 1);
    let reset = json!({"connectorProfileName": "prod", "connectorEntityName": "Airport"});
    api.post("/reset-connector-metadata-cache", reset)
        .await
        .ok();
    api.post("/describe-connector-entity", describe).await.ok();
    assert_eq!(connector.requests_of("DescribeEntity").len(), 2);
}

#[tokio::test]
async fn a_connectors_errors_have_their_place() {
    for (code, status, error, message) in [
        (
            "InvalidCredentials",
            401,
            "ConnectorAuthenticationException",
            "Error authenticating to connector: no",
        ),
        (
            "InvalidArgument",
            400,
            "ConnectorServerException",
            "Error while communicating to connector: no",
        ),
        (
            "ResourceNotFoundError",
            404,
            "ResourceNotFoundException",
            "no",
        ),
    ] {
        let connector = Connector::new("airports", move |request| {
            (request["type"] == "DescribeEntityRequest").then(|| {
                json!({"isSuccess": false, "errorDetails": {"errorCode": code, "errorMessage": "no"}})
            })
        });
        let api = start_with(&connector).await;
        api.register().await;
        api.connect("prod").await;
        let describe = json!({"connectorProfileName": "prod", "connectorEntityName": "Airport"});
        let found = api
            .post("/describe-connector-entity", describe)
            .await
            .refused(status, error);
        assert_eq!(found, message);
    }
}

/// An update with another URL and another password.
fn other_basic_profile(name: &str) -> Value {
    connector::profile(
        name,
        json!({"profileProperties": {"url": "https://other.example"}}),
        json!({"authenticationType": "BASIC",
               "basic": {"username": "ada", "password": "other"}}),
    )
}

#[tokio::test]
async fn an_update_that_cannot_be_stored_changes_neither_properties_nor_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let connector = plain();
    let open = || {
        let functions = Functions::new().with(Arc::new(connector.clone()));
        start(
            AppFlowLocal::builder()
                .data_dir(folder.path())
                .functions(functions),
        )
    };
    let check = async |api: &Api, password: &str, url: &str| {
        assert_eq!(secret_of(api, "prod").await["password"], password);
        assert_eq!(url_of(api, "prod").await, url);
        assert_eq!(api.secret_names().await.len(), 1);
    };
    let api = open().await;
    api.register().await;
    api.connect("prod").await;
    let database = rusqlite::Connection::open(folder.path().join("state.sqlite")).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON documents BEGIN
                 SELECT RAISE(ABORT, 'the disk is full');
             END",
        )
        .unwrap();
    let message = api
        .post("/update-connector-profile", other_basic_profile("prod"))
        .await
        .refused(500, "InternalServerException");
    assert!(message.contains("the disk is full"), "{message}");
    check(&api, "hunter2 is long", "https://airports.example").await;
    api.local.shutdown().await;

    let api = open().await;
    check(&api, "hunter2 is long", "https://airports.example").await;
    database.execute_batch("DROP TRIGGER full").unwrap();
    api.post("/update-connector-profile", other_basic_profile("prod"))
        .await
        .ok();
    check(&api, "other", "https://other.example").await;
    api.local.shutdown().await;
    check(&open().await, "other", "https://other.example").await;
}

#[tokio::test]
async fn an_update_can_give_a_connection_its_first_credentials() {
    let has_authentication = Arc::new(AtomicBool::new(false));
    let declared = Arc::clone(&has_authentication);
    let connector = Connector::new("airports", move |request| {
        let mut configuration = configuration();
        if !declared.load(Ordering::Relaxed) {
            configuration["authenticationConfig"] = json!({});
        }
        (request["type"] == "DescribeConnectorConfigurationRequest").then_some(configuration)
    });
    let api = start_with(&connector).await;
    api.register().await;
    let mut request = connector::basic_profile("prod");
    let config = request["connectorProfileConfig"].as_object_mut().unwrap();
    config.remove("connectorProfileCredentials");
    api.post("/create-connector-profile", request).await.ok();
    has_authentication.store(true, Ordering::Relaxed);
    let update = json!({"connectorLabel": LABEL});
    api.post("/update-connector-registration", update)
        .await
        .ok();
    for _ in 0..2 {
        api.post("/update-connector-profile", other_basic_profile("prod"))
            .await
            .ok();
        assert_eq!(secret_of(&api, "prod").await["password"], "other");
        assert_eq!(api.secret_names().await.len(), 1);
    }
}
