//! What a connection or a flow chooses: settings, versions of the API, fields of parents, files.

mod support;

use salesforce_sandbox::{Config, DuplicateRule};
use serde_json::{Value, json};
use support::{Connection, Salesforce, error, fake_server, records};

async fn with_setting(config: Config, key: &str, value: &str) -> Salesforce {
    let mut salesforce = Salesforce::with(config).await;
    let settings = &mut salesforce.connection.settings;
    settings.insert(key.to_owned(), json!(value));
    salesforce
}

async fn write(salesforce: &Salesforce, how: Value, records: &[Value]) -> Value {
    let mut request = how;
    request["type"] = json!("WriteDataRequest");
    request["entityIdentifier"] = json!("Account");
    request["records"] = records.iter().map(Value::to_string).collect();
    salesforce.connection.send(&request).await
}

#[tokio::test]
async fn deleted_records_are_read_if_a_flow_asks_for_them() {
    let salesforce = with_setting(Config::default(), "includeDeletedRecords", "true").await;
    let connection = &salesforce.connection;
    let some = Some("AccountNumber != null LIMIT 3");
    let doomed = connection.query_all("Account", &["Id"], some, 100).await;
    let doomed: Vec<Value> = doomed.into_iter().map(Value::from).collect();
    let delete = json!({ "operation": "DELETE", "idFieldNames": ["Id"] });
    let response = write(&salesforce, delete, &doomed).await;
    assert_eq!(response["isSuccess"], true, "{response}");
    let all = connection.query_all("Account", &["Id"], None, 2_000).await;
    assert_eq!(all.len(), 5_000);

    let mut without = salesforce;
    without.connection.settings.clear();
    let left = without
        .connection
        .query_all("Account", &["Id"], None, 2_000)
        .await;
    assert_eq!(left.len(), 5_000 - doomed.len());
}

#[tokio::test]
async fn duplicates_are_saved_if_a_flow_allows_it() {
    let config = || Config {
        duplicate_rules: vec![DuplicateRule {
            object: "Account".to_owned(),
            field: "Name".to_owned(),
        }],
        ..Config::default()
    };
    let twins = [json!({ "Name": "Twin" }), json!({ "Name": "Twin" })];
    for (setting, fails) in [("false", true), ("true", false)] {
        let salesforce = with_setting(config(), "allowDuplicateRecords", setting).await;
        let insert = json!({ "operation": "INSERT" });
        write(&salesforce, insert.clone(), &twins[..1]).await;
        let response = write(&salesforce, insert, &twins[1..]).await;
        assert_eq!(response["isSuccess"], !fails, "{response}");
        if fails {
            assert!(
                error(&response).1.contains("DUPLICATES_DETECTED"),
                "{response}"
            );
        }
    }
}

#[tokio::test]
async fn the_connection_stops_before_the_organizations_day_is_spent() {
    let config = Config {
        daily_requests: 20,
        ..Config::default()
    };
    let salesforce = with_setting(config, "apiUsageLimitPercent", "50").await;
    let request = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" });
    let mut responses = Vec::new();
    for _ in 0..14 {
        responses.push(salesforce.connection.send(&request).await);
    }
    let stopped = responses
        .iter()
        .position(|response| response["isSuccess"] == false);
    let stopped = stopped.expect("the connection stops");
    let (code, message) = error(&responses[stopped]);
    assert_eq!(code, "RateLimitExceeded");
    assert!(
        message.contains("of Salesforce's 20 allowed requests were used"),
        "{message}"
    );
    assert_eq!(responses[stopped]["errorDetails"]["retryAfterSeconds"], 600);
    // It stops at half of the day's requests, and asks no more.
    assert!((9..=10).contains(&stopped), "{stopped}");
    assert!(
        responses[stopped..]
            .iter()
            .all(|response| response["isSuccess"] == false)
    );
}

#[tokio::test]
async fn every_version_that_salesforce_serves_can_be_selected() {
    let mut salesforce = Salesforce::start().await;
    let configuration = json!({ "type": "DescribeConnectorConfigurationRequest" });
    let configuration = salesforce.connection.send(&configuration).await;
    let versions = configuration["supportedApiVersions"].as_array().unwrap();
    assert_eq!((&versions[0], versions.len()), (&json!("v66.0"), 36));
    assert_eq!(versions[35], "v31.0");

    for version in ["v31.0", "v51.0", "v66.0"] {
        let connection = &mut salesforce.connection;
        connection.api_version = version;
        let key = format!("V-{version}");
        let filter = format!("ExternalKey__c = '{key}'");
        let upsert = json!({ "operation": "UPSERT", "idFieldNames": ["ExternalKey__c"] });
        let account = json!({ "ExternalKey__c": key, "Name": "old" });
        let written = write(&salesforce, upsert, &[account]).await;
        assert_eq!(written["isSuccess"], true, "{version}: {written}");
        let connection = &salesforce.connection;
        let found = connection
            .query_all("Account", &["Id"], Some(&filter), 10)
            .await;
        assert_eq!(found.len(), 1, "{version}");
        let retrieve = json!({
            "type": "RetrieveDataRequest",
            "entityIdentifier": "Account",
            "selectedFieldNames": ["Name"],
            "ids": [found[0]["Id"]],
        });
        let retrieved = connection.send(&retrieve).await;
        assert_eq!(records(&retrieved)[0]["Name"], "old", "{version}");
    }

    salesforce.connection.api_version = "v30.0";
    let request = json!({ "type": "ListEntitiesRequest" });
    let response = salesforce.connection.send(&request).await;
    assert_eq!(
        error(&response),
        (
            "InvalidArgument",
            "the API version v30.0 is not supported: Salesforce serves v31.0 to v66.0"
        )
    );
}

