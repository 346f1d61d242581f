//! Tasks from CreateFlow's JSON to records, with results written by hand.

use std::sync::Arc;

use appflow_connector_model::EntityDefinition;
use csv::StringRecord;
use serde_json::{Value as Json, json};

use super::{
    Outcome, Plan, Row, SourceRecord, Transform, changes_schema, check, pull_field,
    write_json_object,
};
use crate::appflow::flows::definition::FlowDefinition;

fn flow(source: &str, destination: &str, tasks: &Json) -> FlowDefinition {
    let side = |kind: &str| match kind {
        "S3" => json!({"S3": {"bucketName": "bucket"}}),
        operation => json!({"CustomConnector": {
            "entityName": "Entity", "writeOperationType": operation, "idFieldNames": ["Id"],
        }}),
    };
    serde_json::from_value(json!({
        "flowName": "flow",
        "triggerConfig": {"triggerType": "OnDemand"},
        "sourceFlowConfig": {"connectorType": "S3", "sourceConnectorProperties": side(source)},
        "destinationFlowConfigList": [
            {"connectorType": "S3", "destinationConnectorProperties": side(destination)}
        ],
        "tasks": tasks,
    }))
    .unwrap()
}

fn entity(fields: &[(&str, &str)]) -> EntityDefinition {
    let fields: Vec<Json> = fields
        .iter()
        .map(|(name, data_type)| json!({"fieldName": name, "dataType": data_type}))
        .collect();
    serde_json::from_value(json!({
        "entity": {"entityIdentifier": "Entity", "hasNestedEntities": false},
        "fields": fields,
    }))
    .unwrap()
}

fn account() -> EntityDefinition {
    entity(&[
        ("Id", "String"),
        ("Name", "String"),
        ("Employees", "Integer"),
        ("Revenue", "BigDecimal"),
        ("Cost", "BigDecimal"),
        ("Changed", "DateTime"),
    ])
}

fn projection(fields: &[&str]) -> Json {
    task("Filter", "PROJECTION", fields, None, &json!({}))
}

fn map(source: &str, destination: &str) -> Json {
    task("Map", "NO_OP", &[source], Some(destination), &json!({}))
}

fn task(
    task_type: &str,
    operator: &str,
    fields: &[&str],
    destination: Option<&str>,
    properties: &Json,
) -> Json {
    let mut task = json!({
        "taskType": task_type,
        "connectorOperator": {"CustomConnector": operator},
        "sourceFields": fields,
        "taskProperties": properties,
    });
    if let Some(destination) = destination {
        task["destinationField"] = json!(destination);
    }
    task
}

fn json_of(columns: &[super::Column], row: &Row<'_>) -> String {
    let mut out = Vec::new();
    write_json_object(columns, row, &mut out);
    String::from_utf8(out).unwrap()
}

/// Runs the tasks on records; `None` for one that is dropped, and the reason of one that failed.
fn run(plan: &Plan, records: &[SourceRecord]) -> Vec<Option<Result<String, String>>> {
    let mut transform = Transform::new(plan).unwrap();
    records
        .iter()
        .map(|record| match transform.apply(record).unwrap() {
            Outcome::Moved(row) => Some(Ok(json_of(transform.columns(), &row))),
            Outcome::Dropped => None,
            Outcome::Failed { reason, .. } => Some(Err(reason)),
        })
        .collect()
}

#[track_caller]
fn assert_moved(tasks: &Json, record: &str, expected: Option<&str>) {
    let (flow, account) = (flow("INSERT", "S3", tasks), account());
    let plan = Plan::new(&flow, Some(&account), None, None).unwrap();
    let moved = run(&plan, &[SourceRecord::json(record.to_owned())]);
    assert_eq!(moved, [expected.map(|text| Ok(text.to_owned()))]);
}

fn csv(header: &[&str], line: &[&str]) -> SourceRecord {
    SourceRecord::Csv {
        header: Arc::new(StringRecord::from(header.to_vec())),
        line: StringRecord::from(line.to_vec()),
    }
}

