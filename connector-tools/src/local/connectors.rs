//! Connectors that are registered when the endpoint starts.

use appflow_local::Account;
use miette::{Result, WrapErr as _};
use serde_json::json;

use super::functions::{Scope, Source};
use crate::api::{Api, ApiError};

/// A connector, and the function that it is.
pub struct Connector {
    pub label: String,
    /// The function's name.
    pub function: String,
    /// A command or a URL.
    pub source: String,
}

impl Connector {
    /// A label may have characters that the name of a function cannot have.
    pub fn of(source: &Source) -> Self {
        let allowed = |character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character,
            _ => '-',
        };
        Self {
            label: source.name.clone(),
            function: source.name.chars().map(allowed).take(64).collect(),
            source: source.text.clone(),
        }
    }
}

/// Registers the connectors, or updates the registrations that are there.
pub async fn register(scope: &Scope<'_>, connectors: &[Connector]) -> Result<()> {
    if connectors.is_empty() {
        return Ok(());
    }
    let api = Api::new(&scope.url)?;
    for connector in connectors {
        let registered = register_one(&api, &scope.account, connector).await;
        registered
            .wrap_err_with(|| format!("cannot register the connector {}", connector.label))?;
    }
    Ok(())
}

async fn register_one(api: &Api, account: &Account, connector: &Connector) -> Result<()> {
    let arn = account.function_arn(&connector.function);
    let configuration = json!({"lambda": {"lambdaArn": arn}});
    let registration = json!({
        "connectorLabel": connector.label,
        "connectorProvisioningType": "LAMBDA",
        "connectorProvisioningConfig": configuration,
    });
    match api.call("register-connector", &registration).await {
        Ok(_) => Ok(()),
        Err(ApiError::Refused { error_type, .. }) if error_type == "ConflictException" => {
            let update = json!({
                "connectorLabel": connector.label,
                "connectorProvisioningConfig": configuration,
            });
            api.call("update-connector-registration", &update).await?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_name_is_made_of_the_label() {
        let source = Source::parse("My.Connector@1=run --it").unwrap();
        let connector = Connector::of(&source);
        assert_eq!(connector.function, "My-Connector-1");
        assert_eq!(connector.source, "run --it");
    }
}
