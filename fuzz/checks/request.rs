//! A payload is a request, or its error is short and says what is wrong. Nothing follows a request.

use appflow_connector_model::ConnectorRequest;

pub fn check(payload: &[u8]) {
    match ConnectorRequest::from_slice(payload) {
        Ok(_) => {
            let longer = [payload, b" {}"].concat();
            assert!(ConnectorRequest::from_slice(&longer).is_err());
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && message.chars().count() <= 1_100);
        }
    }
}