const RECORD: &str = r#"{"Id": "7", "Name": "A\u0064a", "Employees": 12, "Revenue": 1.500,
    "Cost": 0.10000000000000000001, "Changed": "2026-01-02T03:04:05Z"}"#;

#[test]
fn mapped_fields_pass_as_the_source_wrote_them() {
    let tasks = json!([
        map("Revenue", "revenue"),
        projection(&["Id", "Name", "Revenue", "Cost"]),
        map("Name", "name"),
        map("Cost", "cost"),
    ]);
    assert_moved(
        &tasks,
        RECORD,
        Some(r#"{"revenue":1.500,"name":"A\u0064a","cost":0.10000000000000000001}"#),
    );
    assert_moved(&tasks, r#"{"Name": null}"#, Some("{}"));
}

#[test]
fn map_all_maps_the_fields_that_no_other_task_maps() {
    let tasks = json!([
        map("Name", "Title"),
        task(
            "Map_all",
            "NO_OP",
            &[],
            None,
            &json!({"EXCLUDE_SOURCE_FIELDS_LIST": r#"["Cost","Changed"]"#}),
        ),
    ]);
    assert_moved(
        &tasks,
        RECORD,
        Some(r#"{"Title":"A\u0064a","Id":"7","Employees":12,"Revenue":1.500}"#),
    );
    let flow = flow("INSERT", "S3", &tasks);
    let plan = Plan::new(&flow, Some(&account()), None, None).unwrap();
    assert_eq!(plan.selected_fields, ["Id", "Name", "Employees", "Revenue"]);
}

#[test]
fn passthrough_keeps_names_and_values() {
    let all = json!([
        projection(&["Id", "Revenue"]),
        task("Passthrough", "NO_OP", &[], None, &json!({})),
    ]);
    assert_moved(&all, RECORD, Some(r#"{"Id":"7","Revenue":1.500}"#));
    let one = json!([
        projection(&["Id", "Revenue"]),
        task("Passthrough", "NO_OP", &["Revenue"], None, &json!({})),
    ]);
    assert_moved(&one, RECORD, Some(r#"{"Revenue":1.500}"#));
}

#[test]
fn a_map_task_converts_to_the_type_it_names() {
    let converted = |data_type: &str| {
        json!([
            projection(&["Revenue"]),
            task(
                "Map",
                "NO_OP",
                &["Revenue"],
                Some("r"),
                &json!({"SOURCE_DATA_TYPE": "id", "DESTINATION_DATA_TYPE": data_type}),
            ),
        ])
    };
    assert_moved(&converted("string"), RECORD, Some(r#"{"r":"1.500"}"#));
    for as_it_is in ["double", "integer", "CSV", "boolean"] {
        assert_moved(&converted(as_it_is), RECORD, Some(r#"{"r":1.500}"#));
    }
}

#[test]
fn fields_are_masked_truncated_calculated_and_merged_before_they_are_mapped() {
    let tasks = json!([
        map("Name", "name"),
        map("Id,Name", "label"),
        map("Revenue,Cost", "profit"),
        map("Employees", "size"),
        projection(&["Id", "Name", "Employees", "Revenue", "Cost"]),
        task(
            "Truncate",
            "NO_OP",
            &["Name"],
            None,
            &json!({"TRUNCATE_LENGTH": "2"})
        ),
        task(
            "Mask",
            "MASK_FIRST_N",
            &["Name"],
            None,
            &json!({"MASK_LENGTH": "1", "MASK_VALUE": "#"}),
        ),
        task(
            "Mask",
            "MASK_ALL",
            &["Employees"],
            None,
            &json!({"MASK_LENGTH": "3"})
        ),
        task(
            "Merge",
            "NO_OP",
            &["Id", "Name"],
            Some("Id,Name"),
            &json!({"CONCAT_FORMAT": "${Id} (${Name})"}),
        ),
        task(
            "Arithmetic",
            "SUBTRACTION",
            &["Revenue", "Cost"],
            Some("Revenue,Cost"),
            &json!({"MATH_OPERATION_FIELDS_ORDER": "Revenue,Cost"}),
        ),
    ]);
    assert_moved(
        &tasks,
        RECORD,
        Some(r##"{"name":"#d","label":"7 (#d)","profit":1.39999999999999999999,"size":"***"}"##),
    );
    assert_moved(&tasks, r#"{"Id": "7"}"#, Some(r#"{"label":"7 ()"}"#));
}

#[test]
fn bad_records_are_dropped_or_end_the_run() {
    let tasks = |action: &str| {
        json!([
            projection(&["Id", "Employees"]),
            map("Id", "id"),
            task(
                "Validate",
                "VALIDATE_NON_ZERO",
                &["Employees"],
                None,
                &json!({"VALIDATION_ACTION": action}),
            ),
        ])
    };
    let bad = r#"{"Id": "1", "Employees": 0}"#;
    assert_moved(&tasks("DropRecord"), bad, None);
    assert_moved(&tasks("DropRecord"), RECORD, Some(r#"{"id":"7"}"#));

    let (flow, account) = (flow("INSERT", "S3", &tasks("DropDataset")), account());
    let plan = Plan::new(&flow, Some(&account), None, None).unwrap();
    let mut transform = Transform::new(&plan).unwrap();
    let bad = SourceRecord::json(bad.to_owned());
    assert_eq!(
        transform.apply(&bad).unwrap_err().to_string(),
        "A record does not pass the validation VALIDATE_NON_ZERO of the field Employees, whose \
         action is DropDataset"
    );
}

fn filter(field: &str, operator: &str, properties: &Json) -> Json {
    task("Filter", operator, &[field], None, properties)
}

#[test]
fn filters_are_tested_by_the_connector_or_here() {
    let tasks = json!([
        projection(&["Id"]),
        map("Id", "id"),
        filter(
            "Employees",
            "GREATER_THAN",
            &json!({"VALUE": "10", "DATA_TYPE": "string"})
        ),
        filter("Name", "LESS_THAN", &json!({"VALUE": "B"})),
        filter("Name", "CONTAINS", &json!({"VALUES": "d,x"})),
    ]);
    let (flow, account) = (flow("INSERT", "S3", &tasks), account());
    let plan = Plan::new(&flow, Some(&account), None, None).unwrap();
    assert_eq!(
        plan.filter_expression.as_deref(),
        Some(r#"Employees > 10 and (Name contains "d" or Name contains "x")"#)
    );
    assert_eq!(plan.selected_fields, ["Id", "Name"]);
    assert_moved(&tasks, RECORD, Some(r#"{"id":"7"}"#));
    assert_moved(&tasks, r#"{"Id": "7", "Name": "Bo"}"#, None);
    assert_moved(&tasks, r#"{"Id": "7", "Name": null}"#, None);
}

#[test]
fn records_of_files_are_filtered_by_the_type_of_the_task() {
    let tasks = |operator: &str, properties: &Json| {
        json!([
            projection(&["id", "size", "on"]),
            map("id", "id"),
            filter("size", operator, properties),
        ])
    };
    let header = ["id", "size"];
    let lines = [
        csv(&header, &["1", "9"]),
        csv(&header, &["2", "10"]),
        csv(&header, &["3", "n/a"]),
        csv(&header, &["4"]),
        SourceRecord::json(r#"{"id": 5, "size": 11}"#.to_owned()),
    ];
    let moved = |operator: &str, properties: &Json| {
        let flow = flow("S3", "S3", &tasks(operator, properties));
        let plan = Plan::new(&flow, None, None, None).unwrap();
        let moved: Vec<usize> = run(&plan, &lines)
            .iter()
            .enumerate()
            .filter(|(_, moved)| moved.is_some())
            .map(|(index, _)| index + 1)
            .collect();
        moved
    };
    let ten = json!({"VALUE": "10", "DATA_TYPE": "integer"});
    assert_eq!(moved("GREATER_THAN_OR_EQUAL_TO", &ten), [2, 5]);
    assert_eq!(moved("LESS_THAN", &json!({"VALUE": "10"})), [1]);
    assert_eq!(moved("NOT_EQUAL_TO", &json!({"VALUES": "9,n/a"})), [2, 5]);
    assert_eq!(
        moved("BETWEEN", &json!({"LOWER_BOUND": "9", "UPPER_BOUND": "10"})),
        [1, 2]
    );
}

#[test]
fn a_flow_from_files_without_projection_moves_nothing() {
    let flow = flow("S3", "S3", &json!([map("a", "a")]));
    let plan = Plan::new(&flow, None, None, None).unwrap();
    assert!(plan.moves_nothing);
    assert_eq!(check(&flow, None, None), Vec::<String>::new());
}

#[test]
fn all_fields_of_files_are_found_while_they_are_read() {
    let tasks = json!([
        map("a", "first"),
        task(
            "Map_all",
            "NO_OP",
            &[],
            None,
            &json!({"EXCLUDE_SOURCE_FIELDS_LIST": r#"["x"]"#}),
        ),
    ]);
    let flow = flow("S3", "S3", &tasks);
    let plan = Plan::new(&flow, None, None, None).unwrap();
    let records = [
        SourceRecord::json(r#"{"a": 1, "b": 2, "x": 3}"#.to_owned()),
        SourceRecord::json(r#"{"c": [1], "b": 4}"#.to_owned()),
        csv(&["b", "a"], &["5", "6"]),
    ];
    let moved = run(&plan, &records).into_iter().map(|moved| moved.unwrap());
    let moved: Vec<String> = moved.map(Result::unwrap).collect();
    assert_eq!(
        moved,
        [
            r#"{"first":1,"b":2}"#,
            r#"{"b":4,"c":[1]}"#,
            r#"{"first":"6","b":"5"}"#
        ]
    );
}

#[test]
fn values_for_a_connector_have_the_types_of_its_fields() {
    let tasks = json!([
        projection(&["id", "n", "when"]),
        map("id", "Id"),
        map("n", "Employees"),
        map("when", "Changed"),
    ]);
    let flow = flow("S3", "INSERT", &tasks);
    let account = account();
    assert_eq!(check(&flow, None, Some(&account)), Vec::<String>::new());
    let plan = Plan::new(&flow, None, Some(&account), None).unwrap();
    let header = ["id", "n", "when"];
    let moved = run(
        &plan,
        &[
            csv(&header, &["7", "12", "2026-01-02"]),
            csv(&header, &["8", "twelve"]),
        ],
    );
    assert_eq!(
        moved,
        [
            Some(Ok(
                r#"{"Id":"7","Employees":12,"Changed":"2026-01-02T00:00:00.000Z"}"#.to_owned()
            )),
            Some(Err(
                "The value of the field Employees cannot be converted to Integer".to_owned()
            )),
        ]
    );
}

#[test]
fn a_file_with_a_field_that_the_connector_lacks_fails_its_records() {
    let all = task("Map_all", "NO_OP", &[], None, &json!({}));
    let flow = flow("S3", "INSERT", &json!([all]));
    let account = account();
    let plan = Plan::new(&flow, None, Some(&account), None).unwrap();
    let header = ["Id", "Shoe"];
    let moved = run(
        &plan,
        &[csv(&header, &["7", "42"]), csv(&header, &["8", ""])],
    );
    assert_eq!(
        moved,
        [
            Some(Err("The destination has no field Shoe".to_owned())),
            Some(Ok(r#"{"Id":"8"}"#.to_owned())),
        ]
    );
}

#[test]
fn partition_keys_are_destination_fields() {
    let tasks = json!([
        projection(&["Id", "Name"]),
        map("Id", "id"),
        map("Name", "name"),
        {"taskType": "Partition", "sourceFields": [],
         "taskProperties": {"ORDERED_PARTITION_KEYS_LIST": r#"["name","id"]"#}},
    ]);
    let (flow, account) = (flow("INSERT", "S3", &tasks), account());
    let plan = Plan::new(&flow, Some(&account), None, None).unwrap();
    let mut transform = Transform::new(&plan).unwrap();
    let record = SourceRecord::json(r#"{"Id": "7", "Name": null}"#.to_owned());
    let Outcome::Moved(row) = transform.apply(&record).unwrap() else {
        panic!("it is moved");
    };
    let partition: Vec<_> = transform.partition(&row).collect();
    assert_eq!(partition, [("name", None), ("id", Some("7".into()))]);
}

#[track_caller]
fn assert_refused(source: &str, destination: &str, tasks: &Json, problems: &[&str]) {
    let account = account();
    let side = |kind: &str| (kind != "S3").then_some(&account);
    let flow = flow(source, destination, tasks);
    let found = check(&flow, side(source), side(destination));
    assert_eq!(found, problems, "{tasks}");
}

#[test]
fn contradictory_tasks_are_refused() {
    let error = |text: &str| format!("Task Validation Error: {text}");
    let refused = |tasks: Json, text: &str| {
        assert_refused("INSERT", "S3", &tasks, &[&error(text)]);
    };
    let all = || task("Map_all", "NO_OP", &[], None, &json!({}));
    refused(
        json!([]),
        "You must specify a projection task or a MAP_ALL task",
    );
    refused(
        json!([projection(&["Id"]), projection(&["Name"])]),
        "A flow can have one projection task only",
    );
    refused(
        json!([all(), all()]),
        "A flow can have one MAP_ALL task only",
    );
    refused(
        json!([projection(&["Id"]), map("Name", "name")]),
        "The Map task uses the field Name, which the projection does not select",
    );
    refused(
        json!([projection(&["Id"]), map("Id", "id"), map("Id", "id")]),
        "Several tasks write the destination field id",
    );
    refused(
        json!([map("Id", "Name"), all()]),
        "Several tasks write the destination field Name",
    );
    refused(
        json!([projection(&["Shoe"])]),
        "The source Entity has no field Shoe",
    );
    refused(
        json!([
            projection(&["Id"]),
            filter("Shoe", "EQUAL_TO", &json!({"VALUE": "1"}))
        ]),
        "The source Entity has no field Shoe",
    );
    refused(
        json!([
            projection(&["Id"]),
            filter("Employees", "EQUAL_TO", &json!({"VALUE": "x"}))
        ]),
        "The value x is not valid for the field Employees of type Integer",
    );
    refused(
        json!([
            projection(&["Id"]),
            filter("Id", "NO_OP", &json!({"VALUE": "x"}))
        ]),
        "The operator NO_OP is not valid for filtering tasks.  The task sourceConnectorType is \
         FILTERING and the task operator is NO_OP",
    );
    let many = "1,2,3,4,5,6,7,8,9,10,11";
    refused(
        json!([
            projection(&["Id"]),
            filter("Id", "EQUAL_TO", &json!({"VALUES": many}))
        ]),
        "The filter on Id has more than 10 values",
    );
    refused(
        json!([projection(&["Id"]), map("Id", "id"), {
            "taskType": "Partition", "sourceFields": [],
            "taskProperties": {"ORDERED_PARTITION_KEYS_LIST": "Id"},
        }]),
        "The partition key Id is not a destination field",
    );
}

#[test]
fn all_problems_are_reported() {
    assert_refused(
        "INSERT",
        "S3",
        &json!([projection(&["Id"]), map("Name", "n"), map("Id", "")]),
        &[
            "Task Validation Error: A Map task needs a destination field",
            "Task Validation Error: The Map task uses the field Name, which the projection does \
             not select",
        ],
    );
}

#[test]
fn a_destination_takes_only_fields_that_it_can_write() {
    let refused = |operation: &str, tasks: Json, problems: &[&str]| {
        assert_refused("S3", operation, &tasks, problems);
    };
    refused(
        "INSERT",
        json!([projection(&["a"]), map("a", "Shoe")]),
        &["Task Validation Error: The destination Entity has no field Shoe"],
    );
    refused(
        "UPSERT",
        json!([projection(&["a"]), map("a", "Name")]),
        &["No task maps the id field Id"],
    );
    refused(
        "INSERT",
        json!([projection(&["a"]), map("a", "Name"), {
            "taskType": "Partition", "sourceFields": [],
            "taskProperties": {"ORDERED_PARTITION_KEYS_LIST": "Name"},
        }]),
        &["Task Validation Error: A Partition task needs Amazon S3 as the destination"],
    );

    let mut account = account();
    account.fields[1] = serde_json::from_value(json!({
        "fieldName": "Name", "dataType": "String",
        "writeProperties": {"isCreatable": true, "isUpdatable": false},
    }))
    .unwrap();
    let tasks = json!([projection(&["a"]), map("a", "Id"), map("a", "Name")]);
    for (operation, problems) in [
        ("INSERT", &[][..]),
        ("UPSERT", &[]),
        ("DELETE", &[]),
        (
            "UPDATE",
            &["The destination field Name cannot be written by UPDATE"],
        ),
    ] {
        let flow = flow("S3", operation, &tasks);
        assert_eq!(check(&flow, None, Some(&account)), problems, "{operation}");
    }
}

#[test]
fn an_incremental_flow_needs_a_field_of_time() {
    let tasks = json!([projection(&["Id"]), map("Id", "id")]);
    let mut flow = flow("INSERT", "S3", &tasks);
    flow.trigger_config = serde_json::from_value(json!({
        "triggerType": "Scheduled",
        "triggerProperties": {"Scheduled": {
            "scheduleExpression": "rate(1hours)", "dataPullMode": "Incremental",
        }},
    }))
    .unwrap();
    let mut account = account();
    assert_eq!(
        check(&flow, Some(&account), None),
        [
            "An incremental flow needs datetimeTypeFieldName, because Entity has not exactly one \
             timestamp field"
        ]
    );
    account.fields[5] = serde_json::from_value(json!({
        "fieldName": "Changed", "dataType": "DateTime",
        "readProperties": {"isTimestampFieldForIncrementalQueries": true},
    }))
    .unwrap();
    let field = pull_field(&flow, &account).unwrap().unwrap();
    assert_eq!(field.field_name, "Changed");

    let mut named = |name: &str| {
        flow.source_flow_config.incremental_pull_config =
            serde_json::from_value(json!({"datetimeTypeFieldName": name})).unwrap();
        pull_field(&flow, &account).map(|field| field.unwrap().field_name.clone())
    };
    assert_eq!(named("Changed").unwrap(), "Changed");
    assert_eq!(
        named("Name").unwrap_err(),
        "The field Name of an incremental flow must be a Date or DateTime, not String"
    );
    assert!(named("Shoe").is_err());
}

#[test]
fn the_schema_version_follows_mappings() {
    let of = |tasks: Json| flow("INSERT", "S3", &tasks);
    let one = of(json!([
        projection(&["a", "b"]),
        map("a", "x"),
        map("b", "y")
    ]));
    let reordered = of(json!([
        map("b", "y"),
        map("a", "x"),
        projection(&["a", "b"])
    ]));
    let filtered = of(json!([
        projection(&["a", "b"]),
        map("a", "x"),
        map("b", "y"),
        filter("a", "EQUAL_TO", &json!({"VALUE": "1"})),
    ]));
    let renamed = of(json!([
        projection(&["a", "b"]),
        map("a", "z"),
        map("b", "y")
    ]));
    assert!(!changes_schema(&one, &reordered));
    assert!(!changes_schema(&one, &filtered));
    assert!(changes_schema(&one, &renamed));
}
