//! From a response to the result of its operation.

use appflow_connector_model::{
    ConnectorError, DescribeConnectorConfigurationResponse, DescribeEntityResponse, ErrorCode,
    ErrorDetails, ListEntitiesResponse, QueryDataResponse, Response, RetrieveDataResponse,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
};
use serde_json::{Value, json};

fn read<T: Response>(response: Value) -> Result<T, ConnectorError> {
    serde_json::from_value::<T>(response).unwrap().into_result()
}

fn assert_success_failure_and_silence<T: Response + std::fmt::Debug + PartialEq>() {
    assert!(read::<T>(json!({"isSuccess": true})).is_ok());

    let error = ConnectorError::rate_limit_exceeded("too many requests")
        .with_retry_after(std::time::Duration::from_secs(7));
    let written = serde_json::to_value(T::failure(error.clone())).unwrap();
    assert_eq!(written["isSuccess"], false);
    assert_eq!(read::<T>(written), Err(error));

    let error = read::<T>(json!({"isSuccess": false})).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UnknownError);
    assert_eq!(
        error.message(),
        "the connector reports a failure (`isSuccess` is false) without `errorDetails`"
    );
}

#[test]
fn every_response_is_a_result() {
    assert_success_failure_and_silence::<DescribeConnectorConfigurationResponse>();
    assert_success_failure_and_silence::<ValidateConnectorRuntimeSettingsResponse>();
    assert_success_failure_and_silence::<ValidateCredentialsResponse>();
    assert_success_failure_and_silence::<ListEntitiesResponse>();
    assert_success_failure_and_silence::<DescribeEntityResponse>();
    assert_success_failure_and_silence::<QueryDataResponse>();
    assert_success_failure_and_silence::<RetrieveDataResponse>();
    assert_success_failure_and_silence::<WriteDataResponse>();
}

#[test]
fn a_partial_write_keeps_the_result_of_each_record() {
    let results = json!([
        {"isSuccess": true, "recordId": "1"},
        {"isSuccess": false, "errorMessage": "a bad record"},
    ]);
    let details =
        json!({"errorCode": "PartialWriteFailure", "errorMessage": "1 of 2 records failed"});
    for details in [details, Value::Null] {
        let response: WriteDataResponse = read(
            json!({"isSuccess": false, "errorDetails": details, "writeRecordResults": results}),
        )
        .unwrap();
        assert!(!response.is_success);
        let results = response.write_record_results.unwrap();
        assert_eq!(results[1].error_message.as_deref(), Some("a bad record"));
    }
}

#[test]
fn a_write_that_failed_as_a_whole_is_an_error() {
    let partial = json!({"errorCode": "PartialWriteFailure", "errorMessage": "no results"});
    let whole = json!({"errorCode": "ServiceUnavailable", "errorMessage": "down"});
    let results = json!([{"isSuccess": false}]);
    for (details, results, code) in [
        (&partial, json!([]), ErrorCode::PartialWriteFailure),
        (&partial, Value::Null, ErrorCode::PartialWriteFailure),
        (&whole, results, ErrorCode::ServiceUnavailable),
    ] {
        let error = read::<WriteDataResponse>(
            json!({"isSuccess": false, "errorDetails": details, "writeRecordResults": results}),
        )
        .unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[test]
fn invalid_settings_are_named_by_the_error() {
    let error = read::<ValidateConnectorRuntimeSettingsResponse>(json!({
        "isSuccess": false,
        "errorsByInputField": {"pageSize": "must be a number", "instanceUrl": "is missing"},
    }))
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(
        error.message(),
        "settings are not valid: instanceUrl: is missing; pageSize: must be a number"
    );
}

#[test]
fn a_message_that_is_sent_leaves_room_for_appflows_words() {
    let long = "é".repeat(1_025);
    let details = ErrorDetails::from(ConnectorError::server_error(long.clone()));
    assert_eq!(details.error_message.chars().count(), 800);
    assert!(details.error_message.ends_with('…'));
    let words = "record ".repeat(200);
    let sent = ErrorDetails::from(ConnectorError::server_error(words)).error_message;
    assert!(
        sent.chars().count() <= 800 && sent.ends_with(" record…"),
        "{sent}"
    );
    // What a connector sends is read whole.
    let details = ErrorDetails {
        error_message: long.clone(),
        ..details
    };
    assert_eq!(ConnectorError::from(details).message(), long);
}
