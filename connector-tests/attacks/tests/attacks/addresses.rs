//! Where a connection's settings may send the credentials.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::connector::Connector;

/// Calls of the application by a connector that got the wrong address.
static CAUGHT: AtomicUsize = AtomicUsize::new(0);

fn caught(_: &str, _: &str) -> (u16, String) {
    CAUGHT.fetch_add(1, Ordering::SeqCst);
    (200, "{}".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_url_leads_to_salesforce_or_nowhere() {
    let connector = Connector::start(caught, "token", &[]).await;
    let port = connector
        .application()
        .rsplit_once(':')
        .unwrap()
        .1
        .to_owned();
    let hosts = [
        "0.0.0.0",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost.",
        "salesforce.com.localhost.",
        "10.0.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "169.254.169.254",
        "2852039166",
        "[::ffff:169.254.169.254]",
        "metadata.google.internal",
        "example.com",
        "evilsalesforce.com",
        "salesforce.com.evil.example",
        "..salesforce.com",
        "a..salesforce.com",
        "a.my.salesforce.com.",
        "-.salesforce.com",
        "salesforce.com@127.0.0.1",
        "127.0.0.1\\\\.salesforce.com@a",
        "login.salesforce.com",
        "test.salesforce.com",
        "a.lightning.force.com",
    ];
    for host in hosts {
        for url in [
            format!("https://{host}"),
            format!("https://{host}:{port}"),
            format!("http://{host}:{port}"),
        ] {
            let settings = json!({"instanceUrl": url});
            let validation = json!({
                "type": "ValidateConnectorRuntimeSettingsRequest", "scope": "CONNECTOR_PROFILE",
                "connectorRuntimeSettings": settings,
            });
            let response = connector.send(&validation).await;
            let problem = &response["errorsByInputField"]["instanceUrl"];
            assert!(problem.is_string(), "{url}: {response}");

            let listing = json!({
                "type": "ListEntitiesRequest",
                "connectorContext": {"connectorRuntimeSettings": settings, "apiVersion": "v60.0"},
            });
            let response = connector.send(&listing).await;
            let code = &response["errorDetails"]["errorCode"];
            assert_eq!(code, "InvalidArgument", "{url}: {response}");
        }
    }
    assert_eq!(CAUGHT.load(Ordering::SeqCst), 0);
}
