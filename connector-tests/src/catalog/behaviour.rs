//! What AppFlow expects of every call, and of the process behind the calls.

use super::check::Check;

pub(super) const CHECKS: &[Check] = &[
    Check::new(
        "behaviour.unknown-type-refused",
        "A request of an unknown type must be refused.",
    ),
    Check::new(
        "behaviour.malformed-request-refused",
        "A malformed request must end in an error, not in the end of the process.",
    ),
    Check::new(
        "behaviour.missing-field-refused",
        "AppFlow's user sees the reason only if the connector responds to an invalid request, with InvalidArgument.",
    ),
    Check::new(
        "behaviour.unknown-key-ignored",
        "AppFlow adds keys to its requests over the years.",
    ),
    Check::new(
        "behaviour.recovers-after-kill",
        "AWS ends processes at any time: a new process must continue with the next page.",
    ),
    Check::new(
        "behaviour.memory-flat",
        "A process serves many calls: memory that grows with each call ends it.",
    ),
    Check::new(
        "behaviour.deadline-respected",
        "AppFlow waits 10 seconds for metadata and 30 for data, and shows no reason after that.",
    ),
    Check::new(
        "behaviour.responses-fit",
        "AWS Lambda rejects responses over 6,291,456 bytes.",
    ),
    Check::new(
        "behaviour.success-without-error",
        "A response that reports both success and an error is read as success: the error is lost.",
    ),
    Check::new(
        "behaviour.errors-explained",
        "AppFlow acts on the code of an error and shows its message to the user.",
    ),
    Check::new(
        "behaviour.secrets-kept",
        "Responses and logs are stored and read by others: none may contain a secret.",
    ),
];
