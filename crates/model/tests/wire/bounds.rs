//! Requests that are larger in memory than on the wire.

use std::collections::HashSet;

use appflow_connector_model::{
    ConnectorRequest, Entity, EntityDefinition, FieldDataType, FieldDefinition, RequestError,
};

fn list(element: &str, count: usize) -> String {
    vec![element; count].join(",")
}

fn message(payload: &str) -> Result<(), String> {
    let request = ConnectorRequest::from_slice(payload.as_bytes());
    request.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn lists_and_maps_of_a_request_have_at_most_100_000_elements() {
    let context = r#""entityIdentifier":"a","connectorContext":{}"#;
    for (name, request_type, element) in [
        ("ids", "RetrieveDataRequest", "\"\""),
        ("selectedFieldNames", "QueryDataRequest", "\"\""),
        ("records", "WriteDataRequest", "\"{}\""),
    ] {
        let request = |count| {
            let list = list(element, count);
            format!(r#"{{"type":"{request_type}",{context},"{name}":[{list}]}}"#)
        };
        assert_eq!(message(&request(100_000)), Ok(()));
        assert_eq!(
            message(&request(100_001)),
            Err(format!(
                "{request_type}: `{name}`: an array of more than 100000 elements"
            ))
        );
    }
    let settings = |count| {
        let settings: Vec<String> = (0..count).map(|key| format!("\"{key}\":\"\"")).collect();
        let settings = settings.join(",");
        format!(
            r#"{{"type":"ValidateCredentialsRequest","credentials":{{}},"connectorRuntimeSettings":{{{settings}}}}}"#
        )
    };
    assert_eq!(message(&settings(100_000)), Ok(()));
    assert_eq!(
        message(&settings(100_001)),
        Err("ValidateCredentialsRequest: `connectorRuntimeSettings`: a map of more than 100000 members".to_owned())
    );
}

#[test]
fn an_entity_has_at_most_65_536_fields() {
    let request = |count| {
        let fields = list(r#"{"fieldName":"a","dataType":"String"}"#, count);
        format!(
            r#"{{"type":"QueryDataRequest","entityIdentifier":"a","connectorContext":{{"entityDefinition":{{"entity":{{"entityIdentifier":"a","hasNestedEntities":false}},"fields":[{fields}]}}}}}}"#
        )
    };
    assert_eq!(message(&request(65_536)), Ok(()));
    assert_eq!(
        message(&request(65_537)),
        Err("QueryDataRequest: `connectorContext.entityDefinition.fields`: an array of more than 65536 elements".to_owned())
    );
}

#[test]
fn the_field_at_fault_is_named_in_a_large_request_too() {
    let request = format!(
        r#"{{"type":"WriteDataRequest","entityIdentifier":"a","records":[{}]}}"#,
        list("\"{}\"", 70_000)
    );
    assert_eq!(
        message(&request),
        Err("WriteDataRequest: missing required field `connectorContext`".to_owned())
    );
}

#[test]
fn a_type_of_any_size_is_refused() {
    let request = format!(r#"{{"type":[{}]}}"#, list("{}", 1_000_000));
    let error = ConnectorRequest::from_slice(request.as_bytes()).unwrap_err();
    assert!(matches!(error, RequestError::Malformed(_)), "{error}");
}

#[test]
fn a_selection_has_each_field_once_and_in_its_order() {
    let field = |name: usize| {
        FieldDefinition::builder()
            .field_name(name.to_string())
            .data_type(FieldDataType::String)
            .build()
    };
    let entity = EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("wide").build())
        .fields((0..60_000).map(field).collect())
        .build();
    let names: Vec<String> = (0..60_000)
        .rev()
        .map(|name: usize| name.to_string())
        .collect();
    let names = [names.clone(), names].concat();
    let selection = entity.select(Some(&names)).unwrap();
    let found: Vec<&String> = selection.iter().map(|field| &field.field_name).collect();
    assert_eq!(found, names[..60_000].iter().collect::<Vec<_>>());
    assert_eq!(found.iter().collect::<HashSet<_>>().len(), 60_000);
}
