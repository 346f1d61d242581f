//! Objects that are uploaded whole.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::s3::blobs::NewBlob;
use crate::s3::error::StoreError;
use crate::s3::object::{Attributes, MAX_KEY_BYTES, ObjectInfo, Segment};
use crate::s3::reader::ObjectReader;
use crate::s3::store::{Replaced, Store, bucket_id, bytes, key, millis, size, timestamp};
use crate::wire::timestamp::Timestamp;

/// What must hold of the object that a write replaces or deletes.
#[derive(Clone, Debug, Default)]
pub(super) enum Condition {
    #[default]
    None,
    /// The key has no object.
    Absent,
    /// There is an object.
    Present,
    /// There is an object with this ETag, without quotes.
    Etag(String),
}

/// An object that is written.
pub(super) struct NewObject {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) attributes: Attributes,
    pub(super) condition: Condition,
}

impl Store {
    /// Returns an object without its bytes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`].
    pub(crate) async fn info(&self, bucket: &str, key: &str) -> Result<ObjectInfo, StoreError> {
        Ok(self.found(bucket, key).await?.0)
    }

    /// Opens an object for reading. What is read is this object, even if it is replaced or deleted
    /// meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`].
    pub(crate) async fn open(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<(ObjectInfo, ObjectReader), StoreError> {
        let (mut info, mut segments) = self.found(bucket, key).await?;
        loop {
            let hold = self.blobs.hold(info.id);
            // It may have been replaced before it was held.
            let (again, segments_again) = self.found(bucket, key).await?;
            if again.id == info.id {
                let reader = ObjectReader::new(self.blobs.clone(), segments, hold);
                return Ok((info, reader));
            }
            (info, segments) = (again, segments_again);
        }
    }

    async fn found(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<(ObjectInfo, Vec<Segment>), StoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let read = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let select = "SELECT id, key, etag, size, modified, attributes FROM s3_object
                          WHERE bucket = ?1 AND key = ?2";
            let mut statement = connection.prepare_cached(select)?;
            let info = statement.query_row(params![bucket, key.as_bytes()], read_info);
            let Some(info) = info.optional()? else {
                return Ok(Err(StoreError::NoSuchKey));
            };
            let segments = segments(connection, info.id)?;
            Ok(Ok((info, segments)))
        };
        self.database.read(read).await?
    }

    /// Makes an object of a blob, and returns when. The object that had the key is replaced.
    pub(super) async fn put(
        &self,
        object: NewObject,
        blob: NewBlob,
    ) -> Result<Timestamp, StoreError> {
        let segment = Segment {
            number: 1,
            blob: blob.name.clone(),
            size: blob.size,
        };
        let now = Timestamp::now();
        let write = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &object.bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            replace(connection, bucket, &object, &[segment], now)
        };
        let store = self.clone();
        // A task, so that the replaced blobs are removed even if the client is gone.
        let commit = tokio::spawn(async move {
            let result = store.database.write(write).await;
            if !matches!(result, Ok(Err(_))) {
                // After an error of the database, it may name the blob.
                blob.keep();
            }
            let (_, replaced) = result??;
            store.remove_replaced(replaced).await;
            Ok(now)
        });
        commit.await.map_err(std::io::Error::other)?
    }

    /// Deletes objects. A key that does not exist counts as deleted.
    pub(super) async fn delete(
        &self,
        bucket: &str,
        keys: Vec<(String, Condition)>,
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let bucket = bucket.to_owned();
        let write = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let mut results = Vec::with_capacity(keys.len());
            let mut replaced = Vec::new();
            for (key, condition) in keys {
                let held = match check(connection, bucket, &key, &condition)? {
                    Err(StoreError::NoSuchKey) => Ok(()),
                    held => held,
                };
                if held.is_ok() {
                    replaced.extend(take(connection, bucket, &key)?);
                }
                results.push(held);
            }
            Ok(Ok((results, replaced)))
        };
        let store = self.clone();
        let commit = tokio::spawn(async move {
            let (results, replaced) = store.database.write(write).await??;
            store.remove_replaced(replaced).await;
            Ok(results)
        });
        commit.await.map_err(std::io::Error::other)?
    }

    pub(super) async fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        tags: Vec<(String, String)>,
    ) -> Result<(), StoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let write = move |connection: &Connection| {
            let Some(bucket) = bucket_id(connection, &bucket)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let select = "SELECT attributes FROM s3_object WHERE bucket = ?1 AND key = ?2";
            let found: Option<String> = connection
                .query_row(select, params![bucket, key.as_bytes()], |row| row.get(0))
                .optional()?;
            let Some(attributes) = found else {
                return Ok(Err(StoreError::NoSuchKey));
            };
            let mut attributes = Attributes::from_json(&attributes);
            attributes.tags = tags;
            let update = "UPDATE s3_object SET attributes = ?3 WHERE bucket = ?1 AND key = ?2";
            connection.execute(
                update,
                params![bucket, key.as_bytes(), attributes.to_json()],
            )?;
            Ok(Ok(()))
        };
        self.database.write(write).await?
    }
}

