//! Flows, tags, tokens, pages, constraints and errors through AppFlow's API.

mod connector;

use appflow_local::functions::Functions;
use appflow_local::{AppFlowLocal, Fault};
use connector::{Api, Connector, flow, on_demand, scheduled, start, start_with};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::sync::Arc;

const FLOW_ARN: &str = "arn:aws:appflow:us-east-1:123456789012:flow/";

/// A registered connector, the connection `prod` and the bucket `flows`.
async fn ready() -> Api {
    ready_with(&Connector::new("airports", |_| None)).await
}

async fn ready_with(connector: &Connector) -> Api {
    let api = start_with(connector).await;
    api.register().await;
    api.connect("prod").await;
    api.create_bucket("flows").await;
    api
}

fn named(name: &str) -> Value {
    json!({"flowName": name})
}

#[tokio::test]
async fn a_flow_is_created_described_listed_updated_and_deleted() {
    let api = ready().await;
    let mut request = flow("daily", "prod", on_demand());
    request["description"] = "All airports.".into();
    request["tags"] = json!({"team": "query"});
    request["kmsArn"] = "arn:aws:kms:us-east-1:123456789012:key/1".into();
    let created = api.post("/create-flow", request.clone()).await.ok();
    let arn = format!("{FLOW_ARN}daily");
    assert_eq!(created, json!({"flowArn": arn, "flowStatus": "Active"}));
    let message = api
        .post("/create-flow", request.clone())
        .await
        .refused(409, "ConflictException");
    assert!(message.contains("daily"), "{message}");

    let described = api.post("/describe-flow", named("daily")).await.ok();
    for member in [
        "flowName",
        "description",
        "kmsArn",
        "sourceFlowConfig",
        "destinationFlowConfigList",
        "tasks",
        "tags",
    ] {
        assert_eq!(described[member], request[member], "{member}");
    }
    assert_eq!(
        described["triggerConfig"],
        json!({"triggerType": "OnDemand", "triggerProperties": {}})
    );
    assert_eq!(
        (&described["flowArn"], &described["schemaVersion"]),
        (&json!(arn), &json!(1))
    );
    assert_eq!(described["createdBy"], "arn:aws:iam::123456789012:root");
    assert!(described.get("lastRunExecutionDetails").is_none());

    let listed = api.post("/list-flows", json!({})).await.ok();
    let item = &listed["flows"][0];
    assert_eq!(
        (
            &item["sourceConnectorLabel"],
            &item["destinationConnectorType"]
        ),
        (&json!("airports"), &json!("S3"))
    );
    assert!(item.get("destinationConnectorLabel").is_none());
    assert_eq!(
        (&item["triggerType"], &item["tags"]),
        (&json!("OnDemand"), &json!({"team": "query"}))
    );

    let delete = json!({"connectorProfileName": "prod"});
    let message = api
        .post("/delete-connector-profile", delete)
        .await
        .refused(409, "ConflictException");
    assert!(message.contains("daily"), "{message}");
    let force = json!({"connectorProfileName": "prod", "forceDelete": true});
    api.post("/delete-connector-profile", force).await.ok();
    let listed = api.post("/list-flows", json!({})).await.ok();
    assert!(listed["flows"][0].get("sourceConnectorLabel").is_none());
    api.post("/delete-flow", named("daily")).await.ok();
    for path in [
        "/describe-flow",
        "/delete-flow",
        "/describe-flow-execution-records",
        "/stop-flow",
    ] {
        let message = api
            .post(path, named("daily"))
            .await
            .refused(404, "ResourceNotFoundException");
        assert_eq!(message, "Flow with name daily does not exist.");
    }
    assert_eq!(
        api.post("/list-flows", json!({})).await.ok()["flows"],
        json!([])
    );
}

