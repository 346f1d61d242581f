//! The limits of AppFlow and AWS Lambda.
//!
//! Lengths are in characters (`char`) unless the name says bytes. AppFlow's patterns are as its API
//! reference gives them.

use std::time::Duration;

/// The largest response that AWS Lambda accepts from a function, and the largest request it
/// delivers: 6 MiB.
pub const MAX_RESPONSE_BYTES: usize = 6_291_456;

/// The longest `nextToken`. It has no white space (`\S+`).
pub const MAX_TOKEN_CHARS: usize = 2_048;

/// The longest error message that AppFlow shows to its user, with the words that it puts before a
/// connector's own message.
pub const MAX_MESSAGE_CHARS: usize = 1_024;

/// The longest error message that a connector sends: [`MAX_MESSAGE_CHARS`] less room for AppFlow's
/// words, because AppFlow refuses what is longer in all.
pub const MAX_SENT_MESSAGE_CHARS: usize = 800;

/// The longest entity identifier in a flow. It has no white space (`\S+`).
pub const MAX_ENTITY_ID_CHARS: usize = 1_024;

/// The longest entity identifier in a listing. It has no white space (`\S+`).
pub const MAX_LISTED_ENTITY_ID_CHARS: usize = 128;

/// The longest `entitiesPath`, which is the identifier of an entity with nested entities.
pub const MAX_ENTITIES_PATH_CHARS: usize = 256;

/// The longest field name. It has no white space (`\S+`).
pub const MAX_FIELD_NAME_CHARS: usize = 128;

/// The longest label under which a connector is registered: `[a-zA-Z0-9][\w!@#.-]+`.
pub const MAX_CONNECTOR_LABEL_CHARS: usize = 256;

/// The longest key of a connector runtime setting: `[\w]+`.
pub const MAX_SETTING_KEY_CHARS: usize = 128;

/// The longest value of a connector runtime setting. It has no white space (`\S+`).
pub const MAX_SETTING_VALUE_CHARS: usize = 2_048;

/// The most elements of a list, and members of a map, that are read: ids, names, fields or records
/// of a request, rows of an application's page.
pub const MAX_ELEMENTS: usize = 100_000;

/// The most fields of an entity's definition that are read.
pub const MAX_FIELDS: usize = 65_536;

/// How many entities or records a page may hold when the request does not say.
pub const DEFAULT_PAGE_SIZE: u32 = 1_000;

/// How long AppFlow waits for a describe, validate or list request.
pub const METADATA_TIMEOUT: Duration = Duration::from_secs(10);

/// How long AppFlow waits for a query, retrieve or write request.
pub const DATA_TIMEOUT: Duration = Duration::from_secs(30);

/// The shortest time for which AppFlow caches metadata.
pub const MIN_CACHE_TIME: Duration = Duration::from_mins(10);

/// How long AppFlow caches metadata when a response has no `cacheControl`.
pub const DEFAULT_CACHE_TIME: Duration = Duration::from_hours(1);
