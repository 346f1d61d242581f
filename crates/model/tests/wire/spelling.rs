//! How every value of every enum is written on the wire.

use appflow_connector_model::{
    AuthenticationType, ConnectorMode, ConnectorOperator, ConnectorRuntimeSettingDataType,
    ConnectorRuntimeSettingScope, DataTransferType, ErrorCode, FieldDataType, OAuth2ContentType,
    OAuth2CustomPropertyType, OAuth2GrantType, OAuth2MethodType, RequestType, TimeUnit,
    TriggerFrequency, TriggerType, WriteOperationType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Fails unless the values are spelled like the words, one for one and both ways.
#[track_caller]
fn assert_spelled<T>(values: &[T], words: &str)
where
    T: Copy + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let words: Vec<&str> = words.split_whitespace().collect();
    assert_eq!(values.len(), words.len());
    for (value, word) in values.iter().zip(words) {
        assert_eq!(serde_json::to_value(value).unwrap(), word);
        assert_eq!(serde_json::from_value::<T>(word.into()).unwrap(), *value);
    }
}

#[test]
fn field_data_type() {
    use FieldDataType as T;
    let all = [
        T::String,
        T::Integer,
        T::Float,
        T::Double,
        T::Long,
        T::Short,
        T::BigInteger,
        T::BigDecimal,
        T::ByteArray,
        T::Boolean,
        T::Date,
        T::DateTime,
        T::Struct,
        T::Map,
        T::List,
    ];
    assert_spelled(
        &all,
        "String Integer Float Double Long Short BigInteger BigDecimal ByteArray Boolean Date DateTime Struct Map List",
    );
    for data_type in all {
        assert_eq!(serde_json::to_value(data_type).unwrap(), data_type.as_str());
    }
}

#[test]
fn connector_operator() {
    assert_spelled(
        &ConnectorOperator::ALL,
        "PROJECTION LESS_THAN GREATER_THAN BETWEEN LESS_THAN_OR_EQUAL_TO GREATER_THAN_OR_EQUAL_TO EQUAL_TO CONTAINS
         NOT_EQUAL_TO ADDITION SUBTRACTION MULTIPLICATION DIVISION MASK_ALL MASK_FIRST_N MASK_LAST_N VALIDATE_NON_NULL
         VALIDATE_NON_ZERO VALIDATE_NON_NEGATIVE VALIDATE_NUMERIC NO_OP",
    );
}

#[test]
fn what_a_connector_supports() {
    assert_spelled(&WriteOperationType::ALL, "INSERT UPDATE UPSERT DELETE");
    assert_spelled(
        &[ConnectorMode::Source, ConnectorMode::Destination],
        "SOURCE DESTINATION",
    );
    assert_spelled(
        &[DataTransferType::Record, DataTransferType::File],
        "RECORD FILE",
    );
    assert_spelled(&TriggerType::ALL, "SCHEDULED ONDEMAND");
    assert_spelled(
        &TriggerFrequency::ALL,
        "BYMINUTE HOURLY DAILY WEEKLY MONTHLY ONCE",
    );
}

#[test]
fn settings() {
    use {ConnectorRuntimeSettingDataType as T, ConnectorRuntimeSettingScope as S};
    assert_spelled(
        &[
            S::ConnectorProfile,
            S::Source,
            S::Destination,
            S::SourceAndDestination,
        ],
        "CONNECTOR_PROFILE SOURCE DESTINATION SOURCE_AND_DESTINATION",
    );
    assert_spelled(
        &[
            T::String,
            T::Date,
            T::DateTime,
            T::Long,
            T::Integer,
            T::Boolean,
            T::Url,
        ],
        "String Date DateTime Long Integer Boolean Url",
    );
}

#[test]
fn authentication() {
    use {AuthenticationType as A, OAuth2GrantType as G};
    assert_spelled(
        &[A::BasicAuth, A::OAuth2, A::ApiKey, A::CustomAuth],
        "BasicAuth OAuth2 ApiKey CustomAuth",
    );
    assert_spelled(
        &[G::ClientCredentials, G::AuthorizationCode, G::JwtBearer],
        "CLIENT_CREDENTIALS AUTHORIZATION_CODE JWT_BEARER",
    );
    assert_spelled(
        &[
            OAuth2ContentType::UrlEncoded,
            OAuth2ContentType::ApplicationJson,
        ],
        "URL_ENCODED APPLICATION_JSON",
    );
    assert_spelled(
        &[OAuth2MethodType::HttpPost, OAuth2MethodType::HttpGet],
        "HTTP_POST HTTP_GET",
    );
    assert_spelled(
        &[
            OAuth2CustomPropertyType::TokenUrl,
            OAuth2CustomPropertyType::AuthUrl,
        ],
        "TOKEN_URL AUTH_URL",
    );
}

#[test]
fn time_unit() {
    use TimeUnit as U;
    assert_spelled(
        &[
            U::Nanoseconds,
            U::Microseconds,
            U::Milliseconds,
            U::Seconds,
            U::Minutes,
            U::Hours,
            U::Days,
        ],
        "NANOSECONDS MICROSECONDS MILLISECONDS SECONDS MINUTES HOURS DAYS",
    );
}

#[test]
fn error_code() {
    use ErrorCode as E;
    let all = [
        E::InvalidArgument,
        E::InvalidCredentials,
        E::AccessDenied,
        E::RequestTimeout,
        E::RateLimitExceeded,
        E::ServiceUnavailable,
        E::ClientError,
        E::ServerError,
        E::UnknownError,
        E::PartialWriteFailure,
        E::ResourceNotFoundError,
    ];
    assert_spelled(
        &all,
        "InvalidArgument InvalidCredentials AccessDenied RequestTimeout RateLimitExceeded ServiceUnavailable ClientError
         ServerError UnknownError PartialWriteFailure ResourceNotFoundError",
    );
    for code in all {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

#[test]
fn request_type() {
    assert_eq!(
        RequestType::ALL.map(RequestType::as_str),
        [
            "DescribeConnectorConfigurationRequest",
            "ValidateConnectorRuntimeSettingsRequest",
            "ValidateCredentialsRequest",
            "ListEntitiesRequest",
            "DescribeEntityRequest",
            "QueryDataRequest",
            "RetrieveDataRequest",
            "WriteDataRequest",
        ]
    );
}
