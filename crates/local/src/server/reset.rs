//! What the endpoint has, and how all of it is deleted.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::appflow::context::AppFlow;

/// Counts everything.
pub(super) async fn status(appflow: &AppFlow) -> Result<Value, String> {
    let counts = appflow.database.read(|connection| {
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let documents = |kind: &str| {
            let sql = "SELECT count(*) FROM documents WHERE kind = ?1";
            connection.query_row(sql, [kind], |row| row.get::<_, i64>(0))
        };
        Ok(json!({
            "connectors": documents("connector")?,
            "connectorProfiles": documents("profile")?,
            "flows": documents("flow")?,
            "executions": count("SELECT count(*) FROM executions")?,
            "buckets": count("SELECT count(*) FROM s3_bucket")?,
            "objects": count("SELECT count(*) FROM s3_object")?,
        }))
    });
    let mut status = counts.await.map_err(|error| error.to_string())?;
    status["secrets"] = appflow.secrets.count().into();
    status["account"] = appflow.account.id.as_str().into();
    status["region"] = appflow.account.region.as_str().into();
    status["functions"] = json!(appflow.functions.names());
    Ok(status)
}

/// Cancels all runs and deletes everything: what is in the tables of all modules, objects, secrets,
/// faults.
pub(super) async fn reset(appflow: &AppFlow) -> Result<(), String> {
    appflow.runs.cancel_all();
    appflow
        .store
        .clear()
        .await
        .map_err(|error| error.to_string())?;
    appflow
        .secrets
        .clear()
        .await
        .map_err(|error| error.to_string())?;
    appflow
        .database
        .write(clear_tables)
        .await
        .map_err(|error| error.to_string())?;
    appflow.cache.clear();
    appflow.faults.clear();
    Ok(())
}

fn clear_tables(connection: &Connection) -> rusqlite::Result<()> {
    let select = "SELECT name FROM sqlite_schema
                  WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut select = connection.prepare(select)?;
    let tables = select.query_map([], |row| row.get::<_, String>(0))?;
    for table in tables.collect::<rusqlite::Result<Vec<_>>>()? {
        connection.execute(&format!("DELETE FROM \"{table}\""), [])?;
    }
    Ok(())
}
