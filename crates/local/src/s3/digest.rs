//! MD5 and the checksums of S3, computed while bytes pass.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, checksum_combine};
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use serde::{Deserialize, Serialize};

/// An algorithm of S3's additional checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Algorithm {
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32C,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// Returns its name in S3's API.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Returns the size of a checksum, in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Returns the header that has a checksum of this algorithm.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32C => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Returns the checksum of a whole from those of its parts and their sizes; `None` for an
    /// algorithm that cannot tell it.
    pub(super) fn combined<'a>(
        self,
        mut parts: impl Iterator<Item = (&'a str, u64)>,
    ) -> Option<String> {
        let algorithm = match self {
            Self::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
            Self::Crc32C => CrcAlgorithm::Crc32Iscsi,
            Self::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
            Self::Sha1 | Self::Sha256 => return None,
        };
        let width = self.size();
        let number = |checksum: &str| {
            let bytes = STANDARD.decode(checksum).ok()?;
            let fold = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
            (bytes.len() == width).then(|| bytes.iter().fold(0, fold))
        };
        let first = number(parts.next()?.0)?;
        let whole = parts.try_fold(first, |whole, (checksum, size)| {
            Some(checksum_combine(algorithm, whole, number(checksum)?, size))
        })?;
        Some(STANDARD.encode(&whole.to_be_bytes()[8 - width..]))
    }
}

/// What is computed of a blob while it is written.
#[derive(Default)]
pub(super) struct Digests {
    md5: Md5,
    checksum: Option<Hasher>,
}

impl Digests {
    /// Computes a checksum in addition to MD5, if an algorithm is given.
    pub(super) fn new(algorithm: Option<Algorithm>) -> Self {
        Self {
            md5: Md5::new(),
            checksum: algorithm.map(Hasher::new),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(hasher) = &mut self.checksum {
            hasher.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digest {
        Digest {
            etag: hexadecimal(&self.md5.finalize()),
            checksum: self.checksum.map(Hasher::finish_base64),
        }
    }
}

/// The digests of a whole blob.
#[derive(Clone, Debug)]
pub(super) struct Digest {
    /// The ETag of an object with these bytes, without quotes: its MD5 in hexadecimal digits.
    pub(super) etag: String,
    /// Of the algorithm that was asked for, in base64.
    pub(super) checksum: Option<String>,
}

/// Returns the ETag of an object that consists of these parts, without quotes.
pub(super) fn etag_of_parts<'a>(etags: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = etags.len();
    let mut md5 = Md5::new();
    for etag in etags {
        md5.update(&from_hexadecimal(etag));
    }
    format!("{}-{count}", hexadecimal(&md5.finalize()))
}

/// Returns the checksum of the parts' checksums, which is that of an object in parts.
pub(super) fn checksum_of_parts<'a>(
    algorithm: Algorithm,
    checksums: impl ExactSizeIterator<Item = &'a str>,
) -> String {
    let count = checksums.len();
    let mut hasher = Hasher::new(algorithm);
    for checksum in checksums {
        hasher.update(&STANDARD.decode(checksum).unwrap_or_default());
    }
    format!("{}-{count}", hasher.finish_base64())
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hexadecimal(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Computes one checksum.
pub(super) enum Hasher {
    Crc32(Crc32),
    Crc32C(Crc32c),
    Crc64Nvme(Crc64Nvme),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Crc32(Crc32::new()),
            Algorithm::Crc32C => Self::Crc32C(Crc32c::new()),
            Algorithm::Crc64Nvme => Self::Crc64Nvme(Crc64Nvme::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Crc32C(hasher) => hasher.update(bytes),
            Self::Crc64Nvme(hasher) => hasher.update(bytes),
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(super) fn finish_base64(self) -> String {
        STANDARD.encode(self.finish())
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc32(hasher) => hasher.finalize().to_vec(),
            Self::Crc32C(hasher) => hasher.finalize().to_vec(),
            Self::Crc64Nvme(hasher) => hasher.finalize().to_vec(),
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish_base64()
    }

    #[test]
    fn checksums_are_those_of_the_published_test_vectors() {
        let of = |algorithm: Algorithm| checksum(algorithm, b"123456789");
        assert_eq!(of(Algorithm::Crc32), "y/Q5Jg==");
        assert_eq!(of(Algorithm::Crc32C), "4waSgw==");
        assert_eq!(of(Algorithm::Crc64Nvme), "rosUhgp5mIg=");
        assert_eq!(of(Algorithm::Sha1), "98O8HYCOBHMq32eZZczDTKeuNEE=");
        assert_eq!(
            of(Algorithm::Sha256),
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
        );
    }

    #[test]
    fn the_checksum_of_a_whole_follows_from_its_parts() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32C, Algorithm::Crc64Nvme] {
            let parts: [&[u8]; 3] = [b"1234", b"", b"56789"];
            let checksums = parts.map(|part| (checksum(algorithm, part), part.len() as u64));
            let parts = checksums.iter().map(|(sum, size)| (sum.as_str(), *size));
            assert_eq!(
                algorithm.combined(parts),
                Some(checksum(algorithm, b"123456789"))
            );
        }
        let sha = checksum(Algorithm::Sha1, b"1");
        assert_eq!(
            Algorithm::Sha1.combined([(sha.as_str(), 1)].into_iter()),
            None
        );
    }

    #[test]
    fn the_etag_of_parts_is_the_md5_of_their_md5s_and_their_number() {
        // Of two parts: "a" and "b".
        let etags = [
            "0cc175b9c0f1b6a831c399e269772661",
            "92eb5ffee6ae2fec3ad71c777531578f",
        ];
        assert_eq!(
            etag_of_parts(etags.into_iter()),
            "96e024ba2074fe77e8e965ba43a704be-2"
        );
    }
}
