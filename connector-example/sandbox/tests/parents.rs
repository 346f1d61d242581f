//! Fields of parents in queries: `Owner.Name`, `Parent.Name`, `Airport__r.iata`.

mod common;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use salesforce_sandbox::RecordChange;
use serde_json::{Value, json};

use common::Client;

/// How many records match a condition on fields of the records and of their parents, by the
/// records themselves.
fn count(records: &[Value], matches: impl Fn(&Value) -> bool) -> u64 {
    records.iter().filter(|record| matches(record)).count() as u64
}

#[tokio::test]
async fn a_parent_is_an_object_in_the_record() {
    let client = Client::new().await;
    let (status, page) = client
        .query("SELECT Name, owner.name, ParentId, Parent.Name, Owner.IsActive FROM Account ORDER BY Id LIMIT 2")
        .await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let [first, second] = page["records"].as_array().unwrap().as_slice() else {
        panic!("{page}")
    };
    assert_eq!(
        first["Owner"],
        json!({
            "attributes": {
                "type": "User",
                "url": "/services/data/v60.0/sobjects/User/0055g0000000001AAA",
            },
            "Name": "Integration User",
            "IsActive": true,
        })
    );
    assert_eq!(
        (&first["ParentId"], &first["Parent"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(second["Owner"]["Name"], "Ada O'Brien");
    let keys: BTreeSet<&String> = first.as_object().unwrap().keys().collect();
    let expected = ["Name", "Owner", "Parent", "ParentId", "attributes"].map(str::to_owned);
    assert_eq!(keys, expected.iter().collect());
}

#[tokio::test]
async fn records_are_filtered_and_sorted_by_fields_of_parents() {
    let client = Client::new().await;
    let all = client
        .query_all("SELECT Id, Name, Owner.Name, Owner.IsActive, Owner.FirstName, Parent.Name FROM Account")
        .await;
    assert_eq!(all.len(), 5_000);
    assert!(all.iter().any(|record| record["Parent"].is_null()));
    assert!(
        all.iter()
            .any(|record| record["Parent"]["Name"].is_string())
    );
    let is_acme = |name: &Value| {
        name.as_str()
            .is_some_and(|name| name.to_lowercase().starts_with("acme"))
    };
    for (condition, expected) in [
        (
            r"Owner.Name = 'ada o\'brien'",
            count(&all, |it| it["Owner"]["Name"] == "Ada O'Brien"),
        ),
        (
            "Owner.FirstName = null",
            count(&all, |it| it["Owner"]["FirstName"].is_null()),
        ),
        (
            "Owner.IsActive = false",
            count(&all, |it| it["Owner"]["IsActive"] == false),
        ),
        (
            "Account.Owner.Name != 'Support'",
            count(&all, |it| it["Owner"]["Name"] != "Support"),
        ),
        (
            "Parent.Name LIKE 'acme%'",
            count(&all, |it| is_acme(&it["Parent"]["Name"])),
        ),
        // A record without a parent has nulls in its parent's fields, and unchecked boxes.
        (
            "Parent.Name = null",
            count(&all, |it| it["Parent"].is_null()),
        ),
        ("Parent.Name != 'x'", 5_000),
        (
            "(NOT Parent.Name LIKE 'acme%')",
            count(&all, |it| !is_acme(&it["Parent"]["Name"])),
        ),
        (
            "Parent.Name LIKE 'acme%' AND Name LIKE 'acme%' AND Owner.Name IN ('Support', 'Zoë Müller')",
            count(&all, |it| {
                is_acme(&it["Parent"]["Name"])
                    && is_acme(&it["Name"])
                    && (it["Owner"]["Name"] == "Support" || it["Owner"]["Name"] == "Zoë Müller")
            }),
        ),
    ] {
        assert!(expected > 0, "{condition}");
        assert_eq!(
            client.count(&format!("Account WHERE {condition}")).await,
            expected,
            "{condition}"
        );
    }
    let unchecked = count(&all, |it| it["Parent"].is_null());
    assert!(
        client
            .count("Account WHERE Parent.IsPartner__c = false")
            .await
            > unchecked
    );
    assert_eq!(
        client
            .count("Account WHERE Parent.IsPartner__c = false")
            .await
            + client
                .count("Account WHERE Parent.IsPartner__c = true")
                .await,
        5_000
    );

    let sorted = client
        .query_all(
            "SELECT Id, Airport__r.iata FROM Inspection__c ORDER BY Airport__r.iata DESC, Id",
        )
        .await;
    let codes: Vec<&str> = sorted
        .iter()
        .map(|it| it["Airport__r"]["iata"].as_str().unwrap())
        .collect();
    assert_eq!(codes.len(), 100);
    assert!(codes.is_sorted_by(|left, right| left >= right));
}

#[tokio::test]
async fn a_deleted_parent_is_null_except_for_query_all() {
    let client = Client::new().await;
    let soql = "SELECT Id, Airport__r.name FROM Inspection__c WHERE Id = 'a015g0000000000AAA'";
    let (_, page) = client.query(soql).await;
    let url = page["records"][0]["Airport__r"]["attributes"]["url"]
        .as_str()
        .unwrap();
    let airport = url.rsplit('/').next().unwrap().to_owned();
    let (object, id) = ("Airport__c".to_owned(), airport);
    client
        .sandbox
        .change_records(&[RecordChange::Delete { object, id }])
        .unwrap();
    let (_, page) = client.query(soql).await;
    assert_eq!(page["records"][0]["Airport__r"], json!(null));
    let (_, page) = client
        .get(&common::query_path(soql).replace("/query?", "/queryAll?"))
        .await;
    assert!(
        page["records"][0]["Airport__r"]["name"].is_string(),
        "{page}"
    );
}

#[tokio::test]
async fn unknown_paths_are_refused_as_unknown_fields() {
    let client = Client::new().await;
    for (fields, message) in [
        (
            "Boss.Name",
            "Didn't understand relationship 'Boss' in field path.",
        ),
        (
            "OwnerId.Name",
            "Didn't understand relationship 'OwnerId' in field path.",
        ),
        ("Owner.Shoes", "No such column 'Shoes' on entity 'User'."),
        (
            "Owner.IsDeleted",
            "No such column 'IsDeleted' on entity 'User'.",
        ),
        ("Owner.Manager.Name", "the sandbox follows one relationship"),
    ] {
        let (code, found) = client
            .query_error(&format!("SELECT {fields} FROM Account"))
            .await;
        assert_eq!(code, "INVALID_FIELD");
        assert!(found.contains(message), "{found}");
    }
    let (code, message) = client
        .query_error("SELECT Owner.Name, Account.owner.name FROM Account")
        .await;
    assert_eq!(code, "MALFORMED_QUERY");
    assert_eq!(message, "duplicate field selected: Owner.Name");
}

#[tokio::test]
async fn users_are_records_that_cannot_be_deleted() {
    let client = Client::new().await;
    let users = client
        .query_all("SELECT Id, Name, IsActive, Manager.Name FROM User ORDER BY Id")
        .await;
    let names: Vec<&str> = users
        .iter()
        .map(|user| user["Name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Integration User",
            "Ada O'Brien",
            "Zoë Müller",
            "Support",
            "Former Employee"
        ]
    );
    assert_eq!(users[0]["Manager"], json!(null));
    assert_eq!(users[2]["Manager"]["Name"], "Ada O'Brien");
    let path = "/services/data/v60.0/sobjects/User";
    let (_, description) = client.get(&format!("{path}/describe")).await;
    assert_eq!(description["deletable"], false);
    let fields = description["fields"].as_array().unwrap();
    assert!(fields.iter().all(|field| field["name"] != "IsDeleted"));

    let user = users[1]["Id"].as_str().unwrap();
    let (status, response) = client.delete(&format!("{path}/{user}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(response[0]["errorCode"], "INVALID_TYPE_FOR_OPERATION");
    let (status, _) = client
        .send(
            "PATCH",
            &format!("{path}/{user}"),
            &json!({ "LastName": "New" }),
        )
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        client.count("Account WHERE Owner.Name = 'Ada New'").await,
        1_000
    );

    let account = json!({ "Name": "Owned", "OwnerId": user });
    let (status, created) = client
        .send("POST", "/services/data/v60.0/sobjects/Account", &account)
        .await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let stranger = json!({ "Name": "Owned", "OwnerId": "0055g000000zzzz" });
    let (status, _) = client
        .send("POST", "/services/data/v60.0/sobjects/Account", &stranger)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
