/// The result of a call: what it returned, or the error that AppFlow gets.
pub type Result<T> = std::result::Result<T, appflow_connector_model::ConnectorError>;
