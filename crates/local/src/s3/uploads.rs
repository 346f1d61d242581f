//! Objects that are uploaded in parts.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use crate::s3::blobs::NewBlob;
use crate::s3::error::StoreError;
use crate::s3::object::{Attributes, ObjectInfo, Segment};
use crate::s3::objects::{Condition, NewObject, checked_key, replace};
use crate::s3::parts::{self, NamedPart, Part};
use crate::s3::store::{Replaced, Store, bucket_id, bytes, key, millis, timestamp};
use crate::wire::timestamp::Timestamp;

/// An upload that is neither complete nor aborted.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    id: i64,
    pub(super) name: String,
    pub(super) key: String,
    pub(super) initiated: Timestamp,
    pub(super) attributes: Attributes,
}

impl Store {
    /// Starts an upload, and returns its name, which S3 calls its id.
    pub(super) async fn start_upload(
        &self,
        bucket: &str,
        key: &str,
        attributes: &Attributes,
    ) -> Result<String, StoreError> {
        let (bucket, key) = (bucket.to_owned(), checked_key(key)?);
        let name = Uuid::new_v4().simple().to_string();
        let (new_name, attributes) = (name.clone(), attributes.to_json());
        let insert = "INSERT INTO s3_upload (name, bucket, key, initiated, attributes)
                      VALUES (?1, ?2, ?3, ?4, ?5)";
        let now = millis(Timestamp::now());
        let write = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let values = params![new_name, bucket, key.as_bytes(), now, attributes];
            connection.execute(insert, values)?;
            Ok(Ok(()))
        };
        self.database.write(write).await??;
        Ok(name)
    }

    pub(super) async fn upload(
        &self,
        bucket: &str,
        key: &str,
        name: &str,
    ) -> Result<Upload, StoreError> {
        let which = Which::new(bucket, key, name);
        let read = move |connection: &Connection| which.find(connection);
        self.database.read(read).await?
    }

    /// Adds or replaces a part.
    pub(super) async fn put_part(
        &self,
        bucket: &str,
        key: &str,
        name: &str,
        part: Part,
        blob: NewBlob,
    ) -> Result<(), StoreError> {
        let which = Which::new(bucket, key, name);
        let write = move |connection: &Connection| {
            let upload = match which.find(connection)? {
                Ok(upload) => upload,
                Err(error) => return Ok(Err(error)),
            };
            let replaced = "DELETE FROM s3_part WHERE upload = ?1 AND number = ?2 RETURNING blob";
            let replaced: Option<String> = connection
                .query_row(replaced, params![upload.id, part.number], |row| row.get(0))
                .optional()?;
            let insert = "INSERT INTO s3_part
                              (upload, number, blob, size, etag, checksum, modified)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            connection.execute(
                insert,
                params![
                    upload.id,
                    part.number,
                    part.blob,
                    bytes(part.size),
                    part.etag,
                    part.checksum,
                    millis(part.modified),
                ],
            )?;
            Ok(Ok(replaced))
        };
        let store = self.clone();
        let commit = tokio::spawn(async move {
            let result = store.database.write(write).await;
            if !matches!(result, Ok(Err(_))) {
                blob.keep();
            }
            store.remove_blobs(result??.into_iter().collect()).await;
            Ok(())
        });
        commit.await.map_err(std::io::Error::other)?
    }

    /// Returns the parts of an upload whose numbers are above `after`, at most `max`.
    pub(super) async fn list_parts(
        &self,
        bucket: &str,
        key: &str,
        name: &str,
        after: u32,
        max: usize,
    ) -> Result<(Upload, Vec<Part>), StoreError> {
        let which = Which::new(bucket, key, name);
        let read = move |connection: &Connection| {
            let upload = match which.find(connection)? {
                Ok(upload) => upload,
                Err(error) => return Ok(Err(error)),
            };
            let parts = parts::read(connection, upload.id, after, max)?;
            Ok(Ok((upload, parts)))
        };
        self.database.read(read).await?
    }

    /// Returns the uploads whose keys begin with `prefix` and that follow a key and, of this key, a
    /// name. In the order of keys and names.
    pub(super) async fn list_uploads(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<(String, Option<String>)>,
        max: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        let read = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let mut end = prefix.as_bytes().to_vec();
            end.push(0xFF);
            // Without a name, all uploads of the key are skipped: a name is hexadecimal digits.
            let (after, name) = match after {
                Some((key, name)) => (key.into_bytes(), name.unwrap_or_else(|| "~".to_owned())),
                None => (Vec::new(), String::new()),
            };
            let select = "SELECT id, name, key, initiated, attributes FROM s3_upload
                          WHERE bucket = ?1 AND key >= ?2 AND key < ?3
                              AND (key, name) > (?4, ?5)
                          ORDER BY key, name LIMIT ?6";
            let mut statement = connection.prepare_cached(select)?;
            let max = i64::try_from(max).unwrap_or(i64::MAX);
            let values = params![bucket, prefix.as_bytes(), end, after, name, max];
            let rows = statement.query_map(values, read_upload)?;
            rows.collect::<rusqlite::Result<_>>().map(Ok)
        };
        self.database.read(read).await?
    }

    /// Ends an upload without an object.
    pub(super) async fn abort_upload(
        &self,
        bucket: &str,
        key: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let which = Which::new(bucket, key, name);
        let write = move |connection: &Connection| {
            let upload = match which.find(connection)? {
                Ok(upload) => upload,
                Err(error) => return Ok(Err(error)),
            };
            let blobs = parts::take_all(connection, upload.id)?;
            connection.execute("DELETE FROM s3_upload WHERE id = ?1", [upload.id])?;
            Ok(Ok(blobs))
        };
        let store = self.clone();
        let commit = tokio::spawn(async move {
            let unnamed = store.database.write(write).await??;
            store.remove_blobs(unnamed).await;
            Ok(())
        });
        commit.await.map_err(std::io::Error::other)?
    }

    /// Makes an object of the named parts of an upload, in one transaction, and ends the upload.
    pub(super) async fn complete_upload(
        &self,
        bucket: &str,
        key: &str,
        name: &str,
        named: Vec<NamedPart>,
        condition: Condition,
    ) -> Result<ObjectInfo, StoreError> {
        let which = Which::new(bucket, key, name);
        let write = move |connection: &Connection| which.complete(connection, &named, condition);
        let store = self.clone();
        let commit = tokio::spawn(async move {
            let completed = store.database.write(write).await??;
            store.remove_replaced(completed.replaced).await;
            store.remove_blobs(completed.unused).await;
            Ok(completed.info)
        });
        commit.await.map_err(std::io::Error::other)?
    }
}

