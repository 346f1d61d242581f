//! Flows that run: from CreateFlow to objects and written records.

#![allow(
    clippy::needless_pass_by_value,
    reason = "json! makes a value for each call"
)]

mod connector;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use appflow_local::AppFlowLocal;
use appflow_local::functions::Functions;
use connector::{Api, Connector, answer, flow, on_demand, start, start_with};
use serde_json::{Value, json};

/// Ends a test that would hang.
const LIMIT: Duration = Duration::from_mins(2);

struct Flows {
    api: Api,
    http: reqwest::Client,
}

impl Flows {
    async fn start(connector: &Connector) -> Self {
        let flows = Self::around(start_with(connector).await);
        flows.api.register().await;
        flows.api.connect("prod").await;
        flows.api.create_bucket("flows").await;
        flows
    }

    fn around(api: Api) -> Self {
        Self {
            api,
            http: reqwest::Client::new(),
        }
    }

    async fn create(&self, flow: Value) {
        self.api.post("/create-flow", flow).await.ok();
    }

    /// Starts a flow on demand and returns the id of the run.
    async fn run(&self, name: &str) -> String {
        let started = self.api.post("/start-flow", json!({"flowName": name}));
        let started = started.await.ok();
        started["executionId"].as_str().unwrap().to_owned()
    }

    async fn records(&self, name: &str) -> Vec<Value> {
        let path = "/describe-flow-execution-records";
        let page = self.api.post(path, json!({"flowName": name})).await.ok();
        page["flowExecutions"].as_array().unwrap().clone()
    }

