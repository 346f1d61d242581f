//! The store: buckets, and what all operations share.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::account::Account;
use crate::s3::blobs::{BlobFolder, Blobs};
use crate::s3::error::StoreError;
use crate::state::Database;
use crate::wire::timestamp::Timestamp;

/// Buckets and objects of one account in one region. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Store {
    pub(super) database: Database,
    pub(super) blobs: Blobs,
    pub(super) account: Arc<Account>,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) name: String,
    /// The region that was named when it was made, if one was.
    pub(super) location: Option<String>,
    pub(super) created: Timestamp,
}

/// The blobs of an object that is replaced or deleted.
pub(super) struct Replaced {
    pub(super) object: i64,
    pub(super) blobs: Vec<String>,
}

impl Store {
    /// Makes a store whose tables are in this database. Files that no object has are removed in
    /// the background: what an interrupted process has left.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub(crate) fn new(
        database: Database,
        folder: BlobFolder,
        account: Account,
    ) -> Result<Self, StoreError> {
        let store = Self {
            database,
            blobs: Blobs::open(folder)?,
            account: Arc::new(account),
        };
        tokio::spawn(remove_unnamed(store.clone()));
        Ok(store)
    }

    /// Whether there is a bucket of this name.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub(crate) async fn bucket_exists(&self, bucket: &str) -> Result<bool, StoreError> {
        match self.bucket(bucket).await {
            Ok(_) => Ok(true),
            Err(StoreError::NoSuchBucket) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn bucket(&self, bucket: &str) -> Result<Bucket, StoreError> {
        let name = bucket.to_owned();
        let read = move |connection: &Connection| {
            let select = "SELECT location, created FROM s3_bucket WHERE name = ?1";
            let mut statement = connection.prepare_cached(select)?;
            let found = statement.query_row([&name], |row| {
                Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?))
            });
            Ok(found.optional()?.map(|(location, created)| Bucket {
                name,
                location,
                created: timestamp(created),
            }))
        };
        let found = self.database.read(read).await?;
        found.ok_or(StoreError::NoSuchBucket)
    }

    pub(super) async fn buckets(&self) -> Result<Vec<Bucket>, StoreError> {
        let read = |connection: &Connection| {
            let select = "SELECT name, location, created FROM s3_bucket ORDER BY name";
            let mut statement = connection.prepare_cached(select)?;
            let rows = statement.query_map([], |row| {
                Ok(Bucket {
                    name: row.get(0)?,
                    location: row.get(1)?,
                    created: timestamp(row.get(2)?),
                })
            })?;
            rows.collect()
        };
        Ok(self.database.read(read).await?)
    }

    /// Creates a bucket, in the region that was named, if one was.
    ///
    /// # Errors
    /// [`StoreError::BucketExists`], [`StoreError::InvalidBucketName`].
    pub(super) async fn create_bucket(
        &self,
        bucket: &str,
        location: Option<String>,
    ) -> Result<(), StoreError> {
        if !s3s::path::check_bucket_name(bucket) {
            return Err(StoreError::InvalidBucketName);
        }
        let (name, now) = (bucket.to_owned(), millis(Timestamp::now()));
        let insert = "INSERT INTO s3_bucket (name, location, created) VALUES (?1, ?2, ?3)
                      ON CONFLICT DO NOTHING";
        let write =
            move |connection: &Connection| connection.execute(insert, params![name, location, now]);
        match self.database.write(write).await? {
            0 => Err(StoreError::BucketExists),
            _ => Ok(()),
        }
    }

    /// Deletes an empty bucket, with the uploads in parts that are not complete.
    pub(super) async fn delete_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        let name = bucket.to_owned();
        let write = move |connection: &Connection| {
            let Some(id) = bucket_id(connection, &name)? else {
                return Ok(Err(StoreError::NoSuchBucket));
            };
            let is_used = "SELECT EXISTS (SELECT 1 FROM s3_object WHERE bucket = ?1)";
            if connection.query_row(is_used, [id], |row| row.get(0))? {
                return Ok(Err(StoreError::BucketNotEmpty));
            }
            let parts = "DELETE FROM s3_part
                         WHERE upload IN (SELECT id FROM s3_upload WHERE bucket = ?1)
                         RETURNING blob";
            let mut parts = connection.prepare(parts)?;
            let blobs: Vec<String> = parts
                .query_map([id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            connection.execute("DELETE FROM s3_upload WHERE bucket = ?1", [id])?;
            connection.execute("DELETE FROM s3_bucket WHERE id = ?1", [id])?;
            Ok(Ok(blobs))
        };
        let unnamed = self.database.write(write).await??;
        self.remove_blobs(unnamed).await;
        Ok(())
    }

    /// Deletes all buckets with everything in them.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        let write = |connection: &Connection| {
            let mut parts = connection.prepare("DELETE FROM s3_part RETURNING blob")?;
            let parts = parts.query_map([], |row| row.get(0))?;
            let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
            let mut segments =
                connection.prepare("DELETE FROM s3_segment RETURNING object, blob")?;
            let segments = segments.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let segments: Vec<(i64, String)> = segments.collect::<Result<_, _>>()?;
            for table in ["s3_upload", "s3_object", "s3_bucket"] {
                connection.execute(&format!("DELETE FROM {table}"), [])?;
            }
            Ok((parts, segments))
        };
        let (parts, segments) = self.database.write(write).await?;
        self.remove_blobs(parts).await;
        let mut replaced: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (object, blob) in segments {
            replaced.entry(object).or_default().push(blob);
        }
        let replaced = replaced.into_iter();
        let replaced = replaced.map(|(object, blobs)| Replaced { object, blobs });
        self.remove_replaced(replaced.collect()).await;
        Ok(())
    }

    /// Removes files that the database does not name any more.
    pub(super) async fn remove_blobs(&self, names: Vec<String>) {
        let blobs = self.blobs.clone();
        // Fails if the runtime ends; the next start removes them.
        let _ = tokio::task::spawn_blocking(move || blobs.remove(&names)).await;
    }

    /// Removes the files of objects that are replaced or deleted, once nobody reads them.
    pub(super) async fn remove_replaced(&self, replaced: Vec<Replaced>) {
        let blobs = self.blobs.clone();
        let remove = move || {
            for Replaced {
                object,
                blobs: names,
            } in replaced
            {
                blobs.remove_object(object, names);
            }
        };
        // Fails if the runtime ends; the next start removes them.
        let _ = tokio::task::spawn_blocking(remove).await;
    }

    /// Returns a document that belongs to a bucket.
    pub(super) async fn document(
        &self,
        bucket: &str,
        document: Document,
    ) -> Result<Option<String>, StoreError> {
        let name = bucket.to_owned();
        let select = match document {
            Document::Policy => "SELECT policy FROM s3_bucket WHERE name = ?1",
            Document::Tags => "SELECT tags FROM s3_bucket WHERE name = ?1",
        };
        let read = move |connection: &Connection| {
            let row = connection.query_row(select, [name], |row| row.get(0));
            row.optional()
        };
        let found = self.database.read(read).await?;
        found.ok_or(StoreError::NoSuchBucket)
    }

    /// Replaces or removes a document that belongs to a bucket.
    pub(super) async fn set_document(
        &self,
        bucket: &str,
        document: Document,
        text: Option<String>,
    ) -> Result<(), StoreError> {
        let name = bucket.to_owned();
        let update = match document {
            Document::Policy => "UPDATE s3_bucket SET policy = ?2 WHERE name = ?1",
            Document::Tags => "UPDATE s3_bucket SET tags = ?2 WHERE name = ?1",
        };
        let write = move |connection: &Connection| connection.execute(update, params![name, text]);
        match self.database.write(write).await? {
            0 => Err(StoreError::NoSuchBucket),
            _ => Ok(()),
        }
    }
}

