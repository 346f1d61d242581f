//! Lambda's limits for a synchronous call.

/// The largest payload that Lambda accepts for a synchronous call: 6 MB.
pub const MAX_REQUEST_BYTES: usize = 6 * 1024 * 1024;

/// The largest response that Lambda accepts from a function: 100 bytes more than the 6 MB of its
/// documentation.
pub const MAX_RESPONSE_BYTES: usize = 6_291_556;
