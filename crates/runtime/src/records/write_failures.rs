//! What the errors of writes mean, and how much is said about them.

use std::borrow::Cow;

use appflow_connector_model::limits::{MAX_RESPONSE_BYTES, MAX_SENT_MESSAGE_CHARS};
use appflow_connector_model::{ConnectorError, ErrorCode, WriteRecordResult, truncate};

/// The longest message once many records have failed.
const MAX_LATER_MESSAGE_CHARS: usize = 40;

/// The message of a record that was not sent.
pub(crate) const NOT_ATTEMPTED: &str =
    "not attempted, because records before it could not be written";

/// Returns whether the application refused records for what is in them, and wrote nothing.
pub(crate) fn is_refused(error: &ConnectorError) -> bool {
    matches!(
        error.code(),
        ErrorCode::InvalidArgument | ErrorCode::ClientError
    )
}

/// Returns whether it is unknown what a request with this error wrote.
pub(crate) fn is_effect_unknown(error: &ConnectorError) -> bool {
    matches!(
        error.code(),
        ErrorCode::RequestTimeout | ErrorCode::ServiceUnavailable | ErrorCode::ServerError
    )
}

/// Cuts messages, so that those of a hundred thousand records fit into memory and a response. The
/// first three megabytes of them have at most 800 characters each, later ones at most 40.
#[derive(Default)]
pub(crate) struct MessageBudget {
    bytes: usize,
}

impl MessageBudget {
    pub(crate) fn cut(&mut self, mut result: WriteRecordResult) -> WriteRecordResult {
        let max_chars = if self.bytes < MAX_RESPONSE_BYTES / 2 {
            MAX_SENT_MESSAGE_CHARS
        } else {
            MAX_LATER_MESSAGE_CHARS
        };
        if let Some(message) = &mut result.error_message {
            if let Cow::Owned(cut) = truncate(message, max_chars) {
                *message = cut;
            }
            self.bytes += message.len();
        }
        result
    }
}
