//! Checksums as the protocol's crate has them: one member for each algorithm.

use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use s3s::{S3Result, s3_error};

use crate::s3::digest::Algorithm;
use crate::s3::object::StoredChecksum;

/// The members of a response. At most one has a value.
#[derive(Default)]
pub(super) struct Checksums {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) kind: Option<ChecksumType>,
}

impl Checksums {
    pub(super) fn of(checksum: Option<&StoredChecksum>) -> Self {
        let Some(checksum) = checksum else {
            return Self::default();
        };
        Self {
            kind: Some(kind(checksum)),
            ..Self::of_part(checksum.algorithm, Some(&checksum.value))
        }
    }

    pub(super) fn of_part(algorithm: Algorithm, value: Option<&String>) -> Self {
        let mut checksums = Self::default();
        let member = match algorithm {
            Algorithm::Crc32 => &mut checksums.crc32,
            Algorithm::Crc32C => &mut checksums.crc32c,
            Algorithm::Crc64Nvme => &mut checksums.crc64nvme,
            Algorithm::Sha1 => &mut checksums.sha1,
            Algorithm::Sha256 => &mut checksums.sha256,
        };
        *member = value.cloned();
        checksums
    }

    /// Reads the algorithm that a request names.
    pub(super) fn algorithm(named: Option<&ChecksumAlgorithm>) -> S3Result<Option<Algorithm>> {
        let Some(named) = named else {
            return Ok(None);
        };
        let algorithm = Algorithm::from_name(named.as_str());
        let invalid = || {
            s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        };
        algorithm.ok_or_else(invalid).map(Some)
    }
}

pub(super) fn kind(checksum: &StoredChecksum) -> ChecksumType {
    let kind = if checksum.is_of_whole {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    };
    ChecksumType::from_static(kind)
}

pub(super) fn name(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(algorithm.name())
}