/// Which upload is meant.
struct Which {
    bucket: String,
    key: String,
    name: String,
}

struct Completed {
    info: ObjectInfo,
    replaced: Vec<Replaced>,
    /// The blobs of parts that were uploaded and not named.
    unused: Vec<String>,
}

impl Which {
    fn new(bucket: &str, key: &str, name: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            name: name.to_owned(),
        }
    }

    fn find(&self, connection: &Connection) -> rusqlite::Result<Result<Upload, StoreError>> {
        let Some(bucket) = bucket_id(connection, &self.bucket)? else {
            return Ok(Err(StoreError::NoSuchBucket));
        };
        let select = "SELECT id, name, key, initiated, attributes FROM s3_upload
                      WHERE name = ?1 AND bucket = ?2 AND key = ?3";
        let mut statement = connection.prepare_cached(select)?;
        let values = params![self.name, bucket, self.key.as_bytes()];
        let found = statement.query_row(values, read_upload).optional()?;
        Ok(found.ok_or(StoreError::NoSuchUpload))
    }

    fn complete(
        &self,
        connection: &Connection,
        named: &[NamedPart],
        condition: Condition,
    ) -> rusqlite::Result<Result<Completed, StoreError>> {
        let upload = match self.find(connection)? {
            Ok(upload) => upload,
            Err(error) => return Ok(Err(error)),
        };
        let uploaded = parts::read(connection, upload.id, 0, usize::MAX)?;
        let parts = match parts::select(&uploaded, named) {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error)),
        };
        let mut attributes = upload.attributes;
        if let Some(checksum) = &mut attributes.checksum {
            checksum.value = match parts::checksum(checksum, &parts) {
                Ok(value) => value,
                Err(error) => return Ok(Err(error)),
            };
        }
        let object = NewObject {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            etag: parts::etag(&parts),
            attributes,
            condition,
        };
        let segments: Vec<Segment> = parts.iter().copied().map(Part::segment).collect();
        let Some(bucket) = bucket_id(connection, &self.bucket)? else {
            return Ok(Err(StoreError::NoSuchBucket));
        };
        let now = Timestamp::now();
        let (id, replaced) = match replace(connection, bucket, &object, &segments, now)? {
            Ok(written) => written,
            Err(error) => return Ok(Err(error)),
        };
        let mut unused = parts::take_all(connection, upload.id)?;
        let used: HashSet<&str> = segments
            .iter()
            .map(|segment| segment.blob.as_str())
            .collect();
        unused.retain(|blob| !used.contains(blob.as_str()));
        connection.execute("DELETE FROM s3_upload WHERE id = ?1", [upload.id])?;
        Ok(Ok(Completed {
            info: ObjectInfo {
                id,
                key: object.key,
                etag: object.etag,
                size: segments.iter().map(|segment| segment.size).sum(),
                modified: now,
                attributes: object.attributes,
            },
            replaced,
            unused,
        }))
    }
}

/// Reads the columns id, name, key, initiated and attributes.
fn read_upload(row: &rusqlite::Row) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get(0)?,
        name: row.get(1)?,
        key: key(row.get(2)?),
        initiated: timestamp(row.get(3)?),
        attributes: Attributes::from_json(row.get_ref(4)?.as_str()?),
    })
}
