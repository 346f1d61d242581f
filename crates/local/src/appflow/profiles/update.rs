//! UpdateConnectorProfile.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::appflow::call::{Call, remember};
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::profiles::connection::Connection;
use crate::appflow::profiles::operations::{
    ProfileRequest, check_mode, secret, secret_name, set_properties, validate,
};
use crate::appflow::profiles::pending;
use crate::appflow::profiles::profile::{Profile, no_profile};
use crate::wire::error::ServiceError;

pub(crate) async fn update(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: ProfileRequest = call.read()?;
    check_mode(&request.connection_mode)?;
    // Two updates at a time could leave the properties of one and the credentials of the other.
    let name = request.connector_profile_name.clone();
    let _lock = appflow.locks.lock(format!("profile {name}")).await;
    let old = Connection::load(&appflow, &name).await?;
    let connector = Arc::clone(&old.connector);
    let mut profile = Profile::clone(&old.profile);
    let config = request.connector_profile_config;
    set_properties(
        &mut profile,
        &connector,
        config.connector_profile_properties,
    )?;
    let given = config
        .connector_profile_credentials
        .and_then(|given| given.custom);
    let credentials = match given {
        Some(given) => secret(&profile, &connector, Some(given)).await?,
        None => None,
    };
    let Some(secret) = credentials else {
        validate(&appflow, &connector, &profile).await?;
        return store_update(&appflow, call, profile, NewSecret::None).await;
    };
    // The connector sees the new value in a secret of its own, until it has accepted it.
    let trial = secret_name(&appflow, &profile, "-update");
    let kept = old.profile.credentials.as_ref();
    let kept = kept.map(|credentials| credentials.secret_arn.clone());
    let is_first = kept.is_none();
    let attempt = async {
        let mut value = Value::Object(secret.value.clone()).to_string();
        let trial_arn = pending::store(&appflow, &trial, &secret.value).await?;
        profile.credentials = Some(secret.stored(trial_arn.clone()));
        validate(&appflow, &connector, &profile).await?;
        let Some(kept) = kept else {
            let first = NewSecret::First(trial.clone());
            return store_update(&appflow, call, profile, first).await;
        };
        // A renewal may have replaced the token.
        if let Some(current) = appflow.secrets.current(&trial_arn) {
            current.expose_secret().clone_into(&mut value);
        }
        if let Some(credentials) = &mut profile.credentials {
            credentials.secret_arn.clone_from(&kept);
        }
        let replaced = NewSecret::Value { arn: kept, value };
        store_update(&appflow, call, profile, replaced).await
    };
    let result = attempt.await;
    if result.is_err() || !is_first {
        pending::remove(&appflow, &trial).await?;
    }
    result
}

/// What an update does with the connection's secret.
enum NewSecret {
    /// The secret remains as it is.
    None,
    /// The pending secret of this name becomes the connection's.
    First(String),
    /// The connection's secret has a new value.
    Value { arn: String, value: String },
}

/// Stores the connection and its secret in one transaction.
async fn store_update(
    appflow: &AppFlow,
    call: Call,
    mut profile: Profile,
    secret: NewSecret,
) -> Result<Value, ServiceError> {
    profile.updated_at = appflow.clock.now();
    appflow.cache.clear();
    let response = json!({"connectorProfileArn": profile.arn});
    let clock = appflow.clock.clone();
    let first = match &secret {
        NewSecret::First(name) => Some(name.clone()),
        _ => None,
    };
    let work = move |database: &rusqlite::Connection| {
        if documents::get::<Profile>(database, &profile.name)?.is_none() {
            return Ok(Err(no_profile(&profile.name)));
        }
        documents::put(database, &profile)?;
        if let Some(name) = first {
            pending::accept(database, &name)?;
        }
        remember(call.token.as_ref(), database, &clock, &response)?;
        Ok(Ok(response))
    };
    let NewSecret::Value { arn, value } = secret else {
        return appflow.database.write(work).await?;
    };
    appflow
        .secrets
        .replace_with(&arn, &value, &appflow.database, work)
        .await
        .map_err(|refused| error::of_secret(&refused))?
}