pub(super) fn checked_key(key: &str) -> Result<String, StoreError> {
    if key.len() > MAX_KEY_BYTES {
        return Err(StoreError::KeyTooLong);
    }
    Ok(key.to_owned())
}

/// Reads the columns id, key, etag, size, modified and attributes.
pub(super) fn read_info(row: &Row) -> rusqlite::Result<ObjectInfo> {
    Ok(ObjectInfo {
        id: row.get(0)?,
        key: key(row.get(1)?),
        etag: row.get(2)?,
        size: size(row.get(3)?),
        modified: timestamp(row.get(4)?),
        attributes: Attributes::from_json(row.get_ref(5)?.as_str()?),
    })
}

fn segments(connection: &Connection, object: i64) -> rusqlite::Result<Vec<Segment>> {
    let select = "SELECT number, blob, size FROM s3_segment WHERE object = ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(select)?;
    let rows = statement.query_map([object], |row| {
        Ok(Segment {
            number: row.get(0)?,
            blob: row.get(1)?,
            size: size(row.get(2)?),
        })
    })?;
    rows.collect()
}

/// Writes an object, and returns its id and what it replaces. To be called in a transaction.
pub(super) fn replace(
    connection: &Connection,
    bucket: i64,
    object: &NewObject,
    segments: &[Segment],
    now: Timestamp,
) -> rusqlite::Result<Result<(i64, Vec<Replaced>), StoreError>> {
    if let Err(error) = check(connection, bucket, &object.key, &object.condition)? {
        return Ok(Err(error));
    }
    let replaced = take(connection, bucket, &object.key)?;
    let insert = "INSERT INTO s3_object (bucket, key, etag, size, modified, attributes)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let total = segments.iter().map(|segment| segment.size).sum();
    connection.prepare_cached(insert)?.execute(params![
        bucket,
        object.key.as_bytes(),
        object.etag,
        bytes(total),
        millis(now),
        object.attributes.to_json(),
    ])?;
    let id = connection.last_insert_rowid();
    let insert = "INSERT INTO s3_segment (object, number, blob, size) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = connection.prepare_cached(insert)?;
    for Segment { number, blob, size } in segments {
        insert.execute(params![id, number, blob, bytes(*size)])?;
    }
    Ok(Ok((id, replaced.into_iter().collect())))
}

fn check(
    connection: &Connection,
    bucket: i64,
    key: &str,
    condition: &Condition,
) -> rusqlite::Result<Result<(), StoreError>> {
    if matches!(condition, Condition::None) {
        return Ok(Ok(()));
    }
    let select = "SELECT etag FROM s3_object WHERE bucket = ?1 AND key = ?2";
    let etag: Option<String> = connection
        .query_row(select, params![bucket, key.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(match (condition, etag) {
        (Condition::Absent, None) | (Condition::Present, Some(_)) => Ok(()),
        (Condition::Etag(expected), Some(etag)) if *expected == etag => Ok(()),
        (Condition::Etag(_) | Condition::Present, None) => Err(StoreError::NoSuchKey),
        _ => Err(StoreError::PreconditionFailed),
    })
}

/// Deletes an object from the tables.
fn take(connection: &Connection, bucket: i64, key: &str) -> rusqlite::Result<Option<Replaced>> {
    let delete = "DELETE FROM s3_object WHERE bucket = ?1 AND key = ?2 RETURNING id";
    let mut delete = connection.prepare_cached(delete)?;
    let object: Option<i64> = delete
        .query_row(params![bucket, key.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(object) = object else {
        return Ok(None);
    };
    let delete = "DELETE FROM s3_segment WHERE object = ?1 RETURNING blob";
    let mut delete = connection.prepare_cached(delete)?;
    let blobs = delete.query_map([object], |row| row.get(0))?;
    Ok(Some(Replaced {
        object,
        blobs: blobs.collect::<Result<_, _>>()?,
    }))
}
