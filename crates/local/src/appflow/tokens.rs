//! Client tokens: a call that is repeated with its token returns the first response.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::appflow::clock::Clock;
use crate::appflow::error;
use crate::wire::error::ServiceError;

pub(crate) const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS client_tokens (
    operation TEXT NOT NULL, token TEXT NOT NULL, parameters BLOB NOT NULL, response TEXT NOT NULL,
    expires INTEGER NOT NULL, PRIMARY KEY (operation, token)
) STRICT, WITHOUT ROWID;";

const LIFETIME: Duration = Duration::from_hours(8);

/// The token of one call.
#[derive(Clone, Debug)]
pub(crate) struct ClientToken {
    operation: &'static str,
    token: String,
    /// A hash of the other members, because they can have secrets.
    parameters: Vec<u8>,
}

impl ClientToken {
    /// Takes the token from a request, if it has one.
    pub(crate) fn take(operation: &'static str, input: &mut Value) -> Option<Self> {
        let Value::String(token) = input.as_object_mut()?.remove("clientToken")? else {
            return None;
        };
        Some(Self {
            operation,
            token,
            parameters: Sha256::digest(input.to_string()).to_vec(),
        })
    }

    /// The lock that calls with the same token take.
    pub(crate) fn lock_name(&self) -> String {
        format!("{} {}", self.operation, self.token)
    }

    /// Returns the response of the call that had this token, if there was one with the same
    /// parameters.
    ///
    /// # Errors
    /// ConflictException if its parameters were others. The run of a flow on demand, which its
    /// response tells by the execution's id, starts again instead.
    pub(crate) fn find(
        &self,
        connection: &Connection,
        clock: &Clock,
    ) -> rusqlite::Result<Result<Option<Value>, ServiceError>> {
        let found: Option<(Vec<u8>, String)> = connection
            .prepare_cached(
                "SELECT parameters, response FROM client_tokens
                 WHERE operation = ?1 AND token = ?2 AND expires > ?3",
            )?
            .query_row(
                params![self.operation, self.token, millis(clock, Duration::ZERO)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((parameters, response)) = found else {
            return Ok(Ok(None));
        };
        let response: Value = serde_json::from_str(&response).unwrap_or_default();
        Ok(if parameters == self.parameters {
            Ok(Some(response))
        } else if response.get("executionId").is_some() {
            Ok(None)
        } else {
            Err(error::conflict(format!(
                "The client token was used for a call of {} with other parameters.",
                self.operation
            )))
        })
    }

    /// Remembers the response, in the transaction that has its effect.
    pub(crate) fn remember(
        &self,
        connection: &Connection,
        clock: &Clock,
        response: &Value,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM client_tokens WHERE expires <= ?1")?
            .execute([millis(clock, Duration::ZERO)])?;
        connection
            .prepare_cached("INSERT OR REPLACE INTO client_tokens VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                self.operation,
                self.token,
                self.parameters,
                response.to_string(),
                millis(clock, LIFETIME)
            ])?;
        Ok(())
    }
}

fn millis(clock: &Clock, later: Duration) -> i64 {
    i64::try_from(clock.now().plus(later).millis()).unwrap_or(i64::MAX)
}
