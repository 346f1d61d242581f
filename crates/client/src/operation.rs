//! The eight operations: which response belongs to which request.

use appflow_connector_model::{
    ConnectorRequest, DescribeConnectorConfigurationRequest,
    DescribeConnectorConfigurationResponse, DescribeEntityRequest, DescribeEntityResponse,
    ListEntitiesRequest, ListEntitiesResponse, QueryDataRequest, QueryDataResponse, Response,
    RetrieveDataRequest, RetrieveDataResponse, ValidateConnectorRuntimeSettingsRequest,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsRequest,
    ValidateCredentialsResponse, WriteDataRequest, WriteDataResponse,
};

/// A request of one of the eight operations.
pub trait Request {
    /// The operation's response.
    type Response: Response;

    /// Returns the request as the connector gets it.
    fn into_request(self) -> ConnectorRequest;
}

impl Request for DescribeConnectorConfigurationRequest {
    type Response = DescribeConnectorConfigurationResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::DescribeConnectorConfiguration(self)
    }
}

impl Request for ValidateConnectorRuntimeSettingsRequest {
    type Response = ValidateConnectorRuntimeSettingsResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::ValidateConnectorRuntimeSettings(self)
    }
}

impl Request for ValidateCredentialsRequest {
    type Response = ValidateCredentialsResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::ValidateCredentials(self)
    }
}

impl Request for ListEntitiesRequest {
    type Response = ListEntitiesResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::ListEntities(self)
    }
}

impl Request for DescribeEntityRequest {
    type Response = DescribeEntityResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::DescribeEntity(self)
    }
}

impl Request for QueryDataRequest {
    type Response = QueryDataResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::QueryData(self)
    }
}

impl Request for RetrieveDataRequest {
    type Response = RetrieveDataResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::RetrieveData(self)
    }
}

impl Request for WriteDataRequest {
    type Response = WriteDataResponse;

    fn into_request(self) -> ConnectorRequest {
        ConnectorRequest::WriteData(self)
    }
}
