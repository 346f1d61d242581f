//! What is on the wire, compared with JSON written by hand from the official SDKs' field names.

mod bad_requests;
mod bounds;
mod defaults;
mod fixtures;
mod lenient;
mod properties;
mod requests;
mod responses;
mod results;
mod spelling;
