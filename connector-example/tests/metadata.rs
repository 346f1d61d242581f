//! Objects and their fields.

mod support;

use salesforce_sandbox::Config;
use serde_json::{Value, json};
use support::{Connection, Salesforce, error, fake_server};

#[tokio::test]
async fn objects_are_listed_page_by_page() {
    let salesforce = Salesforce::start().await;
    let connection = &salesforce.connection;
    let all = connection
        .send(&json!({ "type": "ListEntitiesRequest" }))
        .await;
    assert_eq!(all["nextToken"], Value::Null);
    assert_eq!(
        all["cacheControl"],
        json!({ "timeToLive": 1, "timeToLiveUnit": "HOURS" })
    );
    let entities = all["entities"].as_array().unwrap();
    let names: Vec<_> = entities
        .iter()
        .map(|entity| entity["entityIdentifier"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Account",
            "Airport__c",
            "Attachment",
            "ContentVersion",
            "Inspection__c",
            "User"
        ]
    );
    assert!(
        entities
            .iter()
            .all(|entity| entity["hasNestedEntities"] == false && entity["isWritable"] == true)
    );
    assert_eq!(entities[1]["label"], "Airport");

    let first = connection
        .send(&json!({ "type": "ListEntitiesRequest", "maxResult": 4 }))
        .await;
    let second =
        connection.send(&json!({ "type": "ListEntitiesRequest", "maxResult": 2, "nextToken": first["nextToken"] })).await;
    assert_eq!(second["nextToken"], Value::Null);
    let mut pages = first["entities"].as_array().unwrap().clone();
    pages.extend(second["entities"].as_array().unwrap().clone());
    assert_eq!(&pages, entities);
}

