//! Text from outside where it is read by people and programs: logs, terminals, reports.

use serde_json::{Value, json};

use crate::connector::Connector;

const TOKEN: &str = "canary-token-0123456789";

/// Salesforce with two fields, whose records and errors have canaries.
fn salesforce(head: &str, body: &str) -> (u16, String) {
    let path = head.split(' ').nth(1).unwrap();
    let row = json!({
        "attributes": {"type": "Account"}, "Id": "001000000000001AAA", "Name": "canary-row",
    });
    let field = |name: &str| {
        json!({
            "name": name, "label": name, "type": if name == "Id" { "id" } else { "string" },
            "filterable": true, "sortable": true, "createable": true, "updateable": true,
            "nillable": true, "length": 100, "defaultedOnCreate": false, "externalId": false,
            "idLookup": name == "Id",
        })
    };
    if path.contains("/describe") {
        let described = json!({
            "name": "Account", "label": "Account", "queryable": true, "createable": true,
            "updateable": true, "deletable": true, "fields": [field("Id"), field("Name")],
        });
        (200, described.to_string())
    } else if body.contains("\"ids\"") {
        (200, json!([row]).to_string())
    } else if path.contains("/query") {
        let page = json!({"totalSize": 1, "done": true, "records": [row]});
        (200, page.to_string())
    } else if body.contains("canary-fails") {
        let fault = json!([{"errorCode": "UNKNOWN", "message": "canary-fault for canary-fails"}]);
        (500, fault.to_string())
    } else {
        let result = json!([{"id": "001000000000001AAA", "success": true, "errors": []}]);
        (200, result.to_string())
    }
}

/// Calls with a canary in every place of a request that may be secret or have a record's content.
async fn calls_with_canaries(connector: &Connector) {
    let settings = json!({"canarySetting": "canary-setting"});
    let query = |filter: &str| {
        json!({
            "type": "QueryDataRequest", "entityIdentifier": "Account",
            "selectedFieldNames": ["Id", "Name"], "filterExpression": filter,
        })
    };
    for request in [
        query("Name = \"canary-filter\""),
        query("Name contains \"canary-filter"),
        {
            let mut query = query("Name = \"canary-filter\"");
            query["nextToken"] = "canary-page-token".into();
            query
        },
        json!({
            "type": "RetrieveDataRequest", "entityIdentifier": "Account",
            "selectedFieldNames": ["Id", "Name"], "idFieldName": "Id", "ids": ["canary-id"],
        }),
        write(r#"{"Name": "canary-record"}"#),
        write(r#"{"Name": "canary-fails"}"#),
        write(r#"{"Name": "canary-malformed"#),
    ] {
        connector.call(request, settings.clone()).await;
    }
    let response = connector.call(query("Id != null"), settings).await;
    assert!(response.to_string().contains("canary-row"), "{response}");
}

fn write(record: &str) -> Value {
    json!({
        "type": "WriteDataRequest", "entityIdentifier": "Account", "operation": "INSERT",
        "idFieldNames": ["Id"], "records": [record],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_what_a_request_or_a_response_has() {
    let longer_names = [
        "trace",
        "hyper_util::client=trace",
        "hyper_util::client::legacy=trace",
        "lambda_runtime=trace",
        "lambda_runtime::layers=trace",
        "lambda_runtime::layers::api_client=trace",
        "aws_smithy_runtime::client=trace",
        "aws_smithy_runtime::client::orchestrator=trace",
        "aws_sdk_secretsmanager::operation=trace",
        "aws_smithy_http_client::client=trace",
        "aws_runtime::auth=trace",
        "aws_sigv4::http_request=trace",
        "reqwest::connect=trace",
        "h2::codec=trace",
        "rustls::client=trace",
    ]
    .join(",");
    for levels in ["info", "trace", &longer_names] {
        let environment = [("RUST_LOG", levels), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")];
        let connector = Connector::start(salesforce, TOKEN, &environment).await;
        calls_with_canaries(&connector).await;
        let log = connector.log();
        assert!(log.contains("\"call\""), "{log}");
        let found = log.lines().find(|line| line.contains("canary"));
        assert_eq!(found, None, "with RUST_LOG={levels}");
    }
}
