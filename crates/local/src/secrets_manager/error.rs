//! What can go wrong, in the service's codes and words.

use axum::http::StatusCode;

use crate::wire::constraint::Violation;
use crate::wire::error::ServiceError;

/// Why Secrets Manager refused a request. The message is the service's own text; it never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsManagerError {
    /// No secret has this name or ARN.
    #[error("Secrets Manager can't find the specified secret.")]
    SecretNotFound,
    /// The secret has no version with this id.
    #[error("Secrets Manager can't find the specified secret value for VersionId: {version_id}")]
    VersionNotFound {
        /// The version id that was asked for.
        version_id: String,
    },
    /// No version of the secret has this staging label. A secret without a value has no AWSCURRENT.
    #[error(
        "Secrets Manager can't find the specified secret value for staging label: {version_stage}"
    )]
    StageNotFound {
        /// The staging label that was asked for.
        version_stage: String,
    },
    /// The version that was asked for has not the staging label that was asked for.
    #[error("You provided a VersionStage that is not associated to the provided VersionId.")]
    StageNotOfVersion,
    /// A secret of this name exists.
    #[error("The operation failed because the secret {name} already exists.")]
    SecretExists {
        /// The name.
        name: String,
    },
    /// A version with this id exists, and its value is another one.
    #[error(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    )]
    TokenInUse {
        /// The ClientRequestToken, which is the version's id.
        token: String,
        /// The secret's ARN.
        arn: String,
    },
    /// The secret is scheduled for deletion.
    #[error("You can't perform this operation on the secret because it was marked for deletion.")]
    MarkedForDeletion,
    /// The secret to delete is scheduled for deletion already.
    #[error("You tried to perform the operation on a secret that's currently marked deleted.")]
    AlreadyMarkedForDeletion,
    /// The name to create belongs to a secret that is scheduled for deletion.
    #[error(
        "You can't create this secret because a secret with this name is already scheduled for deletion."
    )]
    NameScheduledForDeletion,
    /// PutSecretValue without a value, or with an empty one.
    #[error("You must provide either SecretString or SecretBinary.")]
    NoValue,
    /// SecretString and SecretBinary in one request.
    #[error(
        "You can't specify both a binary secret value and a string secret value in the same secret."
    )]
    TwoValues,
    /// The AWS SDKs make up a ClientRequestToken; a request made by hand has to bring one.
    #[error("You must provide a ClientRequestToken value. We recommend a UUID-type value.")]
    NoClientRequestToken,
    /// The ClientRequestToken is too short or too long.
    #[error("ClientRequestToken must be 32-64 characters long.")]
    ClientRequestTokenLength,
    /// The name has a character that names can't have.
    #[error(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
    )]
    InvalidName,
    /// RecoveryWindowInDays is out of range.
    #[error("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")]
    RecoveryWindow,
    /// RecoveryWindowInDays and ForceDeleteWithoutRecovery in one request.
    #[error("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")]
    RecoveryWindowWithForce,
    /// The NextToken is none that ListSecrets gave out.
    #[error("The NextToken value is invalid.")]
    InvalidNextToken,
    /// A member breaks a constraint of the service's model: it is missing, too long, out of range.
    #[error("1 validation error detected: {0}")]
    Constraint(String),
    /// A member's value isn't allowed, for the reason given.
    #[error("{0}")]
    InvalidParameter(String),
    /// A quota of the service would be exceeded.
    #[error("{0}")]
    LimitExceeded(String),
    /// A member can't be decoded.
    #[error("{0}")]
    Serialization(String),
}

impl SecretsManagerError {
    /// The service's name for this kind of error, such as `ResourceNotFoundException`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SecretNotFound | Self::VersionNotFound { .. } | Self::StageNotFound { .. } => {
                "ResourceNotFoundException"
            }
            Self::SecretExists { .. } | Self::TokenInUse { .. } => "ResourceExistsException",
            Self::StageNotOfVersion
            | Self::MarkedForDeletion
            | Self::AlreadyMarkedForDeletion
            | Self::NameScheduledForDeletion
            | Self::NoValue
            | Self::NoClientRequestToken => "InvalidRequestException",
            Self::TwoValues
            | Self::ClientRequestTokenLength
            | Self::RecoveryWindow
            | Self::RecoveryWindowWithForce
            | Self::InvalidParameter(_) => "InvalidParameterException",
            Self::InvalidName | Self::Constraint(_) => "ValidationException",
            Self::InvalidNextToken => "InvalidNextTokenException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::Serialization(_) => "SerializationException",
        }
    }
}

impl From<Violation> for SecretsManagerError {
    fn from(violation: Violation) -> Self {
        Self::Constraint(violation.to_string())
    }
}

impl From<SecretsManagerError> for ServiceError {
    fn from(error: SecretsManagerError) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: error.code(),
            message: error.to_string(),
        }
    }
}