#[tokio::test]
async fn the_path_of_an_object_lists_that_object() {
    let salesforce = Salesforce::start().await;
    let all = salesforce
        .connection
        .send(&json!({ "type": "ListEntitiesRequest" }))
        .await;
    let one = salesforce
        .connection
        .send(&json!({ "type": "ListEntitiesRequest", "entitiesPath": "Account" }))
        .await;
    assert_eq!(one["entities"], json!([all["entities"][0]]));
    assert_eq!(one["nextToken"], Value::Null);
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_token_are_refused() {
    let salesforce = Salesforce::start().await;
    for (request, code) in [
        (
            json!({ "type": "ListEntitiesRequest", "entitiesPath": "Acount" }),
            "ClientError",
        ),
        (
            json!({ "type": "ListEntitiesRequest", "entitiesPath": "Account/../Airport__c" }),
            "InvalidArgument",
        ),
        (
            json!({ "type": "ListEntitiesRequest", "nextToken": "Accou" }),
            "InvalidArgument",
        ),
    ] {
        let response = salesforce.connection.send(&request).await;
        assert_eq!(error(&response).0, code);
    }
}

#[tokio::test]
async fn airports_have_the_columns_of_the_csv_file() {
    let salesforce = Salesforce::start().await;
    let request = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Airport__c" });
    let response = salesforce.connection.send(&request).await;
    let fields = response["entityDefinition"]["fields"].as_array().unwrap();
    let brief: Vec<_> = fields
        .iter()
        .map(|field| {
            (
                field["fieldName"].as_str().unwrap(),
                field["dataType"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("Id", "String"),
            ("IsDeleted", "Boolean"),
            ("iata", "String"),
            ("name", "String"),
            ("city", "String"),
            ("state", "String"),
            ("country", "String"),
            ("latitude", "Double"),
            ("longitude", "Double"),
            ("OwnerId", "String"),
            ("CreatedDate", "DateTime"),
            ("LastModifiedDate", "DateTime"),
            ("SystemModstamp", "DateTime"),
        ]
    );
    assert_eq!(
        fields[5],
        json!({
            "fieldName": "state",
            "dataType": "String",
            "dataTypeLabel": "String",
            "label": "State",
            "description": null,
            "isPrimaryKey": false,
            "defaultValue": null,
            "isDeprecated": false,
            "constraints": {
                "allowedLengthRange": { "minRange": 0, "maxRange": 2 },
                "allowedValueRange": null,
                "allowedValues": null,
                "allowedValuesRegexPattern": null,
                "allowedDateFormat": null,
            },
            "readProperties": {
                "isRetrievable": true,
                "isNullable": true,
                "isQueryable": true,
                "isTimestampFieldForIncrementalQueries": false,
            },
            "writeProperties": {
                "isCreatable": true,
                "isUpdatable": true,
                "isNullable": true,
                "isUpsertable": true,
                "isDefaultedOnCreate": false,
                "supportedWriteOperations": ["INSERT", "UPDATE", "UPSERT"],
            },
            "filterOperators": ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"],
            "customProperties": { "salesforceType": "string" },
        })
    );
}

#[tokio::test]
async fn every_salesforce_type_maps_to_an_appflow_type() {
    let salesforce = Salesforce::start().await;
    let request = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" });
    let response = salesforce.connection.send(&request).await;
    assert_eq!(
        response["entityDefinition"]["entity"]["entityIdentifier"],
        "Account"
    );
    let fields = response["entityDefinition"]["fields"].as_array().unwrap();
    let field = |name: &str| {
        fields
            .iter()
            .find(|field| field["fieldName"] == name)
            .unwrap()
    };
    for (name, data_type, salesforce_type) in [
        ("Id", "String", "id"),
        ("ParentId", "String", "reference"),
        ("Name", "String", "string"),
        ("Description", "String", "textarea"),
        ("Type", "String", "picklist"),
        ("Segments__c", "String", "multipicklist"),
        ("Channel__c", "String", "combobox"),
        ("Email__c", "String", "email"),
        ("Phone", "String", "phone"),
        ("Website", "String", "url"),
        ("TaxNumber__c", "String", "encryptedstring"),
        ("OpensAt__c", "String", "time"),
        ("LastValue__c", "String", "anyType"),
        ("IsPartner__c", "Boolean", "boolean"),
        ("NumberOfEmployees", "Integer", "int"),
        ("Views__c", "Long", "long"),
        ("Score__c", "Double", "double"),
        ("AnnualRevenue", "Double", "currency"),
        ("Discount__c", "Double", "percent"),
        ("CustomerSince__c", "Date", "date"),
        ("NextCall__c", "DateTime", "datetime"),
        ("Logo__c", "ByteArray", "base64"),
        ("BillingAddress", "Struct", "address"),
        ("Site__c", "Struct", "location"),
    ] {
        assert_eq!(field(name)["dataType"], data_type, "{name}");
        assert_eq!(
            field(name)["customProperties"]["salesforceType"],
            salesforce_type,
            "{name}"
        );
    }

    let flagged = |pointer: &str, value: bool| -> Vec<&str> {
        let flagged = fields
            .iter()
            .filter(|field| field.pointer(pointer) == Some(&value.into()));
        flagged
            .map(|field| field["fieldName"].as_str().unwrap())
            .collect()
    };
    assert_eq!(flagged("/isPrimaryKey", true), ["Id"]);
    let incremental = "/readProperties/isTimestampFieldForIncrementalQueries";
    assert_eq!(
        flagged(incremental, true),
        ["CreatedDate", "LastModifiedDate", "SystemModstamp"]
    );
    assert_eq!(flagged("/readProperties/isRetrievable", false), ["Logo__c"]);
    assert_eq!(
        flagged("/readProperties/isQueryable", false),
        [
            "BillingAddress",
            "Description",
            "TaxNumber__c",
            "Logo__c",
            "LastValue__c",
            "Site__c"
        ]
    );
    for field in fields {
        let queryable = field["readProperties"]["isQueryable"] == true;
        assert_eq!(queryable, field["filterOperators"] != json!([]), "{field}");
    }

    assert_eq!(
        field("Type")["constraints"]["allowedValues"],
        json!(["Prospect", "Customer - Direct", "Partner", "Other"])
    );
    assert_eq!(
        field("Segments__c")["constraints"]["allowedValues"],
        Value::Null
    );
    assert_eq!(field("Name")["readProperties"]["isNullable"], false);
    assert_eq!(
        field("ParentId")["filterOperators"],
        json!(["EQUAL_TO", "NOT_EQUAL_TO"])
    );
}

#[tokio::test]
async fn an_error_names_the_unknown_object() {
    let salesforce = Salesforce::start().await;
    for (name, code) in [
        ("Hotel__c", "ClientError"),
        ("../limits", "InvalidArgument"),
        ("", "InvalidArgument"),
        ("Account?a=b", "InvalidArgument"),
    ] {
        let request = json!({ "type": "DescribeEntityRequest", "entityIdentifier": name });
        let response = salesforce.connection.send(&request).await;
        let (found, message) = error(&response);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(name), "{message}");
    }
}

async fn with_special_objects() -> Salesforce {
    Salesforce::with(Config {
        special_objects: true,
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn an_object_without_a_label_is_called_by_its_name() {
    let salesforce = with_special_objects().await;
    let connection = &salesforce.connection;
    let all = connection
        .send(&json!({ "type": "ListEntitiesRequest" }))
        .await;
    let entities = all["entities"].as_array().unwrap();
    for name in ["Unlabelled__c", "MissingLabel__c"] {
        let entity = entities
            .iter()
            .find(|entity| entity["entityIdentifier"] == name);
        assert_eq!(entity.unwrap()["label"], name);
    }
    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Unlabelled__c" });
    let described = connection.send(&describe).await;
    let fields = described["entityDefinition"]["fields"].as_array().unwrap();
    let blank = fields.iter().find(|field| field["fieldName"] == "Blank__c");
    assert_eq!(blank.unwrap()["label"], "Blank__c");
}

/// 240 picklists of 1,000 values.
#[tokio::test]
async fn an_object_with_many_long_picklists_is_described_without_some_of_them() {
    let field = |number: usize| {
        let value =
            |n| json!({ "active": true, "value": format!("Choice {n:04} of list {number:04}") });
        let values: Vec<Value> = (0..1_000).map(value).collect();
        json!({
            "name": format!("List{number}__c"), "label": null, "type": "picklist", "length": 255,
            "nillable": true, "filterable": true, "createable": true, "updateable": true,
            "defaultedOnCreate": false, "externalId": false, "idLookup": false,
            "inlineHelpText": null, "relationshipName": null, "picklistValues": values,
        })
    };
    let object = json!({
        "name": "Lists__c", "label": null, "queryable": true, "createable": true,
        "updateable": true, "deletable": true, "fields": (0..240).map(field).collect::<Vec<_>>(),
    });
    let url = fake_server(move |_| (200, object.clone())).await;
    let connection = Connection::new(url, "token");
    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Lists__c" });
    let described = connection.send(&describe).await;
    assert_eq!(
        described["isSuccess"], true,
        "{}",
        described["errorDetails"]
    );
    let fields = described["entityDefinition"]["fields"].as_array().unwrap();
    assert_eq!(
        (fields.len(), &fields[0]["label"]),
        (240, &json!("List0__c"))
    );
    let (listed, unlisted): (Vec<&Value>, Vec<&Value>) = fields
        .iter()
        .partition(|field| field["constraints"]["allowedValues"].is_array());
    assert!(
        listed.len() > 100 && !unlisted.is_empty(),
        "{}",
        listed.len()
    );
    for field in unlisted {
        assert_eq!(
            field["description"],
            "Its 1000 allowed values are not listed, because the entity's description would be \
             too large."
        );
    }
}