#[tokio::test]
async fn an_update_replaces_a_flow_but_not_its_source_and_destination() {
    let api = ready().await;
    let mut request = flow("daily", "prod", on_demand());
    request["description"] = "All airports.".into();
    request["tags"] = json!({"team": "query"});
    request["kmsArn"] = "arn:aws:kms:us-east-1:123456789012:key/1".into();
    api.post("/create-flow", request).await.ok();
    let described = api.post("/describe-flow", named("daily")).await.ok();
    let mut update = flow("daily", "prod", scheduled());
    let status = api.post("/update-flow", update.clone()).await.ok();
    assert_eq!(status, json!({"flowStatus": "Draft"}));
    let updated = api.post("/describe-flow", named("daily")).await.ok();
    for kept in ["description", "kmsArn", "tags", "createdAt"] {
        assert_eq!(updated[kept], described[kept], "{kept}");
    }
    assert_eq!(updated["schemaVersion"], 1);
    update["tasks"][1]["destinationField"] = "code".into();
    api.post("/update-flow", update.clone()).await.ok();
    let updated = api.post("/describe-flow", named("daily")).await.ok();
    assert_eq!(updated["schemaVersion"], 2);

    update["destinationFlowConfigList"][0]["destinationConnectorProperties"]["S3"]["bucketPrefix"] =
        "p".into();
    let message = api
        .post("/update-flow", update.clone())
        .await
        .refused(400, "ValidationException");
    assert_eq!(
        message,
        "Update Flow request failed due to:[Destination object for the destination connector can not be updated]"
    );
    update["flowName"] = "other".into();
    api.post("/update-flow", update)
        .await
        .refused(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_flow_that_cannot_run_is_refused_in_appflows_order() {
    let api = ready().await;
    let create = |request: Value| api.post("/create-flow", request);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut request = flow("daily", "prod", on_demand());
        change(&mut request);
        create(request)
    };
    // Everything is wrong: the profile comes first, then trigger, tasks, Amazon S3.
    let wrong = |request: &mut Value| {
        request["triggerConfig"] = json!({"triggerType": "Scheduled"});
        request["tasks"] = json!([]);
        request["destinationFlowConfigList"][0]["destinationConnectorProperties"]["S3"]["bucketName"] =
            "none".into();
    };
    let message = changed(&|request| {
        wrong(request);
        request["sourceFlowConfig"]["connectorProfileName"] = "none".into();
    })
    .await
    .refused(404, "ResourceNotFoundException");
    assert_eq!(message, "Connector Profile with name none does not exist.");
    let message = changed(&wrong).await.refused(400, "ValidationException");
    assert_eq!(
        message,
        "Create Flow request failed: [TriggerProps is required for Scheduled Trigger Type.]"
    );
    let message = changed(&|request| {
        wrong(request);
        request["triggerConfig"] = on_demand();
    })
    .await
    .refused(400, "ValidationException");
    assert_eq!(
        message,
        "Create Flow request failed: [Task Validation Error: You must specify a projection task or a MAP_ALL task]"
    );
    let message = changed(&|request| {
        let tasks = request["tasks"].clone();
        wrong(request);
        request["tasks"] = tasks;
        request["triggerConfig"] = on_demand();
    })
    .await
    .refused(400, "ValidationException");
    assert_eq!(
        message,
        "Create Flow request failed: [The destination bucket none does not exist]"
    );

    for (pointer, value, part) in [
        (
            "/triggerConfig/triggerType",
            json!("Event"),
            "trigger type Event is not emulated",
        ),
        (
            "/sourceFlowConfig/connectorType",
            json!("Salesforce"),
            "Salesforce is not emulated",
        ),
        (
            "/destinationFlowConfigList/0/connectorType",
            json!("Redshift"),
            "Redshift is not emulated",
        ),
    ] {
        let message = changed(&|request| *request.pointer_mut(pointer).unwrap() = value.clone())
            .await
            .refused(400, "ValidationException");
        assert!(message.contains(part), "{message}");
    }
    let message = changed(&|request| {
        request["metadataCatalogConfig"] = json!({"glueDataCatalog": {"roleArn": "arn:aws:iam::123456789012:role/r", "databaseName": "d", "tablePrefix": "t"}});
    }).await.refused(400, "ValidationException");
    assert_eq!(message, "metadataCatalogConfig is not emulated.");
    let message = changed(&|request| {
        let destination = request["destinationFlowConfigList"][0].clone();
        request["destinationFlowConfigList"] = json!([destination, destination]);
    })
    .await
    .refused(400, "ValidationException");
    assert_eq!(message, "A flow can have one destination.");
}

#[tokio::test]
async fn an_s3_source_needs_an_object_and_its_profile_is_ignored() {
    let api = ready().await;
    let mut request = flow("load", "prod", on_demand());
    request["sourceFlowConfig"] = json!({
        "connectorType": "S3",
        "connectorProfileName": "unknown",
        "sourceConnectorProperties": {"S3": {"bucketName": "flows", "bucketPrefix": "in"}},
    });
    let message = api
        .post("/create-flow", request.clone())
        .await
        .refused(400, "ConnectorServerException");
    assert!(
        message.contains("no object whose key begins with \"in\""),
        "{message}"
    );
    api.put_object("flows", "input.csv", "id\n1\n").await;
    api.post("/create-flow", request).await.ok();
    let delete = json!({"connectorProfileName": "prod"});
    api.post("/delete-connector-profile", delete).await.ok();
}

#[tokio::test]
async fn the_connector_has_the_last_word_on_a_flow() {
    let connector = Connector::new("airports", |request| {
        let is_settings = request["type"] == "ValidateConnectorRuntimeSettingsRequest";
        (is_settings && request["connectorRuntimeSettings"]["page"] == "0")
            .then(|| json!({"isSuccess": true, "errorsByInputField": {"page": "must be positive"}}))
    });
    let api = ready_with(&connector).await;
    let mut request = flow("daily", "prod", on_demand());
    let custom = &mut request["sourceFlowConfig"]["sourceConnectorProperties"]["CustomConnector"];
    custom["customProperties"] = json!({"page": "0"});
    let message = api
        .post("/create-flow", request)
        .await
        .refused(400, "ValidationException");
    assert!(message.contains("page: must be positive"), "{message}");
    let asked = connector
        .requests_of("ValidateConnectorRuntimeSettings")
        .pop()
        .unwrap();
    assert_eq!(
        (&asked["scope"], &asked["authenticationType"]),
        (&json!("SOURCE"), &json!("BasicAuth"))
    );
}

#[tokio::test]
async fn stopping_is_for_scheduled_flows() {
    let api = ready().await;
    api.post("/create-flow", flow("demand", "prod", on_demand()))
        .await
        .ok();
    api.post("/stop-flow", named("demand"))
        .await
        .refused(400, "UnsupportedOperationException");
    let created = api
        .post("/create-flow", flow("hourly", "prod", scheduled()))
        .await
        .ok();
    assert_eq!(created["flowStatus"], "Draft");
    let stopped = api.post("/stop-flow", named("hourly")).await.ok();
    assert_eq!(stopped["flowStatus"], "Draft");
    let records = api
        .post("/describe-flow-execution-records", named("hourly"))
        .await
        .ok();
    assert_eq!(records, json!({"flowExecutions": []}));
}

#[tokio::test]
async fn listings_have_pages_by_name() {
    let api = ready().await;
    let names: Vec<String> = (0..23).map(|index| format!("flow-{index:02}")).collect();
    for name in names.iter().rev() {
        api.post("/create-flow", flow(name, "prod", on_demand()))
            .await
            .ok();
    }
    let mut found = Vec::new();
    let mut request = json!({});
    loop {
        let page = api.post("/list-flows", request).await.ok();
        let flows = page["flows"].as_array().unwrap();
        assert!(flows.len() <= 20);
        found.extend(
            flows
                .iter()
                .map(|flow| flow["flowName"].as_str().unwrap().to_owned()),
        );
        let Some(token) = page.get("nextToken") else {
            break;
        };
        request = json!({"nextToken": token});
    }
    assert_eq!(found, names);
    let page = api
        .post("/list-flows", json!({"maxResults": 23}))
        .await
        .ok();
    assert!(page.get("nextToken").is_none());
    let page = api.post("/list-flows", json!({"maxResults": 1})).await.ok();
    for (path, token) in [
        ("/list-flows", json!("nonsense")),
        ("/list-connectors", page["nextToken"].clone()),
    ] {
        let message = api
            .post(path, json!({"nextToken": token}))
            .await
            .refused(400, "ValidationException");
        assert_eq!(message, "The nextToken value is not valid.");
    }
}

#[tokio::test]
async fn tags_are_those_of_flows_and_connectors() {
    let api = ready().await;
    api.post("/create-flow", flow("a#b", "prod", on_demand()))
        .await
        .ok();
    let path = "/tags/arn%3Aaws%3Aappflow%3Aus-east-1%3A123456789012%3Aflow%2Fa%23b";
    api.post(
        path,
        json!({"tags": {"team": "query", "stage": "two words@home"}}),
    )
    .await
    .ok();
    api.post(path, json!({"tags": {"team": "flow"}})).await.ok();
    let tags = api.send(Method::GET, path, "").await.ok();
    let both = json!({"team": "flow", "stage": "two words@home"});
    assert_eq!(tags, json!({"tags": both}));
    assert_eq!(
        api.post("/describe-flow", named("a#b")).await.ok()["tags"],
        both
    );
    let untag = format!("{path}?tagKeys=stage&tagKeys=unknown");
    api.send(Method::DELETE, &untag, "").await.ok();
    assert_eq!(
        api.send(Method::GET, path, "").await.ok(),
        json!({"tags": {"team": "flow"}})
    );
    let many: Value = (0..50)
        .map(|n| (format!("k{n}"), Value::from("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    api.post(path, json!({"tags": many}))
        .await
        .refused(400, "ValidationException");
    let connector = "/tags/arn%3Aaws%3Aappflow%3Aus-east-1%3A123456789012%3Aconnector%2Fairports";
    api.post(connector, json!({"tags": {"a": ""}})).await.ok();
    assert_eq!(
        api.send(Method::GET, connector, "").await.ok(),
        json!({"tags": {"a": ""}})
    );
    for unknown in ["flow%2Fnone", "connectorprofile%2Fprod", "nothing"] {
        let path = format!("/tags/arn%3Aaws%3Aappflow%3Aus-east-1%3A123456789012%3A{unknown}");
        api.send(Method::GET, &path, "")
            .await
            .refused(404, "ResourceNotFoundException");
    }
    let bucket = "/tags/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Abucket";
    api.send(Method::GET, bucket, "")
        .await
        .refused(400, "ValidationException");
    let message = api
        .post(path, json!({"tags": {"aws:team": "x"}}))
        .await
        .refused(400, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value '{aws:team=x}' at 'tags' failed to satisfy constraint: \
        Map keys must satisfy constraint: [Member must have length less than or equal to 128, \
        Member must have length greater than or equal to 1, \
        Member must satisfy regular expression pattern: ^(?!aws:)[a-zA-Z+-=._:/]+$]"
    );
}

#[tokio::test]
async fn a_repeated_call_with_its_token_does_nothing_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let connector = Connector::new("airports", |_| None);
    let open = || {
        let functions = Functions::new().with(Arc::new(connector.clone()));
        start(
            AppFlowLocal::builder()
                .data_dir(folder.path())
                .functions(functions),
        )
    };
    let api = open().await;
    api.register().await;
    api.connect("prod").await;
    api.create_bucket("flows").await;
    let mut request = flow("daily", "prod", on_demand());
    request["clientToken"] = "token-1".into();
    // At the same time too.
    let create = || api.post("/create-flow", request.clone());
    let (a, b, c) = tokio::join!(create(), create(), create());
    let created = a.ok();
    assert_eq!((b.ok(), c.ok()), (created.clone(), created.clone()));
    let secret = api.secrets("ListSecrets", json!({})).await["SecretList"][0]["ARN"].clone();
    let policy = json!({"SecretId": secret, "ResourcePolicy": "{\"Version\":\"2012-10-17\"}"});
    api.secrets("PutResourcePolicy", policy.clone()).await;
    let tags = json!({"SecretId": secret, "Tags": [{"Key": "a", "Value": "b"}]});
    api.secrets("TagResource", tags).await;
    api.local.shutdown().await;

    let api = open().await;
    assert_eq!(
        api.post("/create-flow", request.clone()).await.ok(),
        created
    );
    let described = api.post("/describe-flow", named("daily")).await.ok();
    assert_eq!(described["flowStatus"], "Active");
    let kept = api
        .secrets("GetSecretValue", json!({"SecretId": secret}))
        .await;
    assert!(kept["SecretString"].as_str().unwrap().contains("hunter2"));
    let kept = api
        .secrets("GetResourcePolicy", json!({"SecretId": secret}))
        .await;
    assert_eq!(kept["ResourcePolicy"], policy["ResourcePolicy"]);
    let kept = api
        .secrets("DescribeSecret", json!({"SecretId": secret}))
        .await;
    assert_eq!(kept["Tags"], json!([{"Key": "a", "Value": "b"}]));
    request["description"] = "Another".into();
    api.post("/create-flow", request.clone())
        .await
        .refused(409, "ConflictException");
    request["clientToken"] = "token-2".into();
    api.post("/create-flow", request.clone())
        .await
        .refused(409, "ConflictException");
    // A call that failed is not remembered.
    api.post("/delete-flow", named("daily")).await.ok();
    api.post("/create-flow", request).await.ok();
}

#[tokio::test]
async fn quotas_hold_unless_they_are_off() {
    let connector = Connector::new("airports", |_| None);
    for (has_quotas, expected) in [(true, 402), (false, 200)] {
        let functions = Functions::new().with(Arc::new(connector.clone()));
        let api = start(
            AppFlowLocal::builder()
                .functions(functions)
                .quotas(has_quotas),
        )
        .await;
        api.register().await;
        for index in 0..100 {
            api.connect(&format!("p-{index}")).await;
        }
        let reply = api
            .post(
                "/create-connector-profile",
                connector::basic_profile("more"),
            )
            .await;
        assert_eq!(reply.status, expected, "{}", reply.body);
        if expected == 402 {
            reply.refused(402, "ServiceQuotaExceededException");
        }
    }
}

#[tokio::test]
async fn all_violations_are_reported_and_no_secret_is_shown() {
    let api = ready().await;
    let mut request = connector::basic_profile("two words");
    request["connectorLabel"] = "Google BigQuery".into();
    request["connectorProfileConfig"]["connectorProfileProperties"]["CustomConnector"]["profileProperties"]
        ["url"] = "with hunter2 blanks".into();
    let basic = &mut request["connectorProfileConfig"]["connectorProfileCredentials"]["CustomConnector"]
        ["basic"];
    basic["username"] = "with blanks".into();
    basic["password"] = "hunter2".repeat(100).into();
    let message = api
        .post("/create-connector-profile", request)
        .await
        .refused(400, "ValidationException");
    assert!(
        message.starts_with("5 validation errors detected: "),
        "{message}"
    );
    assert!(
        message.contains(
            "Value 'Google BigQuery' at 'connectorLabel' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9][\\w!@#.-]+"
        ),
        "{message}"
    );
    assert!(message.contains("Value at 'connectorProfileConfig.connectorProfileCredentials.customConnector.basic.password'"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");

    let message = api
        .post(
            "/create-flow",
            json!({"flowName": "daily", "tasks": [{"taskType": "Sort"}], "unknown": 1}),
        )
        .await
        .refused(400, "ValidationException");
    for part in [
        "Value null at 'triggerConfig'",
        "Value null at 'tasks.1.member.sourceFields'",
        "Value 'Sort' at 'tasks.1.member.taskType' failed to satisfy constraint: Member must satisfy enum value set: [Arithmetic, Filter,",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let api = ready().await;
    let post = |path: &'static str, body: &str| api.send(Method::POST, path, body.to_owned());
    for body in [
        "[]",
        "{",
        "\"text\"",
        "{\"flowName\": 5}",
        "{\"maxResults\": \"1\"}",
        "{\"maxResults\": 1.5}",
    ] {
        let path = if body.contains("maxResults") {
            "/list-flows"
        } else {
            "/describe-flow"
        };
        post(path, body)
            .await
            .refused(400, "SerializationException");
    }
    assert_eq!(post("/list-flows", "").await.ok(), json!({"flows": []}));
    assert_eq!(
        post("/list-flows", "{\"nextToken\": null}").await.ok(),
        json!({"flows": []})
    );
    post("/no-such-operation", "{}")
        .await
        .refused(404, "UnknownOperationException");
    api.send(Method::GET, "/create-flow", "")
        .await
        .refused(404, "UnknownOperationException");
    let large = format!("{{\"flowName\": \"{}\"}}", "x".repeat(1024 * 1024));
    post("/describe-flow", &large)
        .await
        .refused(413, "RequestEntityTooLargeException");
    let deep = format!("{{\"tags\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    post("/create-flow", &deep)
        .await
        .refused(400, "SerializationException");
}

#[tokio::test]
async fn errors_can_be_provoked() {
    let fault = Fault::new("ListFlows", "ThrottlingException", 2).with_message("slow down");
    let api = start(AppFlowLocal::builder().fault(fault)).await;
    for _ in 0..2 {
        let message = api
            .post("/list-flows", json!({}))
            .await
            .refused(429, "ThrottlingException");
        assert_eq!(message, "slow down");
    }
    api.post("/list-flows", json!({})).await.ok();
    let client = Client::new();
    let url = format!("{}/_appflow-local/faults", api.local.url());
    let add = |fault: Value| client.post(&url).body(fault.to_string()).send();
    let added = add(json!({"operation": "ListFlows", "error": "AccessDeniedException"}))
        .await
        .unwrap();
    assert_eq!(added.status(), 204);
    let refused = add(json!({"operation": "ListFlow", "error": "AccessDeniedException"}))
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    api.post("/list-flows", json!({}))
        .await
        .refused(403, "AccessDeniedException");
    api.post("/list-flows", json!({})).await.ok();
    add(json!({"operation": "ListFlows", "error": "InternalServerException", "count": 9}))
        .await
        .unwrap();
    client.delete(&url).send().await.unwrap();
    api.post("/list-flows", json!({})).await.ok();
}

#[tokio::test]
async fn other_services_are_on_the_same_port() {
    let api = start(AppFlowLocal::builder()).await;
    let client = Client::new();
    let health = client
        .get(format!("{}/_appflow-local/health", api.local.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(health.json::<Value>().await.unwrap()["status"], "ready");
    let sts = client
        .post(api.local.url())
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sts/aws4_request, Signature=0",
        )
        .form(&[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")])
        .send()
        .await
        .unwrap();
    let identity = sts.text().await.unwrap();
    assert!(
        identity.contains("<Account>123456789012</Account>"),
        "{identity}"
    );
    // Unsigned, an operation's path is enough.
    let unsigned = client
        .post(format!("{}/list-flows", api.local.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), 200);
    let elsewhere = client
        .post(format!("{}/list-flows", api.local.url()))
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), 403);
}

#[tokio::test]
async fn many_endpoints_run_at_once() {
    let endpoints = futures_of(20).await;
    for (index, api) in endpoints.iter().enumerate() {
        api.post(
            "/create-flow",
            flow(&format!("flow-{index}"), "prod", on_demand()),
        )
        .await
        .ok();
    }
    for (index, api) in endpoints.iter().enumerate() {
        let listed = api.post("/list-flows", json!({})).await.ok();
        assert_eq!(listed["flows"][0]["flowName"], format!("flow-{index}"));
    }
}

async fn futures_of(count: usize) -> Vec<Api> {
    let mut endpoints = Vec::new();
    for _ in 0..count {
        endpoints.push(ready().await);
    }
    endpoints
}
