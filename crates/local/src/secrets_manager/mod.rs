//! An AWS Secrets Manager endpoint, in memory.
//!
//! It answers `POST /` in the AWS JSON 1.1 protocol, so every AWS SDK and the AWS command line work with it once
//! their endpoint is set (`AWS_ENDPOINT_URL_SECRETS_MANAGER`, or `--endpoint-url`). The operations are
//! CreateSecret, PutSecretValue, GetSecretValue, DescribeSecret, DeleteSecret and ListSecrets; any other is
//! answered with UnknownOperationException.
//!
//! Names, ARNs, versions, staging labels, limits and error texts are the service's own. What differs:
//!
//! - Signatures, and so credentials and permissions, are not checked: anyone who reaches the port reads every
//!   secret. Bind it to the loopback address.
//! - Secrets live as long as the [`SecretsManager`], in `secrecy` types, which wipe their memory when they are
//!   dropped. The buffers of the HTTP server are not wiped, and nothing is encrypted; a `KmsKeyId` is kept and
//!   shown, no more.
//! - A deletion and a new version are seen at once; the service needs minutes for some of it.
//! - There is no rotation, no restoring, no replica region and no managed external secret. A CreateSecret that
//!   asks for one of the last two is refused.
//! - A name may hold `!`, as the names of the secrets do that AppFlow creates.
//!
//! Where the service's documentation leaves a choice: ListSecrets goes from the oldest to the newest unless told
//! otherwise; its `description` filter matches words, as `all` does, and not only the beginning; a filter lets no
//! secret pass that one of its `!` values matches; `DeletedDate` is the end of the recovery window.

mod endpoint;
mod error;
mod filter;
mod identifier;
mod list;
mod messages;
mod secret;
mod service;
mod store;
mod value;

pub use error::SecretsManagerError;
pub use service::SecretsManager;
