//! The tables of the store.

/// The statements that create the tables which are missing.
///
/// Keys are BLOBs, which SQLite compares byte by byte: the order of S3's listings. An object's id
/// is never used again, so that a reader can hold on to it.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS s3_bucket (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    location TEXT,
    created INTEGER NOT NULL,
    policy TEXT,
    tags TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS s3_object (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    UNIQUE (bucket, key)
) STRICT;
CREATE TABLE IF NOT EXISTS s3_segment (
    object INTEGER NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    PRIMARY KEY (object, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_upload (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    initiated INTEGER NOT NULL,
    attributes TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS s3_upload_of_key ON s3_upload (bucket, key, name);
CREATE TABLE IF NOT EXISTS s3_part (
    upload INTEGER NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT,
    modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
";
