use serde_json::Value;

/// One page of a reading.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) request: Value,
    pub(crate) records: usize,
    pub(crate) next_token: Option<String>,
}