/// What a bucket has besides objects.
#[derive(Clone, Copy)]
pub(super) enum Document {
    Policy,
    Tags,
}

pub(super) fn bucket_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM s3_bucket WHERE name = ?1")?;
    statement.query_row([name], |row| row.get(0)).optional()
}

pub(super) fn millis(timestamp: Timestamp) -> i64 {
    i64::try_from(timestamp.millis()).unwrap_or(i64::MAX)
}

pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
}

pub(super) fn size(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or_default()
}

pub(super) fn bytes(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Keys come from UTF-8 texts, and so are UTF-8.
pub(super) fn key(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

async fn remove_unnamed(store: Store) {
    const CHUNK: usize = 1_000;
    let blobs = store.blobs.clone();
    let Ok(Ok(earlier)) = tokio::task::spawn_blocking(move || blobs.earlier()).await else {
        tracing::warn!("the folder of the objects cannot be read; old files stay");
        return;
    };
    for names in earlier.chunks(CHUNK) {
        let names = names.to_vec();
        let unnamed = store.database.read(move |connection| {
            let select = "SELECT EXISTS (SELECT 1 FROM s3_segment WHERE blob = ?1)
                              OR EXISTS (SELECT 1 FROM s3_part WHERE blob = ?1)";
            let mut statement = connection.prepare_cached(select)?;
            let mut unnamed = Vec::new();
            for name in names {
                if !statement.query_row([&name], |row| row.get(0))? {
                    unnamed.push(name);
                }
            }
            Ok(unnamed)
        });
        match unnamed.await {
            Ok(unnamed) => store.remove_blobs(unnamed).await,
            Err(error) => tracing::warn!(%error, "old files of objects are not removed"),
        }
    }
}
