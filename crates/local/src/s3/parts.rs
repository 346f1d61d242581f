//! The parts of an upload, and what becomes of them.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::s3::digest::{self, Algorithm};
use crate::s3::error::StoreError;
use crate::s3::object::{Segment, StoredChecksum};
use crate::s3::store::{size, timestamp};
use crate::wire::timestamp::Timestamp;

/// The largest number of a part.
pub(super) const MAX_NUMBER: u32 = 10_000;
/// The smallest part, apart from the last one.
const MIN_SIZE: u64 = 5 * 1024 * 1024;

/// A part that was uploaded.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) number: u32,
    pub(super) blob: String,
    pub(super) size: u64,
    /// Without quotes.
    pub(super) etag: String,
    /// Of the upload's algorithm, if it has one.
    pub(super) checksum: Option<String>,
    pub(super) modified: Timestamp,
}

/// A part that a client names to complete an upload.
#[derive(Clone, Debug)]
pub(super) struct NamedPart {
    pub(super) number: u32,
    /// Without quotes.
    pub(super) etag: String,
    /// Compared with the part's, if it is given.
    pub(super) checksum: Option<String>,
}

impl Part {
    pub(super) fn segment(&self) -> Segment {
        Segment {
            number: self.number,
            blob: self.blob.clone(),
            size: self.size,
        }
    }
}

/// Reads at most `max` parts whose numbers are above `after`, in the order of their numbers.
pub(super) fn read(
    connection: &Connection,
    upload: i64,
    after: u32,
    max: usize,
) -> rusqlite::Result<Vec<Part>> {
    let select = "SELECT number, blob, size, etag, checksum, modified FROM s3_part
                  WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    let mut statement = connection.prepare_cached(select)?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![upload, after, max], |row| {
        Ok(Part {
            number: row.get(0)?,
            blob: row.get(1)?,
            size: size(row.get(2)?),
            etag: row.get(3)?,
            checksum: row.get(4)?,
            modified: timestamp(row.get(5)?),
        })
    })?;
    rows.collect()
}

/// Deletes all parts from the table, and returns their blobs.
pub(super) fn take_all(connection: &Connection, upload: i64) -> rusqlite::Result<Vec<String>> {
    let delete = "DELETE FROM s3_part WHERE upload = ?1 RETURNING blob";
    let mut delete = connection.prepare_cached(delete)?;
    let blobs = delete.query_map([upload], |row| row.get(0))?;
    blobs.collect()
}

/// Returns the uploaded parts that were named.
pub(super) fn select<'a>(
    uploaded: &'a [Part],
    named: &[NamedPart],
) -> Result<Vec<&'a Part>, StoreError> {
    if !named.is_sorted_by(|left, right| left.number < right.number) {
        return Err(StoreError::InvalidPartOrder);
    }
    let by_number: BTreeMap<u32, &Part> = uploaded.iter().map(|part| (part.number, part)).collect();
    let mut parts = Vec::with_capacity(named.len());
    for named in named {
        let part = by_number.get(&named.number).copied();
        let part = part.filter(|part| part.etag == named.etag);
        let part = part.filter(|part| named.checksum.is_none() || named.checksum == part.checksum);
        parts.push(part.ok_or(StoreError::InvalidPart)?);
    }
    let all_but_last = parts.iter().rev().skip(1);
    if all_but_last
        .map(|part| part.size)
        .any(|size| size < MIN_SIZE)
    {
        return Err(StoreError::PartTooSmall);
    }
    Ok(parts)
}

pub(super) fn etag(parts: &[&Part]) -> String {
    digest::etag_of_parts(parts.iter().map(|part| part.etag.as_str()))
}

/// Returns the checksum of the object that consists of these parts.
pub(super) fn checksum(kind: &StoredChecksum, parts: &[&Part]) -> Result<String, StoreError> {
    let mut checksums = Vec::with_capacity(parts.len());
    for part in parts {
        let checksum = part.checksum.as_deref().ok_or(StoreError::InvalidPart)?;
        checksums.push((checksum, part.size));
    }
    let algorithm: Algorithm = kind.algorithm;
    if kind.is_of_whole {
        return algorithm
            .combined(checksums.iter().copied())
            .ok_or(StoreError::InvalidPart);
    }
    let values = checksums.iter().map(|(checksum, _)| *checksum);
    Ok(digest::checksum_of_parts(algorithm, values))
}