    /// Waits until the flow has this number of runs and none is in progress; newest first.
    async fn ended(&self, name: &str, runs: usize) -> Vec<Value> {
        let wait = async {
            loop {
                let records = self.records(name).await;
                let is_active = |record: &Value| {
                    ["InProgress", "CancelStarted"]
                        .contains(&record["executionStatus"].as_str().unwrap())
                };
                if records.len() >= runs && !records.iter().any(is_active) {
                    return records;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LIMIT, wait).await.unwrap()
    }

    async fn run_to_end(&self, name: &str) -> Value {
        let runs = self.records(name).await.len();
        let id = self.run(name).await;
        let record = self.ended(name, runs + 1).await.remove(0);
        assert_eq!(record["executionId"], id);
        record
    }

    async fn get(&self, path: &str) -> String {
        let url = format!("{}/{path}", self.api.local.url());
        let response = self.http.get(url).send().await.unwrap();
        response.text().await.unwrap()
    }

    /// The objects of a bucket, by key.
    async fn objects(&self, bucket: &str) -> BTreeMap<String, String> {
        let listing = self.get(&format!("{bucket}?list-type=2")).await;
        let mut objects = BTreeMap::new();
        for key in listing.split("<Key>").skip(1) {
            let key = key.split("</Key>").next().unwrap();
            let path = format!("{bucket}/{}", key.replace('=', "%3D"));
            objects.insert(key.to_owned(), self.get(&path).await);
        }
        objects
    }

    async fn advance(&self, seconds: u64) {
        let url = format!("{}/_appflow-local/clock", self.api.local.url());
        let body = json!({"advanceSeconds": seconds}).to_string();
        let response = self.http.post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

/// Pages of records, by page token.
fn pages(request: &Value, pages: &[&[&str]]) -> Option<Value> {
    if request["type"] != "QueryDataRequest" {
        return None;
    }
    let page: usize = request["nextToken"]
        .as_str()
        .unwrap_or("0")
        .parse()
        .unwrap();
    let next = (page + 1 < pages.len()).then(|| (page + 1).to_string());
    Some(json!({"isSuccess": true, "records": pages[page], "nextToken": next}))
}

fn two_pages() -> Connector {
    Connector::new("airports", |request| {
        pages(
            request,
            &[
                &[r#"{"id":"1","n":1.50}"#, r#"{"n":2,"id":"2"}"#],
                &[],
                &[r#"{"id":"3"}"#],
            ],
        )
    })
}

fn with_format(mut flow: Value, format: Value) -> Value {
    flow["destinationFlowConfigList"][0]["destinationConnectorProperties"]["S3"]["s3OutputFormatConfig"] =
        format;
    flow
}

#[tokio::test]
async fn a_run_writes_one_object_for_each_page() {
    let connector = two_pages();
    let flows = Flows::start(&connector).await;
    flows.create(flow("accounts", "prod", on_demand())).await;
    let record = flows.run_to_end("accounts").await;
    let id = record["executionId"].as_str().unwrap();
    assert_eq!(record["executionStatus"], "Successful");
    let bytes = r#"{"id":"1","n":1.50}{"n":2,"id":"2"}{"id":"3"}"#.len();
    assert_eq!(
        record["executionResult"],
        json!({"bytesProcessed": bytes, "bytesWritten": 33, "recordsProcessed": 3})
    );
    let objects = flows.objects("flows").await;
    assert!(
        objects
            .keys()
            .all(|key| key.starts_with(&format!("accounts/{id}/")))
    );
    let mut texts: Vec<String> = objects.into_values().collect();
    texts.sort_unstable();
    assert_eq!(
        texts,
        ["{\"id\":\"1\"}\n{\"id\":\"2\"}\n", "{\"id\":\"3\"}\n"]
    );

    let queries = connector.requests_of("QueryData");
    assert_eq!(queries.len(), 3);
    let context = &queries[0]["connectorContext"];
    assert_eq!(context["flowName"], "accounts");
    assert_eq!(context["executionId"], id);
    assert_eq!(context["connectorProfileLabel"], "prod");
    assert_eq!(
        context["entityDefinition"]["entity"]["entityIdentifier"],
        "Airport"
    );
    assert_eq!(queries[0]["selectedFieldNames"], json!(["id"]));
    assert_eq!(queries[0]["filterExpression"], Value::Null);
    assert_eq!(queries[0]["maxResults"], 1000);
    assert_eq!(queries[2]["nextToken"], "2");

    let described = flows
        .api
        .post("/describe-flow", json!({"flowName": "accounts"}))
        .await
        .ok();
    let last = &described["lastRunExecutionDetails"];
    assert_eq!(last["mostRecentExecutionStatus"], "Successful");
    assert_eq!(
        last["mostRecentExecutionMessage"],
        "Successfully ran the flow"
    );
    assert_eq!(last["mostRecentExecutionTime"], record["startedAt"]);
}

#[tokio::test]
async fn a_single_file_has_all_pages_in_the_format_of_the_flow() {
    let flows = Flows::start(&two_pages()).await;
    let csv = json!({"fileType": "CSV", "aggregationConfig": {"aggregationType": "SingleFile"}});
    flows
        .create(with_format(flow("csv", "prod", on_demand()), csv))
        .await;
    let record = flows.run_to_end("csv").await;
    assert_eq!(record["executionStatus"], "Successful");
    let objects: Vec<String> = flows.objects("flows").await.into_values().collect();
    assert_eq!(objects, ["id\n1\n2\n3\n"]);
    assert_eq!(record["executionResult"]["bytesWritten"], objects[0].len());
}

#[tokio::test]
async fn partitions_are_folders() {
    let flows = Flows::start(&two_pages()).await;
    let mut partitioned = with_format(
        flow("parts", "prod", on_demand()),
        json!({"prefixConfig": {"pathPrefixHierarchy": []}}),
    );
    let tasks = partitioned["tasks"].as_array_mut().unwrap();
    tasks.push(json!({"taskType": "Partition", "sourceFields": [],
        "taskProperties": {"ORDERED_PARTITION_KEYS_LIST": "[\"id\"]"}}));
    flows.create(partitioned).await;
    flows.run_to_end("parts").await;
    let objects = flows.objects("flows").await;
    let folders: Vec<&str> = objects
        .keys()
        .map(|key| key.rsplit_once('/').unwrap().0)
        .collect();
    assert_eq!(folders, ["parts/id=1", "parts/id=2", "parts/id=3"]);
}

#[tokio::test]
async fn a_failed_page_ends_the_run_and_keeps_what_is_complete() {
    let connector = Connector::new("airports", |request| {
        if request["nextToken"] == "1" {
            return Some(json!({"isSuccess": false, "errorDetails": {
                "errorCode": "InvalidArgument", "errorMessage": "the cursor is unknown"}}));
        }
        pages(request, &[&[r#"{"id":"1"}"#], &[]])
    });
    let flows = Flows::start(&connector).await;
    flows.create(flow("pages", "prod", on_demand())).await;
    let single = json!({"aggregationConfig": {"aggregationType": "SingleFile"}});
    flows
        .create(with_format(flow("single", "prod", on_demand()), single))
        .await;
    for name in ["pages", "single"] {
        let record = flows.run_to_end(name).await;
        assert_eq!(record["executionStatus"], "Error");
        assert_eq!(
            record["executionResult"]["errorInfo"]["executionMessage"],
            "Error while communicating to connector: the cursor is unknown"
        );
    }
    let objects = flows.objects("flows").await;
    assert_eq!(objects.len(), 1);
    assert!(objects.keys().all(|key| key.starts_with("pages/")));
}

#[tokio::test]
async fn a_call_that_fails_for_a_passing_reason_is_made_again() {
    let has_failed = AtomicBool::new(false);
    let connector = Connector::new("airports", move |request| {
        let is_query = request["type"] == "QueryDataRequest";
        (is_query && !has_failed.swap(true, Ordering::Relaxed)).then(|| {
            json!({"isSuccess": false, "errorDetails": {
                "errorCode": "RateLimitExceeded", "errorMessage": "slower",
                "retryAfterSeconds": 0}})
        })
    });
    let flows = Flows::start(&connector).await;
    flows.create(flow("again", "prod", on_demand())).await;
    let record = flows.run_to_end("again").await;
    assert_eq!(record["executionStatus"], "Successful");
    assert_eq!(connector.requests_of("QueryData").len(), 2);
}

/// A flow from CSV files to the connector.
fn upsert(name: &str, fails_on_first: bool) -> Value {
    let map = |field: &str| {
        json!({"taskType": "Map", "sourceFields": [field], "destinationField": field,
            "connectorOperator": {"S3": "NO_OP"}})
    };
    json!({
        "flowName": name,
        "triggerConfig": on_demand(),
        "sourceFlowConfig": {
            "connectorType": "S3",
            "sourceConnectorProperties": {"S3": {"bucketName": "files", "bucketPrefix": "in"}},
        },
        "destinationFlowConfigList": [{
            "connectorType": "CustomConnector",
            "connectorProfileName": "prod",
            "apiVersion": "v1",
            "destinationConnectorProperties": {"CustomConnector": {
                "entityName": "Airport", "writeOperationType": "UPSERT", "idFieldNames": ["id"],
                "errorHandlingConfig": {"bucketName": "flows", "bucketPrefix": "errors",
                    "failOnFirstDestinationError": fails_on_first},
            }},
        }],
        "tasks": [
            map("id"),
            map("changed"),
            {"taskType": "Filter", "sourceFields": ["id", "changed"],
             "connectorOperator": {"S3": "PROJECTION"}},
        ],
    })
}

fn refuses_two() -> Connector {
    Connector::new("airports", |request| {
        if request["type"] != "WriteDataRequest" {
            return None;
        }
        let records = request["records"].as_array().unwrap();
        let results: Vec<Value> = records
            .iter()
            .map(|record| match record.as_str().unwrap() {
                text if text.contains(r#""id":"2""#) => {
                    json!({"isSuccess": false, "recordId": "r2", "errorMessage": "it is locked"})
                }
                _ => json!({"isSuccess": true, "recordId": "r"}),
            })
            .collect();
        Some(
            json!({"isSuccess": false, "writeRecordResults": results, "errorDetails": {
            "errorCode": "PartialWriteFailure", "errorMessage": "some failed"}}),
        )
    })
}

const CSV: &str = "id,changed\n1,2026-01-02\n2,2026-01-02\n3,never\n4,\n";

async fn with_files(connector: &Connector) -> Flows {
    let flows = Flows::start(connector).await;
    flows.api.create_bucket("files").await;
    flows.api.put_object("files", "in.csv", CSV).await;
    flows
        .api
        .put_object("files", "in/5", "changed,id\n,5")
        .await;
    flows.api.put_object("files", "inner/", "id\n7").await;
    flows.api.put_object("files", "other", "id\n6").await;
    flows
}

#[tokio::test]
async fn refused_records_are_in_the_error_bucket() {
    let connector = refuses_two();
    let flows = with_files(&connector).await;
    flows.create(upsert("upsert", false)).await;
    let record = flows.run_to_end("upsert").await;
    assert_eq!(record["executionStatus"], "Successful");
    let result = &record["executionResult"];
    assert_eq!(result["recordsProcessed"], 5);
    assert_eq!(result["errorInfo"]["putFailuresCount"], 2);

    let writes = connector.requests_of("WriteData");
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0]["operation"], "UPSERT");
    assert_eq!(writes[0]["idFieldNames"], json!(["id"]));
    assert_eq!(writes[0]["allOrNone"], false);
    assert_eq!(
        writes[0]["records"],
        json!([
            r#"{"id":"1","changed":"2026-01-02T00:00:00.000Z"}"#,
            r#"{"id":"2","changed":"2026-01-02T00:00:00.000Z"}"#,
            r#"{"id":"4"}"#,
            r#"{"id":"5"}"#,
        ])
    );
    let objects = flows.objects("flows").await;
    let (key, text) = objects.first_key_value().unwrap();
    let id = record["executionId"].as_str().unwrap();
    assert!(key.starts_with(&format!("errors/upsert/{id}/")), "{key}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            json!({"record": {"id": "3", "changed": "never"},
                "errorMessage": "The value of the field changed cannot be converted to DateTime"}),
            json!({"record": {"id": "2", "changed": "2026-01-02T00:00:00.000Z"},
                "recordId": "r2", "errorMessage": "it is locked"}),
        ]
    );
}

#[tokio::test]
async fn a_flow_can_end_at_the_first_refused_record() {
    let connector = refuses_two();
    let flows = with_files(&connector).await;
    flows
        .api
        .put_object("files", "in.csv", "id,changed\n1,\n2,\n")
        .await;
    flows.create(upsert("strict", true)).await;
    let record = flows.run_to_end("strict").await;
    assert_eq!(record["executionStatus"], "Error");
    assert_eq!(
        record["executionResult"]["errorInfo"],
        json!({"putFailuresCount": 1, "executionMessage": "it is locked"})
    );
    assert_eq!(connector.requests_of("WriteData")[0]["allOrNone"], true);
    assert_eq!(flows.objects("flows").await.len(), 1);
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_fails_all_its_records() {
    let connector = Connector::new("airports", |request| {
        (request["type"] == "WriteDataRequest").then(|| {
            json!({"isSuccess": false, "errorDetails": {
                "errorCode": "ClientError", "errorMessage": "no such entity"}})
        })
    });
    let flows = with_files(&connector).await;
    flows.create(upsert("refused", false)).await;
    let record = flows.run_to_end("refused").await;
    assert_eq!(record["executionStatus"], "Successful");
    assert_eq!(
        record["executionResult"]["errorInfo"]["putFailuresCount"],
        5
    );
    assert_eq!(record["executionResult"]["bytesWritten"], 0);
}

#[tokio::test]
async fn batches_have_a_thousand_records() {
    let connector = Connector::new("airports", |request| {
        if request["type"] != "WriteDataRequest" {
            return None;
        }
        let count = request["records"].as_array().unwrap().len();
        let written = json!({"isSuccess": true, "recordId": "r"});
        Some(json!({"isSuccess": true, "writeRecordResults": vec![written; count]}))
    });
    let flows = with_files(&connector).await;
    let lines: Vec<String> = (0..2_100).map(|id| format!("{id},")).collect();
    let file = format!("id,changed\n{}", lines.join("\n"));
    flows.api.put_object("files", "in.csv", &file).await;
    flows.create(upsert("many", false)).await;
    let record = flows.run_to_end("many").await;
    assert_eq!(record["executionResult"]["recordsProcessed"], 2_101);
    let sizes: Vec<usize> = connector
        .requests_of("WriteData")
        .iter()
        .map(|write| write["records"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1_000, 1_000, 101]);
}

/// A connector whose pages never end.
fn endless() -> Connector {
    Connector::new("airports", |request| {
        if request["type"] != "QueryDataRequest" {
            return None;
        }
        let page: u64 = request["nextToken"]
            .as_str()
            .unwrap_or("0")
            .parse()
            .unwrap();
        let next = (page + 1).to_string();
        Some(json!({"isSuccess": true, "records": [r#"{"id":"1"}"#], "nextToken": next}))
    })
}

fn single_file(name: &str) -> Value {
    let single = json!({"aggregationConfig": {"aggregationType": "SingleFile"}});
    with_format(flow(name, "prod", on_demand()), single)
}

#[tokio::test]
async fn a_cancelled_run_leaves_no_half_object() {
    let flows = Flows::start(&endless()).await;
    flows.create(single_file("endless")).await;
    let first = flows.run("endless").await;
    let second = flows.run("endless").await;
    let records = flows.records("endless").await;
    assert_eq!(records[0]["executionId"], second);
    assert_eq!(records[1]["executionId"], first);
    assert_eq!(records[1]["executionStatus"], "InProgress");

    let delete = json!({"flowName": "endless"});
    flows
        .api
        .post("/delete-flow", delete)
        .await
        .refused(409, "ConflictException");
    let cancel = |ids: Value| json!({"flowName": "endless", "executionIds": ids});
    let cancelled = flows
        .api
        .post("/cancel-flow-executions", cancel(json!([first, "unknown"])))
        .await
        .ok();
    assert_eq!(cancelled, json!({"invalidExecutions": ["unknown"]}));
    let cancelled = flows
        .api
        .post("/cancel-flow-executions", cancel(json!([])))
        .await
        .ok();
    assert_eq!(cancelled, json!({"invalidExecutions": []}));
    for record in flows.ended("endless", 2).await {
        assert_eq!(record["executionStatus"], "Canceled");
    }
    let ended = flows
        .api
        .post("/cancel-flow-executions", cancel(json!([first])))
        .await
        .ok();
    assert_eq!(ended, json!({"invalidExecutions": [first]}));
    assert!(flows.objects("flows").await.is_empty());
}

#[tokio::test]
async fn a_run_that_ends_with_the_process_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let connector = endless();
    let builder = || {
        let functions = Functions::new().with(Arc::new(connector.clone()));
        AppFlowLocal::builder()
            .functions(functions)
            .data_dir(folder.path())
    };
    let flows = Flows::around(start(builder()).await);
    flows.api.register().await;
    flows.api.connect("prod").await;
    flows.api.create_bucket("flows").await;
    flows.create(single_file("endless")).await;
    let id = flows.run("endless").await;
    flows.api.local.shutdown().await;

    let flows = Flows::around(start(builder()).await);
    let records = flows.records("endless").await;
    assert_eq!(records[0]["executionId"], id);
    assert_eq!(records[0]["executionStatus"], "Error");
    let message = &records[0]["executionResult"]["errorInfo"]["executionMessage"];
    assert!(message.as_str().unwrap().contains("interrupted"));
    assert!(flows.objects("flows").await.is_empty());
}

fn incremental(name: &str, properties: Value) -> Value {
    let mut scheduled =
        json!({"scheduleExpression": "rate(1hours)", "dataPullMode": "Incremental"});
    for (key, value) in properties.as_object().unwrap() {
        scheduled[key] = value.clone();
    }
    flow(
        name,
        "prod",
        json!({"triggerType": "Scheduled", "triggerProperties": {"Scheduled": scheduled}}),
    )
}

/// Fails while the flag is set.
fn failing(flag: &Arc<AtomicBool>) -> Connector {
    let flag = Arc::clone(flag);
    Connector::new("airports", move |request| {
        let fails = request["type"] == "QueryDataRequest" && flag.load(Ordering::Relaxed);
        fails.then(|| {
            json!({"isSuccess": false, "errorDetails": {
                "errorCode": "ClientError", "errorMessage": "down"}})
        })
    })
}

/// The bounds of a query's `changed between LOW and HIGH`.
fn bounds(query: &Value) -> (String, String) {
    let text = query["filterExpression"].as_str().unwrap();
    let (low, high) = text
        .strip_prefix("changed between ")
        .and_then(|bounds| bounds.split_once(" and "))
        .unwrap();
    (low.to_owned(), high.to_owned())
}

#[tokio::test]
async fn windows_of_incremental_runs_share_their_ends_and_failed_runs_do_not_advance() {
    let fails = Arc::new(AtomicBool::new(false));
    let connector = failing(&fails);
    let flows = Flows::start(&connector).await;
    flows.create(incremental("changes", json!({}))).await;
    let started = flows
        .api
        .post("/start-flow", json!({"flowName": "changes"}))
        .await
        .ok();
    assert_eq!(started["flowStatus"], "Active");
    assert!(started.get("executionId").is_none());
    flows.ended("changes", 1).await;
    flows.advance(3_600).await;
    flows.ended("changes", 2).await;
    fails.store(true, Ordering::Relaxed);
    flows.advance(3_600).await;
    flows.ended("changes", 3).await;
    fails.store(false, Ordering::Relaxed);
    // Two times that are missed are one run.
    flows.advance(7_200).await;
    let records = flows.ended("changes", 4).await;
    let statuses: Vec<&str> = records
        .iter()
        .map(|record| record["executionStatus"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["Successful", "Error", "Successful", "Successful"]
    );

    let queries: Vec<(String, String)> = connector
        .requests_of("QueryData")
        .iter()
        .map(bounds)
        .collect();
    let [first, second, failed, last] = &queries[..] else {
        panic!("{queries:?}");
    };
    assert_eq!(first.1, second.0);
    assert_eq!(second.1, failed.0);
    assert_eq!(second.1, last.0);
    assert!(failed.1 < last.1);

    let seconds = |record: &Value, key: &str| record[key].as_f64().unwrap();
    let oldest = &records[3];
    let window = seconds(oldest, "dataPullEndTime") - seconds(oldest, "dataPullStartTime");
    assert!((window - 30.0 * 86_400.0).abs() < 0.001, "{window}");
    let hours = seconds(&records[0], "dataPullEndTime") - seconds(&records[2], "dataPullEndTime");
    assert!((hours - 3.0 * 3_600.0).abs() < 0.001, "{hours}");
}

#[tokio::test]
async fn a_flow_is_deactivated_after_failed_runs_in_a_row() {
    let fails = Arc::new(AtomicBool::new(true));
    let flows = Flows::start(&failing(&fails)).await;
    let threshold = json!({"flowErrorDeactivationThreshold": 2});
    flows.create(incremental("fragile", threshold)).await;
    let name = json!({"flowName": "fragile"});
    flows.api.post("/start-flow", name.clone()).await.ok();
    flows.ended("fragile", 1).await;
    flows.advance(3_600).await;
    flows.ended("fragile", 2).await;
    let described = flows.api.post("/describe-flow", name.clone()).await.ok();
    assert_eq!(described["flowStatus"], "Suspended");
    assert!(
        described["flowStatusMessage"]
            .as_str()
            .unwrap()
            .contains("2 runs in a row")
    );

    // It starts again, and is stopped: no time that came meanwhile is run.
    fails.store(false, Ordering::Relaxed);
    flows.api.post("/start-flow", name.clone()).await.ok();
    flows.ended("fragile", 3).await;
    flows.api.post("/stop-flow", name.clone()).await.ok();
    flows.advance(86_400).await;
    assert_eq!(flows.records("fragile").await.len(), 3);
}

#[tokio::test]
async fn an_on_demand_run_has_no_time_filter_and_starts_the_next_window() {
    let connector = Connector::new("airports", |request| {
        (request["type"] == "QueryDataRequest").then(|| answer(request))
    });
    let flows = Flows::start(&connector).await;
    flows.create(flow("edited", "prod", on_demand())).await;
    let record = flows.run_to_end("edited").await;
    assert!(record.get("dataPullStartTime").is_none());
    let queries = connector.requests_of("QueryData");
    assert_eq!(queries[0]["filterExpression"], Value::Null);

    flows
        .api
        .post("/update-flow", incremental("edited", json!({})))
        .await
        .ok();
    flows
        .api
        .post("/start-flow", json!({"flowName": "edited"}))
        .await
        .ok();
    let records = flows.ended("edited", 2).await;
    assert_eq!(records[0]["dataPullStartTime"], record["startedAt"]);
}

#[tokio::test]
async fn a_flow_whose_connection_is_gone_fails_and_can_be_deleted() {
    let flows = Flows::start(&two_pages()).await;
    flows.create(flow("orphan", "prod", on_demand())).await;
    let force = json!({"connectorProfileName": "prod", "forceDelete": true});
    flows
        .api
        .post("/delete-connector-profile", force)
        .await
        .ok();
    let record = flows.run_to_end("orphan").await;
    assert_eq!(record["executionStatus"], "Error");
    assert_eq!(
        record["executionResult"]["errorInfo"]["executionMessage"],
        "Connector Profile with name prod does not exist."
    );
    flows
        .api
        .post("/delete-flow", json!({"flowName": "orphan"}))
        .await
        .ok();
}

#[tokio::test]
async fn twenty_flows_run_at_the_same_time() {
    let flows = Flows::start(&two_pages()).await;
    for n in 0..20 {
        let name = format!("flow-{n}");
        flows.create(flow(&name, "prod", on_demand())).await;
    }
    for n in 0..20 {
        flows.run(&format!("flow-{n}")).await;
    }
    for n in 0..20 {
        let name = format!("flow-{n}");
        let record = flows.ended(&name, 1).await.remove(0);
        assert_eq!(record["executionStatus"], "Successful", "{record}");
        assert_eq!(record["executionResult"]["recordsProcessed"], 3);
    }
    assert_eq!(flows.objects("flows").await.len(), 40);
}
