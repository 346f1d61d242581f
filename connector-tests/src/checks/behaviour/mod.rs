//! What AppFlow expects of every call, and of the process behind the calls.

mod process;
mod requests;
mod watched;

use super::body::Body;

pub(super) const BODIES: &[(&str, Body)] = &[
    ("behaviour.unknown-type-refused", |run| {
        Box::pin(requests::unknown_type_refused(run))
    }),
    ("behaviour.malformed-request-refused", |run| {
        Box::pin(requests::malformed_request_refused(run))
    }),
    ("behaviour.missing-field-refused", |run| {
        Box::pin(requests::missing_field_refused(run))
    }),
    ("behaviour.unknown-key-ignored", |run| {
        Box::pin(requests::unknown_key_ignored(run))
    }),
    ("behaviour.recovers-after-kill", |run| {
        Box::pin(process::recovers_after_kill(run))
    }),
    ("behaviour.memory-flat", |run| {
        Box::pin(process::memory_flat(run))
    }),
    ("behaviour.deadline-respected", |run| {
        Box::pin(watched::deadline_respected(run))
    }),
    ("behaviour.responses-fit", |run| {
        Box::pin(watched::responses_fit(run))
    }),
    ("behaviour.success-without-error", |run| {
        Box::pin(watched::success_without_error(run))
    }),
    ("behaviour.errors-explained", |run| {
        Box::pin(watched::errors_explained(run))
    }),
    ("behaviour.secrets-kept", |run| {
        Box::pin(watched::secrets_kept(run))
    }),
];
