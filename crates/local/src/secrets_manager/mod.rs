//! An AWS Secrets Manager endpoint.
//!
//! It serves `POST /` in the AWS JSON 1.1 protocol. Every AWS SDK and the AWS CLI work with it once
//! their endpoint is set (`AWS_ENDPOINT_URL_SECRETS_MANAGER`, or `--endpoint-url`). The operations
//! are CreateSecret, PutSecretValue, UpdateSecret, GetSecretValue, DescribeSecret, ListSecrets,
//! DeleteSecret, TagResource, UntagResource, and GetResourcePolicy, PutResourcePolicy and
//! DeleteResourcePolicy, which have no effect on who may read. Any other operation returns
//! UnknownOperationException.
//!
//! Names, ARNs, versions, staging labels, limits and error texts are those of AWS. What differs:
//!
//! - Signatures, credentials and permissions are not checked: whoever reaches the port can read
//!   every secret. Serve it with the crate `loopback-server`, on the loopback address.
//! - A [`SecretsManager`] alone loses its secrets when its last clone is dropped; `AppFlowLocal` with
//!   a folder keeps them, in a file that only its owner can read. In memory they are kept in
//!   `secrecy` types, which overwrite their memory on drop; the buffers of the HTTP server are not
//!   overwritten. Nothing is encrypted: a `KmsKeyId` is stored and returned, without effect.
//! - All secrets together take at most 64 MiB, a secret with all its versions counted as its texts
//!   and 1 KiB (thus at most 65,536 secrets). Then CreateSecret and PutSecretValue return
//!   LimitExceededException. AWS has a quota of 500,000 secrets.
//! - Deletions and new versions are visible at once. On AWS some changes take minutes.
//! - Rotation, restoring, replica regions and managed external secrets are not supported.
//!   CreateSecret rejects a request for one of the last two.
//! - A name can contain `!`, because the names of secrets that AppFlow creates do.
//!
//! Where the documentation of AWS leaves a choice: the default order of ListSecrets is from the
//! oldest to the newest secret; its `description` filter matches words, as `all` does, and not only
//! the beginning; a secret that matches a `!` value of a filter is excluded, whatever the other
//! values; `DeletedDate` is the end of the recovery window.

mod change;
mod endpoint;
mod error;
mod filter;
mod identifier;
mod keeper;
mod list;
mod messages;
mod secret;
mod service;
mod store;
#[cfg(feature = "appflow")]
pub(crate) mod stored;
mod value;

pub use error::SecretsManagerError;
pub use service::SecretsManager;
