//! Listings: keys in the order of their bytes, found by seeking in the index.
//!
//! With a delimiter, all keys of a common prefix are skipped by one seek, so that a listing reads
//! no more rows than it returns.

use rusqlite::{Connection, params};

use crate::s3::error::StoreError;
use crate::s3::object::ObjectInfo;
use crate::s3::objects::read_info;
use crate::s3::store::{Store, bucket_id};

/// What a listing returns.
#[derive(Clone, Debug, Default)]
pub(super) struct ListRequest {
    pub(super) prefix: String,
    pub(super) delimiter: Option<String>,
    /// Only what follows this key or common prefix.
    pub(super) after: Option<String>,
    /// Objects and common prefixes together.
    pub(super) max: usize,
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<ObjectInfo>,
    pub(super) common_prefixes: Vec<String>,
    /// The last key or common prefix, if there is a next page.
    pub(super) next: Option<String>,
}

impl Store {
    /// Returns at most `max` objects whose keys begin with `prefix` and follow `after`, in the
    /// order of their keys' bytes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`].
    pub(crate) async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<ObjectInfo>, StoreError> {
        let request = ListRequest {
            prefix: prefix.to_owned(),
            delimiter: None,
            after: after.map(str::to_owned),
            max,
        };
        Ok(self.list_page(bucket, request).await?.objects)
    }

    pub(super) async fn list_page(
        &self,
        bucket: &str,
        request: ListRequest,
    ) -> Result<Page, StoreError> {
        let bucket = bucket.to_owned();
        let read = move |connection: &Connection| match bucket_id(connection, &bucket)? {
            Some(bucket) => list(connection, bucket, &request).map(Ok),
            None => Ok(Err(StoreError::NoSuchBucket)),
        };
        self.database.read(read).await?
    }
}

fn list(connection: &Connection, bucket: i64, request: &ListRequest) -> rusqlite::Result<Page> {
    let select = "SELECT id, key, etag, size, modified, attributes FROM s3_object
                  WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key";
    let mut statement = connection.prepare_cached(select)?;
    let end = after_all_with(request.prefix.as_bytes());
    let mut start = first_key(request);
    let mut page = Page::default();
    if request.max == 0 {
        return Ok(page);
    }
    let mut last = None;
    'seek: loop {
        let mut rows = statement.query(params![bucket, start, end])?;
        while let Some(row) = rows.next()? {
            if page.objects.len() + page.common_prefixes.len() == request.max {
                page.next = last;
                return Ok(page);
            }
            let object = read_info(row)?;
            let Some(common_prefix) = common_prefix(request, &object.key) else {
                last = Some(object.key.clone());
                page.objects.push(object);
                continue;
            };
            start = after_all_with(common_prefix.as_bytes());
            last = Some(common_prefix.to_owned());
            page.common_prefixes.push(common_prefix.to_owned());
            continue 'seek;
        }
        return Ok(page);
    }
}

/// Returns the smallest key that the listing may have.
fn first_key(request: &ListRequest) -> Vec<u8> {
    let prefix = request.prefix.as_bytes().to_vec();
    match &request.after {
        // Its keys were returned, as one common prefix.
        Some(after) if common_prefix(request, after) == Some(after) => {
            after_all_with(after.as_bytes())
        }
        Some(after) => {
            let mut next = after.as_bytes().to_vec();
            next.push(0);
            prefix.max(next)
        }
        None => prefix,
    }
}

/// Returns the part of a key up to the first delimiter after the prefix.
fn common_prefix<'a>(request: &ListRequest, key: &'a str) -> Option<&'a str> {
    let delimiter = request
        .delimiter
        .as_deref()
        .filter(|text| !text.is_empty())?;
    let rest = key.strip_prefix(&request.prefix)?;
    let end = request.prefix.len() + rest.find(delimiter)? + delimiter.len();
    Some(&key[..end])
}

/// Returns the smallest bytes that follow all keys with a prefix. Keys are UTF-8, which has no byte
/// 0xFF.
fn after_all_with(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    end.push(0xFF);
    end
}
