//! Secrets Manager's errors, with the codes and messages of AWS.

use axum::http::StatusCode;

use crate::wire::constraint::Violation;
use crate::wire::error::ServiceError;

/// Why Secrets Manager rejected a request. The message has the text of AWS and never contains a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsManagerError {
    /// No secret has this name or ARN.
    #[error("Secrets Manager can't find the specified secret.")]
    SecretNotFound,
    /// The secret has no version with this id.
    #[error("Secrets Manager can't find the specified secret value for VersionId: {version_id}")]
    VersionNotFound {
        /// The requested version id.
        version_id: String,
    },
    /// No version of the secret has this staging label. A secret without a value has no AWSCURRENT.
    #[error(
        "Secrets Manager can't find the specified secret value for staging label: {version_stage}"
    )]
    StageNotFound {
        /// The requested staging label.
        version_stage: String,
    },
    /// The requested version does not have the requested staging label.
    #[error("You provided a VersionStage that is not associated to the provided VersionId.")]
    StageNotOfVersion,
    /// A secret with this name exists.
    #[error("The operation failed because the secret {name} already exists.")]
    SecretExists {
        /// The name.
        name: String,
    },
    /// A version with this id exists and has a different value.
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
    /// The secret to delete is already scheduled for deletion.
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
    /// The request has no ClientRequestToken. The AWS SDKs generate one.
    #[error("You must provide a ClientRequestToken value. We recommend a UUID-type value.")]
    NoClientRequestToken,
    /// The ClientRequestToken is too short or too long.
    #[error("ClientRequestToken must be 32-64 characters long.")]
    ClientRequestTokenLength,
    /// The name contains a character that is not allowed in names.
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
    /// The NextToken does not come from ListSecrets.
    #[error("The NextToken value is invalid.")]
    InvalidNextToken,
    /// A member violates a constraint of the service's model: it is missing, too long or out of
    /// range.
    #[error("1 validation error detected: {0}")]
    Constraint(String),
    /// A member's value is not allowed, for the given reason.
    #[error("{0}")]
    InvalidParameter(String),
    /// The request would exceed a quota of the service.
    #[error("{0}")]
    LimitExceeded(String),
    /// The resource policy is not a JSON object.
    #[error("This resource policy contains invalid Json.")]
    MalformedPolicy,
    /// The change cannot be kept, for example because the disk is full. Nothing was changed.
    #[error("The change could not be saved: {0}")]
    NotSaved(String),
    /// A member cannot be decoded.
    #[error("{0}")]
    Serialization(String),
}

impl SecretsManagerError {
    /// Returns the service's name for this kind of error, such as `ResourceNotFoundException`.
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
            Self::MalformedPolicy => "MalformedPolicyDocumentException",
            Self::NotSaved(_) => "InternalServiceError",
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
            status: match error {
                SecretsManagerError::NotSaved(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            },
            code: error.code(),
            message: error.to_string(),
        }
    }
}