#[tokio::test]
async fn fields_of_parents_are_described_selected_and_filtered() {
    let salesforce = with_setting(Config::default(), "parentFields", "true").await;
    let connection = &salesforce.connection;
    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" });
    let described = connection.send(&describe).await;
    let fields = described["entityDefinition"]["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|field| field["fieldName"] == name);
    let name = field("Owner.Name").expect("a field of the owner");
    assert_eq!(name["label"], "Owner: Full Name");
    assert_eq!(name["isPrimaryKey"], false);
    assert_eq!(name["readProperties"]["isQueryable"], true);
    assert!(field("Parent.Name").is_some());
    assert!(field("Owner.Owner.Name").is_none());

    let selected = ["Owner.Name", "Id", "Owner.CreatedDate", "Parent.Name"];
    let all = connection
        .query_all("Account", &selected, None, 2_000)
        .await;
    assert_eq!(all.len(), 5_000);
    let owner = all[0]["Owner.Name"].as_str().unwrap().to_owned();
    let first = all[0]["Id"].clone();
    assert!(
        all[0]["Owner.CreatedDate"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );
    assert!(all.iter().any(|account| account["Parent.Name"].is_null()));
    assert!(all.iter().all(|account| account.len() == 4));

    let mine = all
        .iter()
        .filter(|account| account["Owner.Name"] == owner.as_str())
        .count();
    let filter = format!("Owner.Name = '{owner}'");
    let found = connection
        .query_all("Account", &["Id"], Some(&filter), 2_000)
        .await;
    assert_eq!(found.len(), mine);
    assert!(mine > 0 && mine < 5_000, "{mine}");
    // A filter that Salesforce cannot express: the connector tests it.
    let selected = ["Id", "Parent.Segments__c"];
    let all = connection
        .query_all("Account", &selected, None, 2_000)
        .await;
    let is_edge = |segments: &Value| segments.as_str().is_some_and(|text| text.contains("Edge"));
    let edges = all
        .iter()
        .filter(|account| is_edge(&account["Parent.Segments__c"]));
    let filter = "Parent.Segments__c contains \"DGE\"";
    let found = connection
        .query_all("Account", &["Name"], Some(filter), 2_000)
        .await;
    assert_eq!(found.len(), edges.count());
    assert!(!found.is_empty() && found.iter().all(|account| account.len() == 1));

    let retrieve = json!({
        "type": "RetrieveDataRequest",
        "entityIdentifier": "Account",
        "selectedFieldNames": ["Owner.Name"],
        "ids": [first],
    });
    let retrieved = connection.send(&retrieve).await;
    assert_eq!(records(&retrieved)[0]["Owner.Name"], owner.as_str());

    let mut without = salesforce;
    without.connection.settings.clear();
    let described = without.connection.send(&describe).await;
    let fields = described["entityDefinition"]["fields"].as_array().unwrap();
    assert!(
        fields
            .iter()
            .all(|field| !field["fieldName"].as_str().unwrap().contains('.'))
    );
}

/// The owner of a case is a user or a queue.
#[tokio::test]
async fn a_parent_of_several_kinds_has_the_fields_of_the_object_name() {
    let field = |name: &str, salesforce_type: &str, parents: &[&str]| {
        json!({
            "name": name, "label": name, "type": salesforce_type, "length": 18, "nillable": true,
            "filterable": true, "createable": true, "updateable": true, "idLookup": false,
            "defaultedOnCreate": false, "externalId": false, "inlineHelpText": null,
            "relationshipName": name.strip_suffix("Id"), "referenceTo": parents,
        })
    };
    let object = |name: &str, fields: Vec<Value>| {
        json!({
            "name": name, "label": name, "queryable": true, "createable": true,
            "updateable": true, "deletable": true, "fields": fields,
        })
    };
    let url = fake_server(move |received| {
        let object = match received.path.rsplit('/').nth(1).unwrap() {
            "Case" => object(
                "Case",
                vec![field("OwnerId", "reference", &["Group", "User"])],
            ),
            "Name" => object("Name", vec![field("Name", "string", &[])]),
            other => panic!("{other} is described"),
        };
        (200, object)
    });
    let mut connection = Connection::new(url.await, "token");
    connection
        .settings
        .insert("parentFields".to_owned(), json!("true"));
    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Case" });
    let described = connection.send(&describe).await;
    let fields = described["entityDefinition"]["fields"].as_array().unwrap();
    let names: Vec<&Value> = fields.iter().map(|field| &field["fieldName"]).collect();
    assert_eq!(names, ["OwnerId", "Owner.Name"]);
}

#[tokio::test]
async fn the_bodies_of_files_are_read_if_they_are_selected() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let selected = ["Title", "ContentSize", "VersionData"];
    let files = connection
        .query_all("ContentVersion", &selected, None, 100)
        .await;
    assert_eq!(files.len(), 5);
    for file in &files {
        let size = file["ContentSize"].as_u64().unwrap_or_default();
        match &file["VersionData"] {
            Value::Null => assert_eq!(size, 0, "{}", file["Title"]),
            body => {
                let body = body.as_str().unwrap();
                let padding = body.bytes().rev().take_while(|byte| *byte == b'=').count();
                assert_eq!(
                    body.len() as u64 / 4 * 3 - padding as u64,
                    size,
                    "{}",
                    file["Title"]
                );
            }
        }
    }
    assert!(
        files
            .iter()
            .any(|file| file["ContentSize"].as_u64() > Some(1_000_000))
    );

    // Without a selection no body is requested, unless a setting offers them.
    let calls = salesforce.sandbox.fault_report().calls;
    let request = json!({ "type": "QueryDataRequest", "entityIdentifier": "ContentVersion" });
    let response = connection.send(&request).await;
    assert!(
        records(&response)
            .iter()
            .all(|file| !file.contains_key("VersionData"))
    );
    assert!(salesforce.sandbox.fault_report().calls <= calls + 2);

    let ids: Vec<Value> = connection
        .query_all("ContentVersion", &["Id"], None, 100)
        .await
        .iter()
        .map(|file| file["Id"].clone())
        .collect();
    let retrieve = json!({
        "type": "RetrieveDataRequest",
        "entityIdentifier": "ContentVersion",
        "selectedFieldNames": ["Title", "VersionData"],
        "ids": ids,
    });
    let retrieved = connection.send(&retrieve).await;
    let bodies = |files: &[serde_json::Map<String, Value>]| {
        let mut bodies: Vec<String> = files
            .iter()
            .map(|file| file["VersionData"].to_string())
            .collect();
        bodies.sort();
        bodies
    };
    assert!(bodies(&records(&retrieved)) == bodies(&files));
}

#[tokio::test]
async fn a_setting_offers_the_bodies_of_files() {
    for (setting, is_offered) in [("false", false), ("true", true)] {
        let salesforce = with_setting(Config::default(), "fileBodies", setting).await;
        let connection = &salesforce.connection;
        let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Attachment" });
        let described = connection.send(&describe).await;
        let fields = described["entityDefinition"]["fields"].as_array().unwrap();
        let body = fields
            .iter()
            .find(|field| field["fieldName"] == "Body")
            .unwrap();
        assert_eq!(body["readProperties"]["isRetrievable"], is_offered);
        let request = json!({ "type": "QueryDataRequest", "entityIdentifier": "Attachment" });
        let response = connection.send(&request).await;
        assert!(
            records(&response)
                .iter()
                .all(|file| file.contains_key("Body") == is_offered)
        );
    }
}

/// Files are read one record at a time and continue behind the last key. Without a key, the second
/// page would be read by a locator and have the files' URLs in place of their bodies.
#[tokio::test]
async fn files_of_an_object_without_a_key_are_refused() {
    let field = |name: &str, salesforce_type: &str| {
        json!({
            "name": name, "label": name, "type": salesforce_type, "length": 18, "nillable": true,
            "filterable": false, "sortable": false, "createable": false, "updateable": false,
            "idLookup": false, "defaultedOnCreate": false, "externalId": false,
        })
    };
    let description = json!({
        "name": "Scan__x", "label": "Scan", "queryable": true, "createable": false,
        "updateable": false, "deletable": false,
        "fields": [field("Name", "string"), field("Body", "base64")],
    });
    let url = fake_server(move |received| {
        if received.path.ends_with("/describe") {
            return (200, description.clone());
        }
        let row = json!({ "attributes": {}, "Name": "a", "Body": "/services/data/scan/a/body" });
        let is_first = received.soql.is_some();
        let mut page = json!({ "totalSize": 2, "done": !is_first, "records": [row] });
        if is_first {
            page["nextRecordsUrl"] = "/services/data/v60.0/query/01g-1".into();
        }
        received.respond(&page)
    });
    let mut connection = Connection::new(url.await, "token");
    connection
        .settings
        .insert("fileBodies".to_owned(), json!("true"));
    let request = json!({
        "type": "QueryDataRequest",
        "entityIdentifier": "Scan__x",
        "selectedFieldNames": ["Name", "Body"],
    });
    assert_eq!(
        error(&connection.send(&request).await),
        (
            "InvalidArgument",
            "the files in `Body` of Scan__x cannot be read: the object has no field by which \
             records can be read in order; deselect `Body`"
        )
    );

    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Scan__x" });
    let described = connection.send(&describe).await;
    let body = &described["entityDefinition"]["fields"][1];
    assert_eq!(body["readProperties"]["isRetrievable"], false, "{body}");
}
