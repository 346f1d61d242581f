//! Secrets that no connection has yet, or has any more. Those that are left when the process ends
//! are removed at the next start.

use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::appflow::context::AppFlow;
use crate::appflow::error;
use crate::wire::error::ServiceError;

pub(crate) const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS pending_secrets (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;";

/// Creates a secret that is pending, and returns its ARN.
pub(super) async fn store(
    appflow: &AppFlow,
    name: &str,
    value: &Map<String, Value>,
) -> Result<String, ServiceError> {
    let id = name.to_owned();
    appflow
        .database
        .write(move |database| add(database, &id))
        .await?;
    let value = serde_json::to_string(value).unwrap_or_default();
    let stored = appflow.secrets.store(name, &value).await;
    stored.map_err(|refused| error::of_secret(&refused))
}

/// Marks a secret, by its name or ARN, as one that must be removed.
pub(super) fn add(database: &Connection, id: &str) -> rusqlite::Result<()> {
    database.execute("INSERT OR IGNORE INTO pending_secrets VALUES (?1)", [id])?;
    Ok(())
}

/// A connection has the secret.
pub(super) fn accept(database: &Connection, id: &str) -> rusqlite::Result<()> {
    database.execute("DELETE FROM pending_secrets WHERE id = ?1", [id])?;
    Ok(())
}

/// Removes a secret that is pending.
pub(super) async fn remove(appflow: &AppFlow, id: &str) -> Result<(), ServiceError> {
    let removed = appflow.secrets.remove(id).await;
    removed.map_err(|refused| error::of_secret(&refused))?;
    let id = id.to_owned();
    let removed = appflow
        .database
        .write(move |database| accept(database, &id));
    Ok(removed.await?)
}

/// Removes the secrets that the last process left.
pub(crate) async fn remove_all(appflow: &AppFlow) -> Result<(), ServiceError> {
    let left: Vec<String> = appflow
        .database
        .read(|database| {
            database
                .prepare("SELECT id FROM pending_secrets")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .await?;
    for id in left {
        remove(appflow, &id).await?;
    }
    Ok(())
}
