//! Work that takes longer than a call may.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bounded::Bounded;

/// The filter of two lists that are too long for any query together.
fn two_long_lists() -> String {
    let list = |count: usize| {
        (0..count)
            .map(|value| format!("'{value}'"))
            .collect::<Vec<_>>()
            .join(",")
    };
    format!(
        "Name in ({}) and Industry in ({})",
        list(60_000),
        list(40_000)
    )
}

fn fields() -> Value {
    json!([
        { "fieldName": "Id", "dataType": "String" },
        { "fieldName": "Name", "dataType": "String" },
        { "fieldName": "Industry", "dataType": "String" },
    ])
}

#[tokio::test]
async fn eight_filters_of_two_long_lists_in_a_row_are_all_responded_to() {
    let connector = Bounded::start(Duration::from_secs(3), |_, _| "{}").await;
    for call in 0..8 {
        let request = json!({
            "type": "QueryDataRequest",
            "entityIdentifier": "Account",
            "filterExpression": two_long_lists(),
        });
        let (response, _) = connector.call(request, &fields()).await;
        assert_eq!(response["isSuccess"], false, "call {call}: {response}");
    }
}
